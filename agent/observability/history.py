"""Runs of the past, and what stood after each: read from the run rows and the revisions, for `earned runs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from agent.errors import NotFound, UsageError
from agent.store import tables

_RUNS = tables.runs


@dataclass(frozen=True, slots=True)
class Run:
    id: str
    started: str
    finished: str | None
    status: str
    """running, done, partial, killed."""
    book: str
    model: str
    pipeline: str
    report: dict[str, Any] | None
    """None of a run that was killed."""

    def head(self) -> dict[str, Any]:
        """What a list shows."""
        row = {name: getattr(self, name) for name in ("id", "started", "finished", "status", "book", "model", "pipeline")}
        report = self.report or {}
        accounts = report.get("accounts", {})
        return {
            **row,
            "accounts": accounts,
            "hypotheses": {k: v for k, v in report.get("hypotheses", {}).items() if isinstance(v, int)},
            "cost": (report.get("llm") or {}).get("cost", 0.0),
            "warnings": len(report.get("warnings", ())),
            "quarantined": len(report.get("quarantined", ())),
        }


@dataclass(frozen=True, slots=True)
class Stood:
    """One hypothesis as it stood after a run."""

    id: str
    account_id: str
    revision: int
    grade: str
    title: str
    withdrawn: bool


def latest(conn: Connection, limit: int) -> list[Run]:
    """The newest first."""
    query = select(_RUNS).order_by(_RUNS.c.started.desc(), _RUNS.c.id.desc()).limit(limit)
    return [Run(**row._mapping) for row in conn.execute(query)]


def find(conn: Connection, name: str) -> Run:
    """A run by its id, the beginning of it, `last` or `previous`. Raises NotFound, UsageError where several begin so."""
    if name in ("last", "previous"):
        found = latest(conn, 2)[name == "previous" :][:1]
    else:
        query = select(_RUNS).where(or_(_RUNS.c.id == name, _RUNS.c.id.startswith(name, autoescape=True))).limit(3)
        found = [Run(**row._mapping) for row in conn.execute(query)]
        found = [run for run in found if run.id == name] or found
    if not found:
        raise NotFound(f"There is no run {name!r}.", "`earned runs list` lists them.")
    if len(found) > 1:
        raise UsageError(f"Several runs begin with {name!r}.", "Write more of the id; `earned runs list` lists them.")
    return found[0]


def stood_after(conn: Connection, run: Run) -> dict[str, Stood]:
    """Every hypothesis that there was when the run ended, by id.

    Of a run that is long past, one that was withdrawn and came back meanwhile counts as standing: only its last withdrawal is kept.
    """
    content, table = tables.revisions, tables.hypotheses
    later = select(_RUNS.c.id).where(_RUNS.c.started > run.started)
    until: list[ColumnElement[bool]] = [content.c.run_id.not_in(later)]
    if run.finished is not None:
        until.append(content.c.created_at <= run.finished)
    newest = select(content.c.hypothesis_id, func.max(content.c.revision).label("revision")).where(*until)
    newest_of = newest.group_by(content.c.hypothesis_id).subquery()
    joined = newest_of.join(
        content, (content.c.hypothesis_id == newest_of.c.hypothesis_id) & (content.c.revision == newest_of.c.revision)
    ).join(table, table.c.id == content.c.hypothesis_id)
    gone = table.c.withdrawn if run.finished is None else table.c.withdrawn & (table.c.updated_at <= run.finished)
    fields = (content.c.content["grade"].as_string(), content.c.content["title"].as_string(), gone)
    query = select(table.c.id, table.c.account_id, content.c.revision, *fields).select_from(joined)
    return {row[0]: Stood(row[0], row[1], row[2], row[3], row[4], bool(row[5])) for row in conn.execute(query)}
