"""Calibration of stated confidence p against what a blind review said, y. Refs: Brier 1950; Guo et al. 2017.

Expected calibration error is biased upwards on few cases: a perfectly calibrated model shows 0.14 at n = 50. It is therefore
refused below 500 cases; the table by tertile says what can be said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from evals.metrics.stats import Interval, wilson

ECE_FROM: Final = 500
BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of neighbouring confidence."""

    n: int
    stated: float
    """Mean confidence."""
    true: float
    """Share that held."""
    interval: Interval


def brier(p: Sequence[float], y: Sequence[bool]) -> float:
    """Mean (p - y)^2; nan without cases. Raises ValueError for a confidence outside 0..1 or lists of different length."""
    _check(p, y)
    return sum((a - b) ** 2 for a, b in zip(p, y, strict=True)) / len(p) if p else float("nan")


def brier_skill(p: Sequence[float], y: Sequence[bool]) -> float:
    """1 - Brier / Brier of always stating the base rate. 0 is no better than that; nan where all cases came out alike."""
    score = brier(p, y)
    if not p:
        return score
    base = sum(y) / len(y)
    return 1 - score / (base * (1 - base)) if 0 < base < 1 else float("nan")


def ece(p: Sequence[float], y: Sequence[bool], bins: int = BINS) -> float | None:
    """Sum over equal-mass bins of share x |stated - true|; None below `ECE_FROM` cases, where it would mostly measure noise."""
    _check(p, y)
    if len(p) < ECE_FROM:
        return None
    return sum(part.n / len(p) * abs(part.stated - part.true) for part in reliability(p, y, bins))


def reliability(p: Sequence[float], y: Sequence[bool], bins: int = 3) -> list[Bin]:
    """Equal-mass bins in ascending order of confidence, tertiles by default; empty bins are left out.

    Ties are ordered as given, so cases of one confidence can stand in two bins.
    """
    _check(p, y)
    if bins < 1:
        raise ValueError(f"bins are counted from 1, not {bins}")
    order = sorted(range(len(p)), key=lambda i: p[i])
    cuts = [round(len(order) * b / bins) for b in range(bins + 1)]
    groups = [order[low:high] for low, high in pairwise(cuts) if high > low]
    return [_bin([p[i] for i in group], [y[i] for i in group]) for group in groups]


def auroc(p: Sequence[float], y: Sequence[bool]) -> float:
    """Chance that a true case is stated higher than a false one, ties half (Mann-Whitney). nan where a class is empty."""
    _check(p, y)
    true = [a for a, b in zip(p, y, strict=True) if b]
    false = [a for a, b in zip(p, y, strict=True) if not b]
    if not true or not false:
        return float("nan")
    wins = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a in true for b in false)
    return wins / (len(true) * len(false))


def _bin(p: Sequence[float], y: Sequence[bool]) -> Bin:
    held = sum(y)
    return Bin(len(p), sum(p) / len(p), held / len(p), wilson(held, len(p)))


def _check(p: Sequence[float], y: Sequence[bool]) -> None:
    if len(p) != len(y):
        raise ValueError(f"{len(p)} confidences for {len(y)} outcomes")
    wrong = [value for value in p if not 0 <= value <= 1]
    if wrong:
        raise ValueError(f"a confidence is between 0 and 1, not {wrong[0]}")
