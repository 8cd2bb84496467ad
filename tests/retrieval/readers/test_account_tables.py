"""A table read one account at a time says exactly what it says when it is read whole."""

from __future__ import annotations

import gzip
import os
import pickle
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.readers import open_book
from retrieval.readers.account_tables import AccountTable, TableChangedError, read_account_table
from retrieval.readers.events import COLUMNS, REQUIRED
from retrieval.readers.files import read_file
from retrieval.readers.tables import Row, parse_table

TEXT = (
    'account_id,date,kind,headline,source\na1,2026-07-14,funding,"Acme raises 18m, again",press\na2,2026-07-15,,Größe,\n'
    'a1,2026-07-16,hiring,"two\nlines ""quoted""",press\n\na1,2026-07-17,x,y,z\na3,short\n,2026-07-18,x,nobody,z\n'
)


def opened(folder: Path, data: bytes, name: str = "events.csv") -> AccountTable:
    (folder / name).write_bytes(data)
    return read_account_table(folder / name, folder, COLUMNS, REQUIRED)


def by_account(folder: Path, name: str = "events.csv") -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in parse_table(read_file(folder / name, folder), COLUMNS, REQUIRED).rows:
        found.setdefault(row.get("account_id"), []).append(row)
    found.pop("", None)
    return found


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_account_s_rows_are_those_of_the_whole_table(tmp_path: Path, encoding: str, newline: str) -> None:
    table = opened(tmp_path, TEXT.replace("\n", newline).encode(encoding))
    assert {account_id: list(table.rows_of(account_id).rows) for account_id in table.digests} == by_account(tmp_path)
    assert [(p.line, p.field) for p in table.problems] == [(8, "kind"), (9, "account_id")]
    assert list(table.digests) == ["a1", "a2"]
    assert not table.rows_of("a9").rows


def test_a_compressed_table_is_read_alike(tmp_path: Path) -> None:
    table = opened(tmp_path, gzip.compress(TEXT.encode()), "events.csv.gz")
    assert {account_id: list(table.rows_of(account_id).rows) for account_id in table.digests} == by_account(
        tmp_path, "events.csv.gz"
    )


@given(st.integers(0, 10**9))
@settings(max_examples=200, deadline=None)
def test_damaged_tables_are_read_alike(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    rng = random.Random(seed)
    data = TEXT.encode() * rng.randint(1, 3)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data))
        data = (
            data[:at] + rng.choice([b'"', b"\n", b",", b"\xff", b"\r", b"a1,", b'""', b";", b""]) + data[at + rng.randrange(2) :]
        )
    folder = tmp_path_factory.mktemp("tables")
    table = opened(folder, data)
    assert {account_id: list(table.rows_of(account_id).rows) for account_id in table.digests} == by_account(folder)
    whole = parse_table(read_file(folder / "events.csv", folder), COLUMNS, REQUIRED).problems
    assert [problem for problem in table.problems if problem.why != "no account_id is given"] == list(whole)


def test_a_digest_follows_its_account_s_rows_and_the_header_only(tmp_path: Path) -> None:
    first = opened(tmp_path, TEXT.encode()).digests
    assert opened(tmp_path, TEXT.replace("\n", "\r\n").replace("two\r\n", "two\n").encode()).digests == first
    moved = opened(tmp_path, TEXT.replace("a1,2026-07-17", "a2,2026-07-13,x,y,z\na1,2026-07-17").encode()).digests
    assert (moved["a1"] == first["a1"], moved["a2"] == first["a2"]) == (True, False)
    renamed = opened(tmp_path, TEXT.replace("kind", "sort").encode()).digests
    assert renamed["a1"] != first["a1"]


def test_a_table_that_is_written_during_a_run_fails_its_reader_and_loses_nothing_in_silence(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account_id\na1\na2\n")
    (tmp_path / "usage.csv").write_text("account_id,date,metric,value\na1,2026-08-31,seats,1\na2,2026-08-31,seats,2\n")
    book = open_book(tmp_path)
    (tmp_path / "new.csv").write_text("account_id,date,metric,value\na2,2026-08-31,seats,2\n")
    os.replace(tmp_path / "new.csv", tmp_path / "usage.csv")
    with pytest.raises(TableChangedError, match=r"usage\.csv was written"):
        book.records("a1")
    (tmp_path / "usage.csv").unlink()
    with pytest.raises(TableChangedError, match="Run again"):
        book.records("a2")


def test_a_book_can_be_sent_to_another_process(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account_id\na1\n")
    (tmp_path / "usage.csv").write_text("account_id,date,metric,value\na1,2026-08-31,seats,1\n")
    book = open_book(tmp_path)
    again = pickle.loads(pickle.dumps(book))
    assert again.records("a1") == book.records("a1")
    assert again.fingerprint("a1") == book.fingerprint("a1")
