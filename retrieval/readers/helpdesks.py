"""Other help desks' exports in Zendesk's shape, so that one reader decides what is said by whom: Intercom, Freshdesk, Jira Service
Management and HubSpot (formats.md 2.2-2.5). Recognised by shape, one ticket at a time; nothing here knows an account.

What a format says of a side is used against the vendor only (an agent, a bot, an internal note); that somebody is a customer is
left to the account's contacts and domains, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retrieval.readers.documents import list_of, mapping_of, unread_inside, unread_words
from retrieval.readers.values import text_of

_STATES = {"2": "open", "3": "pending", "4": "solved", "5": "closed"}
_PRIORITIES = {"1": "low", "2": "normal", "3": "high", "4": "urgent"}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KNOWN = {
    "intercom": _words(
        "type id created_at updated_at waiting_since snoozed_until title state open read priority source contacts teammates tags "
        "conversation_rating statistics conversation_parts first_contact_reply admin_assignee_id team_assignee_id sla_applied "
        "custom_attributes linked_objects ai_agent ai_agent_participated topics company"
    ),
    "freshdesk": _words(
        "id subject description description_text status priority source type requester requester_id responder_id company_id company "
        "tags created_at updated_at due_by fr_due_by conversations stats custom_fields cc_emails fwd_emails reply_cc_emails group_id "
        "product_id email_config_id spam to_emails attachments sentiment_score structured_description"
    ),
    "jira": _words("id key self expand fields changelog renderedFields names schema"),
    "hubspot": _words("id properties associations createdAt updatedAt archived propertiesWithHistory url"),
}
"""Keys of a ticket that are read, or known to hold nothing that the account's people said."""
_INSIDE = _words(
    "id type part_type ticket_id user_id body body_text incoming private source from_email to_emails cc_emails bcc_emails support_email "
    "created_at updated_at notified_at author redacted attachments external_id metadata state tags event_details app_package_code "
    "email_message_metadata self renderedBody updateAuthor created updated jsdPublic visibility properties source_additional_info "
    "auto_response category thread_id thread_message_id last_edited_at last_edited_user_id automation_id automation_type_id assigned_to"
)
_AUTHOR = _words(
    "type id name email from_ai_agent is_ai_answer self accountId displayName emailAddress avatarUrls active timeZone accountType key"
)
_ADF = _words("type version content text attrs marks")
_PARTS = {
    ("intercom", "source"): _words("type id delivered_as subject body author attachments url redacted"),
    ("intercom", "source.author"): _AUTHOR,
    ("intercom", "conversation_parts"): _words("type conversation_parts total_count"),
    ("intercom", "conversation_rating"): _words("rating remark created_at updated_at contact teammate requested_at replied_at"),
    ("jira", "fields"): _words(
        "summary description status statuscategorychangedate priority labels created updated resolutiondate resolution reporter creator "
        "assignee comment attachment issuelinks worklog environment subtasks project issuetype votes watches components versions "
        "fixVersions timetracking progress aggregateprogress parent security duedate lastViewed workratio timespent timeestimate"
    ),
    ("jira", "fields.reporter"): _AUTHOR,
    ("jira", "fields.comment"): _words("comments total maxResults startAt self"),
}
"""The same of what lies inside. A portal's own fields (`customfield_10010`) are known to be nobody's comment."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """A ticket in Zendesk's shape, and what of it nobody reads."""

    ticket: Any
    unread: tuple[str, ...] = ()
    """Paths of keys that hold words and that nobody reads."""
    lacking: tuple[tuple[str, str], ...] = ()
    """(path, what is missing there): a page of comments that the export cut off, a list that is none."""


def as_zendesk(raw: Any) -> Adapted:
    """The ticket in Zendesk's shape; what is none of the four comes back as it is."""
    if not isinstance(raw, dict):
        return Adapted(raw)
    for name, fits, read in (
        ("intercom", raw.get("type") == "conversation" or "conversation_parts" in raw, _intercom),
        ("jira", "key" in raw and isinstance(raw.get("fields"), dict), _jira),
        ("hubspot", isinstance(raw.get("properties"), dict) and "fields" not in raw, _hubspot),
        ("freshdesk", "description_text" in raw or isinstance(raw.get("conversations"), list), _freshdesk),
    ):
        if fits:
            where, listed, total = _comments(name, raw)
            unread = _unread(name, raw, where, list_of(listed))
            lacking = []
            if listed is not None and not isinstance(listed, list):
                lacking.append((where, f"{where} is not a list"))
            elif isinstance(total, int) and total > len(list_of(listed)):
                lacking.append((where, f"{len(list_of(listed))} of {total} comments are in the export"))
            if name == "hubspot" and "content" not in raw["properties"]:
                lacking.append(("properties.content", "the export has no content: what the customer wrote"))
            return Adapted(read(raw), tuple(dict.fromkeys(unread)), tuple(lacking))
    return Adapted(raw)


def _unread(name: str, raw: Mapping[str, Any], where: str, listed: list[Any]) -> list[str]:
    """Paths that hold words and that the reader of this format does not look at; `where` its comments stand."""
    unread = unread_words(raw, _KNOWN[name])
    for item in map(mapping_of, listed):
        unread += [f"{where}[].{key}" for key in (*unread_words(item, _INSIDE), *unread_inside(item, "author", _AUTHOR))]
        unread += _strange(item.get("body"), f"{where}[].body") if name == "jira" else []
    for (whose, path), known in _PARTS.items():
        outside, _, key = path.rpartition(".")
        if whose == name and (path != where or isinstance(_at(raw, outside).get(key), dict)):
            found = unread_inside(_at(raw, outside), key, known)
            unread += [f"{outside}.{at}".lstrip(".") for at in found if not at.startswith(f"{key}.customfield_")]
    if name == "hubspot":  # a portal's own properties are named like these, and are nobody's comment
        odd = [key for key in unread_words(mapping_of(raw.get("properties")), ()) if not re.fullmatch(r"[a-z0-9_]+", key)]
        unread += [f"properties.{key[:60]}" for key in odd]
    return unread + (_strange(_at(raw, "fields").get("description"), "fields.description") if name == "jira" else [])


def _at(raw: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    for key in filter(None, path.split(".")):
        raw = mapping_of(raw.get(key))
    return raw


def _comments(name: str, raw: Mapping[str, Any]) -> tuple[str, Any, Any]:
    """(where a ticket's comments stand, the list itself, how many there are by the export's own word)."""
    if name == "intercom":
        parts = raw.get("conversation_parts")
        inside = mapping_of(parts).get("conversation_parts")
        return "conversation_parts", parts if inside is None else inside, mapping_of(parts).get("total_count")
    if name == "jira":
        comment = mapping_of(raw.get("fields")).get("comment")
        inside = mapping_of(comment).get("comments")
        return "fields.comment", comment if inside is None else inside, mapping_of(comment).get("total")
    return "conversations", raw.get("conversations"), None


def _intercom(raw: Mapping[str, Any]) -> dict[str, Any]:
    opening = mapping_of(raw.get("source"))
    comments: list[Any] = []
    for part in list_of(_comments("intercom", raw)[1]):
        if not isinstance(part, dict):
            comments.append(part)
            continue
        item = part
        if "body" in item and item["body"] is None:
            continue  # an assignment, a closing, a redacted part: no words
        author = mapping_of(item.get("author"))
        comments.append(
            {
                "id": item.get("id"),
                "author": _intercom_person(author),
                "public": False if item.get("part_type") == "note" else None,
                "created_at": item.get("created_at"),
                **({"html_body": item["body"]} if "body" in item else {}),
                "from_ai_agent": _is_bot(author),
            }
        )
    author, rating = mapping_of(opening.get("author")), mapping_of(raw.get("conversation_rating"))
    return {
        "id": raw.get("id"),
        "subject": opening.get("subject") or raw.get("title"),
        "html_body": opening.get("body"),
        "status": raw.get("state"),
        "created_at": raw.get("created_at"),
        "updated_at": raw.get("updated_at"),
        "tags": [mapping_of(tag).get("name") for tag in list_of(mapping_of(raw.get("tags")).get("tags"))],
        "requester": _intercom_person(author),
        "from_ai_agent": _is_bot(author),
        "satisfaction_rating": {"comment": rating.get("remark"), "created_at": rating.get("created_at")},
        "comments": comments,
    }


def _intercom_person(author: Mapping[str, Any]) -> dict[str, Any]:
    ours = text_of(author.get("type")) in ("admin", "team", "bot")
    return {"id": author.get("id"), "name": author.get("name"), "email": author.get("email"), "role": "agent" if ours else "user"}


def _is_bot(author: Mapping[str, Any]) -> bool:
    return author.get("type") == "bot" or author.get("from_ai_agent") is True or author.get("is_ai_answer") is True


def _freshdesk(raw: Mapping[str, Any]) -> dict[str, Any]:
    comments: list[Any] = []
    asker = mapping_of(raw.get("requester"))
    for item in list_of(raw.get("conversations")):
        if not isinstance(item, dict):
            comments.append(item)
            continue
        incoming = item.get("incoming") is True
        known = asker if incoming and item.get("user_id") in (asker.get("id"), raw.get("requester_id")) else {}
        comments.append(
            {
                "id": item.get("id"),
                "author": {
                    "id": item.get("user_id"),
                    "name": known.get("name"),
                    "email": item.get("from_email") or known.get("email"),
                    "role": "user" if incoming else "agent",
                },
                "public": False if item.get("private") is True else None,
                "created_at": item.get("created_at"),
                **_text_or_html(item, "body_text", "body"),
            }
        )
    return {
        **{key: raw.get(key) for key in ("id", "subject", "created_at", "updated_at", "tags", "requester", "requester_id")},
        **_text_or_html(raw, "description_text", "description", "description"),
        "status": _STATES.get(text_of(raw.get("status")), text_of(raw.get("status"))),
        "priority": _PRIORITIES.get(text_of(raw.get("priority")), text_of(raw.get("priority"))),
        "comments": comments,
    }


def _text_or_html(raw: Mapping[str, Any], plain: str, rich: str, name: str = "body") -> dict[str, Any]:
    words = raw.get(plain)
    if isinstance(words, str) and words.strip():
        return {name: words}
    # What is no text is handed on: the reader of tickets reports it.
    return {name: None if isinstance(words, str) else words, "html_body": raw.get(rich)}


def _jira(raw: Mapping[str, Any]) -> dict[str, Any]:
    fields = mapping_of(raw.get("fields"))
    comments: list[Any] = []
    for item in list_of(_comments("jira", raw)[1]):
        if not isinstance(item, dict):
            comments.append(item)
            continue
        public = item.get("jsdPublic")
        comments.append(
            {
                "id": item.get("id"),
                "author": _jira_person(item.get("author")),
                "public": False if public is False or item.get("visibility") else public,
                "visibility_unknown": public is None,
                "created_at": item.get("created"),
                "body": _adf(item.get("body")),
            }
        )
    return {
        "id": raw.get("key"),
        "subject": fields.get("summary"),
        "description": _adf(fields.get("description")),
        "status": mapping_of(fields.get("status")).get("name"),
        "priority": mapping_of(fields.get("priority")).get("name"),
        "tags": fields.get("labels"),
        "created_at": fields.get("created"),
        "updated_at": fields.get("updated"),
        "solved_at": fields.get("resolutiondate"),
        "requester": _jira_person(fields.get("reporter")),
        "comments": comments,
    }


def _jira_person(value: Any) -> dict[str, Any]:
    person = mapping_of(value)
    return {"name": person.get("displayName"), "email": person.get("emailAddress")}


def _adf(value: Any) -> Any:
    """The words of Atlassian's document format, a paragraph a line; a text, and what holds none, as it is."""
    if not isinstance(value, dict):
        return value
    words = _adf_words(value, 0)
    return words if words.strip() or not _strange(value) else value


def _adf_words(node: Any, depth: int) -> str:
    if not isinstance(node, dict) or depth > 50:
        return node if isinstance(node, str) else ""
    if isinstance(node.get("text"), str):
        return str(node["text"])
    if node.get("type") == "hardBreak":
        return "\n"
    if isinstance(shown := mapping_of(node.get("attrs")).get("text"), str):  # a mention, a date, an emoji
        return shown
    parts = [_adf_words(part, depth + 1) for part in list_of(node.get("content"))]
    return ("" if node.get("type") in ("paragraph", "heading") else "\n").join(part for part in parts if part)


def _strange(value: Any, path: str = "", depth: int = 0) -> list[str]:
    """Paths below a document of Atlassian's format that hold words where the format has none."""
    if not isinstance(value, dict) or depth > 50:
        return [path] if depth and not isinstance(value, str) and unread_words({"": value}, ()) else []
    found = [f"{path}.{key}" for key in unread_words(value, _ADF) if not (key == "text" and isinstance(value[key], str))]
    found += [f"{path}.{key}" for key in ("text", "content") if key in value and _is_misshapen(key, value[key])]
    for part in list_of(value.get("content")):
        found += _strange(part, f"{path}.content[]", depth + 1)
    return found


def _is_misshapen(key: str, value: Any) -> bool:
    return bool(unread_words({"": value}, ())) and not isinstance(value, str if key == "text" else list)


def _hubspot(raw: Mapping[str, Any]) -> dict[str, Any]:
    fields = mapping_of(raw.get("properties"))
    return {
        "id": raw.get("id"),
        "subject": fields.get("subject"),
        "description": fields.get("content"),
        # Stages are numbers of the portal's own: what they mean is not in the export (formats.md 2.5).
        "priority": text_of(fields.get("hs_ticket_priority")).casefold(),
        "created_at": fields.get("createdate") or raw.get("createdAt"),
        "updated_at": fields.get("hs_lastmodifieddate") or raw.get("updatedAt"),
        "solved_at": fields.get("closed_date"),
        "requester": {"name": fields.get("hs_ticket_contact_name"), "email": fields.get("hs_ticket_contact_email")},
        "comments": [],
    }
