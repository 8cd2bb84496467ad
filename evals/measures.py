"""The named measures of a run: each is counts per case that add up, and a statistic over their sums. Pure.

This one form serves the figure, its interval by account, the paired comparison and the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evals.metrics.grounding import Ground
from evals.metrics.stats import Array, Statistic, ratio
from evals.scoring import LEADS, LEVELS, CaseScore


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    what: str
    """In words, for reports."""
    counts: Callable[[CaseScore], Sequence[float]]
    statistic: Statistic = ratio
    margin: float | None = None
    """How much worse a candidate may be at the gate; None: shown, not gated."""
    by_case: bool = True
    """Whether it has a meaning for one account, so that wins and losses can be counted."""


def table(measure: Measure, cases: Sequence[CaseScore]) -> tuple[list[str], Array]:
    """Accounts in order, and their counts, one row each. Repeats of a case are averaged before cases are summed."""
    repeats: dict[str, list[CaseScore]] = {}
    for case in cases:
        repeats.setdefault(case.case, []).append(case)
    rows: dict[str, Array] = {}
    for group in repeats.values():
        mean = np.mean([measure.counts(case) for case in group], axis=0)
        account = group[0].account
        rows[account] = rows[account] + mean if account in rows else mean
    accounts = sorted(rows)
    return accounts, np.asarray([rows[account] for account in accounts], dtype=np.float64)


def confusion_counts(case: CaseScore) -> list[float]:
    """A flat gold x said table over `LEVELS` with a single 1."""
    flat = [0.0] * len(LEVELS) ** 2
    flat[LEVELS.index(case.grade[0]) * len(LEVELS) + LEVELS.index(case.grade[1])] = 1.0
    return flat


def balanced(sums: Array) -> Array:
    """Mean recall over the gold grades that occur, from flat confusions."""
    squares = sums.reshape(-1, len(LEVELS), len(LEVELS))
    true = squares.sum(axis=2)
    hits = np.diagonal(squares, axis1=1, axis2=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        recalls = np.where(true > 0, hits / true, 0.0)
        return np.asarray(np.where(true.any(axis=1), recalls.sum(axis=1) / (true > 0).sum(axis=1), np.nan))


def quadratic_kappa(sums: Array) -> Array:
    """Quadratic weighted kappa from flat confusions; 0 where no disagreement was to be expected, as in `weighted_kappa`."""
    k = len(LEVELS)
    squares = sums.reshape(-1, k, k)
    weights = (np.arange(k)[:, None] - np.arange(k)) ** 2
    n = squares.sum(axis=(1, 2))
    seen = (squares * weights).sum(axis=(1, 2))
    expected = np.einsum("ri,rj,ij->r", squares.sum(axis=2), squares.sum(axis=1), weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(n > 0, np.where(expected > 0, 1 - seen * n / expected, 0.0), np.nan))


def abstained(sums: Array) -> Array:
    """Balanced accuracy of abstaining, from wishes, abstained wishes, leads, pursued leads."""
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.stack([sums[:, 1] / sums[:, 0], sums[:, 3] / sums[:, 2]])
    there = ~np.isnan(parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(there.any(axis=0), np.nansum(parts, axis=0) / there.sum(axis=0), np.nan))


def _f1(case: CaseScore) -> tuple[float, float]:
    hits, predicted, gold = case.signals
    return 2 * hits, predicted + gold


def _abstention(case: CaseScore) -> tuple[float, float, float, float]:
    lead, pursued = case.grade[0] in LEADS, case.grade[1] in LEADS
    return float(not lead), float(not lead and not pursued), float(lead), float(lead and pursued)


def _partial(case: CaseScore) -> tuple[float, float]:
    hits, predicted, gold = case.semeval["partial"]
    return 2 * hits, predicted + gold


def _grounded(case: CaseScore) -> tuple[float, float]:
    return sum(case.quotes.get(g.value, 0) for g in (Ground.EXACT, Ground.NORMALISED)), sum(case.quotes.values())


def _distance(case: CaseScore) -> int:
    return abs(LEVELS.index(case.grade[0]) - LEVELS.index(case.grade[1]))


MEASURES: Final = (
    Measure("signal_f1", "F1 of signals: same words, same kind", _f1, margin=0.03),
    Measure("signal_precision", "found signals that are labelled", lambda c: (c.signals[0], c.signals[1]), margin=0.05),
    Measure("signal_recall", "labelled signals that were found", lambda c: (c.signals[0], c.signals[2])),
    Measure("partial_f1", "F1 of places, an overlap counting half, whatever the kind", _partial),
    Measure("counter_recall", "labelled risks that were surfaced", lambda c: (c.counter[0], c.counter[2]), margin=0.05),
    Measure("counter_weighted", "the same, blocking risks weighing more", lambda c: (c.counter[3], c.counter[4])),
    Measure("grade_balanced_accuracy", "mean recall of the four grades", confusion_counts, balanced, margin=0.10),
    Measure("grade_kappa", "quadratic weighted kappa of grades", confusion_counts, quadratic_kappa, by_case=False),
    Measure("grade_within_one", "grades at most one level off", lambda c: (float(_distance(c) <= 1), 1.0)),
    Measure("lead_balanced_accuracy", "leads pursued and wishes left alone", _abstention, abstained),
    Measure("grounding", "quotes that stand in their source", _grounded),
)
BY_NAME: Final = {measure.name: measure for measure in MEASURES}
