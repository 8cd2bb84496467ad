"""What a night need not read: marks outlive a kill, are renewed where only a file's time changed, and are never taken on trust."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from agent.nightly import Options, Report, Runner
from agent.pipeline import Pipeline
from agent.store import Store, accounts, open_store, tables
from agent.store.engine import _sqlite
from agent.store.migrations import upgrade
from evals.bench.estate import write_estate
from evals.bench.night import FewWords, Hashed
from retrieval.readers import book as reading
from retrieval.readers import files
from tests.conftest import ROOT, TICKET

ACCOUNTS = 6
KILLED = """
import os, signal, sqlite3, sys, time
from pathlib import Path
from agent.nightly import Options, Runner
from agent.pipeline import Pipeline
from agent.store import open_store
from evals.bench.night import FewWords, Hashed

home, book = Path(sys.argv[1]), Path(sys.argv[2])

class Dies(FewWords):
    begun = 0

    def propose(self, reading):
        Dies.begun += 1
        if Dies.begun == 4:  # not before something was finished
            while not sqlite3.connect(home / "earned.db").execute("SELECT count(*) FROM accounts").fetchone()[0]:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().propose(reading)

tool = Hashed()
Runner(open_store(home, create=True), Pipeline(Dies(), tool, tool), "offline").run(Options(book))
"""


@pytest.fixture
def files_read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file of an account was read."""
    counts: Counter[str] = Counter()
    real = files.read_file

    def read_file(path: Path, root: Path | None = None, account_id: str | None = None) -> Any:
        if account_id is not None:
            counts[str(path)] += 1
        return real(path, root, account_id)

    monkeypatch.setattr(reading, "read_file", read_file)
    return counts


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home", create=True)
    yield opened
    opened.close()


def night(store: Store, book: Path, **options: Any) -> Report:
    tool = Hashed()
    return Runner(store, Pipeline(FewWords(), tool, tool), "offline").run(Options(book, **options))


def test_a_first_night_reads_each_file_once(tmp_path: Path, store: Store, files_read: Counter[str]) -> None:
    book = tmp_path / "book"
    write_estate(book, ACCOUNTS, ACCOUNTS * 20, seed=3)
    report = night(store, book)
    assert (report.accounts["changed"], report.records.total()) == (ACCOUNTS, ACCOUNTS * 20)
    assert report.observed.sources.records == dict(report.records)
    own = [str(path) for path in book.rglob("*") if path.is_file() and path.parent != book]
    assert files_read == Counter(own)


def test_a_killed_night_goes_on_where_it_was(tmp_path: Path, files_read: Counter[str]) -> None:
    book, home = tmp_path / "book", tmp_path / "home"
    write_estate(book, ACCOUNTS, ACCOUNTS * 20, seed=3)
    done = subprocess.run([sys.executable, "-c", KILLED, str(home), str(book)], cwd=ROOT, check=False)
    assert done.returncode == -9
    store = open_store(home)
    with store.read() as conn:
        finished = set(accounts.ids(conn))
    assert 0 < len(finished) < ACCOUNTS
    report = night(store, book)
    assert report.accounts["changed"] == ACCOUNTS - len(finished)
    assert not {path for path in files_read for account_id in finished if f"/{account_id}" in path}
    assert report.records.total() == ACCOUNTS * 20, "what the finished ones gave is known from their marks"
    files_read.clear()
    assert night(store, book).nothing_new
    assert not files_read
    store.close()


def test_a_file_that_was_only_touched_is_read_once_more(store: Store, small_book: Path, files_read: Counter[str]) -> None:
    night(store, small_book)
    path = small_book / "tickets" / "a-1.json"
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(1, 1))
    for options, read in (({"dry_run": True}, True), ({}, True), ({}, False)):
        files_read.clear()
        assert night(store, small_book, **options).accounts["changed"] == 0
        assert bool(files_read) is read, "a dry run writes no mark"


def test_a_first_night_says_what_it_could_not_read(store: Store, small_book: Path) -> None:
    comments = [{"id": n, "author": {"name": "Dana Ruiz"}, "created_at": "not a date", "body": "We stay."} for n in range(9)]
    (small_book / "tickets" / "a-1.json").write_text(json.dumps({"tickets": [{**TICKET, "comments": comments}]}), "utf-8")
    first = night(store, small_book)
    again = night(store, small_book)
    said = [warning for warning in first.warnings if "could not be read, beside" in warning]
    assert said
    assert said == [warning for warning in again.warnings if "could not be read, beside" in warning]
    assert first.observed.sources.set_aside == again.observed.sources.set_aside


def test_a_home_of_an_earlier_version_keeps_its_units_and_loses_its_one_row_of_marks(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    engine = _sqlite(home / "earned.db")
    upgrade(engine, "0003")
    unit = {"account_id": "a-1", "name": "A", "owner_email": "", "facts": {}, "input_hash": "h", "pipeline": "p", "run_id": "r"}
    with engine.begin() as conn:
        old = [column for column in tables.accounts.c if column.name in unit]
        conn.execute(text(f"INSERT INTO accounts ({', '.join(c.name for c in old)}) VALUES ('a-1','A','','{{}}','h','p','r')"))
        conn.execute(insert(tables.facts), [{"name": "marks", "content": {"a-1": ["m", "h", {}]}}, {"name": "x", "content": {}}])
    engine.dispose()
    store = open_store(home)
    with store.read() as conn:
        assert accounts.units(conn, ["a-1", "a-2"]) == {"a-1": accounts.Unit("a-1", "h", "p")}
        assert list(conn.scalars(select(tables.facts.c.name))) == ["x"]
    store.close()
