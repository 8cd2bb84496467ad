"""A retention request from beginning to end: rows, index, files. Killed at any point, the next purge finishes what it left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, delete

from agent.errors import NotFound
from agent.lock import run_lock
from agent.retention import account, forgetting, person, traces
from agent.retention.removed import Removed
from agent.store import Store, accounts, leases, tables

PENDING: Final = "erasure_pending"
"""A fact in the store: rows are deleted and their bytes may still be in the files."""
ERASURES: Final = "erasures"
"""A fact in the store: what was erased when and by whom, in counts; for whoever must show that it was done."""


@dataclass(frozen=True, slots=True)
class Request:
    """Exactly one of the two is given."""

    account: str | None = None
    person: str | None = None
    dry_run: bool = False


class _NotForGood(Exception):
    """Rolls a dry run back."""


def purge(
    store: Store,
    request: Request,
    *,
    actor: str,
    rebuild: Callable[[], object],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Removed:
    """Do what the request asks. `rebuild` makes the derived index anew from SQL.

    Raises NotFound where there is nothing of the account or person (a purge that was cut short is finished first), RunLocked
    while a run writes.
    """
    now = clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with run_lock(store.home), store.alone():
        words = _words(store, request)
        try:
            removed = _rows(store, request, actor, now)
        except NotFound:
            with store.read() as conn:
                pending = accounts.fact(conn, PENDING) is not None
            if not pending or request.dry_run:
                raise
            removed = Removed("what an earlier purge had left in the files")
        if removed.dry_run:
            return removed
        _bytes(store, removed, rebuild)
        for name in traces.files_with(store.home, words):
            removed.warnings.append(f"{name} in the data folder still names it; this file is yours to edit or delete.")
    return removed


def _rows(store: Store, request: Request, actor: str, now: str) -> Removed:
    removed: Removed | None = None
    try:
        with store.write() as conn:
            if request.account is not None:
                removed = account.erase(conn, request.account, now)
            else:
                removed = forgetting.erase(conn, request.person or "", now)
            if request.dry_run:
                raise _NotForGood
            leases.clear(conn)  # nobody runs a night now: these are a killed one's, with names of files and accounts in them
            accounts.save_fact(conn, PENDING, {"since": now})
            _remember(conn, removed, actor, now)
    except _NotForGood:
        assert removed is not None, "raised after it was made"
        removed.dry_run = True
    return removed


def _bytes(store: Store, removed: Removed, rebuild: Callable[[], object]) -> None:
    left = traces.rewrite_index(store.home, rebuild)
    left += traces.rewrite_store(store)
    removed.warnings += left
    removed.bytes_gone = not left
    if not left:
        with store.write() as conn:
            conn.execute(delete(tables.facts).where(tables.facts.c.name == PENDING))


def _remember(conn: Connection, removed: Removed, actor: str, now: str) -> None:
    done: dict[str, Any] = accounts.fact(conn, ERASURES) or {"log": []}
    entry = {"at": now, "by": actor, "what": removed.what, "accounts": removed.accounts, **removed.counts()}
    accounts.save_fact(conn, ERASURES, {"log": [*done["log"], entry]})


def _words(store: Store, request: Request) -> list[str]:
    """What to look for in files beside the store, read before it is gone."""
    with store.read() as conn:
        if request.account is not None:
            known = accounts.get(conn, request.account)
            return [known[0].name, *(c.email for c in known[1])] if known else []
        whom = person.find(conn, request.person or "")
        return [whom.email, *whom.names] if whom else []


def erasures(conn: Connection) -> list[dict[str, Any]]:
    """What was erased so far, oldest first."""
    return list((accounts.fact(conn, ERASURES) or {"log": []})["log"])
