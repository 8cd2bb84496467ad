"""What the pipeline asks once a case stands on its first reading: is it wrong, and can it be completed?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from agent.drafting.case import Case
from agent.extraction.model import ModelExtractor
from agent.extraction.proposals import Extraction, Proposal, Reading
from agent.hypotheses import Grade
from agent.models import Coverage, Missed, Session
from agent.proving import counter, hunt, settled
from agent.proving.library import Vectors, opened
from prompts import prompt
from retrieval.embeddings import Embedder

RULES: Final = "1"
"""Raise it when this room would treat the same answers differently."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What was found, and what was looked for (in vain or not): the words of every search."""

    found: Extraction
    looked_for: tuple[str, ...] = ()


Settled = Mapping[str, str]
"""Signal id -> the record in which the customer says that it is over."""


class Prover(Protocol):
    @property
    def version(self) -> str:
        """Part of the pipeline's version."""

    def prove(self, case: Case, reading: Reading, vectors: Vectors) -> Proved:
        """Called from many threads, one account each. Finds are proposals: the ledger verifies them."""

    def settle(self, case: Case, reading: Reading, vectors: Vectors) -> tuple[Settled, tuple[Missed, ...]]:
        """Which open risks of the case the customer has called over since, and what was not answered."""


@dataclass(frozen=True, slots=True)
class ModelProver:
    """Counter-evidence for every case that claims something, then a hunt for what is missing where that could change the outcome."""

    session: Session
    extractor: ModelExtractor
    embedder: Embedder

    @property
    def version(self) -> str:
        texts = "+".join(
            f"{prompt(name).label}:{prompt(name).sha256[:8]}" for name in ("search_plan", "hunt_proof", "check_settled")
        )
        return f"proving/{RULES}/{texts}"

    def prove(self, case: Case, reading: Reading, vectors: Vectors) -> Proved:
        if case.proof.grade is Grade.WISH and not hunt.worth_it(case):
            return Proved(Extraction())
        with opened(reading, case.ledger, self.embedder, vectors) as library:
            found = self.session.run(counter.look(self.session, self.extractor, case, reading, library))
            if hunt.worth_it(case):
                found = _both(found, self.session.run(hunt.hunt(self.session, self.extractor, case, reading, library)))
            found.proposals = _new(found.proposals, case)
            return Proved(found, tuple(dict.fromkeys(library.looked_for)))

    def settle(self, case: Case, reading: Reading, vectors: Vectors) -> tuple[Settled, tuple[Missed, ...]]:
        if not settled.open_risks(case):
            return {}, ()
        with opened(reading, case.ledger, self.embedder, vectors) as library:
            return self.session.run(settled.settle(self.session, case, library))


def _new(proposals: Sequence[Proposal], case: Case) -> list[Proposal]:
    """What the ledger does not hold yet: the same words found twice, or a part of them, are one signal."""
    kept: list[Proposal] = []
    known = [(signal.record_id, signal.kind, _plain(signal.quote)) for signal in case.ledger]
    for proposal in proposals:
        words = _plain(proposal.quote)
        if not any(
            (record, kind) == (proposal.record_id, proposal.kind) and (words in held or held in words)
            for record, kind, held in known
        ):
            kept.append(proposal)
            known.append((proposal.record_id, proposal.kind, words))
    return kept


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _both(one: Extraction, other: Extraction) -> Extraction:
    proposals: list[Proposal] = [*one.proposals, *other.proposals]
    dropped = Counter(one.dropped) + Counter(other.dropped)
    return Extraction(proposals, Coverage(), dropped, one.unchecked + other.unchecked)
