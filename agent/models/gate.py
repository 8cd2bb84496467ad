"""One gate for all calls of a process: requests and tokens a minute, learned from what the provider says and does.

A provider's limits come from configuration, from its response headers, or from its refusals. A single 429 makes everybody wait
as long as it asks; one that comes again after that wait is a limit: the gate then keeps to what was accepted in the last minute
(times 0.95), and raises it by a tenth for every ten quiet seconds: additive increase, multiplicative decrease.
While refusals last only one call probes, so that a limit costs one refused call at a time and not one per worker.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, Protocol

WINDOW: Final = 60.0
QUIET: Final = 10.0
MAX_PAUSE: Final = 120.0
"""What a `retry-after` may ask for; beyond it nobody would wait."""


class GateShut(Exception):
    """Nothing was accepted for longer than anybody should wait."""


@dataclass(slots=True, eq=False)
class Ticket:
    """One admitted call."""

    at: float
    tokens: int


class Pace(Protocol):
    """Requests and tokens a minute that several processes share."""

    async def wait(self, tokens: int) -> float:
        """0 where a call may be made now, which is thereby counted; else the seconds after which to ask again."""

    def told(self, rpm: float | None, tpm: float | None) -> None:
        """What the provider's headers say about limits."""


@dataclass(slots=True)
class Gate:
    """`rpm`, `tpm`: requests and tokens a minute, None for no known limit. `patience`: seconds of refusals only."""

    rpm: float | None = None
    tpm: float | None = None
    patience: float = 300.0
    clock: Callable[[], float] = monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    shared: Pace | None = None
    """Where other processes ask the same provider: its known limits are kept there. What is learned from refusals stays here."""
    refused: int = 0
    """429s so far."""
    _sent: deque[Ticket] = field(default_factory=deque)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _paused_until: float = 0.0
    _streak: int = 0
    _last_refusal: float = -1e9
    _last_change: float = -1e9
    _learned: bool = False
    _refused_since: float = 0.0
    """When the present streak of refusals began."""
    _probe: Ticket | None = None

    async def enter(self, tokens: int) -> Ticket:
        """Wait for a place, in order of arrival. Raises GateShut when the provider has accepted nothing for `patience` seconds."""
        async with self._turn:
            while (wait := self._wait(tokens) or await self._shared(tokens)) > 0:
                if self._streak and self.clock() - self._refused_since > self.patience:
                    raise GateShut(f"no call was accepted for {self.patience:g} s")
                await self.sleep(min(wait, 5.0))
            ticket = Ticket(self.clock(), tokens)
            self._sent.append(ticket)
            if self._streak:
                self._probe = ticket
            return ticket

    async def _shared(self, tokens: int) -> float:
        return 0.0 if self.shared is None else await self.shared.wait(tokens)

    def _wait(self, tokens: int) -> float:
        """Seconds; 0 where this process' own limits let the call pass."""
        now = self.clock()
        while self._sent and now - self._sent[0].at >= WINDOW:
            self._sent.popleft()
        wait = self._paused_until - now
        if self._streak and self._probe is not None:
            wait = max(wait, 0.05)
        if self.rpm is not None and len(self._sent) >= max(1, int(self.rpm)):
            wait = max(wait, self._sent[len(self._sent) - max(1, int(self.rpm))].at + WINDOW - now)
        if self.tpm is not None and self._sent:
            used = sum(ticket.tokens for ticket in self._sent)
            for ticket in self._sent:
                if used + tokens <= self.tpm:
                    break
                used -= ticket.tokens
                wait = max(wait, ticket.at + WINDOW - now)
        return max(0.0, wait)

    def accepted(self, ticket: Ticket, *, rpm: float | None = None, tpm: float | None = None) -> None:
        """The provider took the call; `rpm` and `tpm` are what its headers say about limits."""
        now = self.clock()
        if self._probe is ticket:
            self._probe = None
        if ticket.at > self._last_refusal:
            self._streak = 0
        if self._learned and self.rpm is not None and now - max(self._last_change, self._last_refusal) >= QUIET:
            self.rpm += max(1.0, 0.1 * self.rpm)
            self._last_change = now
        if self.shared is not None:
            self.shared.told(rpm, tpm)
            return
        if rpm is not None and not self._learned:
            self.rpm = rpm if self.rpm is None else min(rpm, self.rpm)
        if tpm is not None:
            self.tpm = tpm if self.tpm is None else min(tpm, self.tpm)

    def limited(self, ticket: Ticket, retry_after: float | None) -> None:
        """The provider answered 429: it did not count, and everybody waits."""
        now = self.clock()
        self.refused += 1
        if ticket in self._sent:
            self._sent.remove(ticket)
        if self._probe is ticket:
            self._probe = None
        again = ticket.at > self._last_refusal and self._streak > 0
        if ticket.at > self._last_refusal:  # calls that were under way when the limit struck say nothing new
            if not self._streak:
                self._refused_since = now
            self._streak += 1
            self._last_refusal = now
        if again and self._sent:
            self.rpm = max(1.0, 0.95 * len(self._sent))
            self._learned, self._last_change = True, now
        pause = min(MAX_PAUSE, max(retry_after or 0.0, min(30.0, 0.5 * 2.0**self._streak)))
        self._paused_until = max(self._paused_until, now + pause)

    def dropped(self, ticket: Ticket) -> None:
        """The call ended without the provider's word on limits: an error, a hang."""
        if self._probe is ticket:
            self._probe = None
