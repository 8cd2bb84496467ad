"""The gate keeps to limits that it was told or had to learn, and one refusal is not taken for a limit."""

from __future__ import annotations

import pytest

from agent.models.gate import Gate, GateShut, Ticket
from tests.agent.models.making import Clock


class Server:
    """Accepts so many calls in any 60 seconds."""

    def __init__(self, rpm: int, clock: Clock) -> None:
        self.rpm, self.clock = rpm, clock
        self.accepted: list[float] = []
        self.refused = 0

    def takes(self) -> bool:
        self.accepted = [at for at in self.accepted if self.clock.now - at < 60]
        if len(self.accepted) >= self.rpm:
            self.refused += 1
            return False
        self.accepted.append(self.clock.now)
        return True


async def send(gate: Gate, server: Server, clock: Clock, count: int) -> None:
    done = 0
    while done < count:
        ticket = await gate.enter(10)
        await clock.sleep(0.05)
        if server.takes():
            gate.accepted(ticket)
            done += 1
        else:
            gate.limited(ticket, 1.0)


async def test_an_unknown_limit_is_learned_at_the_price_of_few_refusals() -> None:
    clock = Clock()
    gate, server = Gate(clock=clock, sleep=clock.sleep), Server(60, clock)
    begun = clock.now
    await send(gate, server, clock, 300)
    assert server.refused < 30
    assert clock.now - begun < 1.25 * (300 - 60)  # 60 at once, then 60 a minute


async def test_one_refusal_out_of_the_blue_slows_down_and_sets_no_limit() -> None:
    clock = Clock()
    gate = Gate(clock=clock, sleep=clock.sleep)
    ticket = await gate.enter(10)
    gate.limited(ticket, 2.0)
    begun = clock.now
    ticket = await gate.enter(10)
    assert clock.now - begun >= 2.0
    gate.accepted(ticket)
    assert gate.rpm is None


async def test_a_configured_limit_is_never_passed() -> None:
    clock = Clock()
    gate, server = Gate(rpm=30, clock=clock, sleep=clock.sleep), Server(30, clock)
    await send(gate, server, clock, 100)
    assert server.refused == 0


async def test_tokens_a_minute_are_counted_too() -> None:
    clock = Clock()
    gate = Gate(tpm=100, clock=clock, sleep=clock.sleep)
    begun = clock.now
    for _ in range(4):
        gate.accepted(await gate.enter(50))
    assert clock.now - begun >= 60


async def test_limits_in_response_headers_are_kept() -> None:
    clock = Clock()
    gate = Gate(clock=clock, sleep=clock.sleep)
    gate.accepted(await gate.enter(10), rpm=500.0, tpm=90_000.0)
    assert (gate.rpm, gate.tpm) == (500.0, 90_000.0)


async def test_nobody_waits_for_ever() -> None:
    clock = Clock()
    gate = Gate(clock=clock, sleep=clock.sleep, patience=100)

    async def knock() -> None:
        for _ in range(1000):
            gate.limited(await gate.enter(10), 30.0)

    with pytest.raises(GateShut):
        await knock()


def test_tickets_of_equal_time_are_still_different_tickets() -> None:
    assert Ticket(1.0, 1) != Ticket(1.0, 1)
