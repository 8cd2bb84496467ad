"""Several real processes share a night: nothing is done twice, a killed one's accounts are taken over, caps hold for all together."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agent.errors import StoreError
from agent.extraction.proposals import Extraction, Reading
from agent.models.journal import ATTEMPT
from agent.models.shared import Share
from agent.models.spending import Caps
from agent.nightly import Options, Report, Runner, Silent
from agent.nightly.crews import Toolbox, Tools
from agent.nightly.processes import Processes
from agent.nightly.worker import Terms
from agent.store import Store, hypotheses, open_store, signals, tables
from evals.bench import machines
from evals.bench.kills import write_book

ACCOUNTS = 24
TERMS = Terms(seconds=20.0, beat=2.0, pause=0.1)


BOTH = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A home's file, or a team's database where the test asks for it (`BOTH`)."""
    url = None
    if getattr(request, "param", "sqlite") == "postgresql":
        url = request.getfixturevalue("postgres_server").url(request.getfixturevalue("database"))
        monkeypatch.setenv("EARNED_DATABASE", url)  # where the workers find it
    made = open_store(tmp_path / "home", create=True, database=url)
    yield made
    made.close()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    write_book(tmp_path / "book", ACCOUNTS)
    return tmp_path / "book"


def night(store: Store, book: Path, toolbox: Toolbox, *, workers: int = 2, terms: Terms = TERMS, **more: Any) -> Report:
    with machines.tools(store, None, latency=0.0, slots=1) as own:
        crew = Processes(workers, toolbox) if workers else None
        runner = Runner(store, own.pipeline, "bench:slow", meter=own.meter, crew=crew, terms=terms, **more)
        return runner.run(Options(book))


def left_behind(store: Store) -> list[Any]:
    with store.read() as conn:
        items = [{**item.to_json(), "drafted_by": None} for item in hypotheses.current(conn)]
        return [items, [signal.to_json() for signal in signals.ledger(conn)]]


def asked(store: Store) -> list[str]:
    """The accounts that the model was asked about, once for each call."""
    with store.read() as conn:
        rows = conn.scalars(select(tables.answers.c.content).where(tables.answers.c.stage.startswith(ATTEMPT)))
        return sorted(row["account"] for row in rows)


SLOW = partial(machines.tools, latency=0.05, slots=2)


@BOTH
def test_two_processes_leave_what_one_does(store: Store, book: Path, tmp_path: Path) -> None:
    report = night(store, book, SLOW)
    assert (report.accounts["changed"], report.failures, report.warnings) == (ACCOUNTS, {}, [])
    assert sum(one["accounts"] for one in report.workers.values()) == ACCOUNTS
    assert report.llm["calls"] == len(asked(store)) == len(set(asked(store))) == ACCOUNTS
    alone = open_store(tmp_path / "alone", create=True)
    single = night(alone, book, SLOW, workers=0)
    assert left_behind(store) == left_behind(alone)
    for part in ("records", "signals", "hypotheses", "windows", "accounts", "observed"):
        assert report.to_json()[part] == single.to_json()[part]
    alone.close()
    assert night(store, book, SLOW).nothing_new


@dataclass(frozen=True)
class Deadly:
    """Kills its own process, as the kernel does that has run out of memory, the first `times` that it sees this account."""

    inner: Any
    account: str
    diary: Path
    times: int

    @property
    def version(self) -> str:
        return str(self.inner.version)

    def read(self, reading: Reading) -> Extraction:
        if reading.account.account_id == self.account:
            with self.diary.open("a", encoding="utf-8") as file:
                file.write(f"{os.getpid()}\n")
            if len(self.diary.read_text("utf-8").splitlines()) <= self.times:
                os.kill(os.getpid(), signal.SIGKILL)
        found: Extraction = self.inner.read(reading)
        return found


@contextmanager
def deadly(store: Store, share: Share, *, account: str, diary: Path, times: int) -> Iterator[Tools]:
    with machines.tools(store, share, latency=0.05, slots=2) as tools:
        mortal = Deadly(tools.pipeline.extractor, account, diary, times)
        yield tools._replace(pipeline=replace(tools.pipeline, extractor=mortal))


@BOTH
def test_a_killed_process_accounts_are_taken_over(store: Store, book: Path, tmp_path: Path) -> None:
    report = night(store, book, partial(deadly, account="a-7", diary=tmp_path / "diary", times=1))
    assert (report.accounts["changed"], report.accounts["failed"]) == (ACCOUNTS, 0)
    assert sum(one["taken_over"] for one in report.workers.values()) >= 1
    assert report.workers.keys() <= {"worker-1", "worker-2"}
    (said,) = [warning for warning in report.warnings if "signal 9" in warning]
    assert said.startswith("worker-")
    assert {item["revision"] for item in left_behind(store)[0]} == {1}
    # What the dead one had asked and kept is not asked again: at most its calls under way are.
    assert len(asked(store)) - ACCOUNTS <= 4
    assert len((tmp_path / "diary").read_text("utf-8").splitlines()) == 2


def test_an_account_that_kills_whoever_works_on_it_is_given_up(store: Store, book: Path, tmp_path: Path) -> None:
    report = night(store, book, partial(deadly, account="a-7", diary=tmp_path / "diary", times=99), workers=4)
    assert list(report.failures) == ["a-7"]
    assert "3 workers ended" in report.failures["a-7"]
    assert (report.accounts["changed"], report.accounts["failed"]) == (ACCOUNTS - 1, 1)


def test_where_every_worker_dies_what_is_left_is_named_and_done_the_next_night(store: Store, book: Path, tmp_path: Path) -> None:
    report = night(store, book, partial(deadly, account="a-7", diary=tmp_path / "diary", times=99), workers=1)
    assert "a-7" in report.failures
    assert all("no worker was left" in why for why in report.failures.values())
    assert report.partial
    again = night(store, book, SLOW)
    assert again.accounts["changed"] == len(report.failures)
    assert {item["account_id"] for item in left_behind(store)[0]} == {f"a-{number}" for number in range(ACCOUNTS)}


@BOTH
def test_a_budget_is_one_for_all_of_them(store: Store, book: Path) -> None:
    """Some of the accounts fit. A call reserves 90 tokens more than it takes; but for that, no worker's share is lost."""
    caps = Caps(tokens=1_500)
    report = night(store, book, partial(machines.tools, latency=0.02, slots=3, caps=caps))
    used = report.llm["prompt_tokens"] + report.llm["completion_tokens"]
    one = used / report.llm["calls"]
    assert used <= 1_500
    assert used > 1_500 - 2 * one - 100
    assert report.stopped == "the run's cap of 1500 tokens"
    assert len(report.left) == ACCOUNTS - report.accounts["changed"] > 0
    assert set(asked(store)).isdisjoint(report.left)


def test_a_deadline_ends_all_of_them(store: Store, book: Path) -> None:
    with machines.tools(store, None, latency=0.0, slots=1) as own:
        crew = Processes(2, SLOW)
        report = Runner(store, own.pipeline, "bench:slow", crew=crew, terms=TERMS).run(Options(book, deadline=0.001))
    assert report.stopped == "the deadline of 0.001 s"
    assert len(report.left) == ACCOUNTS


@contextmanager
def other(store: Store, share: Share) -> Iterator[Tools]:
    with machines.tools(store, share, latency=0.0, slots=1) as tools:
        yield tools._replace(pipeline=replace(tools.pipeline, extractor=replace(tools.pipeline.extractor, version="older")))


def test_a_worker_of_another_version_is_refused(store: Store, book: Path) -> None:
    with pytest.raises(StoreError, match="another version") as caught:
        night(store, book, other, workers=2)
    assert "same release" in caught.value.remedy
    with store.read() as conn:
        assert hypotheses.current(conn) == []


class Heard(Silent):
    def __init__(self) -> None:
        self.accounts: list[str] = []
        self.working = False

    def stage(self, name: str, total: int) -> None:
        self.working = name == "Working"

    def advance(self, what: str) -> None:
        if self.working:
            self.accounts.append(what)


def test_whoever_watches_hears_of_every_account_once(store: Store, book: Path) -> None:
    heard = Heard()
    night(store, book, SLOW, workers=2, progress=heard)
    assert sorted(heard.accounts) == sorted(f"a-{number}" for number in range(ACCOUNTS))
