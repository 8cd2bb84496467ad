"""What an account and a person have in common when they are erased: answers, set-aside lines, reports of runs, notes in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select, update

from agent.decisions import MARKS
from agent.retention.drafts import ERASED, deep
from agent.retention.words import Forgotten
from agent.store import tables
from retrieval import tables as source

OURS: Final = frozenset({"in the owner's words"})
"""Notes that the program writes."""
ATTEMPT: Final = "attempt/"
"""Stage of the rows that only say what an attempt cost: they are emptied, not deleted, or the bill would not add up."""
AT_ONCE: Final = 1000


def vectors(conn: Connection) -> int:
    return conn.scalar(select(func.count()).select_from(source.vectors)) or 0


def drop_answers(conn: Connection, forgotten: Forgotten) -> int:
    """Forget the answers that cite, name or repeat what is forgotten; how many."""
    table = tables.answers
    query = select(table.c.key, table.c.stage, table.c.content).execution_options(yield_per=AT_ONCE)
    found = [(row.key, row.stage, row.content) for row in conn.execute(query) if forgotten.repeats(row.content)]
    for key, stage, content in found:
        if stage.startswith(ATTEMPT):
            emptied = deep(content, lambda text: ERASED if forgotten.repeats(text) else text)
            conn.execute(update(table).where(table.c.key == key).values(content=emptied))
        else:
            conn.execute(delete(table).where(table.c.key == key))
    return len(found)


def change_reports(conn: Connection, change: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Rewrite the reports of past runs; how many differ now."""
    changed = 0
    for row in conn.execute(select(tables.runs.c.id, tables.runs.c.report).where(tables.runs.c.report.is_not(None))).all():
        report = change(row.report)
        if report != row.report:
            conn.execute(update(tables.runs).where(tables.runs.c.id == row.id).values(report=report))
            changed += 1
    return changed


def notes(conn: Connection, *, hypotheses: Iterable[str] = (), named: Callable[[str], bool]) -> list[str]:
    """Decisions and outcomes whose notes stay, since both logs are append-only: those on these hypotheses with words of their own,
    and those that name whoever is forgotten."""
    about, found = set(hypotheses), list[str]()
    for table, kind in ((tables.decisions, tables.decisions.c.action), (tables.outcomes, tables.outcomes.c.what)):
        query = select(table.c.id, table.c.hypothesis_id, kind.label("kind"), table.c.note).where(table.c.note.is_not(None))
        for row in conn.execute(query.order_by(table.c.seq)):
            if row.kind not in MARKS and row.note not in OURS and (row.hypothesis_id in about or named(row.note)):
                found.append(row.id)
    return found


def anchored(conn: Connection, hypotheses: Iterable[str]) -> set[str]:
    """Those of the hypotheses that a decision or an outcome stands on: their row and revisions stay, emptied."""
    keys, found = list(hypotheses), set[str]()
    for table in (tables.decisions, tables.outcomes):
        found.update(conn.scalars(select(table.c.hypothesis_id).where(table.c.hypothesis_id.in_(keys)).distinct()))
    return found
