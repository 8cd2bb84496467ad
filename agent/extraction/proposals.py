"""What an extractor hands over: a claim that certain words of a record are a signal. Nothing in it is believed before verification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from agent.models.outcomes import Coverage, Missed
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
    overtaken_by: str | None = None
    """Of a risk that is over: the record in which the customer has moved on."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One account as an extractor sees it."""

    account: Account
    contacts: tuple[Contact, ...]
    catalog: Catalog
    records: tuple[Record, ...]
    """In order of document and position."""
    beyond: tuple[str, ...] = ()
    """A sentence for each document of which only a part is in `records` (`agent.extraction.reach`)."""


@dataclass(slots=True)
class Extraction:
    """What was made of an account, and how much of it was read."""

    proposals: list[Proposal] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)
    dropped: Counter[str] = field(default_factory=Counter)
    """Proposals that fell before the ledger, by reason. The ledger counts those that its verifier rejects."""
    unchecked: tuple[Missed, ...] = ()
    """Questions about the proposals that got no answer; what they should have judged was made weaker."""

    @property
    def complete(self) -> bool:
        return self.coverage.complete and not self.unchecked


class Extractor(Protocol):
    """Offline rules or a model: the rest of the product cannot tell."""

    @property
    def version(self) -> str:
        """Changes whenever the same records could be read differently; part of the pipeline's version."""

    def read(self, reading: Reading) -> Extraction:
        """Signals that the account's words may hold, in order of the records. Called from many threads, one account each."""


class Proposer:
    """An extractor that reads everything it is given: only `propose` and `version` are its own."""

    if TYPE_CHECKING:  # a dataclass may have it as a field

        @property
        def version(self) -> str: ...

    def propose(self, reading: Reading) -> Sequence[Proposal]:
        """What `read` will hand over."""
        raise NotImplementedError

    def read(self, reading: Reading) -> Extraction:
        documents = {record.document for record in reading.records}
        return Extraction(list(self.propose(reading)), Coverage(planned=len(documents)))
