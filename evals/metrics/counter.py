"""Counter-evidence: how much of what speaks against an expansion was surfaced, and whether an inserted blocker lowers readiness.

Refs: CheckList (Ribeiro et al. 2020) for directional and invariance tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.metrics.spans import OVERLAP, Marked, Score, match


@dataclass(frozen=True, slots=True)
class Counter:
    """Plain counts, and the recall in which a severe risk weighs more."""

    score: Score
    found_weight: float
    gold_weight: float

    @property
    def weighted_recall(self) -> float:
        """Weight of what was surfaced / weight of all; 1 where there was nothing to surface."""
        return self.found_weight / self.gold_weight if self.gold_weight else 1.0


def counter_evidence(
    predicted: Sequence[Marked], gold: Sequence[Marked], severity: Mapping[str, float], overlap: float = OVERLAP
) -> Counter:
    """Match opposing signals as any others. `severity`: weight by kind, 1 where a kind is not listed; never negative."""
    if any(weight < 0 for weight in severity.values()):
        raise ValueError("a severity is a weight of 0 or more")
    pairs = match(predicted, gold, overlap)
    weights = [severity.get(g.kind, 1.0) for g in gold]
    return Counter(Score(len(pairs), len(predicted), len(gold)), sum(weights[j] for _, j in pairs), sum(weights))


@dataclass(frozen=True, slots=True)
class Pairs:
    """What happened to counterfactual pairs. `unusable`: readiness was at the bottom already, so it could not fall."""

    held: int
    broken: int
    unusable: int = 0

    @property
    def rate(self) -> float:
        """Directional accuracy, or invariance: held / usable; nan where no pair was usable."""
        usable = self.held + self.broken
        return self.held / usable if usable else float("nan")

    def __add__(self, other: Pairs) -> Pairs:
        return Pairs(self.held + other.held, self.broken + other.broken, self.unusable + other.unusable)


def falls(before: int, after: int) -> Pairs:
    """One directional pair. Readiness as a level, 0 the lowest."""
    if before == 0:
        return Pairs(0, 0, 1)
    return Pairs(int(after < before), int(after >= before))
