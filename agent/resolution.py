"""Risks that later customer evidence closed. Pure.

A risk is open until somebody at the customer says otherwise, later: a promise of ours closes nothing. It is closed by words of relief,
by a solved ticket whose customer does not complain again, or because the customer has moved on: they state what they gained and
ask for more, and nobody has named the risk since. Each closed risk names the record that closed it, so that an owner can disagree.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from agent.extraction.features import cue_hits
from agent.kinds import Component, Stance, kinds_of
from agent.signals import Signal
from retrieval.accounts import Contact
from retrieval.lexical import tokens
from retrieval.records import Record, Voice
from retrieval.sentences import sentence_spans

_UNDONE: Final = frozenset({"is.hypothetical", "is.refusal", "is.question"})
"""Ways of saying it that do not count: imagined, refused, asked."""

_TICKETED: Final = frozenset({"product_friction", "pricing_mismatch", "compliance_hurdle", "custom_demand"})
"""What a solved ticket settles. Closing a ticket that mentions a freeze or a departure ends neither."""

TELLING: Final = 5
"""Letters from which a stemmed word is taken to say what a fault is about."""

_LASTING: Final = frozenset(
    {"sponsor_risk", "value_disputed", "budget_pressure", "competitor_evaluation", "churn_intent", "onboarding_incomplete"}
)
"""Risks that are one matter however often they are named: relief counts only after the last time."""


@cache
def relief() -> Mapping[str, re.Pattern[str]]:
    """What a customer says when a risk is over, by kind."""
    tree = tomllib.loads(resources.files("agent").joinpath("relief.toml").read_text("utf-8"))
    return {kind: re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE) for kind, patterns in tree.items()}


@dataclass(frozen=True, slots=True)
class _Account:
    """What closing a risk may look at."""

    ledger: Sequence[Signal]
    own_words: Sequence[Record]
    """The customer's records in order of time."""
    order: Mapping[str, int]
    complaints: frozenset[tuple[str, str]]
    """(record id, kind) of everything that opposes."""
    roles: Mapping[str, str]
    last_word: Mapping[str, str]
    """Document -> the record in which somebody of either side spoke last."""


def resolve(ledger: Sequence[Signal], records: Sequence[Record], contacts: Sequence[Contact]) -> list[Signal]:
    """The ledger with every closed risk marked `resolved` and `resolved_by`. Order and everything else stay."""
    ordered = sorted(records, key=lambda r: (r.occurred_at, r.document, r.position))
    account = _Account(
        ledger=ledger,
        own_words=[record for record in ordered if record.voice is Voice.CUSTOMER],
        order={record.record_id: number for number, record in enumerate(ordered)},
        complaints=frozenset((s.record_id, s.kind) for s in ledger if s.stance is Stance.OPPOSES),
        roles={contact.name: contact.role for contact in contacts},
        last_word={r.document: r.record_id for r in ordered if r.voice in (Voice.CUSTOMER, Voice.VENDOR)},
    )
    closed: list[Signal] = []
    for signal in ledger:
        by = None
        if signal.stance is Stance.OPPOSES and signal.record_id in account.order:
            by = _closing(signal, account)
        closed.append(signal if by is None else signal.model_copy(update={"resolved": True, "resolved_by": by}))
    return closed


def _closing(signal: Signal, account: _Account) -> str | None:
    since = account.order[signal.record_id]
    if signal.kind in _LASTING:
        since = max(account.order.get(s.record_id, 0) for s in account.ledger if s.kind == signal.kind)
    later = [record for record in account.own_words if account.order[record.record_id] > since]
    return (
        _closed_ticket(signal, later, account)
        or _accepted(signal, account)
        or _relieved(signal, later, account)
        or _moved_on(signal, since, account)
    )


def _closed_ticket(signal: Signal, later: Sequence[Record], account: _Account) -> str | None:
    """A solved ticket in which the customer had the last word, and it is no complaint.

    Where we spoke last, nobody has confirmed that it is over: a status that our side set is a promise of ours. Then only words of
    relief close it.
    """
    thread = [record for record in later if record.document == signal.document]
    if signal.kind not in _TICKETED or not thread or thread[-1].context.get("status") not in ("solved", "closed"):
        return None
    last = thread[-1]
    if (last.record_id, signal.kind) in account.complaints:
        return None
    pattern = relief().get(signal.kind)
    confirmed = account.last_word.get(signal.document) == last.record_id or (pattern is not None and _says(last.text, pattern))
    return last.record_id if confirmed else None


def _accepted(signal: Signal, account: _Account) -> str | None:
    """A doubt about the value, settled later by whoever raised it or by who pays."""
    if signal.kind != "value_disputed":
        return None
    for other in account.ledger:
        if other.kind != "outcome_accepted" or other.voice is not Voice.CUSTOMER:
            continue
        told_by = other.speaker == signal.speaker or account.roles.get(other.speaker or "") == "economic_buyer"
        if other.date > signal.date and told_by:
            return other.record_id
    return None


def _relieved(signal: Signal, later: Sequence[Record], account: _Account) -> str | None:
    pattern = relief().get(signal.kind)
    for record in later:
        if pattern is None or (record.record_id, signal.kind) in account.complaints:
            continue
        elsewhere = record.document != signal.document
        if signal.kind == "product_friction" and elsewhere and (record.date <= signal.date or not _same_matter(signal, record)):
            continue
        if signal.kind == "sponsor_risk" and record.speaker == signal.speaker:
            continue  # who leaves does not replace themselves
        if _says(record.text, pattern):
            return record.record_id
    return None


def _moved_on(signal: Signal, since: int, account: _Account) -> str | None:
    """The customer's later ask for more, where they also state a gain after the last time that the risk was named.

    In the training books' labels lasting risks that were followed so were over in 31 of 32 cases.
    """
    last = max(
        (s.date for s in account.ledger if s.kind == signal.kind and account.order.get(s.record_id, 0) <= since), default=""
    )
    after = [s for s in account.ledger if s.voice is Voice.CUSTOMER and s.date > max(last, signal.date)]
    asks = [s for s in after if s.kind in kinds_of(Component.STAKEHOLDER_PULL)]
    gained = any(s.kind in kinds_of(Component.PROVEN_VALUE) for s in after)
    if not asks or not gained or any(s.kind == signal.kind for s in after):
        return None
    troubled = any(s.kind in _LASTING and s.date >= asks[0].date for s in account.ledger)
    return None if troubled else asks[0].record_id


def _same_matter(signal: Signal, record: Record) -> bool:
    """Whether a relief elsewhere can be about this fault: it shares two of its telling words, or all that it has.

    "The printer is fixed" ends no outage of something else.
    """
    told = {word for word in tokens(signal.quote) if len(word) >= TELLING}
    shared = told & {word for word in tokens(record.text) if len(word) >= TELLING}
    return bool(shared) and len(shared) >= min(2, len(told))


def _says(text: str, pattern: re.Pattern[str]) -> bool:
    plain = text.replace("’", "'")
    return any(
        pattern.search(plain[start:end]) and not cue_hits(plain[start:end]) & _UNDONE for start, end in sentence_spans(plain)
    )
