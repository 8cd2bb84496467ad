"""The revisions that people approved: the one that was read and approved, never a newer one (design invariant 9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from agent.decisions import Action, Decision, effective
from agent.hypotheses import State
from agent.queue import Card
from agent.retention.drafts import without
from agent.signals import Signal
from agent.store import accounts, decisions, hypotheses, signals
from retrieval import store as texts
from retrieval.accounts import Account

LEFT_OUT: Final = "[left out: a source that it was written from is gone]"


@dataclass(frozen=True, slots=True)
class Approved:
    """One approved revision. `card` shows it as it was approved, but for what was written from a source that is gone since."""

    card: Card
    decision: Decision
    newest: int
    """The hypothesis' newest revision; greater than the approved one where it changed since."""
    withdrawn_quotes: tuple[str, ...]
    """Ids of signals that the approved text cites and whose words no longer stand in a source: they are not exported."""

    @property
    def changed_since(self) -> bool:
        return self.newest > self.decision.revision


@dataclass(frozen=True, slots=True)
class Approvals:
    items: tuple[Approved, ...]
    unreadable: tuple[str, ...] = ()
    """Hypotheses whose approved revision is not in the store any more."""

    @property
    def changed(self) -> int:
        return sum(item.changed_since for item in self.items)

    @property
    def without_source(self) -> int:
        return sum(bool(item.withdrawn_quotes) for item in self.items)


def approved(conn: Connection, *, owner: str | None = None, since: str | None = None) -> Approvals:
    """Approved revisions by account and id. `owner`: only that owner's accounts; `since`: approved on or after that day (UTC)."""
    catalog = accounts.catalog(conn)
    items: list[Approved] = []
    unreadable: list[str] = []
    for item in hypotheses.current(conn, owner=owner, state=State.APPROVED.value):
        log = decisions.of(conn, item.id)
        held = effective(log)
        if not held or held[-1].action is not Action.APPROVE or (since is not None and held[-1].at[:10] < since):
            continue
        decision = held[-1]
        draft = hypotheses.revision(conn, item.id, decision.revision)
        if draft is None:
            unreadable.append(item.id)
            continue
        cited = signals.by_ids(conn, draft.cited)
        gone = _gone(conn, cited.values())
        known = accounts.get(conn, item.account_id)
        account, contacts = known or (Account(item.account_id, item.account_id), ())
        shown = replace(item, draft=without(draft, gone, LEFT_OUT), revision=decision.revision)
        standing = {key: signal for key, signal in cited.items() if key not in gone}
        card = Card(shown, account, contacts, catalog, signals=standing, settled_by={}, log=tuple(log))
        items.append(Approved(card, decision, item.revision, tuple(key for key in draft.cited if key in gone)))
    return Approvals(tuple(items), tuple(unreadable))


def _gone(conn: Connection, cited: Iterable[Signal]) -> frozenset[str]:
    """Signals whose record was deleted or redacted: a quote leaves only while it stands in its source (design invariant 1)."""
    gone = set()
    for signal in cited:
        if signal.quote:
            record = texts.record(conn, signal.record_id, signal.account_id)
            if record is None or record.text[signal.start : signal.end] != signal.quote:
                gone.add(signal.id)
    return frozenset(gone)
