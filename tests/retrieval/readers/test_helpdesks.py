"""Intercom, Freshdesk, Jira Service Management and HubSpot in the shapes that their interfaces document (formats.md 2.2-2.5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.readers.files import FileText
from retrieval.readers.formats import read_account_file
from retrieval.readers.people import directory_of
from retrieval.records import Problem, Record

DIRECTORY = directory_of(
    [Account("a1", "Acme", "acme.example")],
    [Contact("a1", "Dana Ruiz", "dana@acme.example")],
    [TeamMember("Sam Lee", "sam@vendor.example")],
    Catalog("Vendor", ("vendor.example",)),
)

INTERCOM: dict[str, Any] = {
    "type": "conversation",
    "id": "215",
    "created_at": 1785834720,
    "updated_at": 1785835100,
    "state": "open",
    "source": {
        "type": "conversation",
        "subject": "",
        "body": "<p>Can we get the <b>audit log</b> export?</p>",
        "author": {"type": "user", "id": "u1", "name": "Dana Ruiz", "email": "dana@acme.example"},
    },
    "conversation_parts": {
        "type": "conversation_part.list",
        "conversation_parts": [
            {"id": "1", "part_type": "assignment", "body": None, "author": {"type": "bot"}, "created_at": 1785834730},
            {"id": "2", "part_type": "comment", "author": {"type": "bot", "name": "Fin", "from_ai_agent": True},
             "body": "<p>Here is an article.</p>", "created_at": 1785834740},
            {"id": "3", "part_type": "comment", "author": {"type": "admin", "name": "Sam"}, "body": "<p>It&#39;s in Enterprise.</p>",
             "created_at": 1785835000},
            {"id": "4", "part_type": "note", "author": {"type": "admin", "name": "Sam"}, "body": "<p>lead?</p>",
             "created_at": 1785835050},
            {"id": "5", "part_type": "comment", "author": {"type": "user", "name": "Dana", "email": "dana@acme.example"},
             "body": "<p>Send me a price.</p>", "created_at": 1785835100},
        ],
        "total_count": 5,
    },
}  # fmt: skip
FRESHDESK: dict[str, Any] = {
    "id": 77,
    "company_id": 31,
    "status": 4,
    "priority": 3,
    "subject": "Seat limit",
    "description_text": "We have hit the limit.",
    "description": "<div>We have hit the limit.</div>",
    "requester_id": 900,
    "requester": {"id": 900, "name": "Dana Ruiz", "email": "dana@acme.example"},
    "created_at": "2026-08-01T07:00:00Z",
    "updated_at": "2026-08-02T07:00:00Z",
    "conversations": [
        {"id": 9, "user_id": 900, "incoming": True, "private": False, "body_text": "18 people cannot log in.",
         "created_at": "2026-08-01T08:00:00Z"},
        {"id": 10, "user_id": 12, "incoming": False, "private": False, "body": "<p>We look.</p>", "created_at": "2026-08-01T09:00:00Z"},
        {"id": 11, "user_id": 12, "incoming": False, "private": True, "body_text": "Upsell?", "created_at": "2026-08-01T09:10:00Z"},
        {"id": 12, "user_id": 901, "incoming": True, "private": False, "body_text": "Me too.", "created_at": "2026-08-01T09:20:00Z"},
    ],
}  # fmt: skip
JIRA: dict[str, Any] = {
    "key": "SUP-42",
    "fields": {
        "summary": "Bulk invite",
        "description": {"type": "doc", "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": "We invite "}, {"type": "text", "text": "by hand."}]},
            {"type": "paragraph", "content": [{"type": "text", "text": "Each Monday."}]},
        ]},
        "status": {"name": "Resolved"},
        "priority": {"name": "High"},
        "created": "2026-04-08T14:04:31.883+0000",
        "updated": "2026-04-09T14:04:31.883+0000",
        "reporter": {"displayName": "Dana Ruiz", "emailAddress": "dana@acme.example"},
        "comment": {"total": 3, "comments": [
            {"id": "1", "author": {"displayName": "Dana Ruiz", "emailAddress": "dana@acme.example"}, "body": "Forty people a week.",
             "created": "2026-04-08T14:30:00.000+0000", "jsdPublic": True},
            {"id": "2", "author": {"displayName": "Sam Lee"}, "body": "They will buy.", "created": "2026-04-08T15:00:00.000+0000",
             "jsdPublic": False, "visibility": None},
            {"id": "3", "author": {"displayName": "Dana Ruiz"}, "body": "Who wrote this?", "created": "2026-04-08T16:00:00.000+0000"},
        ]},
    },
}  # fmt: skip
HUBSPOT: dict[str, Any] = {
    "id": "45123",
    "properties": {
        "subject": "Login limit",
        "content": "We hit 50 users.",
        "hs_pipeline": "0",
        "hs_pipeline_stage": "1",
        "hs_ticket_priority": "HIGH",
        "createdate": "2026-08-01T10:00:00Z",
    },
    "associations": {"companies": {"results": [{"id": "9001"}]}},
}
EVERY = {"intercom": INTERCOM, "freshdesk": FRESHDESK, "jira": JIRA, "hubspot": HUBSPOT}
PAGES = {"intercom": "conversations", "freshdesk": "tickets", "jira": "issues", "hubspot": "results"}


def read(value: Any, name: str = "tickets/a1.json") -> tuple[list[Record], list[Problem]]:
    text = value if isinstance(value, str) else json.dumps(value)
    return read_account_file(FileText(name, text), "tickets", "a1", DIRECTORY)


def lines(value: Any) -> list[tuple[str, str, str, str]]:
    records, problems = read(value)
    assert not problems
    return [(r.source.removeprefix("ticket:"), r.voice.value, r.visibility.value, r.text) for r in records]


def test_intercom() -> None:
    assert lines(INTERCOM) == [
        ("215/description", "customer", "public", "Can we get the audit log export?"),
        ("215/comment:2", "vendor", "public", "Here is an article."),
        ("215/comment:3", "vendor", "public", "It's in Enterprise."),
        ("215/comment:4", "vendor", "internal", "lead?"),
        ("215/comment:5", "customer", "public", "Send me a price."),
    ]
    assert read(INTERCOM)[0][0].occurred_at == "2026-08-04T09:12:00Z"


def test_freshdesk() -> None:
    assert lines(FRESHDESK) == [
        ("77/description", "customer", "public", "We have hit the limit."),
        ("77/comment:9", "customer", "public", "18 people cannot log in."),
        ("77/comment:10", "vendor", "public", "We look."),
        ("77/comment:11", "vendor", "internal", "Upsell?"),
        ("77/comment:12", "unknown", "public", "Me too."),  # an id that the export does not resolve
    ]
    assert dict(read(FRESHDESK)[0][0].context) == {
        "title": "Seat limit",
        "status": "solved",
        "priority": "high",
        "resolved_at": "2026-08-02T07:00:00Z",
    }


def test_jira() -> None:
    assert lines(JIRA) == [
        ("SUP-42/description", "customer", "public", "We invite by hand.\nEach Monday."),
        ("SUP-42/comment:1", "customer", "public", "Forty people a week."),
        ("SUP-42/comment:2", "vendor", "internal", "They will buy."),
        ("SUP-42/comment:3", "unknown", "public", "Who wrote this?"),  # neither public nor internal, and no address
    ]


def test_hubspot() -> None:
    records, problems = read(HUBSPOT)
    assert [(r.source, r.voice.value, r.text, r.context["priority"]) for r in records] == [
        ("ticket:45123/description", "unknown", "We hit 50 users.", "high")
    ]
    assert not problems


@pytest.mark.parametrize("name", EVERY)
def test_pages_lists_and_lines_are_read_like_one_ticket(name: str) -> None:
    one = lines(EVERY[name])
    assert lines({PAGES[name]: [EVERY[name]]}) == one
    assert lines([EVERY[name]]) == one
    other = {**EVERY[name], "key" if name == "jira" else "id": "X-2"}
    records, problems = read("\n".join(json.dumps(row) for row in (EVERY[name], other)), "tickets/a1.ndjson")
    assert (len(records), problems) == (2 * len(one), [])


def test_comments_that_the_export_cut_off_are_reported() -> None:
    parts = {**INTERCOM["conversation_parts"], "total_count": 530}
    assert [(p.field, p.why) for p in read({**INTERCOM, "conversation_parts": parts})[1]] == [
        ("conversation_parts", "5 of 530 comments are in the export")
    ]
    fields = {**JIRA["fields"], "comment": {**JIRA["fields"]["comment"], "total": 130}}
    assert [p.field for p in read({**JIRA, "fields": fields})[1]] == ["fields.comment"]
    assert [p.field for p in read({**FRESHDESK, "conversations": {"9": "x"}, "description_text": "x"})[1]] == ["conversations"]


def test_words_under_keys_that_nobody_reads_are_reported() -> None:
    (problem,) = read({**INTERCOM, "hidden_story": "They are about to leave us."})[1]
    assert problem.field == "hidden_story"
    item = {**FRESHDESK["conversations"][0], "translated": "Eighteen people are locked out."}
    assert [p.field for p in read({**FRESHDESK, "conversations": [item]})[1]] == ["conversations[].translated"]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("junk", [None, 3, "x", [], [None], {"a": 1}])
def test_other_types_anywhere_raise_nothing(name: str, junk: Any) -> None:
    for key in EVERY[name]:
        read({**EVERY[name], key: junk})
    for holder in ("source", "conversation_parts", "fields", "properties"):
        for key in EVERY[name].get(holder, {}):
            read({**EVERY[name], holder: {**EVERY[name][holder], key: junk}})
