"""Leases: no account has two workers, a dead worker's are taken over, and whoever was taken for dead stores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread

import pytest

from agent.extraction.proposals import Proposal, Reading
from agent.health import examine
from agent.nightly import Options, Runner
from agent.nightly.worker import Terms, Worker
from agent.pipeline import Pipeline
from agent.store import Store, accounts, hypotheses, leases
from agent.store.leases import Lease, LeaseLost
from evals.bench.kills import write_book
from evals.bench.night import FewWords, Hashed
from retrieval.accounts import Catalog
from retrieval.readers.book import open_book
from tests.agent.nightly.conftest import RUN

DEAD = -1.0
"""Seconds of a lease that has run out as soon as it is there."""


def post(store: Store, count: int) -> list[str]:
    keys = [f"a-{number}" for number in range(count)]
    with store.write() as conn:
        leases.post(conn, RUN, keys)
    return keys


def claim(store: Store, worker: str, limit: int = 10, seconds: float = 60.0) -> list[str]:
    return [lease.account_id for lease in claimed(store, worker, limit, seconds)]


def claimed(store: Store, worker: str, limit: int = 10, seconds: float = 60.0) -> list[Lease]:
    with store.write(shared=True) as conn:
        return leases.claim(conn, RUN, worker, limit, seconds)


def settle(store: Store, worker: str, lease: Lease) -> None:
    with store.write(shared=True) as conn:
        leases.settle(conn, RUN, worker, lease, "done", {})


def test_accounts_are_given_once_and_in_their_order(store: Store) -> None:
    keys = post(store, 5)
    assert claim(store, "one", 2) == keys[:2]
    assert claim(store, "two", 2) == keys[2:4]
    assert claim(store, "one", 9) == keys[4:]
    assert claim(store, "two", 9) == []
    with store.read() as conn:
        assert leases.counts(conn, RUN) == (5, 0)


def test_a_claim_does_not_wait_for_one_that_is_being_made(store: Store) -> None:
    if store.is_file:
        pytest.skip("a file has one writer at a time")
    keys = post(store, 4)
    with store.write(shared=True) as conn:
        assert [one.account_id for one in leases.claim(conn, RUN, "one", 2, 60.0)] == keys[:2]
        assert claim(store, "two", 2) == keys[2:]  # while the first one's transaction is open


def test_what_ran_out_is_taken_over_and_counted(store: Store) -> None:
    post(store, 2)
    (late, _) = claimed(store, "one", seconds=DEAD)
    again = claimed(store, "two")
    assert [lease.account_id for lease in again] == ["a-0", "a-1"]
    settle(store, "two", again[0])
    with pytest.raises(LeaseLost):
        settle(store, "one", late)
    with store.write() as conn:
        assert [(one.account_id, one.worker, one.lost) for one in leases.harvest(conn, RUN)] == [("a-0", "two", 1)]


def test_a_worker_that_was_taken_over_by_itself_is_another_one(store: Store) -> None:
    """Its heart stood still for too long, it went on and claimed anew: what it began before is not what it has now."""
    post(store, 1)
    (before,), (after,) = claimed(store, "one", seconds=DEAD), claimed(store, "one")
    with pytest.raises(LeaseLost):
        settle(store, "one", before)
    settle(store, "one", after)


def test_nothing_of_a_transaction_stays_that_finds_its_lease_lost(store: Store) -> None:
    post(store, 1)
    (lease,) = claimed(store, "one", seconds=DEAD)
    claim(store, "two")

    def store_late() -> None:
        with store.write(shared=True) as conn:
            accounts.save_catalog(conn, Catalog(vendor="stored by the wrong one"))
            leases.settle(conn, RUN, "one", lease, "done", {})

    with pytest.raises(LeaseLost):
        store_late()
    with store.read() as conn:
        assert accounts.catalog(conn).vendor == ""


def test_a_worker_that_is_heard_of_keeps_what_it_has(store: Store) -> None:
    post(store, 1)
    (lease,) = claimed(store, "one", seconds=DEAD)
    with store.write(shared=True) as conn:
        leases.extend(conn, RUN, "one", 60.0)
    assert claim(store, "two") == []
    settle(store, "one", lease)


def test_what_is_given_back_was_not_lost(store: Store) -> None:
    post(store, 1)
    claim(store, "one")
    with store.write(shared=True) as conn:
        leases.release(conn, RUN, "one", ["a-0"])
    (lease,) = claimed(store, "two")
    settle(store, "two", lease)
    with store.write() as conn:
        assert [one.lost for one in leases.harvest(conn, RUN)] == [0]


def test_a_worker_known_to_be_dead_is_not_waited_for(store: Store) -> None:
    post(store, 3)
    claim(store, "one", 2)
    with store.write() as conn:
        assert leases.expire(conn, RUN, "one") == 2
    assert claim(store, "two") == ["a-0", "a-1", "a-2"]


def test_an_account_that_ends_every_worker_is_worked_on_alone_and_then_given_up(store: Store) -> None:
    post(store, 2)
    for number in range(leases.TRIES - 1):
        assert claim(store, f"worker {number}", seconds=DEAD) == ["a-0", "a-1"]
    assert claim(store, "another") == []
    for key in ("a-0", "a-1"):
        with store.write(shared=True) as conn:
            (lease,) = leases.claim(conn, RUN, "another", 1, DEAD if key == "a-0" else 60.0, suspects=True)
        assert lease.account_id == key
    settle(store, "another", lease)
    with store.write(shared=True) as conn:
        assert leases.claim(conn, RUN, "another", 1, 60.0, suspects=True) == []
        ended = {one.account_id: one for one in leases.harvest(conn, RUN)}
    assert (ended["a-0"].outcome, ended["a-1"].outcome) == ("failed", "done")
    assert str(leases.TRIES) in ended["a-0"].said["why"]


def test_the_next_run_forgets_what_was_lent(store: Store) -> None:
    post(store, 1)
    (lease,) = claimed(store, "one")
    with store.write() as conn:
        leases.clear(conn)
    with pytest.raises(LeaseLost):
        settle(store, "one", lease)


def test_the_doctor_names_who_is_overdue(store: Store) -> None:
    post(store, 3)
    claim(store, "two", 1)
    claim(store, "one", 2, seconds=-75.0)
    (found,) = [finding for finding in examine(store.home, store, "") if finding.name == "leases"]
    assert not found.ok
    assert "one of run r-1 was due 0:01:15 ago with 2 accounts" in found.said
    assert "two" not in found.said
    with store.write() as conn:
        leases.clear(conn)
    assert next(finding for finding in examine(store.home, store, "") if finding.name == "leases").ok


class Sleeps(FewWords):
    """Waits in its first account until it is woken."""

    def __init__(self) -> None:
        self.asleep, self.wake = Event(), Event()

    def propose(self, reading: Reading) -> Sequence[Proposal]:
        if not self.asleep.is_set():
            self.asleep.set()
            assert self.wake.wait(30)
        return super().propose(reading)


def test_a_worker_that_wakes_too_late_stores_nothing(store: Store, tmp_path: Path) -> None:
    """Its heart did not beat for longer than its lease, as on a machine that was suspended."""
    write_book(tmp_path / "book", 3)
    book, options = open_book(tmp_path / "book"), Options(tmp_path / "book")
    post(store, 3)
    sleeper, tool = Sleeps(), Hashed()
    late = Worker(store, Pipeline(sleeper, tool, tool), book, options, RUN, "late", terms=Terms(seconds=DEAD, beat=600))
    thread = Thread(target=late.run)
    thread.start()
    assert sleeper.asleep.wait(30)
    quick = Worker(store, Pipeline(FewWords(), tool, tool), book, options, RUN, "quick", terms=Terms(pause=0.05))
    assert quick.run() is None
    sleeper.wake.set()
    thread.join(30)
    assert not thread.is_alive()
    with store.write() as conn:
        assert {one.account_id: one.worker for one in leases.harvest(conn, RUN)} == dict.fromkeys(("a-0", "a-1", "a-2"), "quick")
        assert [item.revision for item in hypotheses.current(conn)] == [1, 1, 1]
    assert late.lost == 1


def test_a_night_of_one_process_leaves_no_lease(store: Store, tmp_path: Path) -> None:
    write_book(tmp_path / "book", 2)
    tool = Hashed()
    report = Runner(store, Pipeline(FewWords(), tool, tool), "offline").run(Options(tmp_path / "book"))
    assert (report.accounts["changed"], report.workers) == (2, {})
    with store.read() as conn:
        assert leases.counts(conn, report.run_id).open == 0
        assert leases.overdue(conn) == []
