"""Paid answers on disk: the answer cache, the journal that survives a crash, and the ledger of attempts, in one table.

A row of `answers` is either an answer (its key is the request's content address) or one attempt to get it (its stage starts with
`attempt/`). An answer is handed out only after its row is committed: whatever has been used has been kept. Money is summed over
the attempts, never over the answers, or it would be counted twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from sqlalchemy import bindparam, insert, select

from agent.store import Store, runs, tables

ATTEMPT: Final = "attempt/"

_FIND: Final = select(tables.answers.c.content).where(tables.answers.c.key == bindparam("key"))

Row = dict[str, Any]
"""A row of the `answers` table: key, stage, model, content, cost, created_at."""


class Journal(Protocol):
    """Where answers are kept."""

    def find(self, key: str) -> Mapping[str, Any] | None:
        """The content of a finished answer, or None."""

    def keep(self, rows: Sequence[Row]) -> None:
        """Make rows durable, all or none. A key that is there already stays as it is."""


@dataclass(slots=True)
class MemoryJournal:
    """For tests, and for asking without a home."""

    rows: dict[str, Row] = field(default_factory=dict)

    def find(self, key: str) -> Mapping[str, Any] | None:
        row = self.rows.get(key)
        return row["content"] if row else None

    def keep(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.rows.setdefault(row["key"], row)


@dataclass(frozen=True, slots=True)
class StoreJournal:
    """In the home's database."""

    store: Store

    def find(self, key: str) -> Mapping[str, Any] | None:
        with self.store.read() as conn:
            content = conn.scalar(_FIND, {"key": key})
        return content if isinstance(content, dict) else None

    def keep(self, rows: Sequence[Row]) -> None:
        attempts = [row for row in rows if row["stage"].startswith(ATTEMPT)]
        finished = [row for row in rows if not row["stage"].startswith(ATTEMPT)]
        with self.store.write(shared=True) as conn:
            runs.save_answers(conn, finished)
            if attempts:
                conn.execute(insert(tables.answers), attempts)


def row(key: str, stage: str, model: str, content: Mapping[str, Any], cost: float | None) -> Row:
    """A row as the table wants it. An unknown cost is stored as 0 with `"cost": null` in its content."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"key": key, "stage": stage, "model": model, "content": dict(content), "cost": cost or 0.0, "created_at": now}


@dataclass(slots=True)
class Writer:
    """Group commit: what arrives while a transaction is being written goes into the next one, so that no disk is too slow.

    A commit costs a sync of the disk; one for each of 64 workers' answers would make the event loop wait on it.
    """

    keep: Callable[[Sequence[Row]], None]
    _waiting: list[tuple[list[Row], asyncio.Future[None]]] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None

    async def write(self, rows: list[Row]) -> None:
        """Return when the rows are durable. Raises what the store raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        await asyncio.shield(done)

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self.keep, [row for rows, _ in batch for row in rows])
            except Exception as error:  # noqa: BLE001 - handed to those who wait, who raise it
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)
