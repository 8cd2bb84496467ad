"""One account from records to drafts: every step of the flow in order, no I/O but through what is handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from agent.adjacency import next_adjacency
from agent.drafting.case import Case, motion
from agent.drafting.drafter import Drafter, OfflineDrafter
from agent.economics import economics_of, facts_of
from agent.economics.book import BookRevenue
from agent.economics.inputs import Answers
from agent.economics.money import Rates
from agent.extraction import reach
from agent.extraction.proposals import Extractor, Proposal, Reading
from agent.hypotheses import Draft
from agent.ledger import Tally, signals_of
from agent.models.outcomes import Coverage
from agent.proving.library import Vectors
from agent.proving.prover import Prover, Settled
from agent.readiness import assess
from agent.resolution import resolve
from agent.signals import Signal, text_signal
from agent.telemetry import Series, telemetry_signals
from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.embeddings import Embedder
from retrieval.readers.usage import series
from retrieval.records import Record, Voice

VERSION: Final = "7"
"""Raise it when a step below would read the same records differently and no other version says so."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known of one account."""

    account: Account
    contacts: tuple[Contact, ...]
    team: tuple[TeamMember, ...]
    catalog: Catalog
    records: tuple[Record, ...]
    book: BookRevenue = field(default_factory=BookRevenue)
    """What this account's share of the revenue is a share of."""
    rates: Rates | None = None
    answers: Answers = field(default_factory=Answers)
    """What people supplied where the exports are silent."""
    vectors: Vectors = field(default_factory=dict)
    """Of passages, by the hash of their text, where they are known."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one account came to."""

    ledger: tuple[Signal, ...]
    drafts: tuple[Draft, ...]
    tally: Tally
    coverage: Coverage
    notes: tuple[str, ...] = ()
    """What is missing from the reading or fell out of the draft, and why: for the run's report. No customer's words."""
    complete: bool = True
    """False: a model did not answer, and asking again tomorrow could make this better."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps with their tools. Equal versions give equal drafts for equal inputs."""

    extractor: Extractor
    reader: Embedder
    """Compares what customers say with the catalogue; thresholds were set on its vectors."""
    embedder: Embedder
    """Embeds passages for search; anyone's choice (EARNED_EMBEDDER)."""
    drafter: Drafter = field(default_factory=OfflineDrafter)
    prover: Prover | None = None
    """Who tries to prove the case wrong, and to complete it. The offline reader has read everything once, and that is that."""

    @property
    def version(self) -> str:
        parts = (VERSION, self.extractor.version, self.reader.name, self.embedder.name, self.drafter.version)
        most = reach.limit()
        cap = (f"reach={most}",) if most != reach.CHARACTERS else ()
        return "/".join((*parts, *((self.prover.version,) if self.prover else ()), *cap))

    def run(self, inputs: Inputs, *, run: str) -> Outcome:
        reading = reading_of(inputs)
        found = self.extractor.read(reading)
        case, tally = self._case(inputs, found.proposals)
        proved = self.prover.prove(case, reading, inputs.vectors) if self.prover else None
        if proved:
            found.unchecked += proved.found.unchecked
            found.proposals += proved.found.proposals
            case, tally = self._case(inputs, found.proposals)
        if self.prover:
            settled, unanswered = self.prover.settle(case, reading, inputs.vectors)
            found.unchecked += unanswered
            case, tally = self._case(inputs, found.proposals, settled) if settled else (case, tally)
        drafted = self.drafter.draft(case, _economics(case, inputs), run=run)
        draft = drafted.draft.model_copy(update={"looked_for": proved.looked_for}) if proved else drafted.draft
        missed = (*found.coverage.missed, *found.unchecked)
        notes = tuple(f"{part.name}: {part.reason.value}, {part.detail}" for part in missed) + reading.beyond + drafted.notes
        return Outcome(case.ledger, (draft,), tally, found.coverage, notes, found.complete and drafted.complete)

    def _case(self, inputs: Inputs, proposals: Sequence[Proposal], settled: Settled = MappingProxyType({})) -> tuple[Case, Tally]:
        """Proposals to a verified ledger, a proof and where it points. `settled`: risks that are over beside those that rules close."""
        spoken, tally = signals_of(proposals, inputs.records, inputs.contacts, self.extractor.version)
        measured = _telemetry(inputs.records, inputs.account)
        reported = [_event(record) for record in inputs.records if record.voice is Voice.EXTERNAL and _is_trigger(record)]
        closed = [_over(signal, settled) for signal in resolve(spoken, inputs.records, inputs.contacts)]
        ledger = tuple(closed) + tuple(measured) + tuple(reported)
        adjacency = next_adjacency(ledger, inputs.account, inputs.catalog, self.reader, inputs.records)
        proof = assess(ledger, adjacency.item.item_id if adjacency else None)
        owner = next((member.name for member in inputs.team if member.email == inputs.account.owner_email), "")
        return Case(inputs.account, inputs.contacts, owner, inputs.catalog, ledger, proof, adjacency), tally


def _over(signal: Signal, settled: Settled) -> Signal:
    by = settled.get(signal.id)
    return signal if by is None or signal.resolved else signal.model_copy(update={"resolved": True, "resolved_by": by})


def reading_of(inputs: Inputs) -> Reading:
    """An account as an extractor sees it: of an endless document only as much as is read of one."""
    records, beyond = reach.within(inputs.records, reach.limit())
    return Reading(inputs.account, inputs.contacts, inputs.catalog, records, beyond)


def _economics(case: Case, inputs: Inputs) -> dict[str, Any]:
    adjacency = case.adjacency
    facts = facts_of(
        inputs.account,
        inputs.catalog,
        case.ledger,
        inputs.records,
        item=adjacency.item if adjacency else None,
        more_of_the_same=bool(adjacency and adjacency.more_of_the_same),
        motion=motion(case),
        book=inputs.book,
        rates=inputs.rates,
        answers=inputs.answers.of(
            inputs.account.account_id, adjacency.item.item_id if adjacency else None, inputs.catalog.currency
        ),
    )
    return economics_of(facts)


def _telemetry(records: Sequence[Record], account: Account) -> list[Signal]:
    usage = {record.source.removeprefix("usage:"): record for record in records if record.source.startswith("usage:")}
    rows: Mapping[str, Series] = {metric: series(record) for metric, record in usage.items()}
    return telemetry_signals(usage, rows, seats_licensed=account.seats_licensed)


TRIGGERS: Final = frozenset({"funding", "hiring", "new_office", "new_executive", "acquisition", "expansion"})


def _is_trigger(record: Record) -> bool:
    return record.source.startswith("event:") and record.context.get("kind") in TRIGGERS


def _event(record: Record) -> Signal:
    """R069-R074: an outside event raises priority and proves nothing; it is quoted whole."""
    return text_signal(record, 0, len(record.text), kind="business_trigger", strength="weak", method="event")
