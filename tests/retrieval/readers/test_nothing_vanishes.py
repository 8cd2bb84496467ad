"""Damage that once made words vanish, hang a night or stop the store: found by `evals.bench.fuzz`, kept here one by one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from retrieval.readers.catalog import read_catalog
from retrieval.readers.files import FileText, decode
from retrieval.readers.formats import read_account_file, read_ticket_files
from retrieval.readers.people import Directory
from retrieval.readers.rosters import read_accounts
from retrieval.readers.tables import parse_table
from retrieval.readers.values import UnclearValueError, moment_of, number_of, text_of
from retrieval.records import Problem, Record

TICKET = {"id": 1, "description": "We need seats.", "created_at": "2026-08-01", "updated_at": "2026-08-02"}


def read(name: str, text: str) -> tuple[list[Record], list[Problem]]:
    return read_account_file(FileText(name, text), name.split("/")[0], "a1", Directory())


def tickets(raw: Any) -> tuple[list[Record], list[Problem]]:
    return read("tickets/a1.json", raw if isinstance(raw, str) else json.dumps(raw))


def vtt(body: str) -> tuple[list[Record], list[Problem]]:
    return read("transcripts/a1/2026-08-01-x.vtt", f"WEBVTT\n\n{body}")


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 1e30, 10**400])
def test_a_date_beyond_all_numbers_is_refused_at_once(value: float) -> None:
    with pytest.raises(UnclearValueError):
        moment_of(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.srt", f"1\n00:00:01,000 --> {'9' * 400}:00:02,000\nDana: Hi\n"),
        ("x.vtt", f"WEBVTT\n\n00:01.000 --> {'9' * 400}:00:02.000\n<v Dana>Hi\n"),
        ("x.txt", f"Dana Ruiz  {'9' * 2}:01\nHi\n"),
        ("x.json", '{"sentences":[{"speaker_name":"Dana","text":"Hi","start_time":"1e307","end_time":1e308}]}'),
        ("x.json", '{"transcript":[{"speaker":{"display_name":"Dana"},"text":"Hi","timestamp":"' + "9" * 400 + '"}]}'),
    ],
)
def test_a_time_beyond_all_calls_raises_nothing(name: str, text: str) -> None:
    records, problems = read(f"transcripts/a1/2026-08-01-{name}", text)
    assert records or problems
    json.dumps([record.to_json() for record in records], allow_nan=False)


@pytest.mark.parametrize("text", ["9" * 300_000, "9." * 150_000, "a" * 300_000, "2026-08-01" * 30_000, "1 " * 150_000])
def test_a_number_without_end_is_refused_at_once(text: str) -> None:
    """Took the patterns minutes once: whoever waits for this test sees it."""
    for read_value in (number_of, moment_of):
        with pytest.raises(UnclearValueError):
            read_value(text)


def test_a_ticket_dated_to_infinity_does_not_hang_the_night() -> None:
    records, problems = tickets('{"id":1,"description":"We need seats.","created_at":1e999}')
    assert (len(records), [p.field for p in problems]) == (1, ["created_at"])


def test_tickets_under_another_key_are_reported() -> None:
    records, problems = tickets({"tickeds": [TICKET], "users": [{"id": 7, "name": "Dana"}]})
    assert not records
    assert problems
    assert not tickets({"users": [{"id": 7, "name": "Dana"}], "next_page": None})[1]


def test_words_under_keys_that_nobody_reads_are_reported_once_a_file() -> None:
    rows = [{**TICKET, "id": i, "resolution_story": "They moved to the larger plan.", "weight": "a b"} for i in (1, 2)]
    records, problems = tickets({"tickets": rows})
    assert len(records) == 2
    assert [(p.field, "resolution_story" in p.why) for p in problems] == [("tickets[0].resolution_story", True)]
    _, problems = tickets({"tickets": [{**TICKET, "commentz": [{"id": 2, "body": "We are leaving next month."}]}]})
    assert [p.field for p in problems] == ["tickets[0].commentz"]
    _, problems = tickets({"tickets": [{**TICKET, "comments": [{"id": 2, "body": "x", "bodyz": "We are leaving soon."}]}]})
    assert [p.field for p in problems if "bodyz" in p.why] == ["tickets[0].comments[].bodyz"]


def test_a_key_that_stands_twice_is_reported() -> None:
    _, problems = tickets('{"id":1,"description":"We are leaving.","description":"x","created_at":"2026-08-01"}')
    assert [p.field for p in problems] == ["description"]
    line = '{"id":2,"description":"a","description":"b","created_at":"2026-08-01"}'
    _, problems = read("tickets/a1.ndjson", f"{json.dumps(TICKET)}\n{line}\n")
    assert [(p.line, p.field) for p in problems] == [(2, "description")]


def test_an_unreadable_updated_at_is_reported() -> None:
    _, problems = tickets({**TICKET, "updated_at": "soon"})
    assert [p.field for p in problems] == ["updated_at"]


def test_a_ticket_twice_of_which_one_has_no_time_is_reported() -> None:
    timeless = {key: value for key, value in TICKET.items() if key != "updated_at"}
    other = {**timeless, "description": "We are leaving."}
    assert [p.field for p in tickets([TICKET, other])[1]] == ["[1].updated_at"]
    assert not tickets([TICKET, {**other, "updated_at": "2026-08-03"}])[1]
    assert [p.field for p in tickets([timeless, other])[1]] == ["[1].updated_at"]
    assert not tickets([timeless, timeless])[1]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("00:01.000 --> 00:02.000\n<v Dana>We<keep it in a sheet", "We<keep it in a sheet"),
        ("00:01.000 --> 00:02.000\n<v Dana><!--e keep it", "<!--e keep it"),
        ("00:01.000 --> 00:02.000\n<v Dana RuizWe keep it", "<v Dana RuizWe keep it"),
    ],
)
def test_an_opening_mark_swallows_no_words(body: str, words: str) -> None:
    assert [record.text for record in vtt(body)[0]] == [words]


@pytest.mark.parametrize(
    "body", ["00:01.000 --> 00:02.000\nHello <i>there</i> <b", "00:01.000 --> 00:02.000\nHello <i>there</i> </"]
)
def test_a_tag_that_the_cue_breaks_off_in_is_no_word(body: str) -> None:
    assert [record.text for record in vtt(body)[0]] == ["Hello there"]


@pytest.mark.parametrize(
    "body",
    [
        "00:01.000 --> 00:02.000<!--<v Sam Lee>We keep it in a sheet\n\n00:03.000 --> 00:04.000\n<v Dana>Yes.\n",
        "1\nSam Lee: we keep it in a sheet\n00:01.000 --> 00:02.000\n<v Dana>Yes.\n",
        "Sam Lee: we keep it in a sheet\n00:01.000 --> 00:02.000\n<v Dana>Yes.\n",
        "NOTE made by\n<v Sam Lee>We keep it in a sheet.\n\n00:01.000 --> 00:02.000\n<v Dana>Yes.\n",
    ],
)
def test_words_outside_a_cue_are_reported(body: str) -> None:
    records, problems = vtt(body)
    assert [record.text for record in records] == ["Yes."]
    assert len(problems) == 1
    assert problems[0].line


def test_words_in_the_header_are_reported() -> None:
    name, rest = "transcripts/a1/2026-08-01-x.vtt", "\n\n00:01.000 --> 00:02.000\n<v Dana>Yes.\n"
    assert [p.line for p in read(name, f"WEBVTT\n<v Dana>We leave{rest}")[1]] == [2]
    assert not read(name, f"WEBVTT - call of Tuesday at noon\nKind: captions\nLanguage: en{rest}")[1]


def test_cue_settings_and_names_are_no_words() -> None:
    assert not vtt("intro-1\n00:01.000 --> 00:02.000 align:start position:10%\n<v Dana>Yes.\n\nNOTE by a program\n")[1]
    srt = "1\n00:00:01,000 --> 00:00:02,000  X1:1 X2:2\nDana: Hi\n\n2\n00:00:03,000 --> 00:00:04,000\nDana: Yes\n"
    assert not read("transcripts/a1/2026-08-01-x.srt", srt)[1]


def test_words_above_the_times_of_a_subtitle_are_reported() -> None:
    _, problems = read("transcripts/a1/2026-08-01-x.srt", "Dana: we leave\n00:00:01,000 --> 00:00:02,000\nSam: Hi\n")
    assert [p.line for p in problems] == [1]


@pytest.mark.parametrize("key", ["sentences", "transcript"])
def test_a_gong_call_without_its_lists_is_reported(key: str) -> None:
    monologue = {"speakerId": "1", "sentences": [{"start": 0, "end": 1, "text": "We leave."}]}
    good = {"callId": "1", "transcript": [monologue]}
    bad = (
        {"callId": "2", "transcript": [{**monologue, "sentences": {}}]}
        if key == "sentences"
        else {"callId": "2", "transcripts": []}
    )
    records, problems = read("transcripts/a1/2026-08-01-x.json", json.dumps({"callTranscripts": [good, bad]}))
    assert len(records) == 1
    assert [str(p.field).rpartition(".")[2] for p in problems] == [key]


def test_names_and_titles_can_be_stored_and_words_stay_as_they_are() -> None:
    raw = '{"id":1,"subject":"S\\ud800","description":"We\\ud800 need","created_at":"2026-08-01","requester":"D\\u0000 \\udc00"}'
    (record,), _ = tickets(raw)
    assert (record.text, record.context["title"], record.speaker) == ("We\ud800 need", "S\ufffd", "D\ufffd \ufffd")
    assert text_of("a\0b") == "a\ufffdb"


def test_a_table_with_nul_is_reported_and_its_fields_can_be_stored() -> None:
    text, why, line = decode(b"account_id,name\na1,Ac\0me\n")
    accounts, problems = read_accounts(FileText("accounts.csv", text, (Problem("accounts.csv", why or "", "", line=line),)))
    assert (accounts[0].name, problems[0].line) == ("Ac\ufffdme", 2)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_without_a_mark_are_read_also_when_damaged(encoding: str) -> None:
    text = "account_id,name\na1,Acme\n"
    assert decode(text.encode(encoding)) == (text, None, None)
    cut, why, _ = decode(text.encode(encoding) + b"x")
    assert cut.startswith(text)
    assert why


def test_a_header_that_swallowed_a_line_is_reported() -> None:
    _, problems = read("tickets/a1/comments.csv", 'id,ticket_id,body,publi"We keep it in a sheet, é."\n')
    assert any("header" in problem.why for problem in problems)


def test_a_comment_without_an_id_takes_no_other_s_name() -> None:
    comments = [
        {"body": "We are leaving.", "created_at": "2026-08-02"},
        {"id": 1, "body": "We need seats.", "created_at": "2026-08-03"},
    ]
    records, problems = tickets({"id": 9, "created_at": "2026-08-01", "comments": comments})
    assert [(r.source, r.text) for r in records] == [
        ("ticket:9/comment:#1", "We are leaving."),
        ("ticket:9/comment:1", "We need seats."),
    ]
    assert [p.field for p in problems] == ["comments[0].id"]


def test_a_problem_of_a_warehouse_comment_names_the_table_that_it_stands_in() -> None:
    files = [
        FileText("tickets/a1/comments.csv", "id,ticket_id,body,created\n1,7,We leave.,2026-08-01\n1,7,We stay.,2026-08-02\n"),
        FileText(
            "tickets/a1/tickets.csv", "id,subject,status,description,created_at\n7,S,open,Hello.,2026-08-01\n,S,open,Lost?,x\n"
        ),
    ]
    _, problems = read_ticket_files(files, "a1", Directory())
    assert [(p.file, p.line, p.field) for p in problems] == [
        ("tickets/a1/tickets.csv", 3, "id"),
        ("tickets/a1/comments.csv", None, "ticket 7.comments[1].id"),
    ]


def test_a_quotation_mark_inside_a_field_takes_no_other_line_with_it() -> None:
    text = 'id,name\n1,"We"keep it"\n2,"other, too"\n3,"We"keep it"\n4,plain\n'
    table = parse_table(FileText("x.csv", text))
    assert [(row.line, row.get("id"), row.get("name")) for row in table.rows] == [
        (2, "1", 'Wekeep it"'),
        (3, "2", "other, too"),
        (4, "3", 'Wekeep it"'),
        (5, "4", "plain"),
    ]


def test_words_that_a_broken_tag_hides_are_reported() -> None:
    raw = {**TICKET, "description": None, "html_body": "<p We keep it all in a sheet.</p><p>Yes.</p>"}
    assert ["hides words" in p.why for p in tickets(raw)[1]] == [True]
    plain = "<div class=\"a b c d\" style='x: y z'><p>a < b and c<br>Yes.</p></div>"
    assert not tickets({**raw, "html_body": plain})[1]


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"type": "conversation", "id": "1", "source": {"id": "<p>We are leaving next month.</p>"}}, "source.id"),
        ({"type": "conversation", "id": "1", "source": ["We are leaving next month."]}, "source"),
        (
            {"type": "conversation", "id": "1", "conversation_rating": {"remarks": "We are leaving next month."}},
            "conversation_rating.remarks",
        ),
        ({"key": "S-1", "fields": {"reporter": "We are all leaving next month."}}, "fields.reporter"),
        (
            {"key": "S-1", "fields": {"description": {"type": "doc", "odd": "We are leaving next month."}}},
            "fields.description.odd",
        ),
        ({"id": "4", "properties": {"subject": "Seats", "contents": "We are leaving next month."}}, "properties.content"),
        ({"id": "4", "properties": {"content": "Seats", "[{content": "We are leaving next month."}}, "properties.[{content"),
        ({**TICKET, "satisfaction_rating": {"remark": "We are leaving next month."}}, "satisfaction_rating.remark"),
        ({**TICKET, "requester": {"id": 7, "email": "We are leaving next month."}}, "requester.email"),
        ({**TICKET, "body": "We are leaving next month."}, "body"),
        (
            {**TICKET, "comments": [{"id": 1, "body": None, "html_body": ["We leave."], "created_at": "2026-08-02"}]},
            "comments[0].html_body",
        ),
    ],
)
def test_words_in_a_place_for_something_else_are_reported(raw: dict[str, Any], field: str) -> None:
    assert field in [problem.field for problem in tickets(raw)[1]]


def test_an_id_a_date_and_an_address_are_no_words() -> None:
    raw = {
        **TICKET,
        "requester": {"id": "a b c", "email": "Dana van der Berg <dana@acme.example>"},
        "updated_at": "Thu, 06 Aug 2026 10:00:00 +0000",
        "satisfaction_rating": {"id": 1, "score": "good", "comment": None},
    }
    assert [problem.field for problem in tickets(raw)[1]] == ["updated_at"]


@pytest.mark.parametrize(
    "raw",
    [
        {**TICKET, "requester": {"name": "Dana"}, "satisfaction_rating": {"score": "bad", "comment": "We are leaving."}},
        {
            "type": "conversation",
            "id": 1,
            "created_at": 1785834720,
            "source": {"body": "<p>We need seats.</p>", "author": {"type": "user", "name": "Dana"}},
            "conversation_rating": {"rating": 1, "remark": "We are leaving.", "created_at": 1785834720},
        },
    ],
)
def test_what_a_customer_writes_beside_a_score_is_read_as_theirs(raw: dict[str, Any]) -> None:
    records, problems = tickets(raw)
    assert not problems
    assert [(r.source, r.text, r.speaker) for r in records] == [
        ("ticket:1/description", "We need seats.", "Dana"),
        ("ticket:1/rating", "We are leaving.", "Dana"),
    ]


def test_a_mention_in_atlassian_s_format_is_a_word_of_the_sentence() -> None:
    parts = [
        {"type": "text", "text": "Ask "},
        {"type": "mention", "attrs": {"text": "@Sam"}},
        {"type": "text", "text": " about seats."},
    ]
    body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": parts}]}
    records, problems = tickets({"key": "S-1", "fields": {"description": body, "created": "2026-08-01", "reporter": {}}})
    assert ([record.text for record in records], problems) == (["Ask @Sam about seats."], [])


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00+23:59", "9999-12-31", "1970-01-01T00:00:00Z", "9999-12-31T23:59:00-10:00"]
)
def test_a_day_that_stands_for_none_is_none(value: str) -> None:
    with pytest.raises(UnclearValueError):
        moment_of(value)
    _, problems = read("notes/a1/2026-08-01-x.md", f"---\naccount_id: a1\ndate: {value}\n---\nWe spoke.\n")
    assert [problem.field for problem in problems] == ["date"]


def test_a_sentence_below_a_comment_s_first_line_is_reported() -> None:
    body = "00:03.000 --> 00:04.000\n<v Dana>Yes.\n"
    assert [p.line for p in vtt(f"NOTE made by a program\nSam: we keep it in a sheet\n\n{body}")[1]] == [3]
    assert not vtt(f"NOTE\nConfidence: 0.9\n\n{body}")[1]


def test_words_of_a_meeting_that_nobody_reads_are_reported() -> None:
    gong = {
        "calls": [
            {
                "metaData": {"id": "1", "title": "Our review of the third quarter"},
                "parties": [{"speakerId": "1", "title": "VP of all the things"}],
            }
        ],
        "callTranscripts": [
            {
                "callId": "1",
                "transcript": [{"speakerId": "1", "sentences": [{"start": 0, "end": 1, "text": "We need more seats soon."}]}],
            }
        ],
    }
    records, problems = read("transcripts/a1/2026-08-01-x.json", json.dumps(gong))
    assert ([record.context["title"] for record in records], problems) == (["Our review of the third quarter"], [])
    gong["calls"][0]["parties"][0]["affiliation"] = "We are leaving next month."
    _, problems = read("transcripts/a1/2026-08-01-x.json", json.dumps(gong))
    assert [problem.field for problem in problems] == ["calls[].parties[].affiliation"]
    _, problems = read(
        "transcripts/a1/2026-08-01-x.json", json.dumps({"calls": [{"parties": [{"text": "We are leaving next month."}]}]})
    )
    assert [problem.field for problem in problems] == ["calls[].parties[].text"]


def test_a_cost_of_any_name_can_be_stored() -> None:
    catalog, _ = read_catalog(FileText("catalog.json", '{"unit_costs": {"run\\ud800": 0.1}}'))
    assert catalog.unit_costs == (("run\ufffd", 0.1),)
