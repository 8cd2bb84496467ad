"""Who writes a draft: offline rules or a model. The pipeline cannot tell, and neither may set a grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from agent.drafting import offline
from agent.drafting.case import Case
from agent.hypotheses import Draft
from prompts import wording


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft, what fell on the way to it and why (for the run's report), and whether asking again could make it better."""

    draft: Draft
    notes: tuple[str, ...] = ()
    complete: bool = True


class Drafter(Protocol):
    @property
    def version(self) -> str:
        """Changes whenever the same case could be written differently; part of the pipeline's version."""

    def draft(self, case: Case, economics: dict[str, Any], *, run: str) -> Drafted:
        """The draft of one account. Called from many threads at once."""


class OfflineDrafter:
    """The customer's words in the order of the proof standard (`agent.drafting.offline`)."""

    @property
    def version(self) -> str:
        return wording("offline_draft").sha256[:12]

    def draft(self, case: Case, economics: dict[str, Any], *, run: str) -> Drafted:
        return Drafted(offline.draft(case, economics, run=run))
