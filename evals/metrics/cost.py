"""Cost and time per account, from uncached runs only: a cached answer has no price and no latency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, nan


@dataclass(frozen=True, slots=True)
class Usage:
    """What one account took."""

    seconds: float
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Totals:
    accounts: int
    cost: float
    calls: int
    tokens: int
    p50: float
    """Seconds; nan without accounts."""
    p95: float


def price(prompt_tokens: int, completion_tokens: int, per_million: tuple[float, float]) -> float:
    """Tokens x price. `per_million`: what a million prompt and a million completion tokens cost, from a dated price file."""
    return (prompt_tokens * per_million[0] + completion_tokens * per_million[1]) / 1_000_000


def totals(usage: Sequence[Usage]) -> Totals:
    seconds = [row.seconds for row in usage]
    return Totals(
        accounts=len(usage),
        cost=sum(row.cost for row in usage),
        calls=sum(row.calls for row in usage),
        tokens=sum(row.prompt_tokens + row.completion_tokens for row in usage),
        p50=percentile(seconds, 50),
        p95=percentile(seconds, 95),
    )


def percentile(values: Sequence[float], q: float) -> float:
    """The q-th percentile, linear between ranks; nan without values."""
    if not 0 <= q <= 100:
        raise ValueError(f"a percentile is within 0..100, not {q}")
    if not values:
        return nan
    ordered = sorted(values)
    at = (len(ordered) - 1) * q / 100
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def per_accepted(cost: float, accepted: int) -> float:
    """The headline: cost per accepted hypothesis; infinite where money bought none, nan where neither was."""
    if accepted:
        return cost / accepted
    return float("inf") if cost else nan


def cost_ratio(candidate: Mapping[str, float], baseline: Mapping[str, float]) -> float:
    """How many times as much the candidate costs: the geometric mean of per-account ratios, over accounts where both cost something.

    Raises ValueError where the accounts differ; nan where no account has both.
    """
    if candidate.keys() != baseline.keys():
        raise ValueError("the arms are of different accounts")
    logs = [log(candidate[key] / baseline[key]) for key in candidate if candidate[key] > 0 and baseline[key] > 0]
    return exp(sum(logs) / len(logs)) if logs else nan
