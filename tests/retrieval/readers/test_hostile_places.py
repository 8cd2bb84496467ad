"""What surrounds a file may be hostile, too: names, links, pipes, permissions, and what happens while it is read. All of it is said."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.readers import open_book, read_path
from retrieval.readers.book import Book
from retrieval.readers.files import ACCOUNT_BYTES, read_file
from retrieval.records import Problem, Record

TICKET = {"id": 1, "description": "We need seats.", "created_at": "2026-08-01", "updated_at": "2026-08-02"}
NOTE = "---\naccount: a1\nauthor: sam@vendor.example\ndate: 2026-08-01\n---\nWe spoke about seats.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("tickets", "notes/a1", "transcripts/a1"):
        (tmp_path / "book" / folder).mkdir(parents=True)
    (tmp_path / "book" / "accounts.csv").write_text("account_id,name,domain\na1,Acme,acme.example\n")
    return tmp_path / "book"


def read(root: Path) -> tuple[Book, list[Record], list[Problem]]:
    book = open_book(root)
    found = book.records("a1")
    return book, list(found.records), [*book.problems, *found.problems]


@pytest.mark.parametrize(
    "name", ["a\nb.md", "\x1b]0;x\x07.md", "‮gpj.md", "​.md", "a" * 240 + ".md", "-rf.md", "$(x).md", "'\".md", " .md"]
)
def test_a_file_of_any_name_is_read(root: Path, name: str) -> None:
    (root / "notes" / "a1" / name).write_text(NOTE)
    _, records, problems = read(root)
    assert [record.text.strip() for record in records] == ["We spoke about seats."], problems


def test_a_name_that_is_no_text_is_read_or_said(root: Path) -> None:
    """Linux names files in bytes."""
    try:
        (root / "notes" / "a1" / os.fsdecode(b"\xff\xfe.md")).write_text(NOTE)
    except OSError:
        pytest.skip("this file system takes names that are text only")
    _, records, problems = read(root)
    assert records or problems
    json.dumps([problem.to_json() for problem in problems]).encode("ascii")


def test_links_in_circles_and_out_of_the_book_are_said(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(NOTE)
    notes = root / "notes" / "a1"
    (notes / "self.md").symlink_to(notes / "self.md")
    (notes / "one.md").symlink_to(notes / "two.md")
    (notes / "two.md").symlink_to(notes / "one.md")
    (notes / "up").symlink_to(root)
    (notes / "out.md").symlink_to(tmp_path / "secret.md")
    (notes / "dead.md").symlink_to(notes / "nowhere.md")
    _, records, problems = read(root)
    assert not records
    assert {Path(problem.file).name for problem in problems} >= {"self.md", "one.md", "two.md", "up", "out.md", "dead.md"}


def test_a_pipe_or_a_device_does_not_hold_up_a_night(root: Path) -> None:
    """Reading it would wait for ever: whoever waits for this test sees it."""
    os.mkfifo(root / "notes" / "a1" / "2026-08-01-x.md")
    os.mkfifo(root / "tickets" / "a1.json")
    os.mkfifo(root / "usage.csv")
    (root / "notes" / "a1" / "2026-08-02-null.md").symlink_to("/dev/zero")
    _, records, problems = read(root)
    assert not records
    said = {Path(problem.file).name for problem in problems}
    assert said >= {"2026-08-01-x.md", "a1.json", "usage.csv", "2026-08-02-null.md"}


def test_a_folder_in_the_place_of_a_file_is_said(root: Path) -> None:
    (root / "notes" / "a1" / "2026-08-01-x.md").mkdir()
    (root / "notes" / "a1" / "2026-08-01-x.md" / "inner.md").write_text(NOTE)
    (root / "contacts.csv").mkdir()
    _, records, problems = read(root)
    assert not records
    assert {"contacts.csv", "notes/a1/2026-08-01-x.md/inner.md"} <= {problem.file for problem in problems}


def test_a_file_that_is_gone_when_it_is_to_be_read_is_said(root: Path) -> None:
    (root / "notes" / "a1" / "2026-08-01-x.md").write_text(NOTE)
    (root / "tickets" / "a1.json").write_text(json.dumps(TICKET))
    book = open_book(root)
    (root / "notes" / "a1" / "2026-08-01-x.md").unlink()
    found = book.records("a1")
    assert [record.text for record in found.records] == ["We need seats."]
    assert [(p.file, p.why) for p in found.problems] == [("notes/a1/2026-08-01-x.md", "there is no such file")]


def test_a_folder_that_is_gone_when_it_is_to_be_read_is_said(root: Path) -> None:
    (root / "notes" / "a1" / "2026-08-01-x.md").write_text(NOTE)
    book = open_book(root)
    (root / "notes").rename(root / "away")
    assert [p.why for p in book.records("a1").problems] == ["there is no such file"]


def test_a_file_that_grew_beyond_the_cap_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size was asked before; what is read is bounded all the same."""
    monkeypatch.setattr("retrieval.readers.files.ACCOUNT_BYTES", 1000)
    file = root / "notes" / "a1" / "2026-08-01-x.md"
    file.write_text(NOTE + "x" * 2000)
    small = file.stat()
    monkeypatch.setattr(Path, "stat", lambda *_a, **_k: os.stat_result((small.st_mode, *small[1:6], 10, *small[7:])))
    found = read_file(file, None, "a1")
    assert (found.text, [p.why for p in found.problems]) == ("", ["larger than 0 MB"])


def test_an_account_s_own_file_has_a_cap_and_a_table_a_larger_one(root: Path) -> None:
    file = root / "tickets" / "a1.json"
    with file.open("wb") as out:
        out.truncate(ACCOUNT_BYTES + 1)  # a hole: no disk is used
    assert "larger than 64 MB" in read_file(file, root, "a1").problems[0].why
    assert not any("larger" in problem.why for problem in read_file(file, root).problems)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_of_zeros_is_said_before_it_fills_the_memory(root: Path, layers: int) -> None:
    bomb = gzip.compress(b" " * (ACCOUNT_BYTES + 10), 9)
    for _ in range(layers - 1):
        bomb = gzip.compress(bomb)
    (root / "tickets" / "a1.json").write_bytes(bomb)
    _, records, problems = read(root)
    assert not records
    assert problems
    assert ("when unpacked" in problems[0].why) == (layers == 1)


def test_a_file_without_permission_is_said(root: Path) -> None:
    """By somebody who is not root, whom permissions do not hold."""
    note, folder = root / "notes" / "a1" / "2026-08-01-x.md", root / "transcripts" / "a1"
    note.write_text(NOTE)
    (root / "tickets" / "a1.json").write_text(json.dumps(TICKET))
    note.chmod(0)
    folder.chmod(0)
    script = (
        "import os, sys, json\n"
        "from retrieval.readers import open_book\n"
        "if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "book = open_book(sys.argv[1]); found = book.records('a1')\n"
        "print(json.dumps([len(found.records), sorted((p.file, p.why) for p in (*book.problems, *found.problems))]))\n"
    )
    for parent in root.parents:
        if parent.stat().st_mode & 0o005 != 0o005 and parent.owner() == root.owner() and os.geteuid() == 0:
            parent.chmod(parent.stat().st_mode | 0o005)
    try:
        here = Path(__file__).resolve().parents[3]
        done = subprocess.run([sys.executable, "-c", script, str(root)], capture_output=True, text=True, cwd=here, check=False)
    finally:
        folder.chmod(0o755)
    if "Permission" in done.stderr and "accounts.csv" not in done.stderr and not done.stdout:
        pytest.skip(f"nobody else may run this Python: {done.stderr[-200:]}")
    count, problems = json.loads(done.stdout)
    assert count == 1
    assert problems == [
        ["notes/a1/2026-08-01-x.md", "cannot be read (Permission denied)"],
        ["transcripts/a1", "cannot be listed (Permission denied)"],
    ]


def test_an_empty_file_and_an_unknown_kind_are_said(root: Path) -> None:
    (root / "notes" / "a1" / "2026-08-01-empty.md").touch()
    (root / "tickets" / "a1.json").touch()
    (root / "transcripts" / "a1" / "2026-08-01-call.docx").write_bytes(b"PK")
    (root / "recording.mp4").write_bytes(b"x")
    _, _, problems = read(root)
    assert {"notes/a1/2026-08-01-empty.md", "tickets/a1.json", "transcripts/a1/2026-08-01-call.docx", "recording.mp4"} == {
        problem.file for problem in problems
    }


def test_one_ticket_in_two_files_is_said_unless_one_is_later(root: Path) -> None:
    (root / "tickets" / "a1").mkdir()
    (root / "tickets" / "a1" / "one.json").write_text(json.dumps([TICKET]))
    (root / "tickets" / "a1" / "two.json").write_text(json.dumps([{**TICKET, "description": "We are leaving."}]))
    _, records, problems = read(root)
    assert len(records) == 1
    assert [("stands in tickets/a1/one.json too" in p.why, p.file) for p in problems] == [(True, "tickets/a1/two.json")]
    (root / "tickets" / "a1" / "two.json").write_text(
        json.dumps([{**TICKET, "description": "We are leaving.", "updated_at": "2026-08-03"}])
    )
    _, records, problems = read(root)
    assert ([record.text for record in records], problems) == (["We are leaving."], [])


def test_a_note_that_lies_twice_is_said(root: Path) -> None:
    (root / "notes" / "a1" / "2026-08-01-x.md").write_text(NOTE)
    (root / "notes" / "a1" / "2026-08-01-x.markdown").write_text(NOTE)
    _, records, problems = read(root)
    assert len(records) == 1
    assert ["in the book twice" in problem.why for problem in problems] == [True]


def test_a_folder_outside_any_book_leaves_nothing_unsaid(tmp_path: Path) -> None:
    """`earned records FOLDER`: folders that cannot be listed, are links, or lie too deep."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    deep = tmp_path / "in" / "/".join("abcdefghijkl")
    deep.mkdir(parents=True)
    (deep / "2026-08-01-x.md").write_text(NOTE)
    records, problems = read_path(tmp_path / "in")
    assert not records
    assert sorted(Path(problem.file).name for problem in problems) == ["again", "i"]
