"""Agreement of two readers on nominal and ordinal labels: kappa, weighted kappa, within-one, mean absolute error.

Kappa moves with the marginals: print the confusion beside it, and the agreement of two people on the same cases as the ceiling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence


def confusion(pairs: Iterable[tuple[str, str]], labels: Sequence[str]) -> dict[str, dict[str, int]]:
    """Rows are gold, columns predicted: `table[gold][predicted]`. Raises KeyError for a label that is not listed."""
    table = {g: dict.fromkeys(labels, 0) for g in labels}
    for gold, predicted in pairs:
        if predicted not in table[gold]:
            raise KeyError(predicted)
        table[gold][predicted] += 1
    return table


def balanced_accuracy(table: Mapping[str, Mapping[str, int]]) -> float:
    """Mean recall over the gold classes that occur; 1 where none does."""
    recalls = [row[label] / sum(row.values()) for label, row in table.items() if sum(row.values())]
    return sum(recalls) / len(recalls) if recalls else 1.0


def accuracy(pairs: Sequence[tuple[Hashable, Hashable]]) -> float:
    """Share of equal pairs; nan where there are none."""
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else float("nan")


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float:
    """(observed - expected) / (1 - expected) agreement (Cohen 1960).

    nan without pairs. Where chance alone explains everything (both always say the same one label) it is 0: no skill was shown.
    """
    if not pairs:
        return float("nan")
    n = len(pairs)
    observed = accuracy(pairs)
    left, right = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    expected = sum(left[label] * right[label] for label in left) / n**2
    return (observed - expected) / (1 - expected) if expected < 1 else 0.0


def weighted_kappa(pairs: Sequence[tuple[int, int]], levels: int) -> float:
    """Quadratic weighted kappa 1 - sum(w O) / sum(w E), w = (i - j)^2 / (levels - 1)^2, E from the marginals / n (Cohen 1968).

    `pairs` hold levels from 0. nan without pairs; 0 where no disagreement was to be expected (both constant and equal). Raises
    ValueError for fewer than two levels or a level out of range.
    """
    if levels < 2:
        raise ValueError(f"weighted kappa needs at least 2 levels, not {levels}")
    for pair in pairs:
        if not all(0 <= level < levels for level in pair):
            raise ValueError(f"{pair} is not within 0..{levels - 1}")
    if not pairs:
        return float("nan")
    n = len(pairs)
    left, right = Counter(i for i, _ in pairs), Counter(j for _, j in pairs)
    seen = sum((i - j) ** 2 for i, j in pairs)
    expected = sum(left[i] * right[j] * (i - j) ** 2 for i in left for j in right) / n
    return 1 - seen / expected if expected else 0.0


def within_one(pairs: Sequence[tuple[int, int]]) -> float:
    """Share of pairs that are at most one level apart; nan where there are none."""
    return sum(abs(i - j) <= 1 for i, j in pairs) / len(pairs) if pairs else float("nan")


def mean_absolute_error(pairs: Sequence[tuple[int, int]]) -> float:
    """Mean distance in levels; nan where there are no pairs."""
    return sum(abs(i - j) for i, j in pairs) / len(pairs) if pairs else float("nan")
