"""The made-up estate: the same bytes for the same seed, as many records as asked for, read without a problem."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from evals.bench.estate import change_estate, write_estate
from retrieval.readers import open_book
from retrieval.records import Voice


def digest(root: Path) -> dict[str, str]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        write_estate(tmp_path / name, 6, 300, seed)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert digest(tmp_path / "one") != digest(tmp_path / "three")


@pytest.mark.parametrize(("accounts", "records"), [(1, 20), (5, 333), (8, 800)])
def test_it_has_as_many_records_as_asked_for_and_nothing_that_cannot_be_read(tmp_path: Path, accounts: int, records: int) -> None:
    write_estate(tmp_path / "book", accounts, records, 7)
    book = open_book(tmp_path / "book")
    read = [book.records(account_id) for account_id in book.account_ids()]
    assert (len(read), sum(len(one.records) for one in read)) == (accounts, records)
    assert not book.problems
    assert not [problem for one in read for problem in one.problems]
    assert {Voice.CUSTOMER, Voice.VENDOR, Voice.TELEMETRY} <= {record.voice for one in read for record in one.records}


def test_a_night_changes_its_share_of_the_accounts_and_no_other(tmp_path: Path) -> None:
    write_estate(tmp_path / "book", 40, 1200, 7)
    before = {a: open_book(tmp_path / "book").fingerprint(a) for a in open_book(tmp_path / "book").account_ids()}
    chosen = change_estate(tmp_path / "book", 0.1, 1, 7)
    book = open_book(tmp_path / "book")
    assert {a for a in before if book.fingerprint(a) != before[a]} == set(chosen)
    assert len(chosen) == 4
    assert not book.problems
    assert not [problem for account_id in chosen for problem in book.records(account_id).problems]
    assert set(change_estate(tmp_path / "book", 0.1, 2, 7)) != set(chosen)


def test_the_same_night_changes_two_copies_alike(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_estate(tmp_path / name, 20, 600, 7)
        change_estate(tmp_path / name, 0.2, 3, 7)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_too_few_records_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least"):
        write_estate(tmp_path / "book", 10, 100, 7)
