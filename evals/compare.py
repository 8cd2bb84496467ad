"""Two runs of the same cases, paired and clustered by account: what changed, how sure that is, and where it got worse. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from agent.errors import UsageError
from evals.measures import BY_NAME, MEASURES, Measure, table
from evals.metrics import stats
from evals.metrics.stats import Interval
from evals.runs import Run, finite

WORST: Final = 5
HEADLINE: Final = ("signal_f1", "signal_precision", "counter_recall", "grade_balanced_accuracy")
"""What Holm's correction is over: the measures that a decision is taken on."""


@dataclass(frozen=True, slots=True)
class Delta:
    measure: str
    candidate: float
    baseline: float
    delta: float
    interval: Interval
    """95 %, by bootstrap over accounts."""
    p: float
    p_holm: float | None
    """Adjusted over `HEADLINE`; None for the others."""
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, slots=True)
class Regression:
    """A case that got worse: difference of its own F1, and its grade before and after."""

    case: str
    delta: float
    gold: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    candidate: str
    baseline: str
    accounts: int
    deltas: tuple[Delta, ...]
    worst: tuple[Regression, ...]
    smallest_effect: float
    """The smallest difference of a rate that so many accounts show: 80 % power, 5 % level, a fifth of them moving."""

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = finite(asdict(self))
        for delta in row["deltas"]:
            delta["low"], delta["high"] = finite(dict(enumerate(delta.pop("interval")))).values()
        return row


def compare(candidate: Run, baseline: Run) -> Comparison:
    """Raises UsageError where the two runs are not of the same cases of the same data."""
    same_cases(candidate, baseline)
    found = [_delta(measure, candidate, baseline) for measure in MEASURES]
    adjusted = stats.holm({delta.measure: delta.p for delta in found if delta.measure in HEADLINE})
    deltas = tuple(_with_holm(delta, adjusted.get(delta.measure)) for delta in found)
    accounts = len({case.account for case in candidate.cases})
    return Comparison(
        label(candidate), label(baseline), accounts, deltas, worst(candidate, baseline), stats.smallest_effect(accounts)
    )


def same_cases(candidate: Run, baseline: Run) -> None:
    """Raises UsageError with what differs: a difference between two data sets is no improvement."""
    new, old = candidate.header, baseline.header
    if new.dataset_sha256 != old.dataset_sha256:
        raise UsageError(
            f"The runs are of different data: {new.dataset} {new.dataset_sha256[:12]} and {old.dataset} {old.dataset_sha256[:12]}.",
            "Run both on the same books.",
        )
    ids, others = {case.case for case in candidate.cases}, {case.case for case in baseline.cases}
    if ids != others:
        only = sorted(ids ^ others)
        raise UsageError(
            f"The runs are of different cases: {len(only)} are in one of them only, e.g. {only[0]}.",
            "Run both on the same split.",
        )


def label(run: Run) -> str:
    return f"{run.header.name} ({run.header.pipeline})"


def interval(measure: Measure, candidate: Run, baseline: Run, level: float) -> Interval:
    """Of candidate - baseline."""
    return stats.paired_bootstrap(
        table(measure, candidate.cases)[1], table(measure, baseline.cases)[1], measure.statistic, level=level
    )


def _delta(measure: Measure, candidate: Run, baseline: Run) -> Delta:
    _, new = table(measure, candidate.cases)
    _, old = table(measure, baseline.cases)
    mine, theirs = stats.pooled(new, measure.statistic), stats.pooled(old, measure.statistic)
    moves = measure.statistic(new) - measure.statistic(old) if measure.by_case else np.zeros(0)
    moves = moves[~np.isnan(moves)]
    return Delta(
        measure=measure.name,
        candidate=mine,
        baseline=theirs,
        delta=mine - theirs,
        interval=stats.paired_bootstrap(new, old, measure.statistic),
        p=stats.permutation(new, old, measure.statistic),
        p_holm=None,
        wins=int((moves > 1e-12).sum()),
        ties=int((np.abs(moves) <= 1e-12).sum()),
        losses=int((moves < -1e-12).sum()),
    )


def _with_holm(delta: Delta, adjusted: float | None) -> Delta:
    return Delta(**{**{name: getattr(delta, name) for name in Delta.__slots__}, "p_holm": adjusted})


def worst(candidate: Run, baseline: Run, count: int = WORST) -> tuple[Regression, ...]:
    """The accounts that lost most F1 or grade, worst first; a lost grade weighs more than any F1."""
    f1 = BY_NAME["signal_f1"]
    names, new = table(f1, candidate.cases)
    _, old = table(f1, baseline.cases)
    moves = dict(zip(names, np.nan_to_num(f1.statistic(new), nan=1.0) - np.nan_to_num(f1.statistic(old), nan=1.0), strict=True))
    grades = {case.account: case.grade for case in candidate.cases}
    before = {case.account: case.grade[1] for case in baseline.cases}
    rows = [Regression(name, float(moves[name]), grades[name][0], before[name], grades[name][1]) for name in names]
    lost = [row for row in rows if row.delta < 0 or _lost_grade(row)]
    return tuple(sorted(lost, key=lambda row: (not _lost_grade(row), row.delta, row.case))[:count])


def _lost_grade(row: Regression) -> bool:
    return row.before == row.gold != row.after


def lines(found: Comparison) -> list[str]:
    """The comparison as Markdown."""
    out = [
        f"Candidate {found.candidate}",
        f"Baseline  {found.baseline}",
        "",
        "| measure | baseline | candidate | delta | 95 % interval | p | Holm | wins/ties/losses |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for d in found.deltas:
        holm = "" if d.p_holm is None else f"{d.p_holm:.3f}"
        out.append(
            f"| {d.measure} | {d.baseline:.3f} | {d.candidate:.3f} | {d.delta:+.3f} | [{d.interval.low:+.3f}, {d.interval.high:+.3f}]"
            f" | {d.p:.3f} | {holm} | {d.wins}/{d.ties}/{d.losses} |"
        )
    out += ["", *_closing(found.worst, found.accounts, found.smallest_effect)]
    return out


def _closing(worst_cases: Sequence[Regression], accounts: int, effect: float) -> list[str]:
    out = [f"{accounts} accounts. The smallest difference of a rate that so few show: {100 * effect:.0f} points."]
    out += [f"worse: {w.case} F1 {w.delta:+.3f}, gold {w.gold}, {w.before} -> {w.after}" for w in worst_cases]
    return out
