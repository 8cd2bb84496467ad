"""Runs, what they set aside, and finished work that is paid for once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from agent.store import tables
from agent.store.engine import Store
from retrieval.records import Problem


def start(conn: Connection, run_id: str, *, started: str, book: str, model: str, pipeline: str) -> None:
    row = {"id": run_id, "started": started, "status": "running", "book": book, "model": model, "pipeline": pipeline}
    conn.execute(insert(tables.runs).values(**row))


def finish(conn: Connection, run_id: str, *, finished: str, status: str, report: dict[str, Any]) -> None:
    conn.execute(update(tables.runs).where(tables.runs.c.id == run_id).values(finished=finished, status=status, report=report))


def abandon_running(conn: Connection, now: str) -> int:
    """Runs that were killed: they hold no lock any more, so whoever starts next says what became of them."""
    running = tables.runs.c.status == "running"
    return conn.execute(update(tables.runs).where(running).values(status="killed", finished=now)).rowcount


def latest(conn: Connection, *, finished: bool = True) -> dict[str, Any] | None:
    """The newest run's row, or None."""
    query = select(tables.runs).order_by(tables.runs.c.started.desc(), tables.runs.c.id.desc()).limit(1)
    if finished:
        query = query.where(tables.runs.c.report.is_not(None), tables.runs.c.status.in_(("done", "partial")))
    row = conn.execute(query).first()
    return dict(row._mapping) if row else None


def latest_whole(conn: Connection) -> dict[str, Any] | None:
    """The newest finished run over a whole book: what the next one's counts are compared with."""
    query = select(tables.runs).where(tables.runs.c.report.is_not(None), tables.runs.c.status.in_(("done", "partial")))
    rows = conn.execute(query.order_by(tables.runs.c.started.desc(), tables.runs.c.id.desc()).limit(50))
    return next((dict(row._mapping) for row in rows if row.report.get("account") is None), None)


def set_aside(conn: Connection, run_id: str, account_id: str | None, problems: Iterable[Problem]) -> None:
    """Record what of an account (None: of the book as a whole) was not read, in place of what an earlier run had set aside."""
    conn.execute(delete(tables.quarantine).where(tables.quarantine.c.account_id.is_not_distinct_from(account_id)))
    rows = [{"run_id": run_id, **problem.to_json(), "account_id": account_id} for problem in problems]
    if rows:
        conn.execute(insert(tables.quarantine), rows)


def quarantined(conn: Connection) -> list[Problem]:
    """What is set aside now, book-wide first."""
    query = select(tables.quarantine).order_by(tables.quarantine.c.account_id.nulls_first(), tables.quarantine.c.id)
    return [Problem(row.file, row.why, row.remedy, row.line, row.field, row.account_id) for row in conn.execute(query)]


def answers(conn: Connection, keys: Sequence[str]) -> dict[str, Any]:
    """Finished work for many keys at once, in chunks below SQLite's limit of parameters."""
    found: dict[str, Any] = {}
    for at in range(0, len(keys), 500):
        query = select(tables.answers.c.key, tables.answers.c.content).where(tables.answers.c.key.in_(keys[at : at + 500]))
        found.update((row.key, row.content) for row in conn.execute(query))
    return found


def save_answers(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Remember finished work; what another run saved meanwhile is the same by construction and stays."""
    fresh = {row["key"]: row for row in rows}
    if fresh:
        build = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
        # In one order, so that two workers who keep the same answers cannot wait for each other.
        conn.execute(build(tables.answers).on_conflict_do_nothing(), [row for _, row in sorted(fresh.items())])


class Answers:
    """Finished readings in the store, for `agent.extraction.remembered`. Kept as soon as they are there, in transactions of their own."""

    def __init__(self, store: Store, stage: str, model: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._stage = stage
        self._model = model
        self._clock = clock

    def recall(self, keys: Sequence[str]) -> dict[str, Any]:
        with self._store.read() as conn:
            return answers(conn, keys)

    def remember(self, found: Mapping[str, Any]) -> None:
        now = self._clock().isoformat(timespec="seconds")
        about = {"stage": self._stage, "model": self._model, "cost": 0.0, "created_at": now}
        with self._store.write(shared=True) as conn:
            save_answers(conn, [{"key": key, "content": content, **about} for key, content in found.items()])
