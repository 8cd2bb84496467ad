"""What reviewers did: acceptance, how much they rewrote, how long it took, why they refused.

Never gate on acceptance alone: it rises when reviewers get tired. The edit rate is HTER's (Snover et al. 2006) without shifts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeVar

from evals.metrics.stats import Interval, wilson

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One decided draft."""

    outcome: Literal["accepted", "edited", "rejected", "proof"]
    """`edited`: accepted in other words. `proof`: sent back for proof, which is decided and not accepted."""
    grade: str = ""
    pipeline: str = ""
    """Prompt or pipeline version."""
    reviewer: str = ""
    reason: str | None = None
    draft: str = ""
    final: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    decided: int
    accepted: int
    as_is: int
    edit_rate: float
    """Mean over the accepted ones, an untouched one counting 0; nan where none was accepted."""
    seconds: float | None
    """Median, of those that were timed."""
    reasons: Mapping[str, int]

    @property
    def acceptance(self) -> float:
        """(accepted + accepted after edit) / decided; nan where nothing was decided."""
        return self.accepted / self.decided if self.decided else float("nan")

    @property
    def as_is_acceptance(self) -> float:
        return self.as_is / self.decided if self.decided else float("nan")

    @property
    def interval(self) -> Interval:
        """Wilson's interval of the acceptance."""
        return wilson(self.accepted, self.decided)


def measures(reviews: Sequence[Reviewed]) -> Measures:
    accepted = [review for review in reviews if review.outcome in ("accepted", "edited")]
    edits = [edit_rate(review.draft, review.final) if review.outcome == "edited" else 0.0 for review in accepted]
    timed = [review.seconds for review in reviews if review.seconds is not None]
    reasons = Counter(review.reason for review in reviews if review.outcome == "rejected" and review.reason)
    return Measures(
        decided=len(reviews),
        accepted=len(accepted),
        as_is=sum(review.outcome == "accepted" for review in accepted),
        edit_rate=sum(edits) / len(edits) if edits else float("nan"),
        seconds=median(timed) if timed else None,
        reasons=dict(reasons.most_common()),
    )


def grouped(reviews: Sequence[Reviewed], key: Callable[[Reviewed], Key]) -> dict[Key, Measures]:
    """Measures by grade, version, reviewer or whatever `key` says, in order of first appearance."""
    groups: dict[Key, list[Reviewed]] = {}
    for review in reviews:
        groups.setdefault(key(review), []).append(review)
    return {name: measures(rows) for name, rows in groups.items()}


def edit_rate(draft: str, final: str) -> float:
    """Word Levenshtein distance / words of the final text. 0 for equal texts; infinite where everything was removed."""
    a, b = draft.split(), final.split()
    if a == b:
        return 0.0
    return word_distance(a, b) / len(b) if b else float("inf")


def word_distance(a: Sequence[str], b: Sequence[str]) -> int:
    """The fewest words inserted, removed or replaced that turn one into the other."""
    row = list(range(len(b) + 1))
    for i, word in enumerate(a, start=1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]
