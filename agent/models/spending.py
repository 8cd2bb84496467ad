"""Caps on cost, tokens and time, per account and per run: reserved before a call is sent, settled when it is known.

A call that would break a cap is not sent. One that only might (because calls in flight have reserved what is left) waits for them.
Where several processes share a run, its cost and tokens are drawn from a common purse, in portions (`agent.models.shared`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, Protocol

ASK_AGAIN: Final = 0.5
"""Seconds between two looks into an empty purse whose rest others hold."""


@dataclass(frozen=True, slots=True)
class Caps:
    """None: no cap."""

    cost: float | None = None
    """US dollars."""
    tokens: int | None = None
    """Prompt and completion together, retries included."""
    seconds: float | None = None
    """For a run, by the clock since its first question; for an account, the sum of the seconds its calls took."""


@dataclass(slots=True)
class Account:
    """What was spent for one account, or for the run as a whole."""

    cost: float = 0.0
    tokens: int = 0
    seconds: float = 0.0
    held_cost: float = 0.0
    held_tokens: int = 0

    def over(self, caps: Caps, tokens: int, cost: float) -> str | None:
        """The cap that this call would break even if everything in flight cost nothing."""
        if caps.cost is not None and self.cost + cost > caps.cost:
            return f"cost cap of ${caps.cost:g}"
        if caps.tokens is not None and self.tokens + tokens > caps.tokens:
            return f"cap of {caps.tokens} tokens"
        if caps.seconds is not None and self.seconds >= caps.seconds:
            return f"time cap of {caps.seconds:g} s"
        return None

    def must_wait(self, caps: Caps, tokens: int, cost: float) -> bool:
        return (caps.cost is not None and self.cost + self.held_cost + cost > caps.cost) or (
            caps.tokens is not None and self.tokens + self.held_tokens + tokens > caps.tokens
        )

    def hold(self, tokens: int, cost: float) -> None:
        self.held_tokens += tokens
        self.held_cost += cost


class Purse(Protocol):
    """The run's budget, where other processes spend of it too."""

    async def draw(self, books: Account, tokens: int, cost: float) -> Caps | str | None:
        """What this process may have spent and in flight from now on; the name of the cap that forbids the call; None: ask again soon."""


@dataclass(frozen=True, slots=True)
class Reservation:
    account: str
    tokens: int
    cost: float


@dataclass(slots=True)
class Spending:
    """The books of one run. Used from one event loop, so that it needs no lock."""

    run: Caps = Caps()
    account: Caps = Caps()
    clock: Callable[[], float] = monotonic
    total: Account = field(default_factory=Account)
    accounts: dict[str, Account] = field(default_factory=dict)
    stopped: str | None = None
    """The run's cap that was reached first; None while all is well."""
    purse: Purse | None = None
    _granted: Caps | None = None
    """What was drawn from the purse so far."""
    _begun: float | None = None
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    _drawing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def reserve(self, account: str, tokens: int, cost: float) -> Reservation | str:
        """Set aside what a call may cost at most, or the name of the cap that forbids it."""
        if self._begun is None:
            self._begun = self.clock()
        own = self.accounts.setdefault(account, Account())
        while True:
            async with self._drawing:  # nothing is held while a portion is drawn: the purse knows what was
                self.total.seconds = self.clock() - self._begun
                stop = self.total.over(self.run if self.purse is None else Caps(seconds=self.run.seconds), tokens, cost)
                if stop is None and self.purse is not None and self._lacks(tokens, cost):
                    found = await self.purse.draw(self.total, tokens, cost)
                    stop = found if isinstance(found, str) else None
                    self._granted = found if isinstance(found, Caps) else Caps(self.total.cost, self.total.tokens)
                if stop is not None:
                    self.stopped = self.stopped or f"the run's {stop}"
                    return f"the run's {stop}"
                stop = own.over(self.account, tokens, cost)
                if stop is not None:
                    return f"the account's {stop}"
                wait = self._lacks(tokens, cost)
                if not wait and not own.must_wait(self.account, tokens, cost):
                    self.total.hold(tokens, cost)
                    own.hold(tokens, cost)
                    return Reservation(account, tokens, cost)
                self._settled.clear()
            with suppress(TimeoutError):  # other processes' calls settle unheard
                await asyncio.wait_for(self._settled.wait(), ASK_AGAIN if wait and self.purse else None)

    def _lacks(self, tokens: int, cost: float) -> bool:
        caps = self.run if self.purse is None else self._granted
        return caps is None or self.total.must_wait(caps, tokens, cost)

    def settle(self, held: Reservation, tokens: int, cost: float, seconds: float) -> None:
        """Give back what was set aside and book what it took."""
        for book in (self.total, self.accounts[held.account]):
            book.hold(-held.tokens, -held.cost)
            book.tokens += tokens
            book.cost += cost
        self.accounts[held.account].seconds += seconds
        self._settled.set()
