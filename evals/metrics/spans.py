"""Signal precision, recall and F1 over character spans: one-to-one matching by greatest overlap.

A predicted and a gold signal may match if they name the same source and kind and their character intervals have an intersection
over union of at least 0.5 (usage signals, which have no text, match on source and kind). The matching maximises the number of
pairs; a second prediction of the same words is a false positive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Marked:
    """A signal as a place: `document` is whatever offsets count in; `start == end` for a signal without text."""

    document: Hashable
    kind: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """Counts, and the rates that follow. Empty against empty is perfect."""

    hits: int
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
    """Pairs (predicted index, gold index): a maximum one-to-one matching, found by augmenting paths."""
    choices = [
        sorted((j for j, g in enumerate(gold) if _may(p, g, overlap)), key=lambda j: -iou(predicted[i], gold[j]))
        for i, p in enumerate(predicted)
    ]
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


def _may(p: Marked, g: Marked, overlap: float) -> bool:
    return p.document == g.document and p.kind == g.kind and iou(p, g) >= overlap


def confusion(pairs: Iterable[tuple[str, str]], labels: Sequence[str]) -> dict[str, dict[str, int]]:
    """Rows are gold, columns predicted: `table[gold][predicted]`."""
    table = {g: dict.fromkeys(labels, 0) for g in labels}
    for gold, predicted in pairs:
        table[gold][predicted] += 1
    return table


def balanced_accuracy(table: Mapping[str, Mapping[str, int]]) -> float:
    """Mean recall over the gold classes that occur; 1 where none does."""
    recalls = [row[label] / sum(row.values()) for label, row in table.items() if sum(row.values())]
    return sum(recalls) / len(recalls) if recalls else 1.0
