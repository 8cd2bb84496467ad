"""Zendesk as a warehouse keeps it: tables of tickets, comments and users, one row each, joined here into tickets.

Column names follow the common connectors' Zendesk schema (`ticket`, `ticket_comment`, `user`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from retrieval.readers.files import FileText
from retrieval.readers.people import Directory
from retrieval.readers.tables import Row, Table, parse_table
from retrieval.readers.tickets import Person, Ticket, ticket_records
from retrieval.records import Problem, Record

TICKETS, COMMENTS, USERS = "tickets", "comments", "users"


def kind_of(columns: Sequence[str]) -> str | None:
    """Which of the three tables a header belongs to, or None."""
    have = set(columns)
    if {"ticket_id", "body"} <= have:
        return COMMENTS
    if {"id", "subject", "status"} <= have:
        return TICKETS
    if {"id", "name", "role"} <= have or {"id", "email", "name"} <= have:
        return USERS
    return None


def read_warehouse(files: Sequence[FileText], account_id: str, directory: Directory) -> tuple[list[Record], list[Problem]]:
    """Join the tables of one export folder. Comments whose ticket is in no table are read all the same."""
    problems: list[Problem] = []
    tickets: dict[str, tuple[str, Row]] = {}
    comments: dict[str, list[dict[str, Any]]] = {}
    written: dict[str, str] = {}
    """The table that a ticket's comments stand in."""
    users: dict[str, Person] = {}
    for table in (parse_table(file) for file in files):
        problems += [replace(problem, account_id=account_id) for problem in table.problems]
        kind = kind_of(table.columns)
        if kind is None and table.columns:
            shown = ", ".join(table.columns[:5])
            problems.append(
                Problem(table.name, f"not read: no reader for a table of {shown}", "Remove it", account_id=account_id)
            )
        for row in table.rows:
            if kind == USERS:
                users[row.get("id")] = Person(row.get("name") or None, row.get("email") or None, row.get("role").casefold())
            elif kind == TICKETS and not row.get("id"):
                problems.append(Problem(table.name, "a ticket without an id", "Export ids", row.line, "id", account_id))
            elif kind == TICKETS:
                _keep_latest(tickets, table, row)
            elif kind == COMMENTS:
                if len(row.get("ticket_id").split()) > 1:
                    why = "a ticket_id with blanks: the line's fields may be shifted"
                    remedy = "Check its quotation marks"
                    problems.append(Problem(table.name, why, remedy, row.line, "ticket_id", account_id))
                comments.setdefault(row.get("ticket_id"), []).append(_comment(row))
                written[row.get("ticket_id")] = table.name
    records: list[Record] = []
    for ticket_id in dict.fromkeys([*tickets, *comments]):
        name, ticket_row = tickets.get(ticket_id, (files[0].name if files else "", None))
        raw: dict[str, Any] = {key: value for key, value in (ticket_row.values if ticket_row else {}).items() if value}
        raw["comments"] = sorted(comments.get(ticket_id, []), key=lambda comment: comment["created_at"])
        if not raw.get("description") and not raw["comments"]:
            continue
        ticket = Ticket(ticket_id, f"ticket {ticket_id}", ticket_row.line if ticket_row else None, raw, users)
        found, trouble = ticket_records(name, ticket, account_id, directory)
        records += found
        for problem in trouble:
            beside = ticket_id in written and ".comments" in (problem.field or "")
            problems.append(replace(problem, file=written[ticket_id], line=None) if beside else problem)
    return records, problems


def _keep_latest(tickets: dict[str, tuple[str, Row]], table: Table, row: Row) -> None:
    key = row.get("id")
    if key not in tickets or row.get("updated_at") >= tickets[key][1].get("updated_at"):
        tickets[key] = (table.name, row)


def _comment(row: Row) -> dict[str, Any]:
    return {
        "id": row.get("id"),
        "body": row.get("body"),
        "public": row.get("public") or None,
        "author_id": row.get("author_id") or row.get("user_id") or None,
        "created_at": row.get("created_at") or row.get("created"),
    }
