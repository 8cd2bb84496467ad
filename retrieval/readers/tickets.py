"""One ticket to records: its description and comments, each with the voice of whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from retrieval.readers.documents import list_of, mapping_of
from retrieval.readers.html_text import broken_tag, text_of_html
from retrieval.readers.messages import Message, message_records
from retrieval.readers.people import Attribution, Directory
from retrieval.readers.values import UnclearValueError, moment_of, storable, text_of
from retrieval.records import Problem, Record, Visibility, Voice

_RESOLVED = frozenset({"solved", "closed", "resolved"})
_REDACTED = "[redacted]"
_STAFF = frozenset({"agent", "admin", "owner", "light_agent", "team"})
_AI_CHANNELS = frozenset({"ai", "ai_agent", "bot", "answer_bot", "answer_bot_for_agents", "answer_bot_for_web_widget", "chatbot"})


@dataclass(frozen=True, slots=True)
class Person:
    name: str | None = None
    email: str | None = None
    role: str = ""
    """end-user | agent | admin, where the export says so."""
    known: bool = True
    """False where only an id is given and no `users` list resolves it."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as read, before voices: what `ticket_records` turns into records."""

    ticket_id: str
    path: str
    line: int | None
    raw: Mapping[str, Any]
    users: Mapping[str, Person] = field(default_factory=dict)
    updated: str = ""


def ticket_records(file_name: str, ticket: Ticket, account_id: str, directory: Directory) -> tuple[list[Record], list[Problem]]:
    """The description and comments of one ticket as records, oldest first as the export orders them."""
    reader = _TicketReader(file_name, ticket, account_id, directory)
    reader.read()
    return reader.records, reader.problems


class _TicketReader:
    def __init__(self, file_name: str, ticket: Ticket, account_id: str, directory: Directory) -> None:
        self.file_name, self.ticket, self.account_id, self.directory = file_name, ticket, account_id, directory
        self.raw = ticket.raw
        self.document = f"ticket:{ticket.ticket_id}"
        self.subject = text_of(self.raw.get("subject") or self.raw.get("raw_subject"))
        self.records: list[Record] = []
        self.problems: list[Problem] = []
        self.seen: set[str] = set()

    def problem(self, where: str, why: str, remedy: str) -> None:
        path = f"{self.ticket.path}.{where}".strip(".")
        self.problems.append(Problem(self.file_name, why, remedy, self.ticket.line, path, self.account_id))

    def read(self) -> None:
        status = text_of(self.raw.get("status")).casefold()
        if status == "deleted":
            self.problem("status", f"ticket {self.ticket.ticket_id} was deleted and is left out", "Nothing to do")
            return
        comments = self.raw.get("comments")
        if comments is not None and not isinstance(comments, list):
            self.problem("comments", "not a list", "Export comments as a list")
        comments = list_of(comments)
        context = self._context(status)
        description = self._body(self.raw, ("description",), "description")
        opening = mapping_of(comments[0]) if comments else {}
        if description.strip():
            same = self._plain(opening).strip() == description.strip()
            # Zendesk repeats the description as the first comment: it is one utterance, and a private one stays private.
            public = opening.get("public") if same else None
            public = self.raw.get("is_public") if public is None else public
            person = (
                self._person(self.raw, "requester") if not same else self._author(opening) or self._person(self.raw, "requester")
            )
            when = self._moment(self.raw, "created_at", "created_at")
            self._say("description", description, person, when, public, mapping_of(self.raw.get("via")), self.raw, context)
            comments = comments[1:] if same else comments
            offset = 1 if same else 0
        else:
            offset = 0
        fallback = self.records[-1].occurred_at if self.records else ""
        for number, comment in enumerate(comments, offset):
            fallback = self._comment(comment, f"comments[{number}]", number, context, fallback)
        self._rating(context, fallback)
        if not self.records and not self.problems:
            self.problem("description", f"ticket {self.ticket.ticket_id} has no text at all", "Export descriptions and comments")

    def _comment(self, comment: Any, path: str, number: int, context: Mapping[str, str], fallback: str) -> str:
        if not isinstance(comment, dict):
            self.problem(path, "not a comment", "Every comment is an object")
            return fallback
        comment_id = text_of(comment.get("id")) if not isinstance(comment.get("id"), (dict, list)) else ""
        # Its place is no id: another comment may have that number.
        name = f"comment:{comment_id or f'#{number + 1}'}"
        if not comment_id:
            self.problem(f"{path}.id", "a comment without an id: numbered by its place", "Export comment ids")
        if name in self.seen:
            again = f"comment {comment_id} stands here twice; the first is used"
            if self._plain(comment).strip() not in {record.text for record in self.records}:
                self.problem(f"{path}.id", again, "Export the ticket again")
            return fallback
        self.seen.add(name)
        body = self._body(comment, (), path)
        when = self._moment(comment, "created_at", f"{path}.created_at", fallback)
        person = self._author(comment) or Person()
        via = mapping_of(comment.get("via"))
        self._say(name, body, person, when, comment.get("public"), via, comment, context)
        return when or fallback

    def _rating(self, context: Mapping[str, str], fallback: str) -> None:
        """What the requester wrote beside a satisfaction score."""
        rating = mapping_of(self.raw.get("satisfaction_rating"))
        body = rating.get("comment")
        if not isinstance(body, str):
            if body is not None:
                self.problem("satisfaction_rating.comment", "not a text", "Export the comment as text")
            return
        dated = {"created_at": rating.get("created_at") or self.raw.get("updated_at") or fallback}
        when = self._moment(dated, "created_at", "satisfaction_rating.created_at", fallback) if body.strip() else ""
        self._say("rating", body, self._person(self.raw, "requester"), when, True, {}, {}, context)

    def _say(
        self,
        name: str,
        body: str,
        person: Person,
        when: str,
        public: Any,
        via: Mapping[str, Any],
        raw: Mapping[str, Any],
        context: Mapping[str, str],
    ) -> None:
        if not body.strip():
            return
        internal = public is False or (isinstance(public, str) and public.strip().casefold() in ("false", "f", "0", "no"))
        self.records += message_records(
            Message(
                account_id=self.account_id,
                source=f"{self.document}/{name}",
                document=self.document,
                occurred_at=when,
                author_name=person.name,
                author_email=person.email,
                body=body,
                attribution=self._voice(person, internal, via, raw),
                visibility=Visibility.INTERNAL if internal else Visibility.PUBLIC,
                subject=self.subject if name == "description" else "",
                context=context,
            ),
            self.directory,
            position=len(self.records),
        )

    def _voice(self, person: Person, internal: bool, via: Mapping[str, Any], raw: Mapping[str, Any]) -> Attribution:
        name, email = person.name, person.email
        if internal:
            return Attribution(Voice.VENDOR, "internal comment: only our own side sees it", name, email)
        channel = text_of(via.get("channel")).casefold()
        if raw.get("from_ai_agent") is True or raw.get("is_ai_answer") is True or channel in _AI_CHANNELS:
            return Attribution(Voice.VENDOR, "written by an automatic agent of ours", name, email)
        who = self.directory.voice_of(self.account_id, name, email)
        if raw.get("visibility_unknown") and who.voice is Voice.CUSTOMER and not email:
            reason = f"the export does not say who sees this comment, and gives no address of {name}"
            return Attribution(Voice.UNKNOWN, reason, name, email)
        if person.role in _STAFF and who.voice is not Voice.VENDOR:
            if who.voice is Voice.CUSTOMER:
                reason = f"the help desk calls {name or email} an {person.role}, the contacts call them a customer"
                return Attribution(Voice.UNKNOWN, reason, name, email)
            return Attribution(Voice.VENDOR, f"the help desk lists {name or email or 'the author'} as {person.role}", name, email)
        if _REDACTED in (name or "").casefold() or not person.known:
            return Attribution(Voice.UNKNOWN, "the export gives only an id for the author", name, email)
        return who

    def _author(self, comment: Mapping[str, Any]) -> Person | None:
        return self._person(comment, "author") if comment.get("author") or comment.get("author_id") is not None else None

    def _person(self, raw: Mapping[str, Any], role: str) -> Person:
        inline = raw.get(role)
        if isinstance(inline, dict):
            listed = self.ticket.users.get(text_of(inline.get("id")))
            person = person_of(inline)
            return person if person.name or person.email or listed is None else listed
        if isinstance(inline, str) and (inline := storable(inline)).strip():
            return Person(
                name=None if "@" in inline and " " not in inline.strip() else inline.strip(),
                email=inline if "@" in inline else None,
            )
        key = text_of(raw.get(f"{role}_id")) if not isinstance(raw.get(f"{role}_id"), (dict, list)) else ""
        if key in self.ticket.users:
            return self.ticket.users[key]
        requester = mapping_of(self.raw.get("requester"))
        if role == "author" and key and key == text_of(requester.get("id") or self.raw.get("requester_id")) and requester:
            return person_of(requester)
        return Person(
            name=text_of(raw.get(f"{role}_name")) or None, email=text_of(raw.get(f"{role}_email")) or None, known=not key
        )

    def _plain(self, comment: Mapping[str, Any]) -> str:
        return next((text for key in ("body", "plain_body") if isinstance(text := comment.get(key), str) and text.strip()), "")

    def _body(self, raw: Mapping[str, Any], keys: tuple[str, ...], path: str) -> str:
        for key in keys or ("body", "plain_body"):
            value = raw.get(key)
            if isinstance(value, str) and value.strip():
                return value
            if value is not None and not isinstance(value, str):
                self.problem(path if keys else f"{path}.{key}", "not a text", "Export the body as text")
        rich = raw.get("html_body")
        if rich is not None and not isinstance(rich, str):
            self.problem(path if keys else f"{path}.html_body", "not a text", "Export the body as text")
        if isinstance(rich, str) and rich.strip():
            if swallowed := broken_tag(rich):
                self.problem(path, f"a tag that is not closed hides words: {swallowed[:60]}", "Export the message again")
            return text_of_html(rich)
        if not keys and not any(key in raw for key in ("body", "plain_body", "html_body")):
            self.problem(f"{path}.body", "a comment without a body", "Export comments with their bodies")
        return ""

    def _moment(self, raw: Mapping[str, Any], key: str, path: str, fallback: str = "") -> str:
        try:
            return moment_of(raw.get(key) if raw.get(key) is not None else raw.get("created"))
        except UnclearValueError as error:
            remedy = "Export ISO 8601 dates" + (f"; {fallback} is used" if fallback else "")
            self.problem(path, str(error), remedy)
            return fallback

    def _context(self, status: str) -> Mapping[str, str]:
        tags = self.raw.get("tags")
        facts = {
            "title": self.subject,
            "status": status,
            "priority": text_of(self.raw.get("priority")),
            "tags": ", ".join(text_of(tag) for tag in tags) if isinstance(tags, list) else text_of(tags),
        }
        if status in _RESOLVED:
            try:
                facts["resolved_at"] = moment_of(self.raw.get("solved_at") or self.raw.get("updated_at"))
            except UnclearValueError as error:
                self.problem("updated_at", str(error), "Export ISO 8601 dates")
        return MappingProxyType({key: value for key, value in facts.items() if value})


def person_of(raw: Any) -> Person:
    raw = mapping_of(raw)
    name, email, role = (
        text_of(raw.get(key)) if not isinstance(raw.get(key), (dict, list)) else "" for key in ("name", "email", "role")
    )
    return Person(name or None, email or None, role.casefold())
