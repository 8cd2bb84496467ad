"""An expansion hypothesis: the case for an account, claim by claim, each standing on signals. Values only.

One hypothesis per account and adjacency; every night may add a revision. Field names are those of `earned hypotheses --json`.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from retrieval.records import stable_id


class Grade(StrEnum):
    EARNED = "earned"
    PROMISING = "promising"
    WISH = "wish"
    BLOCKED = "blocked"


class State(StrEnum):
    """Where a hypothesis stands with its owner."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    PROOF_ASKED = "proof_asked"
    SNOOZED = "snoozed"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ComponentProof(_Value):
    """One of the five components: met by these signals, or missing with a gap in words (R008-R010)."""

    status: Literal["met", "missing"]
    signals: tuple[str, ...] = ()
    gap: str | None = None


class Blocker(_Value):
    kind: str
    signals: tuple[str, ...]


class Proof(_Value):
    """What `agent.readiness` found. Only it may set a grade (design invariant 3)."""

    grade: Grade
    components: dict[str, ComponentProof]
    blockers: tuple[Blocker, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name, part in self.components.items() if part.status == "missing")


class Claim(_Value):
    """One sentence that cites what it stands on. `observed`: the sources say so; `inferred`: we conclude it from them."""

    text: str
    kind: Literal["observed", "inferred"]
    signals: tuple[str, ...] = Field(min_length=1)


class Pretence(_Value):
    """Something that looks like a reason and is not one (R014, R076-R079)."""

    text: str
    signals: tuple[str, ...]


class Tag(_Value):
    """A word to sort by, with the signals that give it; none where something missing gives it (R047, R100)."""

    name: str
    signals: tuple[str, ...] = ()


class Quality(_Value):
    """Clean or noisy growth, with the marks that say so (R026-R028). `fog`: the quality questions are unanswered (R021)."""

    class_: Literal["clean", "noisy", "fog"] = Field(serialization_alias="class", validation_alias="class")
    marks: tuple[Pretence, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class DraftedBy(_Value):
    model: str
    prompts: dict[str, str]
    """Prompt or wording file -> version."""
    run: str
    cost: float | None = 0.0
    """In US dollars; None where the price list does not know the model."""


class Draft(_Value):
    """The content of one revision: everything that an account owner reads and decides on."""

    account_id: str
    owner: str
    title: str
    grade: Grade
    components: dict[str, ComponentProof]
    blockers: tuple[Blocker, ...]
    push_or_pull: Literal["pull", "push", "mixed", "none"]
    motion: str
    expansion_type: str
    what_expands: tuple[str, ...]
    adjacency: str | None
    use_cases: tuple[Tag, ...] = ()
    """R047's tags; `agent.drafting.tag_table.USE_CASES` says what each means."""
    challenges: tuple[Tag, ...] = ()
    """R100's tags; `agent.drafting.tag_table.CHALLENGES`."""
    quality: Quality
    economics: dict[str, Any]
    claims: tuple[Claim, ...]
    counter_evidence: tuple[str, ...]
    missing_proof: tuple[str, ...]
    pretended: tuple[Pretence, ...]
    next_customer_action: str
    risk_if_never: str
    proof_owner: str
    draft_message: str
    message_signals: tuple[str, ...] = ()
    """What the message says back to its reader: when those words go, it goes."""
    evidence_kinds: tuple[str, ...]
    looked_for: tuple[str, ...] = ()
    """Searches over the account's own words for what would prove the case wrong or close its gaps, in the order they were made."""
    """The kinds of the signals that it cites, sorted: what tells new evidence from the same evidence again."""
    drafted_by: DraftedBy

    @property
    def cited(self) -> tuple[str, ...]:
        """Every signal id that the draft rests on or shows, in order of first mention."""
        ids = [s for claim in self.claims for s in claim.signals]
        ids += [s for part in self.components.values() for s in part.signals]
        ids += [s for blocker in self.blockers for s in blocker.signals]
        ids += list(self.counter_evidence)
        ids += [s for pretence in self.pretended for s in pretence.signals]
        ids += list(self.message_signals)
        return tuple(dict.fromkeys(ids))

    def content_hash(self) -> str:
        """Equal for equal content; the run that drafted it and its cost do not count (design invariant 6)."""
        content = self.model_dump(mode="json", by_alias=True, exclude={"drafted_by": {"run", "cost"}})
        return stable_id(json.dumps(content, sort_keys=True, ensure_ascii=False), length=32)

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


def hypothesis_id(account_id: str, adjacency: str | None) -> str:
    """Stable identity: one hypothesis per account and adjacency (design section 3)."""
    return "h-" + stable_id(account_id, adjacency or "none", length=10)
