"""The budget and the limits a minute of a run that several processes share: `Spending`'s purse and `Gate`'s pace, in the run's database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from agent.models.spending import Account, Caps
from agent.store import Store, budgets
from agent.store.budgets import Amount, Cap, Room


@dataclass(frozen=True, slots=True)
class Share:
    """One worker's part in a run."""

    store: Store
    run_id: str
    worker: str
    crew: int
    """How many workers there are."""
    silence: float = 60.0
    """Seconds after which a worker that was not heard of counts as dead."""


@dataclass(frozen=True, slots=True)
class SharedPurse:
    share: Share
    caps: Caps
    """The run's."""

    async def draw(self, books: Account, tokens: int, cost: float) -> Caps | str | None:
        spent, flying = Amount(books.cost, books.tokens), Amount(books.held_cost, books.held_tokens)
        return await asyncio.to_thread(self._draw, spent, flying, Amount(cost, tokens))

    def _draw(self, spent: Amount, flying: Amount, need: Amount) -> Caps | str | None:
        one, cap = self.share, Cap(self.caps.cost, self.caps.tokens)
        if cap == Cap():
            return Caps()
        with one.store.write(shared=True) as conn:
            found = budgets.draw(
                conn, one.run_id, one.worker, cap, spent=spent, in_flight=flying, need=need, crew=one.crew, silence=one.silence
            )
        if not isinstance(found, Amount):
            return found
        return Caps(None if cap.cost is None else found.cost, None if cap.tokens is None else found.tokens)


@dataclass(slots=True)
class SharedPace:
    """Grants are for about a second of calls: as many as were used last time, twice as many where that was too few."""

    share: Share
    rpm: float | None = None
    tpm: float | None = None
    clock: Callable[[], float] = monotonic
    _number: int = 0
    _requests: int = 0
    _tokens: int = 0
    _until: float = 0.0
    _given: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def wait(self, tokens: int) -> float:
        async with self._turn:
            if self.rpm is None and self.tpm is None:
                return 0.0
            if not self._covers(tokens):
                found = await asyncio.to_thread(self._ask, tokens)
                if isinstance(found, float):
                    return found
            self._requests -= 1
            self._tokens -= tokens
            return 0.0

    def told(self, rpm: float | None, tpm: float | None) -> None:
        self.rpm = _lower(self.rpm, rpm)
        self.tpm = _lower(self.tpm, tpm)

    def _covers(self, tokens: int) -> bool:
        return self.clock() < self._until and self._requests > 0 and self._tokens >= tokens

    def _ask(self, tokens: int) -> float | None:
        one, asked = self.share, self.clock()
        wish = 2 * self._given if self._given and not self._requests else max(1, self._given - self._requests)
        most = [limit / (4 * one.crew * unit) for limit, unit in ((self.rpm, 1), (self.tpm, tokens)) if limit and unit]
        unused = (self._number, self._requests, self._tokens) if self._requests or self._tokens else None
        with one.store.write(shared=True) as conn:
            found = budgets.grant(
                conn, one.run_id, one.worker, self._number + 1, Room(self.rpm, self.tpm),
                requests=max(1, int(min([wish, *most]))), tokens=tokens, unused=unused,
            )  # fmt: skip
        self._requests = self._tokens = 0
        if isinstance(found, float):
            return found
        self._number += 1
        self._requests, self._tokens = found
        self._given, self._until = found[0], asked + budgets.USE_WITHIN
        return None


def _lower(one: float | None, other: float | None) -> float | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)
