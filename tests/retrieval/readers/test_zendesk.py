"""Ticket exports in all their shapes become records with the right voice, once each, whatever else is broken in the file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.readers.files import FileText
from retrieval.readers.people import directory_of
from retrieval.readers.zendesk import read_tickets
from retrieval.records import Problem, Record, Visibility, Voice

DIRECTORY = directory_of(
    [Account("a1", "Acme", "acme.example")],
    [Contact("a1", "Dana Ruiz", "dana@acme.example", "VP Ops")],
    [TeamMember("Sam Lee", "sam@vendor.example", "CSM")],
    Catalog("Vendor", ("vendor.example",)),
)
DANA = {"name": "Dana Ruiz", "email": "dana@acme.example"}
SAM = {"name": "Sam Lee", "email": "sam@vendor.example"}


def comment(number: int, author: dict[str, str], body: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "author": author, "public": True, "created_at": f"2026-08-{number:02}T10:00:00Z", "body": body} | more


def ticket(**more: Any) -> dict[str, Any]:
    return {
        "id": 48112,
        "subject": "SSO",
        "description": "We need SSO.",
        "status": "solved",
        "priority": "high",
        "created_at": "2026-08-01T09:00:00Z",
        "updated_at": "2026-08-06T10:00:00Z",
        "requester": DANA,
        "tags": ["sso", "security"],
        "comments": [comment(2, SAM, "It is in Enterprise."), comment(3, DANA, "Then send a quote.")],
    } | more


def read(*values: Any, text: str | None = None) -> tuple[list[Record], list[Problem]]:
    files = [FileText("tickets/a1.json", text if text is not None else json.dumps(value)) for value in (values or ("",))]
    return read_tickets(files, "a1", DIRECTORY)


def brief(records: list[Record]) -> list[tuple[str, str, str]]:
    return [(r.source.removeprefix("ticket:"), r.voice.value, r.text) for r in records]


EXPECTED = [
    ("48112/description", "customer", "We need SSO."),
    ("48112/comment:2", "vendor", "It is in Enterprise."),
    ("48112/comment:3", "customer", "Then send a quote."),
]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"tickets": [ticket()]}),
        json.dumps([ticket()]),
        json.dumps(ticket()),
        json.dumps({"ticket": ticket()}),
        json.dumps(ticket()) + "\n",
        "\ufeff" + json.dumps({"tickets": [ticket()], "end_of_stream": True}),
        json.dumps({"tickets": [ticket(id="48112")]}, indent=2),
    ],
)
def test_every_shape_of_export_gives_the_same_records(text: str) -> None:
    records, problems = read(text=text)
    assert brief(records) == EXPECTED
    assert not problems


def test_a_record_says_where_it_stands_and_in_which_conversation() -> None:
    first = read([ticket()])[0][0]
    assert (first.document, first.locator, first.occurred_at) == ("ticket:48112", "chars 0-12", "2026-08-01T09:00:00Z")
    assert dict(first.context) == {
        "title": "SSO",
        "status": "solved",
        "priority": "high",
        "tags": "sso, security",
        "resolved_at": "2026-08-06T10:00:00Z",
    }


def test_a_truncated_last_line_of_json_lines_costs_that_line_only() -> None:
    lines = [json.dumps(ticket(id=n)) for n in (1, 2, 3)]
    records, problems = read(text="\n".join(lines)[:-40])
    assert {r.document for r in records} == {"ticket:1", "ticket:2"}
    assert [(p.file, p.line) for p in problems] == [("tickets/a1.json", 3)]


def test_a_file_that_is_cut_off_gives_what_is_whole() -> None:
    records, problems = read(text=json.dumps({"tickets": [ticket(id=n) for n in (1, 2, 3)]})[:-40])
    assert {r.document for r in records} == {"ticket:1", "ticket:2"}
    assert len(problems) == 1


def test_people_may_be_given_by_id() -> None:
    users = [{"id": 7, **DANA, "role": "end-user"}, {"id": 8, "name": "A. Gent", "email": "", "role": "agent"}]
    raw = ticket(requester_id=7, comments=[comment(2, {}, "It is in Enterprise.", author_id=8)])
    del raw["requester"]
    del raw["comments"][0]["author"]
    records, _ = read({"tickets": [raw], "users": users})
    assert [(r.voice, r.speaker) for r in records] == [(Voice.CUSTOMER, "Dana Ruiz"), (Voice.VENDOR, "A. Gent")]
    assert "agent" in records[1].voice_reason


def test_an_id_that_nobody_resolves_is_unknown() -> None:
    raw = ticket(requester_id=99)
    del raw["requester"]
    assert read([raw])[0][0].voice is Voice.UNKNOWN


def test_an_internal_comment_is_ours_whoever_wrote_it() -> None:
    note = comment(4, DANA, "Customer said:\n> we want 40 seats\n\nDana", public=False)
    records = [r for r in read([ticket(comments=[note])])[0] if "comment" in r.source]
    assert {(r.voice, r.visibility, r.voice_reason) for r in records} == {
        (Voice.VENDOR, Visibility.INTERNAL, "internal comment: only our own side sees it")
    }


def test_the_first_comment_that_repeats_the_description_counts_once() -> None:
    records, _ = read([ticket(comments=[comment(1, DANA, "We need SSO.\n"), comment(2, SAM, "Noted.")])])
    assert [r.source for r in records] == ["ticket:48112/description", "ticket:48112/comment:2"]


def test_an_exported_again_ticket_counts_once_in_its_latest_state() -> None:
    old, new = ticket(), ticket(updated_at="2026-09-01T00:00:00Z", status="open", comments=[])
    for rows in ([old, new], [new, old]):
        records, problems = read({"tickets": rows})
        assert brief(records) == EXPECTED[:1]
        assert records[0].context["status"] == "open"
        assert not problems
    assert brief(read({"tickets": [old]}, {"tickets": [new]})[0]) == EXPECTED[:1]


def test_a_deleted_ticket_is_left_out_and_said_so() -> None:
    records, problems = read([ticket(status="deleted"), ticket(id=2)])
    assert {r.document for r in records} == {"ticket:2"}
    assert "deleted" in problems[0].why


def test_an_automatic_agent_is_ours() -> None:
    for more in ({"from_ai_agent": True}, {"via": {"channel": "ai_agent"}}):
        records, _ = read([ticket(comments=[comment(2, DANA, "I am a bot.", **more)])])
        assert records[-1].voice is Voice.VENDOR


def test_html_is_read_as_text_where_there_is_nothing_else() -> None:
    raw = comment(2, DANA, "")
    raw |= {
        "body": None,
        "html_body": "<p>We&nbsp;need <b>SSO</b> &amp; SCIM.</p><blockquote><p>Shall we?</p></blockquote><p>Yes.</p>",
    }
    records, problems = read([ticket(comments=[raw])])
    assert [(r.text, r.voice.value) for r in records[1:]] == [
        ("We\u00a0need SSO & SCIM.", "customer"),
        ("> Shall we?", "unknown"),
        ("Yes.", "customer"),
    ]
    assert not problems


def test_a_quoted_reply_goes_to_whom_it_names_and_a_customer_s_words_count_once() -> None:
    body = "Agreed.\n\nOn 2 Aug 2026 Sam Lee wrote:\n> Shall I quote?\n\nOn 1 Aug 2026 Dana Ruiz wrote:\n> We need SSO.\n"
    records = read([ticket(comments=[comment(5, DANA, body)])])[0][1:]
    assert [r.voice for r in records] == [Voice.CUSTOMER, Voice.VENDOR, Voice.UNKNOWN]
    assert records[2].voice_reason == "quoted reply: these words count where they were first written"
    assert [r.text for r in records] == [body[int(a) : int(b)] for a, b in (r.locator[6:].split("-") for r in records)]


def test_an_outsider_who_is_quoted_stays_an_outsider() -> None:
    body = "FYI\n\n---------- Forwarded message ---------\nFrom: Rob <rob@seller.example>\nSubject: x\n\nThey will buy 400 seats."
    record = read([ticket(comments=[comment(5, DANA, body)])])[0][-1]
    assert (record.voice, record.speaker_email) == (Voice.EXTERNAL, "rob@seller.example")


def test_what_is_broken_is_named_and_the_rest_is_read() -> None:
    undated = {"id": 9, "author": DANA, "created_at": "soon", "body": "Hi"}
    empty = {"id": 10, "author": DANA, "created_at": "2026-08-01"}
    bad = ticket(comments=[comment(2, SAM, "Fine."), undated, 7, empty])
    records, problems = read({"tickets": [3, {"subject": "no id"}, bad, ticket(id=2)]})
    assert {r.document for r in records} == {"ticket:48112", "ticket:2"}
    assert [p.field for p in problems] == [
        "tickets[0]",
        "tickets[1].id",
        "tickets[2].comments[1].created_at",
        "tickets[2].comments[2]",
        "tickets[2].comments[3].body",
    ]
    assert all(p.remedy and p.account_id == "a1" for p in problems)


def test_record_ids_are_unique_and_do_not_change_with_the_rest_of_the_export() -> None:
    once = {r.source + r.text: r.record_id for r in read([ticket()])[0]}
    more, _ = read(
        [ticket(id=1), ticket(comments=[*ticket()["comments"], comment(9, DANA, "One more.")], updated_at="2026-10-01")]
    )
    assert len({r.record_id for r in more}) == len(more)
    assert all(once[r.source + r.text] == r.record_id for r in more if r.source + r.text in once)


def test_odd_characters_stay_as_they_are() -> None:
    odd = "a\u202eb\ud800c\x07d"
    assert read([ticket(description=odd, comments=[])])[0][0].text == odd
