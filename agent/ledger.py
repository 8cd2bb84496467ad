"""Proposals to the signal ledger: each quote is verified against its document, then becomes a signal or is counted as rejected. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.extraction.candidates import roles_of
from agent.extraction.proposals import Proposal
from agent.signals import Signal, text_signal
from agent.verification import DocumentText, Rejected, Status, verify
from retrieval.accounts import Contact
from retrieval.records import Record


@dataclass(slots=True)
class Tally:
    """What verification did with the proposals: nothing vanishes uncounted."""

    verified: int = 0
    repaired: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By the verifier's reason."""

    def add(self, other: Tally) -> None:
        self.verified += other.verified
        self.repaired += other.repaired
        self.rejected += other.rejected


def signals_of(
    proposals: Iterable[Proposal], records: Sequence[Record], contacts: Sequence[Contact], method: str
) -> tuple[list[Signal], Tally]:
    """Verified signals in order of the proposals, each words-and-kind once, and the tally.

    A quote that was clipped is kept in its widened form, since the whole sentence is what the customer said; it loses strength.
    """
    by_id = {record.record_id: record for record in records}
    documents: dict[str, DocumentText] = {}
    roles = roles_of(contacts)
    found: dict[str, Signal] = {}
    tally = Tally()
    for proposal in proposals:
        record = by_id.get(proposal.record_id)
        if record is None:
            tally.rejected["unknown_record"] += 1
            continue
        if record.document not in documents:
            documents[record.document] = DocumentText([r for r in records if r.document == record.document])
        verdict = verify(proposal.quote, record_id=record.record_id, records=documents[record.document], voice=record.voice)
        if isinstance(verdict, Rejected):
            tally.rejected[verdict.reason.value] += 1
            continue
        for span in verdict:
            signal = text_signal(
                by_id[span.record_id],
                span.start,
                span.end,
                kind=proposal.kind,
                strength="medium" if span.needs_meaning_check and proposal.strength == "strong" else proposal.strength,
                method=method,
                status=span.status.value,
                role=_role(by_id[span.record_id], roles),
            )
            if proposal.overtaken_by in by_id:
                signal = signal.model_copy(update={"resolved": True, "resolved_by": proposal.overtaken_by})
            found.setdefault(signal.id, signal)
            tally.verified += 1
            tally.repaired += span.status in (Status.REPAIRED, Status.CLIPPED)
    return list(found.values()), tally


def _role(record: Record, roles: Mapping[str, str]) -> str | None:
    return roles.get((record.speaker_email or "").casefold()) or roles.get((record.speaker or "").casefold()) or None
