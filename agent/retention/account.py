"""Erase an account: its words, what was made of them, and every copy. Decisions stay in the chain, on drafts that say nothing."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from agent.errors import NotFound
from agent.retention import erasing
from agent.retention.drafts import ERASED, blank
from agent.retention.removed import Removed
from agent.retention.words import Forgotten
from agent.store import accounts, hypotheses, tables
from retrieval import store as texts
from retrieval import tables as source


def erase(conn: Connection, account_id: str, now: str) -> Removed:
    """Everything in SQL, in the caller's transaction. Raises NotFound where the store has nothing of the account."""
    removed = Removed(f"account {account_id}", [account_id])
    known = accounts.get(conn, account_id)
    records = texts.account_records(conn, account_id)
    keys = list(conn.scalars(select(tables.hypotheses.c.id).where(tables.hypotheses.c.account_id == account_id)))
    if known is None and not records and not keys:
        raise NotFound(f"The store has no account {account_id!r}.", "`earned hypotheses` names those that it has.")
    forgotten = Forgotten({record.record_id for record in records})
    forgotten.add(record.text for record in records)
    for content in conn.scalars(select(tables.signals.c.content).where(tables.signals.c.account_id == account_id)):
        forgotten.add([content["quote"]])
        forgotten.record_ids.add(content["record_id"])
    removed.answers = erasing.drop_answers(conn, forgotten)
    before = erasing.vectors(conn)
    replaced = texts.remove_account(conn, account_id)
    removed.records, removed.passages = replaced.records.removed, replaced.passages.removed
    removed.vectors = before - erasing.vectors(conn)
    removed.signals = conn.execute(delete(tables.signals).where(tables.signals.c.account_id == account_id)).rowcount
    names = _names(known)
    named = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names) or r"(?!)", re.IGNORECASE)
    _hypotheses(conn, keys, removed, now)
    removed.notes_kept = erasing.notes(conn, hypotheses=keys, named=lambda note: bool(named.search(note)))
    removed.quarantined = _quarantine(conn, account_id, named)
    removed.reports = erasing.change_reports(conn, lambda report: _report(report, account_id, named))
    kept = conn.scalar(select(func.count()).select_from(tables.outcomes).where(tables.outcomes.c.account_id == account_id))
    if kept:
        removed.remarks.append(f"{kept} recorded outcomes stay (day, amount, who recorded them): their log is append-only.")
    removed.contacts = len(known[1]) if known else 0
    conn.execute(delete(tables.accounts).where(tables.accounts.c.account_id == account_id))
    return removed


def _names(known: Any) -> list[str]:
    """What the account and its people are called."""
    if known is None:
        return []
    account, contacts = known
    said = [account.name, account.domain, *(word for contact in contacts for word in (contact.name, contact.email))]
    return [name for name in dict.fromkeys(said) if len(name) >= 3]


def _hypotheses(conn: Connection, keys: list[str], removed: Removed, now: str) -> None:
    """Delete those that nobody decided on; of the others keep a blank draft under every revision that a decision may name."""
    table, content = tables.hypotheses, tables.revisions
    decided = erasing.anchored(conn, keys)
    for key in keys:
        if key not in decided:
            removed.revisions += conn.execute(delete(content).where(content.c.hypothesis_id == key)).rowcount
            removed.hypotheses += conn.execute(delete(table).where(table.c.id == key)).rowcount
            continue
        for number, _, _, draft in hypotheses.history(conn, key):
            bare = blank(draft)
            put = {"content": bare.to_json(), "content_hash": bare.content_hash()}
            conn.execute(update(content).where(content.c.hypothesis_id == key, content.c.revision == number).values(**put))
            removed.revisions_rewritten += 1
        values = {"title": ERASED, "withdrawn": True, "version": table.c.version + 1, "updated_at": now}
        conn.execute(update(table).where(table.c.id == key).values(**values))


def _quarantine(conn: Connection, account_id: str, named: re.Pattern[str]) -> int:
    table = tables.quarantine
    gone = [
        row.id
        for row in conn.execute(select(table))
        if row.account_id == account_id or named.search(f"{row.file} {row.field or ''} {row.why} {row.remedy}")
    ]
    for key in gone:
        conn.execute(delete(table).where(table.c.id == key))
    return len(gone)


def _report(report: dict[str, Any], account_id: str, named: re.Pattern[str]) -> dict[str, Any]:
    def other(problem: dict[str, Any]) -> bool:
        words = " ".join(str(value) for value in problem.values())
        return problem.get("account_id") != account_id and not named.search(words)

    kept = {key: why for key, why in report.get("failures", {}).items() if key != account_id}
    changed = {**report, "quarantined": [p for p in report.get("quarantined", ()) if other(p)]}
    changed["warnings"] = [ERASED if named.search(text) else text for text in report.get("warnings", ())]
    return {**changed, "failures": kept} if "failures" in report else changed


def left(conn: Connection, account_id: str) -> int:
    """Rows that still belong to the account, but for what its decisions stand on: 0 after an erasure."""
    owned = (source.records, source.passages, source.contents, tables.signals, tables.accounts, tables.quarantine, tables.leases)
    counts = (conn.scalar(select(func.count()).select_from(t).where(t.c.account_id == account_id)) or 0 for t in owned)
    return sum(counts)
