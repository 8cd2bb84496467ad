"""Which catalogue item the customer's own words point to: the next adjacency (R005). Pure but for the embedder.

Only what the account does not own can be an adjacency, or more seats of what it has. A need that the present plan already
covers is enablement, not expansion (R099: pitching what they already pay for).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.kinds import Component
from agent.readiness import counts_as_proof
from agent.signals import Signal
from retrieval.accounts import Account, Catalog, CatalogItem
from retrieval.embeddings import Embedder
from retrieval.records import Record, Voice

Matrix = NDArray[np.float32]

BACKGROUND: Final = 0.2
"""Cosine that any two sentences about software have; what a sentence is closer than that to an item counts for the item."""
NAMED: Final = 0.5
"""What a sentence that names the item outright is worth on top."""
NAMED_NEARBY: Final = 0.1
"""The same for an item that somebody names within `NEARBY` turns of the sentence: "that would be the Audit Pack", says our side."""
NEARBY: Final = 4
NAMED_IN_TALK: Final = 0.2
"""Once, for an item that is named anywhere in a conversation or ticket in which the customer needs or asks for something."""
SEATS: Final = 0.2
"""What a sentence about seats, and what a full licence, is worth for more of the plan they have."""
ENOUGH: Final = 0.2
"""Sum from which an item is what they mean. On the training books, where these numbers were chosen, the right item is found for 64 of 81
accounts and a wrong one for 10; single sentences alone, each for its closest item, found 34 and 22. Halving one of the numbers changes
the item of at most 5 of 108 accounts; doubling ENOUGH that of 14."""
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


def next_adjacency(
    ledger: Sequence[Signal], account: Account, catalog: Catalog, embedder: Embedder, records: Sequence[Record] = ()
) -> Adjacency | None:
    """The best-supported item, or None where nothing points anywhere.

    Every learned need and every pull speaks for the items that it is closer to than to what they own, and for those named around it
    in `records`, by either side: our naming it proves nothing, but tells what a customer's "that thing" is. Words about seats and a
    full licence speak for more of the present plan.
    """
    words = [
        s for s in ledger if counts_as_proof(s, Component.ACCOUNT_LEARNING) or counts_as_proof(s, Component.STAKEHOLDER_PULL)
    ]
    owned = {item.item_id for item in catalog.owned(account.plan)}
    options = [item for item in catalog.items if item.item_id not in owned]
    new: tuple[float, Adjacency] | None = None
    if words and options:
        spoken = _spoken(words, options, [item for item in catalog.items if item.item_id in owned], embedder)
        nearby, in_talk = _named_around(words, options, records)
        each = spoken + NAMED_NEARBY * nearby
        sums = each.sum(axis=0) + NAMED_IN_TALK * in_talk.max(axis=0)
        best = int(sums.argmax())
        meant = (each[:, best] > 0) | (in_talk[:, best] > 0)
        signals = tuple(signal.id for signal, yes in zip(words, meant, strict=True) if yes)
        new = (float(sums[best]), Adjacency(options[best], signals, more_of_the_same=False))
    seats = [s.id for s in words if _SEATS.search(s.quote)] + [s.id for s in ledger if s.kind == "license_saturation"]
    present = catalog.item(account.plan)
    if seats and present is not None and (new is None or new[0] < max(ENOUGH, SEATS * len(seats))):
        return Adjacency(present, tuple(seats), more_of_the_same=True)
    return new[1] if new is not None and new[0] >= ENOUGH else None


def _spoken(words: Sequence[Signal], options: Sequence[CatalogItem], owned: Sequence[CatalogItem], embedder: Embedder) -> Matrix:
    """How much each sentence speaks for each item, shape (words, options): nothing where it is closer to what they own."""
    sentences = embedder.embed([signal.quote for signal in words])
    close = np.stack([(sentences @ embedder.embed([item.name, *item.features]).T).max(axis=1) for item in options], axis=1)
    mine = [feature for item in owned for feature in item.features]
    covered = (sentences @ embedder.embed(mine).T).max(axis=1) if mine else np.zeros(len(words), dtype=np.float32)
    named = np.array([[_names(signal.quote, item) for item in options] for signal in words], dtype=np.float32)
    return np.asarray(np.maximum(close - np.maximum(covered, BACKGROUND)[:, None], 0) + NAMED * named, dtype=np.float32)


def _named_around(words: Sequence[Signal], options: Sequence[CatalogItem], records: Sequence[Record]) -> tuple[Matrix, Matrix]:
    """Whether an item is named within `NEARBY` turns of each sentence, and anywhere in its document: 0 or 1, (words, options) each."""
    talks: dict[str, list[Record]] = {signal.document: [] for signal in words}
    for record in sorted(records, key=lambda r: r.position):
        if record.document in talks and record.voice in (Voice.CUSTOMER, Voice.VENDOR):
            talks[record.document].append(record)
    names = {
        document: np.array([[_names(r.text, item) for item in options] for r in turns], dtype=np.float32).reshape(
            -1, len(options)
        )
        for document, turns in talks.items()
    }
    nearby, in_talk = (np.zeros((len(words), len(options)), dtype=np.float32) for _ in range(2))
    for row, signal in enumerate(words):
        turns = [record.record_id for record in talks[signal.document]]
        in_talk[row] = names[signal.document].max(axis=0, initial=0.0)
        if signal.record_id in turns:
            at = turns.index(signal.record_id)
            nearby[row] = names[signal.document][max(0, at - NEARBY) : at + NEARBY + 1].max(axis=0, initial=0.0)
    return nearby, in_talk


def _names(text: str, item: CatalogItem) -> bool:
    return re.search(rf"\b{re.escape(item.name)}\b", text, re.IGNORECASE) is not None
