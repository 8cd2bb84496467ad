"""Signal precision, recall and F1 over character spans: one-to-one matching, by overlap or by the SemEval-2013 schemes.

A predicted and a gold signal may match if they name the same source and kind and their character intervals have an intersection
over union of at least 0.5 (usage signals, which have no text, match on source and kind). The matching maximises the number of
pairs, which is all that is scored; a second prediction of the same words is a false positive. A gold signal may have `alternates`,
places where the same fact is said again: hitting any of them counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

OVERLAP: Final = 0.5


@dataclass(frozen=True, slots=True)
class Marked:
    """A signal as a place: `document` is whatever offsets count in; `start == end` for a signal without text."""

    document: Hashable
    kind: str
    start: int = 0
    end: int = 0
    alternates: tuple[Marked, ...] = ()
    """Gold only: other places of the same fact. Their own kind and alternates are not looked at."""

    @property
    def places(self) -> tuple[Marked, ...]:
        return (self, *self.alternates)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts, and the rates that follow. Empty against empty is perfect."""

    hits: float
    predicted: int
    gold: int

    @property
    def precision(self) -> float:
        return self.hits / self.predicted if self.predicted else float(not self.gold)

    @property
    def recall(self) -> float:
        return self.hits / self.gold if self.gold else float(not self.predicted)

    @property
    def f1(self) -> float:
        """2 hits / (predicted + gold), which is the harmonic mean of the other two."""
        total = self.predicted + self.gold
        return 2 * self.hits / total if total else 1.0

    def __add__(self, other: Score) -> Score:
        return Score(self.hits + other.hits, self.predicted + other.predicted, self.gold + other.gold)


def iou(a: Marked, b: Marked) -> float:
    """Intersection over union of the two intervals; 1 for two signals without text."""
    if a.start == a.end and b.start == b.end:
        return 1.0
    shared = max(0, min(a.end, b.end) - max(a.start, b.start))
    return shared / (max(a.end, b.end) - min(a.start, b.start)) if shared else 0.0


def match(predicted: Sequence[Marked], gold: Sequence[Marked], overlap: float = OVERLAP) -> list[tuple[int, int]]:
    """Pairs (predicted index, gold index): a maximum one-to-one matching; between equal ones, better overlap is tried first."""
    if not 0 < overlap <= 1:
        raise ValueError(f"overlap is a share above 0 and up to 1, not {overlap}")
    return pairs(predicted, gold, lambda p, g: _best(p, g) if p.kind == g.kind and _best(p, g) >= overlap else 0.0)


def pairs(
    predicted: Sequence[Marked], gold: Sequence[Marked], weight: Callable[[Marked, Marked], float]
) -> list[tuple[int, int]]:
    """A maximum one-to-one matching among the pairs of positive weight, by augmenting paths."""
    choices: list[list[int]] = []
    for p in predicted:
        weights = {j: w for j, g in enumerate(gold) if (w := weight(p, g)) > 0}
        choices.append(sorted(weights, key=lambda j: -weights[j]))
    taken: dict[int, int] = {}

    def place(i: int, seen: set[int]) -> bool:
        for j in choices[i]:
            if j not in seen:
                seen.add(j)
                if j not in taken or place(taken[j], seen):
                    taken[j] = i
                    return True
        return False

    for i in range(len(predicted)):
        place(i, set())
    return sorted((i, j) for j, i in taken.items())


def score(predicted: Sequence[Marked], gold: Sequence[Marked], overlap: float = OVERLAP) -> Score:
    return Score(len(match(predicted, gold, overlap)), len(predicted), len(gold))


def by_kind(predicted: Sequence[Marked], gold: Sequence[Marked], overlap: float = OVERLAP) -> dict[str, Score]:
    """One score a kind, for every kind that either side has, by name."""
    hits = Counter(gold[j].kind for _, j in match(predicted, gold, overlap))
    said, true = Counter(p.kind for p in predicted), Counter(g.kind for g in gold)
    return {kind: Score(hits[kind], said[kind], true[kind]) for kind in sorted(said | true)}


Scheme = Literal["strict", "exact", "partial", "type"]
SCHEMES: Final[tuple[Scheme, ...]] = ("strict", "exact", "partial", "type")


def semeval(predicted: Sequence[Marked], gold: Sequence[Marked]) -> dict[Scheme, Score]:
    """SemEval-2013 Task 9.1: strict (words and kind), exact (words), partial (an overlap counts half), type (kind, any overlap).

    Unlike the original scorer, which walks both lists in order, each scheme pairs one-to-one as well as it can. A wide gap
    between strict and type is trouble with boundaries, not with comprehension.
    """
    return {scheme: Score(_hits(scheme, predicted, gold), len(predicted), len(gold)) for scheme in SCHEMES}


def _hits(scheme: Scheme, predicted: Sequence[Marked], gold: Sequence[Marked]) -> float:
    if scheme == "strict":
        return len(pairs(predicted, gold, lambda p, g: float(p.kind == g.kind and _same(p, g))))
    if scheme == "type":
        return len(pairs(predicted, gold, lambda p, g: _best(p, g) if p.kind == g.kind else 0.0))
    whole = pairs(predicted, gold, lambda p, g: float(_same(p, g)))
    if scheme == "exact":
        return len(whole)
    # Whole pairs first is optimal: giving one up frees two nodes, and two halves are worth no more than it was.
    said, true = {i for i, _ in whole}, {j for _, j in whole}
    rest = pairs([p for i, p in enumerate(predicted) if i not in said], [g for j, g in enumerate(gold) if j not in true], _best)
    return len(whole) + 0.5 * len(rest)


def _best(p: Marked, g: Marked) -> float:
    """The best overlap with any place of a gold signal; 0 in another document."""
    return max(iou(p, place) if p.document == place.document else 0.0 for place in g.places)


def _same(p: Marked, g: Marked) -> bool:
    return any((p.document, p.start, p.end) == (place.document, place.start, place.end) for place in g.places)
