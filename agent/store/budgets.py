"""A run's budget and its model's limits a minute, held for all its workers: drawn in small portions, so that nobody asks on every call.

What a worker holds (spent, in flight, and the rest of its portion) counts as spent for everybody else, so the sum never passes the
cap. A worker that is refused gives back the rest of its portion first; one that died keeps it, since nobody knows what it paid.
Whoever decides holds the run's row, so that two cannot take the same.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, update

from agent.store import leases, tables
from agent.store.tables import rate_grants, run_workers

MINUTE: Final = 60.0
USE_WITHIN: Final = 2.0
"""Seconds in which granted calls are begun, or else lost: only so is a minute of grants a minute of calls."""
SPARE: Final = 10
"""Calls' worth that a portion holds beyond the one that asked for it."""


class Amount(NamedTuple):
    cost: float = 0.0
    """US dollars."""
    tokens: int = 0

    def plus(self, other: Amount) -> Amount:
        return Amount(self.cost + other.cost, self.tokens + other.tokens)


NOTHING: Final = Amount()


class Cap(NamedTuple):
    """None: no cap."""

    cost: float | None = None
    tokens: int | None = None


class Room(NamedTuple):
    """Requests and tokens a minute; None: no known limit."""

    rpm: float | None = None
    tpm: float | None = None


def enter(conn: Connection, run_id: str, worker: str, spent: Amount = NOTHING, *, ended: bool = False) -> None:
    """The worker begins. `spent`: what was spent for the run before any worker began, booked under a name of its own, `ended`."""
    held = {"spent_cost": spent.cost, "spent_tokens": spent.tokens, "held_cost": spent.cost, "held_tokens": spent.tokens}
    conn.execute(insert(run_workers).values(run_id=run_id, name=worker, seen=leases.now(conn), ended=ended, **held))


def seen(conn: Connection, run_id: str, worker: str, figures: dict[str, Any]) -> None:
    """The worker lives; `figures` are its bill so far."""
    _update(conn, run_id, worker, seen=leases.now(conn), figures=figures)


def leave(conn: Connection, run_id: str, worker: str, spent: Amount, figures: dict[str, Any], stopped: str | None) -> None:
    """The worker ends: what it did not spend is free for the others."""
    held = {"spent_cost": spent.cost, "spent_tokens": spent.tokens, "held_cost": spent.cost, "held_tokens": spent.tokens}
    _update(conn, run_id, worker, seen=leases.now(conn), ended=True, figures=figures, stopped=stopped, **held)


def workers(conn: Connection, run_id: str) -> list[Row[Any]]:
    return list(conn.execute(select(run_workers).where(run_workers.c.run_id == run_id).order_by(run_workers.c.name)))


def draw(
    conn: Connection,
    run_id: str,
    worker: str,
    cap: Cap,
    *,
    spent: Amount,
    in_flight: Amount,
    need: Amount,
    crew: int,
    silence: float,
) -> Amount | str | None:
    """Draw a portion for a call that needs `need`. Returns what the worker may from now on have spent and in flight altogether; the
    name of the cap that forbids the call; or None: what others (or its own calls) hold may yet become free.

    `silence`: seconds after which a worker that was not seen counts as dead.
    """
    _alone(conn, run_id)
    present = conn.scalar(select(leases.now(conn)))
    assert present is not None
    others = [row for row in workers(conn, run_id) if row.name != worker]
    mine = spent.plus(in_flight)
    held = _sum(others, "held")
    sure = Amount()
    for row in others:
        alive = not row.ended and row.seen > present - silence
        kind = "spent" if alive else "held"
        sure = sure.plus(_sum([row], kind))
    stop = _over(cap, sure.plus(spent).plus(need))
    free = _over(cap, held.plus(mine).plus(need)) is None
    granted = mine
    if free and not stop:
        granted = mine.plus(need).plus(_spare(cap, held.plus(mine).plus(need), need, crew))
    _update(
        conn, run_id, worker, seen=leases.now(conn), spent_cost=spent.cost, spent_tokens=spent.tokens,
        held_cost=granted.cost, held_tokens=granted.tokens,
    )  # fmt: skip
    return stop or (granted if free else None)


def _over(cap: Cap, would_be: Amount) -> str | None:
    if cap.cost is not None and would_be.cost > cap.cost + 1e-9:  # sums of floats
        return f"cost cap of ${cap.cost:g}"
    if cap.tokens is not None and would_be.tokens > cap.tokens:
        return f"cap of {cap.tokens} tokens"
    return None


def _spare(cap: Cap, taken: Amount, need: Amount, crew: int) -> Amount:
    """A portion's rest: some calls' worth, and always less towards the end."""
    cost = SPARE * need.cost if cap.cost is None else min(SPARE * need.cost, (cap.cost - taken.cost) / (2 * crew))
    tokens = SPARE * need.tokens if cap.tokens is None else min(SPARE * need.tokens, (cap.tokens - taken.tokens) // (2 * crew))
    return Amount(max(0.0, cost), max(0, tokens))


def _sum(rows: list[Row[Any]], kind: str) -> Amount:
    return Amount(sum(getattr(row, f"{kind}_cost") for row in rows), sum(getattr(row, f"{kind}_tokens") for row in rows))


def grant(
    conn: Connection,
    run_id: str,
    worker: str,
    number: int,
    room: Room,
    *,
    requests: int,
    tokens: int,
    unused: tuple[int, int, int] | None = None,
) -> tuple[int, int] | float:
    """Up to `requests` calls of `tokens` each, to be begun within `USE_WITHIN`: how many, and tokens for them altogether; or the
    seconds to wait for one. `number` is new for each grant of a worker; `unused` gives back what an earlier one (its number,
    requests, tokens) left.
    """
    _alone(conn, run_id)
    present = conn.scalar(select(leases.now(conn)))
    assert present is not None
    t, window = rate_grants.c, MINUTE + USE_WITHIN
    conn.execute(delete(rate_grants).where(t.run_id == run_id, t.at <= present - window))
    if unused is not None:
        which, more, rest = unused
        earlier = update(rate_grants).where(t.run_id == run_id, t.worker == worker, t.number == which)
        conn.execute(earlier.values(requests=t.requests - more, tokens=t.tokens - rest))
    given = conn.execute(select(t.at, t.requests, t.tokens).where(t.run_id == run_id).order_by(t.at)).all()
    used = (sum(row.requests for row in given), sum(row.tokens for row in given))
    count = _fits(room, *used, requests, tokens)
    if count:
        total = count * tokens
        conn.execute(
            insert(rate_grants).values(run_id=run_id, worker=worker, number=number, at=present, requests=count, tokens=total)
        )
        return count, total
    for row in given:  # the oldest leave the window first
        used = (used[0] - row.requests, used[1] - row.tokens)
        if _fits(room, *used, 1, tokens):
            return max(0.01, float(row.at + window - present))
    return window


def _fits(room: Room, used_requests: int, used_tokens: int, requests: int, tokens: int) -> int:
    """How many of the calls keep to the limits. A call that is larger than the limit itself goes alone."""
    by_requests = requests if room.rpm is None else max(1, int(room.rpm)) - used_requests
    if room.tpm is None or tokens == 0:
        by_tokens = requests
    else:
        by_tokens = int((room.tpm - used_tokens) // tokens) or int(used_tokens == 0)
    return max(0, min(requests, by_requests, by_tokens))


def _alone(conn: Connection, run_id: str) -> None:
    conn.execute(select(tables.runs.c.id).where(tables.runs.c.id == run_id).with_for_update())


def _update(conn: Connection, run_id: str, worker: str, **values: Any) -> None:
    conn.execute(update(run_workers).where(run_workers.c.run_id == run_id, run_workers.c.name == worker).values(**values))
