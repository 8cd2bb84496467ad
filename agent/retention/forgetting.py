"""Erase a person: their words go, their name is masked in everybody else's, and what was drafted from their words goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, delete, select, update

from agent.errors import NotFound
from agent.retention import erasing, person
from agent.retention.drafts import deep, masked, without
from agent.retention.person import Person
from agent.retention.removed import Removed
from agent.retention.words import Forgotten
from agent.signals import Signal
from agent.store import hypotheses, tables
from retrieval import store as texts
from retrieval.passages import passages_of
from retrieval.records import Record


def erase(conn: Connection, email: str, now: str) -> Removed:
    """Everything in SQL, in the caller's transaction. The accounts are marked for the next run, which grades them anew.

    Raises NotFound where the address stands nowhere.
    """
    whom = person.find(conn, email)
    if whom is None:
        raise NotFound("The store knows nobody with that address.", "Give the address as the contacts or the tickets spell it.")
    removed = Removed("person", list(whom.accounts))
    forgotten = Forgotten(named=whom.named_in)
    before = erasing.vectors(conn)
    for account_id in whom.accounts:
        _account(conn, account_id, whom, forgotten, removed, now)
    texts.drop_orphan_vectors(conn)
    removed.vectors = before - erasing.vectors(conn)
    removed.answers = erasing.drop_answers(conn, forgotten)
    removed.notes_kept = erasing.notes(conn, named=whom.named_in)
    removed.quarantined = _quarantine(conn, whom)
    removed.reports = erasing.change_reports(conn, lambda report: dict(deep(report, whom.hide)))
    if whom.shared:
        removed.remarks.append(
            f"Not masked where they stand alone, since others there carry them too: {len(whom.shared)} parts of the name."
        )
    owned = conn.scalars(select(tables.accounts.c.account_id).where(tables.accounts.c.owner_email == whom.email)).all()
    if owned:
        removed.remarks.append(f"The address owns {len(owned)} accounts; ownership is changed in the book, not here.")
    return removed


def _account(conn: Connection, account_id: str, whom: Person, forgotten: Forgotten, removed: Removed, now: str) -> None:
    records = texts.account_records(conn, account_id)
    theirs = [record for record in records if whom.said(record)]
    gone = {record.record_id for record in theirs}
    kept = {record.record_id: _masked(record, whom) for record in records if record.record_id not in gone}
    changed = [record for record in records if record.record_id in kept and kept[record.record_id] != record]
    forgotten.record_ids |= gone | {record.record_id for record in changed}
    forgotten.add(record.text for record in theirs)
    stored = list(kept.values())
    replaced = texts.replace_account(conn, account_id, stored, passages_of(stored))
    removed.records += len(theirs)
    removed.records_masked += len(changed)
    removed.passages += replaced.passages.removed
    lost = _signals(conn, account_id, whom, gone, kept, removed)
    _hypotheses(conn, account_id, whom, lost, removed, now)
    _contacts(conn, account_id, whom, removed)


def _masked(record: Record, whom: Person) -> Record:
    hide = whom.hide
    return replace(
        record,
        record_id=hide(record.record_id),
        source=hide(record.source),
        locator=hide(record.locator),
        document=hide(record.document),
        speaker=None if record.speaker is None else hide(record.speaker),
        voice_reason=hide(record.voice_reason),
        text=hide(record.text),
        context=MappingProxyType({name: hide(value) for name, value in record.context.items()}),
    )


def _signals(
    conn: Connection, account_id: str, whom: Person, gone: set[str], kept: Mapping[str, Record], removed: Removed
) -> frozenset[str]:
    """Delete those that quote the person, mask the others; the ids of the deleted."""
    table = tables.signals
    lost = set()
    for key, content in conn.execute(select(table.c.id, table.c.content).where(table.c.account_id == account_id)).all():
        signal = Signal.model_validate(content)
        unknown = signal.record_id not in kept
        if signal.record_id in gone or (unknown and (whom.is_speaker(signal.speaker) or whom.is_speaker(signal.stakeholder))):
            lost.add(key)
            conn.execute(delete(table).where(table.c.id == key))
            continue
        values: dict[str, Any] = deep(content, whom.hide)
        record = kept.get(signal.record_id)
        values["quote"] = record.text[signal.start : signal.end] if record is not None and signal.quote else values["quote"]
        values |= {"id": key, "account_id": account_id}
        if signal.resolved_by in gone:
            values["resolved_by"] = None
        if values != content:
            removed.signals_masked += 1
            conn.execute(update(table).where(table.c.id == key).values(content=values))
    removed.signals += len(lost)
    return frozenset(lost)


def _hypotheses(conn: Connection, account_id: str, whom: Person, lost: frozenset[str], removed: Removed, now: str) -> None:
    table, content = tables.hypotheses, tables.revisions
    for key, newest in conn.execute(select(table.c.id, table.c.revision).where(table.c.account_id == account_id)).all():
        title = None
        for number, _, _, draft in hypotheses.history(conn, key):
            left = masked(without(draft, lost), whom.hide)
            if left == draft:
                continue
            title = left.title if number == newest else title
            put = {"content": left.to_json(), "content_hash": left.content_hash()}
            conn.execute(update(content).where(content.c.hypothesis_id == key, content.c.revision == number).values(**put))
            removed.revisions_rewritten += 1
        if title is not None:
            # The version rises, so that a decision on what a screen still shows is refused.
            values = {"title": title, "version": table.c.version + 1, "updated_at": now}
            conn.execute(update(table).where(table.c.id == key).values(**values))


def _contacts(conn: Connection, account_id: str, whom: Person, removed: Removed) -> None:
    """Take the contact out, and mark the account's unit as not done: its evidence differs from what it was graded on."""
    table = tables.accounts
    facts = conn.scalar(select(table.c.facts).where(table.c.account_id == account_id))
    if facts is None:
        return
    left = [contact for contact in facts["contacts"] if contact["email"].strip().casefold() != whom.email]
    removed.contacts += len(facts["contacts"]) - len(left)
    facts = {**facts, "contacts": deep(left, whom.hide)}
    conn.execute(update(table).where(table.c.account_id == account_id).values(facts=facts, input_hash=""))


def _quarantine(conn: Connection, whom: Person) -> int:
    table = tables.quarantine
    gone = [
        row.id
        for row in conn.execute(select(table))
        if any(whom.named_in(text) for text in (row.file, row.field, row.why, row.remedy))
    ]
    for key in gone:
        conn.execute(delete(table).where(table.c.id == key))
    return len(gone)
