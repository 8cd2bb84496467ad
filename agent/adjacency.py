"""Which catalogue item the customer's own words point to: the next adjacency (R005). Pure but for the embedder.

Only what the account does not own can be an adjacency, or more seats of what it has. A need that the present plan already
covers is enablement, not expansion (R099: pitching what they already pay for).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.kinds import Component
from agent.readiness import counts_as_proof
from agent.signals import Signal
from retrieval.accounts import Account, Catalog, CatalogItem
from retrieval.embeddings import Embedder

SIMILAR: Final = 0.42
"""Cosine between a customer's sentence and a catalogue feature from which the two speak of the same thing."""
NAMED: Final = 0.5
"""What a sentence that names the item outright is worth on top."""
_SEATS = re.compile(
    r"\b(seats?|licen[cs]es?|log-?ins?|users?|accounts for|\d+ (more )?people|(more|extra|additional) (people|users|colleagues))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The catalogue item and the signals that point to it."""

    item: CatalogItem
    signals: tuple[str, ...]
    more_of_the_same: bool
    """More seats of the plan they have, rather than something new."""


def next_adjacency(ledger: Sequence[Signal], account: Account, catalog: Catalog, embedder: Embedder) -> Adjacency | None:
    """The best-supported item, or None where nothing points anywhere.

    Every learned need and every pull votes for the item that its words come closest to, if they come close enough; votes are
    summed. Without such votes, words about seats or a saturated limit point to more of the present plan.
    """
    words = [
        s for s in ledger if counts_as_proof(s, Component.ACCOUNT_LEARNING) or counts_as_proof(s, Component.STAKEHOLDER_PULL)
    ]
    owned = {item.item_id for item in catalog.owned(account.plan)}
    options = [item for item in catalog.items if item.item_id not in owned]
    votes = _votes(words, options, catalog, owned, embedder)
    if votes:
        best = max(options, key=lambda item: sum(votes.get(item.item_id, {}).values()))
        return Adjacency(best, tuple(votes[best.item_id]), more_of_the_same=False)
    seats = [s.id for s in words if _SEATS.search(s.quote)] + [s.id for s in ledger if s.kind == "license_saturation"]
    present = catalog.item(account.plan)
    if seats and present is not None:
        return Adjacency(present, tuple(seats), more_of_the_same=True)
    return None


def _votes(
    words: Sequence[Signal], options: Sequence[CatalogItem], catalog: Catalog, owned: set[str], embedder: Embedder
) -> dict[str, dict[str, float]]:
    """Item id -> signal id -> weight. A sentence that is closer to a feature they own than to any other votes for nothing."""
    if not words or not options:
        return {}
    sentences = embedder.embed([signal.quote for signal in words])
    scores = {item.item_id: (sentences @ embedder.embed([item.name, *item.features]).T).max(axis=1) for item in options}
    mine = [feature for item in catalog.items if item.item_id in owned for feature in item.features]
    covered = (sentences @ embedder.embed(mine).T).max(axis=1) if mine else None
    votes: dict[str, dict[str, float]] = {}
    for row, signal in enumerate(words):
        ranked = {item.item_id: float(scores[item.item_id][row]) + NAMED * _names(signal.quote, item) for item in options}
        best = max(ranked, key=lambda key: ranked[key])
        if ranked[best] >= SIMILAR and (covered is None or ranked[best] > float(covered[row])):
            votes.setdefault(best, {})[signal.id] = ranked[best]
    return votes


def _names(sentence: str, item: CatalogItem) -> bool:
    return re.search(rf"\b{re.escape(item.name)}\b", sentence, re.IGNORECASE) is not None
