"""Support tickets in the shapes that Zendesk exports them.

One ticket, a list, `{"tickets": [...]}` or one object per line; people inline or by id with a `users` list; comments inline or
absent; `body`, `plain_body` or `html_body` (formats.md 2.1). One bad ticket or comment is a `Problem`, the rest is read. Other
help desks' tickets are brought into this shape first (`helpdesks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from retrieval.readers.documents import documents_of, list_of, mapping_of, unread_words
from retrieval.readers.files import FileText
from retrieval.readers.helpdesks import as_zendesk
from retrieval.readers.people import Directory
from retrieval.readers.tickets import Person, Ticket, person_of, ticket_records
from retrieval.readers.values import UnclearValueError, moment_of, text_of
from retrieval.readers.zendesk_keys import PAGING, note_person, note_unread, unread_problems
from retrieval.records import Problem, Record

_PAGES: Mapping[str, None] = dict.fromkeys(("tickets", "issues", "results", "conversations"))
"""Keys under which tickets stand: Zendesk's and Freshdesk's, Jira's, HubSpot's, Intercom's."""


def read_tickets(files: Sequence[FileText], account_id: str, directory: Directory) -> tuple[list[Record], list[Problem]]:
    """Every comment of every ticket of an account's files as records; of a ticket that is exported again, the latest row."""
    latest: dict[str, tuple[str, Ticket]] = {}
    problems: list[Problem] = []
    for file in files:
        tickets, trouble = tickets_of(file, account_id)
        problems += trouble
        for ticket in tickets:
            before = latest.get(ticket.ticket_id)
            if before and _contradicts(before[1], ticket):
                why = f"ticket {ticket.ticket_id[:60]} stands in {before[0]} too, with other words, and neither is later"
                remedy = "Remove one of the two, or export updated_at; this one is read"
                problems.append(Problem(file.name, why, remedy, ticket.line, ticket.path or None, account_id or None))
            if before is None or ticket.updated >= before[1].updated:
                latest[ticket.ticket_id] = (file.name, ticket)
    records: list[Record] = []
    for name, ticket in latest.values():
        found, trouble = ticket_records(name, ticket, account_id, directory)
        records += found
        problems += trouble
    return records, problems


def tickets_of(file: FileText, account_id: str = "") -> tuple[list[Ticket], list[Problem]]:
    """The tickets of one file, the latest row of each id only (exports repeat rows), in order of first appearance."""
    documents, trouble = documents_of(file, "tickets")
    problems = [replace(problem, account_id=account_id or None) for problem in trouble]
    found: dict[str, Ticket] = {}
    users: dict[str, Person] = {}
    rows: list[tuple[Any, str, int | None]] = []
    unread: dict[str, str] = {}
    for number, document in enumerate(documents):
        value = document.value
        for user in list_of(mapping_of(value).get("users")):
            if key := text_of(mapping_of(user).get("id")):
                users[key] = person_of(user)
            note_person(user, "users[]", unread)
        prefix = f"[{number}]" if len(documents) > 1 else ""
        rows += [(row, path, document.line) for row, path in _rows(value, prefix)]
        if _listed(value):
            unread.update((key, key) for key in unread_words(value, PAGING))
    for given, path, line in rows:
        adapted = as_zendesk(given)
        row = adapted.ticket
        unread.update((key, f"{path}.{key}".lstrip(".")) for key in adapted.unread if key not in unread)
        problems += [
            Problem(file.name, why, "Export all comments", line, f"{path}.{where}".lstrip("."), account_id or None)
            for where, why in adapted.lacking
        ]
        if not isinstance(row, dict):
            problems.append(Problem(file.name, "not a ticket", "Every entry is an object", line, path, account_id or None))
            continue
        ticket_id = text_of(row.get("id"))
        if not ticket_id or isinstance(row.get("id"), (dict, list)):
            problems.append(
                Problem(file.name, "a ticket without an id", "Export ids", line, f"{path}.id".lstrip("."), account_id or None)
            )
            continue
        note_unread(row, path, unread)
        if row.get("updated_at") is not None and not _sortable(row["updated_at"]):
            where = f"{path}.updated_at".lstrip(".")
            problems.append(
                Problem(file.name, "not a date: which of two exports is later cannot be told", "Export ISO 8601 dates", line, where,
                        account_id or None)
            )  # fmt: skip
        ticket = Ticket(ticket_id, path, line, row, users, _sortable(row.get("updated_at")))
        earlier = found.get(ticket_id)
        if earlier and _contradicts(earlier, ticket):
            why = f"ticket {ticket_id[:60]} stands here twice with other words, not with two updated_at: which is later cannot be told"
            where = f"{path}.updated_at".lstrip(".")
            problems.append(Problem(file.name, why, "Export updated_at", line, where, account_id or None))
        if earlier is None or ticket.updated >= earlier.updated:
            found[ticket_id] = ticket
    problems += unread_problems(file.name, unread, account_id)
    return list(found.values()), problems


def _rows(value: Any, prefix: str) -> Iterator[tuple[Any, str]]:
    if key := _listed(value):
        yield from ((row, f"{prefix}{key}[{i}]") for i, row in enumerate(value[key]))
    elif isinstance(value, dict) and isinstance(value.get("ticket"), dict):
        yield {**value["ticket"], **{key: value[key] for key in ("comments",) if key in value}}, f"{prefix}ticket"
    elif isinstance(value, list):
        yield from ((row, f"{prefix}[{i}]") for i, row in enumerate(value))
    elif isinstance(value, dict) and "users" in value and not (value.keys() - PAGING) and not (value.keys() & _PAGES):
        return
    else:
        yield value, prefix


def _listed(value: Any) -> str:
    """The key under which a page's tickets stand, or ""."""
    if not isinstance(value, dict) or "id" in value:
        return "tickets" if isinstance(mapping_of(value).get("tickets"), list) else ""
    return next((key for key in _PAGES if isinstance(value.get(key), list)), "")


def _contradicts(earlier: Ticket, ticket: Ticket) -> bool:
    """Whether two rows of one ticket say different things and nothing tells which holds. Exports repeat rows (formats.md 2.1)."""
    told_apart = earlier.updated and ticket.updated and earlier.updated != ticket.updated
    return not told_apart and any(
        earlier.raw.get(key) != ticket.raw.get(key) for key in ("subject", "description", "html_body", "comments", "status")
    )


def _sortable(value: Any) -> str:
    try:
        return moment_of(value)
    except UnclearValueError:
        return ""
