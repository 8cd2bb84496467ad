"""What the queue hands to whoever shows it: values, read in one transaction each."""

from __future__ import annotations

from dataclasses import dataclass

from agent.decisions import Decision
from agent.hypotheses import Draft
from agent.kinds import Stance
from agent.signals import Signal
from agent.store.hypotheses import EDITED_BY, Hypothesis
from retrieval.accounts import Account, Catalog, Contact
from retrieval.records import Record


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that is shown of one hypothesis, read in one transaction."""

    hypothesis: Hypothesis
    account: Account
    contacts: tuple[Contact, ...]
    catalog: Catalog
    signals: dict[str, Signal]
    """Every signal that the draft cites, by id."""
    settled_by: dict[str, Record]
    """The records whose words closed a cited risk, by record id."""
    log: tuple[Decision, ...]
    """Its decisions, oldest first."""

    def evidence(self, stance: Stance) -> list[Signal]:
        """The cited signals of a stance, in the order in which the draft mentions them."""
        found = (self.signals.get(key) for key in self.hypothesis.draft.cited)
        return [signal for signal in found if signal is not None and signal.stance is stance]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A record among the records of its document, in order."""

    records: tuple[Record, ...]
    at: int
    """Index of the record that was asked for."""

    @property
    def record(self) -> Record:
        return self.records[self.at]


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of a hypothesis: who wrote it and what it says."""

    number: int
    at: str
    run_id: str
    draft: Draft

    @property
    def editor(self) -> str | None:
        """The person who wrote it, or None where a run did."""
        return self.run_id.removeprefix(EDITED_BY) if self.run_id.startswith(EDITED_BY) else None


@dataclass(frozen=True, slots=True)
class Shelf:
    """The ids that a filter leaves, in the order of the queue; the first `top` are for today."""

    ids: tuple[str, ...]
    top: int
    returned: dict[str, Decision]
    """Open items that were decided on once and came back, with the decision that is over."""
    counts: dict[str, int]
    """How many there are in each state, whatever the filter."""
    done_today: int
    """Hypotheses on which this person took a decision today that still holds."""
    pulse: int
    """Rises with every decision of anybody and every revision; a reader that knows it can tell when to look again."""
