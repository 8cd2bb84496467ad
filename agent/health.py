"""What `earned doctor` looks at: the store against itself, the index against the store, the log against its chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from agent import indexing
from agent.decisions import broken_link
from agent.errors import room_left
from agent.signals import Signal
from agent.store import Store, accounts, decisions, leases, runs, signals, team
from agent.store.engine import DATABASE
from retrieval import store as texts

ROOM: Final = 50 * 2**20
"""Bytes that should be free on the home's disk. A night over a few hundred accounts writes about as much."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked."""

    name: str
    ok: bool
    said: str
    remedy: str = ""


def examine(home: Path, store: Store, embedder: str) -> list[Finding]:
    """Quick checks: seconds, whatever the size of the estate."""
    with store.read() as conn:
        last = runs.latest(conn)
        found = [
            _room(home),
            *(_file(conn, home) if store.is_file else _database(conn, store)),
            Finding("accounts", True, f"{len(accounts.ids(conn))} accounts, {len(runs.quarantined(conn))} things set aside"),
            Finding("last run", last is not None or not store.sees_all, _last(last), "Run `earned run --book DIR`."),
        ]
        if store.sees_all:
            found.append(_leases(conn))
        if embedder and store.sees_all:
            index = indexing.opened(home, embedder)
            state = index.check(conn)
            index.close()
            said = state.problem or f"{state.in_index} vectors, as many as the store has"
            found.append(Finding("search index", state.ok, said, state.remedy))
    return found


def _room(home: Path) -> Finding:
    """Whether a night, a decision and a backup still find room on the home's disk."""
    left = room_left(home)
    if left is None:
        return Finding("disk", True, "how much room is left cannot be asked here")
    takes = sum(part.stat().st_size for part in home.glob(f"{DATABASE}*"))
    said = f"{left // 2**20:,} MB free on the disk of {home}; the store takes {-(-takes // 2**20):,} MB"
    return Finding("disk", left >= ROOM, said, "Free some space there: a night, a decision or a backup may find none.")


def _file(conn: Connection, home: Path) -> list[Finding]:
    damage = conn.scalar(text("PRAGMA quick_check(1)"))
    return [Finding("store", damage == "ok", f"{home}: {damage}", "Restore a backup, or move the file away and run again.")]


def _database(conn: Connection, store: Store) -> list[Finding]:
    """Which database answers, as whom; for its keeper also whether it is closed to everybody else."""
    assert store.login is not None, "a store that is no file has a login"
    version = conn.scalar(text("SELECT current_setting('server_version')"))
    said = f"{store}: PostgreSQL {version}, as {store.login.name} ({store.login.capacity})"
    found = [Finding("store", True, said)]
    if store.login.capacity == "keeper":
        open_to_all, warnings = team.state(conn)
        said = f"not closed: {', '.join(open_to_all)}" if open_to_all else "; ".join(warnings) or "every table is closed"
        found.append(Finding("team", not open_to_all and not warnings, said, "Run `earned team init`, then `earned team list`."))
    return found


def audit(store: Store) -> list[Finding]:
    """Slow checks: every decision in the chain, every active quote in its source (design invariants 1 and 5)."""
    with store.read() as conn:
        log = decisions.whole_log(conn)
        broken = broken_link(log) if store.sees_all else None  # an owner sees only some links
        head = log[-1].hash[:16] if log else "empty"
        lost = [s.id for s in signals.ledger(conn) if s.quote and not _stands(conn, s)]
    chain = (
        f"{len(log)} decisions, head {head}" if broken is None else f"decision {broken.id} does not follow from the one before it"
    )
    quotes = (
        "every quote stands in its source" if not lost else f"{len(lost)} quotes are not in their source: {', '.join(lost[:3])}"
    )
    return [
        Finding("decision chain", broken is None, chain, "Somebody changed the log: compare with a backup and with the exports."),
        Finding("quotes", not lost, quotes, "Run `earned run --book DIR` again; it withdraws what no longer stands."),
    ]


def _stands(conn: Connection, signal: Signal) -> bool:
    record = texts.record(conn, signal.record_id, signal.account_id)
    return record is not None and record.text[signal.start : signal.end] == signal.quote


def _leases(conn: Connection) -> Finding:
    """Whether a worker of a night has not been heard of: it died, or is cut off from the database."""
    late = leases.overdue(conn)
    said = [
        f"{one.worker} of run {one.run_id} was due {timedelta(seconds=round(one.seconds))} ago with {one.accounts} accounts"
        for one in late
    ]
    remedy = (
        "If that run goes on, its other workers take them over; else run `earned run --book DIR` again: what it finished is kept."
    )
    return Finding("leases", not late, "; ".join(said) or "none is overdue", remedy)


def _last(row: dict[str, object] | None) -> str:
    return "none has finished yet" if row is None else f"{row['id']} finished {row['finished']} ({row['status']})"
