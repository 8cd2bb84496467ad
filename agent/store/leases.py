"""Which worker of a run does which account, and until when: what lets several processes and machines share one night.

A run posts the accounts that changed; workers claim a few at a time, extend their leases while they live, and give each account its
outcome in the transaction that stores what came of it. That transaction begins with `settle`: a worker whose lease was taken over
(it hung, or was cut off, for longer than its lease) finds another attempt there, and stores nothing. Times are the database's.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Float, case, cast, delete, func, insert, literal, or_, select, update

from agent.store.tables import leases, rate_grants, run_workers

TRIES: Final = 3
"""Workers that may end over one account. One that takes its worker down with it would else take all of them, one after another."""
AT_ONCE: Final = 500

_t = leases.c
_open = _t.outcome.is_(None)


class LeaseLost(Exception):
    """Another worker has the account now, or the run is over. What was done must not be stored."""


@dataclass(frozen=True, slots=True)
class Lease:
    account_id: str
    attempt: int
    """The number of this claim. Nobody else has, or ever gets, the same for this account of this run."""


class Counts(NamedTuple):
    open: int
    """Without an outcome."""
    free: int
    """Of these, those that nobody has."""


class Ended(NamedTuple):
    """An account that has its outcome."""

    account_id: str
    worker: str
    outcome: str
    """`done` or `failed`."""
    lost: int
    said: dict[str, Any]


class Overdue(NamedTuple):
    """Accounts of one worker whose leases nobody extended."""

    run_id: str
    worker: str
    accounts: int
    seconds: float
    """Since the first of them ran out."""


def now(conn: Connection) -> ColumnElement[float]:
    """Seconds since 1970, by the clock that all workers share: the server's; for a file this machine's."""
    if conn.dialect.name == "postgresql":
        return cast(func.extract("epoch", func.clock_timestamp()), Float)
    return literal(time.time())


def post(conn: Connection, run_id: str, account_ids: Iterable[str]) -> None:
    """What there is to do, in this order."""
    rows = [
        {"run_id": run_id, "account_id": account_id, "ordinal": ordinal, "attempt": 0, "lost": 0}
        for ordinal, account_id in enumerate(account_ids)
    ]
    if rows:
        conn.execute(insert(leases), rows)


def claim(conn: Connection, run_id: str, worker: str, limit: int, seconds: float, *, suspects: bool = False) -> list[Lease]:
    """Up to `limit` accounts that nobody has, or whose worker let them expire, for so many seconds. Never waits for others' claims.

    `suspects`: those over which all but the last of `TRIES` workers ended. They are to be worked on alone, since most of them only
    stood beside the one that did it; who ends then was it, and is given up.
    """
    present = now(conn)
    expired = _t.until < present
    deaths = _t.lost + case((_t.until.is_not(None), 1), else_=0)
    conn.execute(
        update(leases)
        .where(_t.run_id == run_id, _open, _t.lost >= TRIES - 1, expired)
        .values(outcome="failed", said={"why": f"{TRIES} workers ended, one after another, while they worked on it"})
    )
    free = (
        select(_t.account_id)
        .where(_t.run_id == run_id, _open, or_(_t.until.is_(None), expired))
        .where(deaths >= TRIES - 1 if suspects else deaths < TRIES - 1)
        .order_by(_t.ordinal)
        .limit(limit)
        .with_for_update(skip_locked=True)  # SQLite has one writer, and no such words
        .cte("free")
    )
    claimed = conn.execute(
        update(leases)
        .where(_t.run_id == run_id, _t.account_id.in_(select(free.c.account_id)))
        .values(worker=worker, until=present + seconds, attempt=_t.attempt + 1, lost=deaths)
        .returning(_t.ordinal, _t.account_id, _t.attempt)
    )
    return [Lease(row.account_id, row.attempt) for row in sorted(claimed, key=lambda row: int(row.ordinal))]


def extend(conn: Connection, run_id: str, worker: str, seconds: float) -> None:
    """The worker lives: what it has, it keeps for so many seconds from now. What was taken over stays with who has it."""
    mine = update(leases).where(_t.run_id == run_id, _t.worker == worker, _open)
    conn.execute(mine.values(until=now(conn) + seconds))


def settle(conn: Connection, run_id: str, worker: str, lease: Lease, outcome: str, said: dict[str, Any]) -> None:
    """Give an account its outcome, as the first statement of the transaction that stores it: from here on nobody can take it over.

    Raises LeaseLost where the account is no longer this worker's.
    """
    mine = (_t.run_id == run_id, _t.account_id == lease.account_id, _t.worker == worker, _t.attempt == lease.attempt, _open)
    if not conn.execute(update(leases).where(*mine).values(outcome=outcome, said=said, until=None)).rowcount:
        raise LeaseLost(f"{worker} no longer has {lease.account_id}")


def tell(conn: Connection, run_id: str, account_id: str, said: dict[str, Any]) -> None:
    """What came of an account that this transaction has settled."""
    conn.execute(update(leases).where(_t.run_id == run_id, _t.account_id == account_id).values(said=said))


def release(conn: Connection, run_id: str, worker: str, account_ids: Sequence[str]) -> None:
    """Give back what was claimed and is not done; nobody died over it."""
    mine = (_t.run_id == run_id, _t.worker == worker, _t.account_id.in_(account_ids), _open)
    conn.execute(update(leases).where(*mine).values(worker=None, until=None))


def expire(conn: Connection, run_id: str, worker: str) -> int:
    """The worker is known to be dead: whoever claims next takes over at once. The number of its accounts."""
    theirs = update(leases).where(_t.run_id == run_id, _t.worker == worker, _open, _t.until.is_not(None))
    return conn.execute(theirs.values(until=0.0)).rowcount


def counts(conn: Connection, run_id: str) -> Counts:
    free = case((or_(_t.until.is_(None), _t.until < now(conn)), 1), else_=0)
    row = conn.execute(select(func.count(), func.coalesce(func.sum(free), 0)).where(_t.run_id == run_id, _open)).one()
    return Counts(int(row[0]), int(row[1]))


def harvest(conn: Connection, run_id: str) -> list[Ended]:
    """Take away up to `AT_ONCE` accounts that have their outcome."""
    ended = (
        select(_t.account_id).where(_t.run_id == run_id, _t.outcome.is_not(None)).order_by(_t.outcome, _t.ordinal).limit(AT_ONCE)
    )
    taken = conn.execute(
        delete(leases)
        .where(_t.run_id == run_id, _t.account_id.in_(ended))
        .returning(_t.ordinal, _t.account_id, _t.worker, _t.outcome, _t.lost, _t.said)
    )
    rows = sorted(taken, key=lambda row: int(row.ordinal))
    return [Ended(row.account_id, row.worker, row.outcome, row.lost, dict(row.said or {})) for row in rows]


def left(conn: Connection, run_id: str) -> list[str]:
    """Accounts without an outcome, in their order."""
    return list(conn.scalars(select(_t.account_id).where(_t.run_id == run_id, _open).order_by(_t.ordinal)))


def begun(conn: Connection, run_id: str) -> bool:
    """Whether a worker has ever had one of the accounts that are still without an outcome."""
    return bool(conn.scalar(select(func.count()).where(_t.run_id == run_id, _open, _t.attempt > 0)))


def overdue(conn: Connection) -> list[Overdue]:
    """Whose leases ran out, of whatever run."""
    present = now(conn)
    query = select(_t.run_id, _t.worker, func.count(), present - func.min(_t.until)).where(_open, _t.until < present)
    rows = conn.execute(query.group_by(_t.run_id, _t.worker).order_by(_t.run_id, _t.worker))
    return [Overdue(run_id, worker, int(count), float(seconds)) for run_id, worker, count, seconds in rows]


def clear(conn: Connection) -> None:
    """Forget every lease, worker and grant: whoever is alone on the database begins, or ends, a run."""
    for table in (leases, run_workers, rate_grants):
        conn.execute(delete(table))
