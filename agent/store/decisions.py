"""The decision log in SQL: append and read, never change."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select

from agent.decisions import GENESIS, Action, Decision, chained
from agent.hypotheses import State
from agent.store import tables

_TABLE = tables.decisions
_FIELDS = [_TABLE.c[name] for name in Decision.__slots__]


def append(conn: Connection, decision: Decision) -> Decision:
    """Add a decision to the end of the chain. The caller's transaction holds the write lock, so the head cannot move.

    PostgreSQL links it itself (migration 0003): whoever decides there may not see the decision before theirs. What is returned is
    what was stored.
    """
    if conn.dialect.name == "postgresql":
        values = {name: getattr(decision, name) for name in Decision.__slots__}
        return _read(conn.execute(insert(_TABLE).values(**values).returning(*_FIELDS)).all())[0]
    newest = conn.scalar(select(_TABLE.c.hash).order_by(_TABLE.c.seq.desc()).limit(1)) or GENESIS
    linked = chained(decision, newest)
    conn.execute(insert(_TABLE).values(**{name: getattr(linked, name) for name in Decision.__slots__}))
    return linked


def head_hash(conn: Connection) -> str:
    """Hash of the newest decision; an empty string before the first."""
    return conn.scalar(select(_TABLE.c.hash).order_by(_TABLE.c.seq.desc()).limit(1)) or ""


def of(conn: Connection, hypothesis_id: str) -> list[Decision]:
    """The decisions of one hypothesis, oldest first."""
    return _read(conn.execute(select(*_FIELDS).where(_TABLE.c.hypothesis_id == hypothesis_id).order_by(_TABLE.c.seq)).all())


def whole_log(conn: Connection) -> list[Decision]:
    """Every decision, oldest first."""
    return _read(conn.execute(select(*_FIELDS).order_by(_TABLE.c.seq)).all())


def undoable(conn: Connection, actor: str) -> Decision | None:
    """A person's newest decision that nobody has undone."""
    undone = select(_TABLE.c.undoes).where(_TABLE.c.undoes.is_not(None))
    own = select(*_FIELDS).where(_TABLE.c.actor == actor, _TABLE.c.action != Action.UNDO.value, _TABLE.c.id.not_in(undone))
    found = _read(conn.execute(own.order_by(_TABLE.c.seq.desc()).limit(1)).all())
    return found[0] if found else None


def latest(conn: Connection, *, actor: str | None = None, limit: int = 20) -> list[Decision]:
    """The newest decisions first, of one person or of all."""
    query = select(*_FIELDS).order_by(_TABLE.c.seq.desc()).limit(limit)
    if actor is not None:
        query = query.where(_TABLE.c.actor == actor)
    return _read(conn.execute(query).all())


def by_actor(conn: Connection, actor: str, *, limit: int = 500) -> list[Decision]:
    """A person's newest entries, oldest first."""
    return latest(conn, actor=actor, limit=limit)[::-1]


def since(conn: Connection, at: str) -> list[Decision]:
    """Every entry from a time on (UTC, ISO 8601), oldest first."""
    return _read(conn.execute(select(*_FIELDS).where(_TABLE.c.at >= at).order_by(_TABLE.c.seq)).all())


def of_reopened(conn: Connection) -> dict[str, list[Decision]]:
    """The logs of the hypotheses that are open although somebody once decided on them."""
    open_ones = select(tables.hypotheses.c.id).where(
        tables.hypotheses.c.state == State.OPEN.value, tables.hypotheses.c.withdrawn.is_(False)
    )
    rows = _read(conn.execute(select(*_FIELDS).where(_TABLE.c.hypothesis_id.in_(open_ones)).order_by(_TABLE.c.seq)).all())
    logs: dict[str, list[Decision]] = {}
    for entry in rows:
        logs.setdefault(entry.hypothesis_id, []).append(entry)
    return logs


def head(conn: Connection) -> int:
    """The number of the newest entry; 0 in an empty log. It rises with every decision of anybody."""
    return conn.scalar(select(func.max(_TABLE.c.seq))) or 0


def _read(rows: Sequence[object]) -> list[Decision]:
    out = []
    for row in rows:
        values = dict(row._mapping)  # type: ignore[attr-defined]
        out.append(Decision(**{**values, "action": Action(values["action"])}))
    return out
