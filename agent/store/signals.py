"""The signal ledger in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, insert, select, update

from agent.signals import Signal
from agent.store import tables

_TABLE = tables.signals


def replace(conn: Connection, account_id: str, ledger: Sequence[Signal], run_id: str) -> None:
    """Make `ledger` the account's active signals. What is no longer found stays, inactive, for the revisions that cite it."""
    known = set(conn.scalars(select(_TABLE.c.id).where(_TABLE.c.account_id == account_id)))
    conn.execute(update(_TABLE).where(_TABLE.c.account_id == account_id).values(active=False))
    fresh = []
    for ordinal, signal in enumerate(ledger):
        values = {"active": True, "ordinal": ordinal, "content": signal.model_dump(mode="json"), "run_id": run_id}
        if signal.id in known:
            conn.execute(update(_TABLE).where(_TABLE.c.id == signal.id).values(**values))
        else:
            fresh.append({"id": signal.id, "account_id": account_id, "kind": signal.kind, **values})
    if fresh:
        conn.execute(insert(_TABLE), fresh)


def ledger(conn: Connection, account_id: str | None = None) -> list[Signal]:
    """The active signals, of one account or of all, in the order in which they were found."""
    query = select(_TABLE.c.content).where(_TABLE.c.active).order_by(_TABLE.c.account_id, _TABLE.c.ordinal)
    if account_id is not None:
        query = query.where(_TABLE.c.account_id == account_id)
    return [Signal.model_validate(content) for content in conn.scalars(query)]


def by_ids(conn: Connection, ids: Iterable[str]) -> dict[str, Signal]:
    """Signals by id, active or not: what a revision cites stays readable."""
    rows = conn.execute(select(_TABLE.c.id, _TABLE.c.content).where(_TABLE.c.id.in_(list(ids))))
    return {row.id: Signal.model_validate(row.content) for row in rows}
