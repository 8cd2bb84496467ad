"""A fingerprint changes with whatever an account's records are read from, and with nothing of another account's."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from retrieval.readers import fingerprints, open_book
from tests.retrieval.readers.shared import sample_book

ACCOUNT, OTHER = "acc-105", "acc-104"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_book(), tmp_path / "book"))


def prints(root: Path) -> dict[str, str]:
    book = open_book(root)
    return {account_id: book.fingerprint(account_id) for account_id in book.account_ids()}


def changed(root: Path, change: Callable[[], object]) -> set[str]:
    before = prints(root)
    change()
    after = prints(root)
    return {account_id for account_id in before if before[account_id] != after[account_id]}


def replaced(path: Path, old: str, new: str) -> Callable[[], object]:
    def change() -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change


def a_note(root: Path) -> Path:
    return sorted((root / "notes" / ACCOUNT).glob("*.md"))[0]


def test_an_unchanged_book_has_the_same_fingerprints_in_another_process_s_eyes(root: Path) -> None:
    fingerprints.readers_version.cache_clear()
    first = prints(root)
    fingerprints.readers_version.cache_clear()
    assert prints(root) == first
    assert len(set(first.values())) == len(first)
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in first.values())


@pytest.mark.parametrize("folder", ["tickets", "transcripts", "notes"])
def test_an_edited_file_changes_its_account_only(root: Path, folder: str) -> None:
    place = root / folder
    path = place / f"{ACCOUNT}.json" if folder == "tickets" else sorted((place / ACCOUNT).iterdir())[0]
    assert changed(root, lambda: path.write_bytes(path.read_bytes() + b"\n")) == {ACCOUNT}


def test_an_added_a_deleted_and_a_renamed_file_change_their_account_only(root: Path) -> None:
    note = a_note(root)
    added = note.with_name("2026-11-01-more.md")
    assert changed(root, lambda: added.write_text("More.\n")) == {ACCOUNT}
    assert changed(root, lambda: added.rename(added.with_name("2026-11-02-more.md"))) == {ACCOUNT}
    assert changed(root, note.unlink) == {ACCOUNT}


def test_a_file_rewritten_at_the_same_length_and_with_its_old_time_is_noticed(root: Path) -> None:
    note = a_note(root)
    facts, data = note.stat(), note.read_bytes()

    def rewrite() -> None:
        note.write_bytes(data[:-2] + b"x\n")
        os.utime(note, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    assert changed(root, rewrite) == {ACCOUNT}
    assert (note.stat().st_size, note.stat().st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)


def test_a_file_moved_to_another_account_changes_both(root: Path) -> None:
    note = a_note(root)
    assert changed(root, lambda: note.rename(root / "notes" / OTHER / "2026-11-03-moved.md")) == {ACCOUNT, OTHER}


@pytest.mark.parametrize("table", ["accounts.csv", "contacts.csv", "usage.csv", "events.csv"])
def test_a_changed_added_or_deleted_row_changes_its_account_only(root: Path, table: str) -> None:
    path = root / table
    lines = path.read_text("utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(ACCOUNT + ","))
    fields = lines[at].split(",")
    last = "77" if fields[-1] == "76" else "76"
    edited = ",".join([*fields[:-1], last])
    for new in ([edited], [] if table != "accounts.csv" else [lines[at]], [lines[at]]):
        fresh = "\n".join([*lines[:at], *new, *lines[at + 1 :]]) + "\n"
        expected = {ACCOUNT} if fresh != path.read_text("utf-8") else set()
        assert changed(root, partial(path.write_text, fresh, "utf-8")) == expected, new


@pytest.mark.parametrize("table", ["usage.csv", "contacts.csv"])
def test_a_table_that_is_only_written_again_changes_nothing(root: Path, table: str) -> None:
    data = (root / table).read_bytes()

    def again() -> None:
        (root / table).unlink()
        (root / table).write_bytes(data)

    assert changed(root, again) == set()


@pytest.mark.parametrize(("table", "old", "new"), [("catalog.json", "{", '{"more": 1, '), ("team.csv", "name", "name")])
def test_rewriting_the_catalogue_or_the_team_without_a_change_of_facts_changes_nothing(
    root: Path, table: str, old: str, new: str
) -> None:
    assert changed(root, replaced(root / table, old, new)) == set()


def test_a_changed_catalogue_or_team_changes_every_account(root: Path) -> None:
    everybody = set(open_book(root).account_ids())
    member = (root / "team.csv").read_text("utf-8").splitlines()[1]
    assert changed(root, replaced(root / "catalog.json", '"vendor": "', '"vendor": "New ')) == everybody
    assert changed(root, replaced(root / "team.csv", member + "\n", "")) == everybody


def test_a_changed_reader_changes_every_account(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = set(open_book(root).account_ids())
    assert changed(root, lambda: monkeypatch.setattr("retrieval.readers.book.readers_version", lambda: "other")) == everybody


def test_what_is_no_source_changes_nothing(root: Path) -> None:
    assert changed(root, lambda: (root / "README.md").write_text("other")) == set()


def test_equal_fingerprints_mean_equal_records(root: Path) -> None:
    """The law that the night stands on, over a run of arbitrary small changes to one book."""
    changes: list[Callable[[], object]] = [
        replaced(a_note(root), "e", "E"),
        replaced(root / "usage.csv", f"{ACCOUNT},", f"{OTHER},"),
        replaced(root / "contacts.csv", f"{ACCOUNT},", f"{OTHER},"),
        lambda: (root / "tickets" / f"{ACCOUNT}.json").unlink(),
        lambda: (root / "events.csv").unlink(),
    ]
    before, read = prints(root), {i: open_book(root).records(i) for i in prints(root)}
    for change in changes:
        change()
        book = open_book(root)
        after, now = prints(root), {i: book.records(i) for i in book.account_ids()}
        assert {i for i in now if now[i] != read[i]} <= {i for i in now if after[i] != before[i]}
        before, read = after, now
