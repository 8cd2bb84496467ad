"""What an extractor hands over: a claim that certain words of a record are a signal. Nothing in it is believed before verification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.signals import Strength
from retrieval.accounts import Account, Catalog, Contact
from retrieval.records import Record


@dataclass(frozen=True, slots=True)
class Proposal:
    """`quote` is what the proposer says stands in the record; the verifier decides what does."""

    record_id: str
    quote: str
    kind: str
    strength: Strength
    score: float
    """The proposer's own confidence, 0 to 1; for ordering and logs, never a grade."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One account as an extractor sees it."""

    account: Account
    contacts: tuple[Contact, ...]
    catalog: Catalog
    records: tuple[Record, ...]
    """In order of document and position."""


class Extractor(Protocol):
    """Offline rules or a model: the rest of the product cannot tell."""

    @property
    def version(self) -> str:
        """Changes whenever the same records could be read differently; part of the pipeline's version."""

    def propose(self, reading: Reading) -> Sequence[Proposal]:
        """Signals that the account's words may hold, in order of the records."""
