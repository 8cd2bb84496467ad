"""The log of outcomes in SQL: append and read, never change."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, insert, select

from agent.outcomes.facts import Outcome, What
from agent.store import tables

_TABLE = tables.outcomes
_FIELDS = [_TABLE.c[name] for name in Outcome.__slots__]


def append(conn: Connection, entry: Outcome) -> Outcome:
    """Add an outcome to the log; returns it as it was stored (a team's database gives it its id)."""
    values = {name: getattr(entry, name) for name in Outcome.__slots__}
    row = conn.execute(insert(_TABLE).values(**values).returning(*_FIELDS)).one()
    return Outcome(**{**row._mapping, "what": What(row._mapping["what"])})


def of(conn: Connection, hypothesis_id: str) -> list[Outcome]:
    """The outcomes of one hypothesis, in the order in which they were recorded."""
    return _read(conn, select(*_FIELDS).where(_TABLE.c.hypothesis_id == hypothesis_id))


def of_account(conn: Connection, account_id: str) -> list[Outcome]:
    return _read(conn, select(*_FIELDS).where(_TABLE.c.account_id == account_id))


def whole_log(conn: Connection) -> list[Outcome]:
    return _read(conn, select(*_FIELDS))


def _read(conn: Connection, query: Select[Any]) -> list[Outcome]:
    rows = conn.execute(query.order_by(_TABLE.c.seq))
    return [Outcome(**{**row._mapping, "what": What(row._mapping["what"])}) for row in rows]
