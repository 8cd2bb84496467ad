"""How often a belief came true, by grade and by kind of signal. Pure; for people and evaluation, never fed back into a threshold.

    conversion = accounts in which it was bought / accounts in which it is settled (bought, lost or refused)

An account counts once, however many hypotheses it has. Under `ENOUGH` accounts no rate is given: it is "uncalibrated".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agent.hypotheses import Grade
from agent.kinds import KINDS
from agent.outcomes.cases import Followed

ENOUGH: Final = 20
"""Accounts from which a rate says something (requirements, "Learning loop")."""
Z: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`converted` of `settled` accounts; `value` and the 95 % Wilson interval are None while there are too few."""

    name: str
    converted: int
    settled: int

    @property
    def calibrated(self) -> bool:
        return self.settled >= ENOUGH

    @property
    def value(self) -> float | None:
        return self.converted / self.settled if self.calibrated else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.converted, self.settled) if self.calibrated else None

    def __str__(self) -> str:
        count = f"{self.converted} of {self.settled} accounts"
        if self.value is None or self.interval is None:
            return f"uncalibrated ({count}; {ENOUGH} are needed)"
        return f"{self.value:.0%} ({self.interval[0]:.0%} to {self.interval[1]:.0%}; {count})"

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "converted": self.converted,
            "settled": self.settled,
            "rate": self.value,
            "interval_95": self.interval,
            "calibrated": self.calibrated,
        }


def by_grade(cases: Sequence[Followed]) -> list[Rate]:
    """A rate for each grade, in the order of the grades; also those that nobody has settled yet."""
    return [_rate(grade.value, cases, lambda case, grade=grade: case.draft.grade is grade) for grade in Grade]  # type: ignore[misc]


def by_kind(cases: Sequence[Followed]) -> list[Rate]:
    """A rate for each kind of signal that a settled draft cites, most accounts first."""
    kinds = sorted({kind for case in cases if case.story.converted is not None for kind in case.draft.evidence_kinds})
    found = [_rate(kind, cases, lambda case, kind=kind: kind in case.draft.evidence_kinds) for kind in kinds]  # type: ignore[misc]
    return sorted(found, key=lambda rate: (-rate.settled, rate.name))


def label(kind: str) -> str:
    """A kind as people call it; one that this version no longer knows keeps its name."""
    return KINDS[kind].label if kind in KINDS else kind.replace("_", " ")


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The Wilson score interval of a share at 95 %. Raises ValueError without trials."""
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} of {trials} is no share")
    share, square = successes / trials, Z * Z
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    reach = Z / (1 + square / trials) * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _rate(name: str, cases: Iterable[Followed], belongs: Callable[[Followed], bool]) -> Rate:
    accounts: dict[str, bool] = {}
    for case in cases:
        settled = case.story.converted
        if settled is not None and belongs(case):
            accounts[case.account_id] = accounts.get(case.account_id, False) or settled
    return Rate(name, sum(accounts.values()), len(accounts))
