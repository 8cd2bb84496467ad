"""A model that judges, judged: against people's blind labels, and the rate that its verdicts stand for.

An always-pass judge at 90 % passes has an accuracy of 90 % and a kappa of 0, so TPR and TNR are reported, never accuracy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

import numpy as np

from evals.metrics.agreement import cohen_kappa
from evals.metrics.stats import Array, Interval, wilson

BAR: Final = 0.9
"""A judge below this TPR or TNR on its labels gates nothing."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Counts against human labels: `passes` that people pass, of them `agreed_passes` by the judge; the same for fails."""

    passes: int
    agreed_passes: int
    fails: int
    agreed_fails: int

    @property
    def tpr(self) -> float:
        return self.agreed_passes / self.passes if self.passes else nan

    @property
    def tnr(self) -> float:
        return self.agreed_fails / self.fails if self.fails else nan

    @property
    def tpr_interval(self) -> Interval:
        return wilson(self.agreed_passes, self.passes)

    @property
    def tnr_interval(self) -> Interval:
        return wilson(self.agreed_fails, self.fails)

    @property
    def kappa(self) -> float:
        """Cohen's kappa of judge and people."""
        pairs = [(True, True)] * self.agreed_passes + [(True, False)] * (self.passes - self.agreed_passes)
        pairs += [(False, False)] * self.agreed_fails + [(False, True)] * (self.fails - self.agreed_fails)
        return cohen_kappa(pairs)

    @property
    def usable(self) -> bool:
        """Whether it may gate; False where a class has no label."""
        return self.tpr >= BAR and self.tnr >= BAR


def calibrate(human: Sequence[bool], judge: Sequence[bool]) -> Judged:
    """Counts from aligned verdicts; True is a pass."""
    rows = list(zip(human, judge, strict=True))
    passes = [said for true, said in rows if true]
    fails = [said for true, said in rows if not true]
    return Judged(len(passes), sum(passes), len(fails), fails.count(False))


def kappa_statistic(sums: Array) -> Array:
    """Cohen's kappa from rows of agreed passes, refused passes, passed fails, agreed fails: for intervals by account.

    nan without cases; 0 where chance alone explains everything, as in `cohen_kappa`.
    """
    a, b, c, d = sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3]
    n = a + b + c + d
    with np.errstate(divide="ignore", invalid="ignore"):
        seen, chance = (a + d) / n, ((a + b) * (a + c) + (c + d) * (b + d)) / n**2
        return np.asarray(np.where(n > 0, np.where(chance < 1, (seen - chance) / (1 - chance), 0.0), np.nan))


def corrected(rate: float, tpr: float, tnr: float) -> float:
    """The true pass rate behind a judge's: (rate + TNR - 1) / (TPR + TNR - 1), within 0..1 (Rogan and Gladen 1978).

    nan for a judge no better than chance (TPR + TNR <= 1): its verdicts say nothing.
    """
    skill = tpr + tnr - 1
    return min(1.0, max(0.0, (rate + tnr - 1) / skill)) if skill > 0 else nan


def corrected_interval(
    passed: int, n: int, judged: Judged, *, level: float = 0.95, replicates: int = 10_000, seed: int = 0
) -> Interval:
    """Interval of the corrected rate with the labels' uncertainty: rate, TPR and TNR drawn from their Jeffreys posteriors.

    Draws whose judge is no better than chance are left out; (0, 1) where that leaves nothing or something was never labelled.
    """
    if not 0 <= passed <= n:
        raise ValueError(f"{passed} passes of {n}")
    if not (n and judged.passes and judged.fails):
        return Interval(0.0, 1.0)
    rng = np.random.default_rng(seed)
    seen = ((passed, n), (judged.agreed_passes, judged.passes), (judged.agreed_fails, judged.fails))
    rate, tpr, tnr = (rng.beta(hits + 0.5, of - hits + 0.5, replicates) for hits, of in seen)
    skill = tpr + tnr - 1
    able = skill > 0
    if not able.any():
        return Interval(0.0, 1.0)
    values = np.clip((rate + tnr - 1)[able] / skill[able], 0, 1)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def prediction_powered(judge_all: Sequence[bool], human: Sequence[bool], judge: Sequence[bool]) -> float:
    """Mean verdict on everything + mean (human - judge) on the labelled part. nan where either part is empty."""
    if not judge_all or not human:
        return nan
    rows = list(zip(human, judge, strict=True))
    return sum(judge_all) / len(judge_all) + sum(int(h) - int(j) for h, j in rows) / len(rows)
