"""The keys of a Zendesk export: which are read, which hold nothing that people said, and which are new here and are reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retrieval.readers.documents import list_of, mapping_of, unread_inside, unread_words
from retrieval.records import Problem


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PAGING = _words(
    "users count next_page previous_page after_url after_cursor before_url before_cursor end_of_stream end_time meta links "
    "organizations groups tickets issues results conversations type pages total_count total expand startAt maxResults paging names "
    "schema nextPageToken isLast"
)
"""What stands beside a page's tickets."""
TICKET = _words(
    "id url external_id subject raw_subject description html_body status priority type tags requester requester_id "
    "requester_name requester_email submitter submitter_id assignee assignee_id assignee_name organization organization_id "
    "organization_name group group_id group_name brand_id custom_fields fields satisfaction_rating via problem_id has_incidents "
    "is_public created_at created updated_at solved_at due_at generated_timestamp comments users collaborator_ids follower_ids "
    "email_cc_ids sharing_agreement_ids ticket_form_id recipient custom_status_id forum_topic_id followup_ids metric_set dates "
    "result_type from_ai_agent"
)
COMMENT = _words(
    "id ticket_id type author author_id author_name author_email user_id public body plain_body html_body via created_at created "
    "updated_at audit_id metadata attachments uploads from_ai_agent is_ai_answer subject visibility_unknown"
)
RATING = _words("id url comment reason reason_id reason_code created_at updated_at ticket_id requester_id assignee_id group_id")
PERSON = _words(
    "id name email role url alias details notes signature phone photo organization organization_id tags time_zone locale user_fields "
    "external_id created_at updated_at last_login_at default_group_id custom_role_id type title address"
)
"""Known by the export's own description and the common connectors' (formats.md 2.1)."""


def note_unread(ticket: Mapping[str, Any], path: str, unread: dict[str, str]) -> None:
    """Add the keys of a ticket and its comments that nobody reads and that hold words, each with where it stood first."""
    for key in unread_words(ticket, TICKET):
        unread.setdefault(key, f"{path}.{key}".lstrip("."))
    for key in unread_inside(ticket, "satisfaction_rating", RATING):
        unread.setdefault(key, f"{path}.{key}".lstrip("."))
    note_person(ticket.get("requester"), f"{path}.requester", unread)
    for user in list_of(ticket.get("users")):
        note_person(user, f"{path}.users[]", unread)
    for comment in map(mapping_of, list_of(ticket.get("comments"))):
        for key in unread_words(comment, COMMENT):
            unread.setdefault(key, f"{path}.comments[].{key}".lstrip("."))
        note_person(comment.get("author"), f"{path}.comments[].author", unread)


def note_person(person: object, path: str, unread: dict[str, str]) -> None:
    """The same of somebody that a ticket names."""
    for key in unread_words(mapping_of(person), PERSON):
        unread.setdefault(key, f"{path}.{key}".lstrip("."))


def unread_problems(file_name: str, unread: Mapping[str, str], account_id: str) -> list[Problem]:
    """One problem for each such key: a format that changed is noticed on its first night."""
    return [
        Problem(
            file_name,
            f'words under "{key[:60]}" are not read',
            "Export them as descriptions or comments",
            field=path[:200],
            account_id=account_id or None,
        )
        for key, path in unread.items()
    ]
