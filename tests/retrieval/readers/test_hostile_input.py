"""Damaged and hostile files: no reader raises anything but `BookError`, and no words vanish without a trace."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.readers import BookError, open_book, read_path
from retrieval.readers.catalog import read_catalog
from retrieval.readers.cues import parse_srt, parse_vtt
from retrieval.readers.events import event_records, read_events
from retrieval.readers.files import MAX_BYTES, FileText, decode, read_file
from retrieval.readers.formats import NOTES, TICKETS, TRANSCRIPTS, read_account_file
from retrieval.readers.people import directory_of
from retrieval.readers.rosters import read_accounts, read_contacts, read_team
from retrieval.readers.usage import read_usage, series, usage_records
from retrieval.records import Problem, Record

DIRECTORY = directory_of(
    [Account("a1", "Acme", "acme.example")],
    [Contact("a1", "Dana Ruiz", "dana@acme.example")],
    [TeamMember("Sam Lee", "sam@vendor.example")],
    Catalog("Vendor", ("vendor.example",)),
)

TICKET_BODY = "We need SSO.\n\n> quoted\n\n<!-- x --><b>bold</b> \u202e\n\nRegards,\nDana"
SAMPLES: dict[str, tuple[str, str]] = {
    "tickets": (
        "tickets/a1.json",
        json.dumps(
            {
                "tickets": [
                    {
                        "id": 1,
                        "subject": "S",
                        "description": TICKET_BODY,
                        "created_at": "2026-08-01T00:00:00Z",
                        "requester": {"name": "Dana Ruiz", "email": "dana@acme.example"},
                        "comments": [
                            {"id": 2, "author_id": 7, "public": False, "created_at": 1785834720, "html_body": "<p>Hi</p>"}
                        ],
                    }
                ],
                "users": [{"id": 7, "name": "Sam", "role": "agent"}],
            }
        ),
    ),
    "ndjson": (
        "tickets/a1.ndjson",
        '{"id":1,"description":"a","created_at":"2026-08-01"}\n{"id":2,"description":"b","created_at":"x"}\n',
    ),
    "vtt": (
        "transcripts/a1/2026-08-01-x.vtt",
        "WEBVTT\n\nNOTE n\n\n1\n00:00:01.000 --> 00:00:02.000\n<v Dana Ruiz>Hi &amp; <i>bye</i></v>\n\n"
        "00:02.000 --> 00:03.000\nSam Lee: Yes\n",
    ),
    "srt": (
        "transcripts/a1/2026-08-01-x.srt",
        "1\n00:00:01,000 --> 00:00:02,000\nDana Ruiz: Hi\n\n2\n00:00:02,000 --> 00:00:03,000\n[Sam] Yes\n",
    ),
    "otter": ("transcripts/a1/2026-08-01-x.txt", "Dana Ruiz  0:01\nHi\n\nSam Lee  1:02\nYes\n"),
    "gong": (
        "transcripts/a1/2026-08-01-x.json",
        '{"callTranscripts":[{"callId":"1","transcript":[{"speakerId":"1","sentences":[{"start":0,"end":1,"text":"Hi"}]}]}],'
        '"calls":[{"metaData":{"id":"1","duration":9},"parties":[{"speakerId":"1","name":"Dana"}]}]}',
    ),
    "fireflies": (
        "transcripts/a1/2026-08-01-x.json",
        '{"sentences":[{"speaker_name":"Dana","text":"Hi","start_time":"1"}],"date":1}',
    ),
    "note": ("notes/a1/2026-08-01-x.md", "---\nauthor: sam@vendor.example\ndate: 2026-08-01\n---\n\nHappy.\n"),
}
TABLES = {
    "accounts.csv": "account_id,name,domain,arr,seats_licensed,renewal_date\na1,Acme,acme.example,84000,60,2027-01-01\n",
    "contacts.csv": 'account_id,name,email\na1,"Ruiz, Dana",dana@acme.example\n',
    "team.csv": "name,email,title\nSam Lee,sam@vendor.example,CSM\n",
    "usage.csv": "account_id,date,metric,value\na1,2026-08-31,seats,47\na1,2026-08-24,seats,46\n",
    "events.csv": "account_id,date,kind,headline,source\na1,2026-07-14,funding,Acme raises,press\n",
    "catalog.json": '{"vendor":"V","domains":["v.example"],"plans":[{"id":"t","price":1,"features":["a"]}],"unit_costs":{"run":1}}',
}


ROSTERS = {"accounts.csv": read_accounts, "contacts.csv": read_contacts, "team.csv": read_team, "catalog.json": read_catalog}


def mutated(data: bytes, seed: int) -> bytes:
    """A few bytes changed, cut, doubled or put in, as broken exports and attackers do."""
    rng = random.Random(seed)
    pieces = [b"\x00", b"\xff", b'"', b"{", b"]", b"\n", b"\r", b"<", b"-->", b"\xf0\x9f", b"\\ud800", b"9" * 40, b",", b"---\n"]
    for _ in range(rng.randint(1, 6)):
        at, piece = rng.randint(0, len(data)), rng.choice(pieces)
        inserted, replaced = data[:at] + piece + data[at:], data[:at] + piece + data[at + 1 :]
        data = rng.choice([inserted, replaced, data[:at], data[:at] + data[at // 2 :], data[at:], data[:at] + data[at + 7 :]])
    return data


def read(kind: str, data: bytes) -> tuple[FileText, list[Record], list[Problem]]:
    name = SAMPLES[kind][0]
    text, why, line = decode(data)
    file = FileText(name, text, (Problem(name, why, "", line),) if why else ())
    records, problems = read_account_file(file, name.split("/")[0], "a1", DIRECTORY)
    for record in records:
        assert record.text.strip()
        json.dumps(record.to_json())
        assert record.record_id
        assert record.voice_reason
    assert len({record.record_id for record in records}) == len(records)
    assert all(problem.why and problem.file for problem in problems)
    return file, records, problems


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_samples_are_read_as_they_are(kind: str) -> None:
    _, records, _ = read(kind, SAMPLES[kind][1].encode())
    assert records


@pytest.mark.parametrize("kind", SAMPLES)
def test_no_damage_to_a_file_escapes_as_an_exception_or_in_silence(kind: str) -> None:
    for seed in range(400):
        file, records, problems = read(kind, mutated(SAMPLES[kind][1].encode(), seed))
        if file.text.strip("\ufeff \t\r\n") and not records:
            assert problems, (seed, file.text)


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: decode(data)[0]))
@settings(max_examples=150, deadline=None)
def test_any_text_at_all_is_read_or_reported(text: str) -> None:
    for kind, (name, _) in SAMPLES.items():
        records, problems = read_account_file(FileText(name, text), name.split("/")[0], "a1", DIRECTORY)
        if text.strip("\ufeff").strip() and not records:
            assert problems, kind
    for parse in (parse_vtt, parse_srt):
        parse(text)


KEYS = [
    "tickets",
    "comments",
    "id",
    "body",
    "description",
    "requester",
    "author",
    "name",
    "email",
    "public",
    "created_at",
    "users",
]
KEYS += [
    "via",
    "channel",
    "html_body",
    "tags",
    "status",
    "sentences",
    "text",
    "callTranscripts",
    "transcript",
    "speakerId",
    "calls",
]
KEYS += ["parties", "metaData", "start", "speaker_name", "plans", "vendor", "domains", "price"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(KEYS),
                inner,
                max_size=5,
            )
        ),
        max_leaves=25,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_reported(value: object) -> None:
    text = json.dumps(value)
    for name, folder in (("tickets/a1.json", TICKETS), ("transcripts/a1/2026-08-01-x.json", TRANSCRIPTS)):
        for record in read_account_file(FileText(name, text), folder, "a1", DIRECTORY)[0]:
            json.dumps(record.to_json())
    read_catalog(FileText("catalog.json", text))


@pytest.mark.parametrize("name", TABLES)
def test_damaged_tables_and_catalogues(name: str) -> None:
    for seed in range(400):
        text = decode(mutated(TABLES[name].encode(), seed))[0]
        file = FileText(name, text)
        problems: list[Problem] = []
        if name == "usage.csv":
            usage = read_usage(file)
            problems += usage.problems
            for account, metrics in usage.by_account.items():
                for record in usage_records(account, metrics):
                    assert series(record)
        elif name == "events.csv":
            events = read_events(file)
            problems += events.problems
            for account, rows in events.by_account.items():
                event_records(account, rows)
        else:
            reader = {
                "accounts.csv": read_accounts,
                "contacts.csv": read_contacts,
                "team.csv": read_team,
                "catalog.json": read_catalog,
            }[name]
            problems += reader(file)[1]
        if not text.strip("\ufeff \r\n\t"):
            assert problems


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_a_damaged_book_opens_or_says_why(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    rng = random.Random(seed)
    root = tmp_path_factory.mktemp("book")
    for name, text in [*TABLES.items(), *(sample for sample in SAMPLES.values())]:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(mutated(text.encode(), rng.randint(0, 10**9)) if rng.random() < 0.5 else text.encode())
    try:
        book = open_book(root)
    except BookError as error:
        assert "accounts.csv" in str(error)  # noqa: PT017 - most damaged books open
        assert read_path(root / "notes")[0] or read_path(root / "notes")[1]
        return
    for account_id in book.account_ids():
        records = book.records(account_id).records
        assert len({record.record_id for record in records}) == len(records)
        assert re.fullmatch(r"[0-9a-f]{64}", book.fingerprint(account_id))


def test_words_of_a_damaged_cue_file_are_in_a_record_or_near_a_problem() -> None:
    for seed in range(300):
        file, records, problems = read("vtt", mutated(SAMPLES["vtt"][1].encode(), seed))
        for word in ("Hi", "Yes"):
            if re.search(rf"\b{word}\b", file.text) and "-->" in file.text:
                assert problems or any(word in record.text for record in records) or "NOTE" in file.text, (seed, file.text)


@pytest.mark.parametrize(
    "body",
    [
        "<" * 30000,
        "> " * 15000,
        "`" * 3 + "x\n" * 20000,
        "```x\n" * 8000,
        "<!--" * 10000,
        "<blockquote>" * 5000,
        '<span style="display:none">' * 1500,
        "a\u200b" * 20000,
        "A1b" * 20000,
        "On " * 20000,
        "On 3 May X wrote:\n" * 3000,
        "From: A B\nTo: x\n" * 3000,
        "-- \n" * 10000,
        "Regards,\nDana\n" * 3000,
        "\n" * 60000,
        " " * 60000 + "x",
        '"' * 30001,
    ],
)
def test_a_body_made_to_be_slow_is_still_cut_whole(body: str) -> None:
    from retrieval.readers.messages import split_message

    segments = split_message(body, "Dana Ruiz", "dana@acme.example")
    assert "".join(body[s.start : s.end] for s in segments) == body


def test_files_that_cannot_be_read_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no such file" in read_file(tmp_path / "x").problems[0].why
    assert read_file(tmp_path).problems
    (tmp_path / "bad.json.gz").write_bytes(b"\x1f\x8b\x08broken")
    assert "cannot be read" in read_file(tmp_path / "bad.json.gz").problems[0].why
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert read_file(tmp_path / "loop", tmp_path).problems
    (tmp_path / "big").write_bytes(b"x" * 100)
    monkeypatch.setattr("retrieval.readers.files.MAX_BYTES", 50)
    assert "larger than" in read_file(tmp_path / "big").problems[0].why
    assert MAX_BYTES == 200 * 2**20


def test_damaged_utf8_is_kept_and_reported() -> None:
    text, why, line = decode("größe\n".encode() * 2 + b"a\xffb" + "größe".encode())
    assert ("größe" in text, "�" in text, line) == (True, True, 3)
    assert why
    assert NOTES == "notes"
