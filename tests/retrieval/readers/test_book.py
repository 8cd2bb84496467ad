"""A book opens once, reads one account at a time, and accounts for every file in it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from retrieval.readers import BookError, open_book, read_path
from retrieval.records import Voice


@pytest.fixture
def root(tmp_path: Path) -> Path:
    book = tmp_path / "book"
    rob = {"name": "Rob Seller", "email": "rob@seller.example"}
    ticket = {
        "id": 1,
        "subject": "s",
        "description": "We need SSO.",
        "created_at": "2026-08-01",
        "updated_at": "2026-08-02",
        "status": "open",
        "requester": {"name": "Dana Ruiz", "email": "dana@acme.example"},
        "comments": [{"id": 2, "author": rob, "created_at": "2026-08-02", "body": "I sell."}],
    }
    files = {
        "accounts.csv": "account_id,name,domain,arr\na2,Bolt,bolt.example,n/a\na1,Acme,acme.example,84000\n",
        "contacts.csv": "account_id,name,email,title,role\na1,Dana Ruiz,dana@acme.example,VP,sponsor\n",
        "team.csv": "name,email,title\nSam Lee,sam@vendor.example,CSM\n",
        "catalog.json": json.dumps(
            {"vendor": "V", "domains": ["vendor.example"], "plans": [{"id": "t", "price": 1, "features": []}]}
        ),
        "usage.csv": "account_id,date,metric,value\na1,2026-08-31,seats,47\na1,2026-08-31,runs,\n",
        "events.csv": "account_id,date,kind,headline,source\na1,2026-07-14,funding,Acme raises,press\n",
        "tickets/a1.json": json.dumps({"tickets": [ticket]}),
        "transcripts/a1/2026-08-03-call.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Dana Ruiz>Ten seats.</v><v Rob Seller>Yes.\n",
        "notes/a1/2026-08-04-n.md": "---\nauthor: sam@vendor.example\ndate: 2026-08-04\n---\nHappy.\n",
        "notes/a2/2026-08-04-n.md": "Quiet.\n",
        "README.md": "about",
        "gold.jsonl": "{not to be read",
    }
    for name, text in files.items():
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_text(text, encoding="utf-8")
    return book


def test_a_book_reads_end_to_end(root: Path) -> None:
    book = open_book(root)
    assert book.account_ids() == ("a2", "a1")
    assert (book.account("a2").arr, book.account("a1").arr) == (None, 84000.0)
    assert not book.problems
    read = book.records("a1")
    assert [(r.source, r.voice.value) for r in read.records] == [
        ("ticket:1/description", "customer"),
        ("ticket:1/comment:2", "external"),
        ("transcript:2026-08-03-call", "customer"),
        ("transcript:2026-08-03-call", "external"),  # known from the ticket
        ("note:2026-08-04-n", "vendor"),
        ("usage:seats", "telemetry"),
        ("event:2026-07-14", "external"),
    ]
    assert [(p.file, p.line, p.field) for p in read.problems] == [("usage.csv", 3, "value")]
    assert [r.source for r in book.records("a2").records] == ["note:2026-08-04-n"]


def test_only_accounts_csv_is_required(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account_id\na1\n")
    book = open_book(tmp_path)
    assert (book.records("a1").records, book.records("a1").problems, book.problems) == ((), (), ())


@pytest.mark.parametrize("content", [None, "", "name,domain\nAcme,acme.example\n", "account_id\n"])
def test_what_is_no_book_is_refused_with_a_remedy(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "accounts.csv").write_text(content)
    with pytest.raises(BookError, match=r"accounts\.csv"):
        open_book(tmp_path)


def test_files_of_unknown_accounts_and_unknown_files_are_reported(root: Path) -> None:
    (root / "tickets" / "a9.json").write_text("[]")
    (root / "transcripts" / "a8").mkdir()
    (root / "transcripts" / "a8" / "x.vtt").write_text("WEBVTT")
    (root / "notes" / "a1" / "x.docx").write_text("?")
    (root / "budget.xlsx").write_text("?")
    (root / "more").mkdir()
    (root / "more" / "x.md").write_text("?")
    with (root / "usage.csv").open("a") as file:
        file.write("a7,2026-08-31,seats,1\n")
    found = {(p.file, p.account_id) for p in open_book(root).problems}
    assert found == {
        ("tickets/a9.json", "a9"),
        ("transcripts/a8/x.vtt", "a8"),
        ("notes/a1/x.docx", "a1"),
        ("budget.xlsx", None),
        ("more/x.md", None),
        ("usage.csv", "a7"),
    }


def test_links_that_leave_the_book_are_refused(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    (root / "notes" / "a1" / "2026-08-05-link.md").symlink_to(secret)
    (root / "transcripts" / "a2").symlink_to(tmp_path)
    book = open_book(root)
    assert {p.file for p in book.problems} == {"notes/a1/2026-08-05-link.md", "transcripts/a2"}
    assert "secret" not in "".join(r.text for a in book.account_ids() for r in book.records(a).records)


def test_compressed_exports_are_read(root: Path) -> None:
    expected = [r.record_id for r in open_book(root).records("a1").records]
    for name in ("tickets/a1.json", "usage.csv", "accounts.csv"):
        path = root / name
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert [r.record_id for r in open_book(root).records("a1").records] == expected


def test_the_same_transcript_in_two_files_counts_once(root: Path) -> None:
    (root / "transcripts" / "a1" / "2026-08-03-call.srt").write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nDana Ruiz: Ten seats.\n\n2\n00:00:02,000 --> 00:00:03,000\nRob Seller: Yes.\n"
    )
    read = open_book(root).records("a1")
    assert len([r for r in read.records if r.source.startswith("transcript")]) == 2
    assert any("twice" in p.why for p in read.problems)


def test_a_file_of_a_book_is_read_with_the_book_s_people(root: Path) -> None:
    records, problems = read_path(root / "transcripts" / "a1" / "2026-08-03-call.vtt")
    assert ([r.voice for r in records], problems) == ([Voice.CUSTOMER, Voice.EXTERNAL], [])
    assert records == [r for r in open_book(root).records("a1").records if r.source.startswith("transcript")]
    assert [r.account_id for r in read_path(root / "usage.csv")[0]] == ["a1"]
    assert len(read_path(root)[0]) == 8
    assert {r.source for r in read_path(root / "notes")[0]} == {"note:2026-08-04-n"}


def test_a_file_without_a_book_is_read_with_nobody_known(root: Path, tmp_path: Path) -> None:
    loose = tmp_path / "2026-08-03-call.vtt"
    loose.write_bytes((root / "transcripts" / "a1" / "2026-08-03-call.vtt").read_bytes())
    records, _ = read_path(loose)
    assert [(r.account_id, r.voice) for r in records] == [("unknown", Voice.UNKNOWN)] * 2
    assert read_path(tmp_path / "nothing.vtt")[1]


def test_tickets_as_warehouse_tables(tmp_path: Path) -> None:
    tables = {
        "ticket_data.csv": ["id,subject,status,description,requester_id,created_at", "1,S,open,Hello there,7,2026-08-01"],
        "ticket_comment_data.csv": [
            "id,body,created,public,ticket_id,user_id",
            "5,Later,2026-08-03,TRUE,1,8",
            "4,Psst,2026-08-02,FALSE,1,7",
        ],
        "user_data.csv": ["id,name,email,role", "7,Dana,d@acme.example,end-user", "8,Ann,a@x.example,agent"],
    }
    for name, lines in tables.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    records, problems = read_path(tmp_path)
    assert [(r.source, r.speaker, r.voice.value) for r in records] == [
        ("ticket:1/description", "Dana", "unknown"),
        ("ticket:1/comment:4", "Dana", "vendor"),
        ("ticket:1/comment:5", "Ann", "vendor"),
    ]
    assert not problems
