"""A run's budget and its model's limits hold for all its workers together, and are used up to what they allow."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Iterator

import pytest
from sqlalchemy import ColumnElement, Connection, literal

from agent.models.gate import Gate
from agent.models.shared import Share, SharedPace, SharedPurse
from agent.models.spending import Caps, Reservation, Spending
from agent.store import Store, budgets, leases
from agent.store.budgets import Amount, Cap, Room
from tests.agent.nightly.conftest import RUN


class Clock:
    """The database's, moved by hand."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self, _conn: Connection) -> ColumnElement[float]:
        return literal(self.at)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr(leases, "now", made)
    return made


def enter(store: Store, *names: str) -> None:
    with store.write() as conn:
        for name in names:
            budgets.enter(conn, RUN, name)


def draw(store: Store, worker: str, cap: Cap, need: Amount, spent: Amount = Amount(), flying: Amount = Amount()) -> object:  # noqa: B008
    with store.write(shared=True) as conn:
        return budgets.draw(conn, RUN, worker, cap, spent=spent, in_flight=flying, need=need, crew=2, silence=60.0)


def held(store: Store) -> Amount:
    with store.read() as conn:
        rows = budgets.workers(conn, RUN)
    return Amount(sum(row.held_cost for row in rows), sum(row.held_tokens for row in rows))


def test_a_portion_is_for_several_calls_and_never_more_than_there_is(store: Store) -> None:
    enter(store, "one", "two")
    first = draw(store, "one", Cap(tokens=1000), Amount(tokens=10))
    assert isinstance(first, Amount)
    assert 10 < first.tokens <= 10 * (1 + budgets.SPARE)
    second = draw(store, "two", Cap(tokens=1000), Amount(tokens=800))
    assert isinstance(second, Amount)
    assert second.tokens >= 800
    assert held(store).tokens <= 1000


def test_what_another_holds_may_become_free_and_what_is_spent_does_not(store: Store) -> None:
    enter(store, "one", "two")
    cap = Cap(tokens=100)
    assert isinstance(draw(store, "one", cap, Amount(tokens=60)), Amount)
    assert draw(store, "two", cap, Amount(tokens=60)) is None  # if the first one's call costs nothing, there is room
    with store.write() as conn:
        budgets.leave(conn, RUN, "one", Amount(tokens=50), {}, None)
    assert draw(store, "two", cap, Amount(tokens=60)) == "cap of 100 tokens"
    assert isinstance(draw(store, "two", cap, Amount(tokens=50)), Amount)


def test_a_dead_worker_spent_what_it_held(store: Store, clock: Clock) -> None:
    """Nobody knows what it paid for before it died, so nobody waits for it either."""
    enter(store, "one", "two")
    cap = Cap(cost=1.0)
    assert isinstance(draw(store, "one", cap, Amount(0.6)), Amount)
    assert draw(store, "two", cap, Amount(0.6)) is None
    clock.at += 61.0
    assert draw(store, "two", cap, Amount(0.6)) == "cost cap of $1"


def test_what_was_spent_before_the_workers_began_is_spent(store: Store) -> None:
    with store.write() as conn:
        budgets.enter(conn, RUN, "before", Amount(0.7, 700), ended=True)
    enter(store, "one")
    assert draw(store, "one", Cap(cost=1.0), Amount(0.4)) == "cost cap of $1"


@pytest.mark.parametrize("seed", range(4))
async def test_workers_together_never_pass_the_cap_and_leave_no_call_that_fits(store: Store, seed: int) -> None:
    """Each reserves the most that a call may take, and it takes any part of that. At the end nothing of the least size fits."""
    chance, cap, least = random.Random(seed), 5_000, 100
    names = ["one", "two", "three"]
    enter(store, *names)
    caps = Caps(tokens=cap)
    books = [Spending(caps, purse=SharedPurse(Share(store, RUN, name, len(names)), caps)) for name in names]

    async def call(book: Spending) -> bool:
        reserved = await book.reserve("a", least, 0.0)
        if isinstance(reserved, str):
            return False
        assert isinstance(reserved, Reservation)
        await asyncio.sleep(chance.random() / 200)
        book.settle(reserved, chance.randint(1, least), 0.0, 0.0)
        assert sum(one.total.tokens + one.total.held_tokens for one in books) <= cap
        return True

    async def worker(book: Spending) -> None:
        while await call(book):
            pass

    await asyncio.gather(*(worker(book) for book in books for _ in range(3)))
    spent = sum(book.total.tokens for book in books)
    assert cap - least < spent <= cap
    assert {book.stopped for book in books} == {"the run's cap of 5000 tokens"}


async def test_an_account_has_its_own_cap_beside_the_purse(store: Store) -> None:
    enter(store, "one")
    caps = Caps(tokens=1000)
    book = Spending(caps, Caps(tokens=50), purse=SharedPurse(Share(store, RUN, "one", 1), caps))
    assert await book.reserve("a", 60, 0.0) == "the account's cap of 50 tokens"
    assert isinstance(await book.reserve("b", 40, 0.0), Reservation)
    assert book.stopped is None


async def test_without_caps_nobody_asks_the_database_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "draw", lambda *_given, **_more: pytest.fail("asked for no cap's sake"))
    book = Spending(Caps(), purse=SharedPurse(Share(store, RUN, "one", 1), Caps()))
    for _ in range(3):
        assert isinstance(await book.reserve("a", 10, 0.1), Reservation)


@pytest.mark.parametrize(("rpm", "tpm"), [(30.0, None), (None, 3_000.0), (40.0, 2_000.0)])
async def test_no_minute_has_more_calls_than_the_provider_allows(
    store: Store, clock: Clock, rpm: float | None, tpm: float | None
) -> None:
    """Three workers who always want to ask, for five minutes: what any minute saw, and that the limit was used."""
    paces = [SharedPace(Share(store, RUN, name, 3), rpm, tpm, clock=lambda: clock.at) for name in ("one", "two", "three")]
    sent: deque[tuple[float, int]] = deque()
    chance = random.Random(5)
    while clock.at < 1_000_300.0:
        for pace in paces:
            tokens = chance.choice((60, 100, 140))
            while await pace.wait(tokens) == 0.0:
                sent.append((clock.at, tokens))
        clock.at += 0.5
    for at, _ in sent:
        minute = [tokens for when, tokens in sent if at <= when < at + 60.0]
        assert rpm is None or len(minute) <= rpm
        assert tpm is None or sum(minute) <= tpm
    minutes = 300.0 / (budgets.MINUTE + budgets.USE_WITHIN)
    used = max(len(sent) / (rpm * minutes) if rpm else 0.0, sum(tokens for _, tokens in sent) / (tpm * minutes) if tpm else 0.0)
    assert used > 0.85


def test_grants_that_were_not_used_are_given_back(store: Store, clock: Clock) -> None:
    with store.write() as conn:
        assert budgets.grant(conn, RUN, "one", 1, Room(rpm=10), requests=10, tokens=5) == (10, 50)
        waits = budgets.grant(conn, RUN, "two", 1, Room(rpm=10), requests=1, tokens=5)
        assert isinstance(waits, float)
        assert waits == pytest.approx(budgets.MINUTE + budgets.USE_WITHIN, abs=0.1)
        assert budgets.grant(conn, RUN, "one", 2, Room(rpm=10), requests=1, tokens=5, unused=(1, 4, 20)) == (1, 5)
        assert budgets.grant(conn, RUN, "two", 1, Room(rpm=10), requests=9, tokens=5) == (3, 15)


async def test_a_limit_in_the_providers_headers_is_for_all_workers(store: Store, clock: Clock) -> None:
    gates = [
        Gate(clock=lambda: clock.at, shared=SharedPace(Share(store, RUN, name, 2), clock=lambda: clock.at))
        for name in ("one", "two")
    ]
    for gate in gates:
        gate.accepted(await gate.enter(10), rpm=6.0)
    sent = 0
    for gate in gates:
        assert gate.shared is not None
        while await gate.shared.wait(10) == 0.0:
            sent += 1
    assert sent == 6
