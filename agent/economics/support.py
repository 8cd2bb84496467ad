"""Support load: tickets for a seat and month, now and before, and what the expansion adds. Pure (R027-R028, R064, R114, R130).

    tickets for a seat and month = tickets opened in 91 days / mean active seats / (91 days / (365.25 / 12))

The interval is the exact Poisson interval of the count at 90 %: three tickets in a quarter are compatible with one or with seven.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from statistics import fmean
from typing import Final

from agent.economics.facts import ACTIVE, MONTH_DAYS, Facts
from agent.economics.figures import Figure, Sheet
from agent.economics.revenue import seats

QUARTER: Final = timedelta(days=91)
LEVEL: Final = 0.90
UNIT: Final = "tickets for a seat and month"
BEFORE: Final = "the quarter before"
FORMULA: Final = "tickets opened in 91 days / mean active seats / 2.99 months; interval: exact Poisson, 90 %"


def ticket_rate(facts: Facts, last: date | None, sheet: Sheet) -> tuple[float, float, float] | None:
    """(low, value, high) for the 91 days that end with `last`; None where the exports do not cover them, with the gap noted."""
    if last is None or facts.first_day is None or facts.first_day > last - QUARTER + timedelta(days=14):
        sheet.lacks("tickets of a whole quarter", "support")
        return None
    inside = [day for day in facts.tickets if last - QUARTER < day <= last]
    seats_then = [value for day, value in facts.usage.get(ACTIVE, ()) if last - QUARTER < day <= last]
    if not seats_then or fmean(seats_then) <= 0:
        sheet.lacks("active seats", "product operations")
        return None
    window = f"{(last - QUARTER + timedelta(days=1)).isoformat()}..{last.isoformat()}"
    count = sheet.use("tickets opened by the customer", float(len(inside)), "tickets", f"tickets, {window}")
    people = sheet.use("mean active seats", fmean(seats_then), "seats", f"usage.csv {ACTIVE}, {window}")
    months = QUARTER.days / MONTH_DAYS
    low, high = poisson_interval(int(count))
    return low / people / months, count / people / months, high / people / months


def support_load_trend(facts: Facts) -> Figure:
    """Tickets for a seat and month now, with the quarter before among its inputs: does the load rise faster than the users (R064)?"""
    sheet = Sheet()
    now = ticket_rate(facts, facts.as_of, sheet)
    if now is None:
        return sheet.unknown(UNIT, FORMULA)
    earlier = Sheet()
    before = ticket_rate(facts, facts.as_of - QUARTER if facts.as_of else None, earlier)
    low, value, high = now
    if before is None:
        return sheet.figure(value, UNIT, FORMULA, low, high, "the quarter before is not covered by the exports")
    sheet.inputs += [replace(given, name=f"{given.name}, {BEFORE}") for given in earlier.inputs]
    formula = f"the same formula; 90 % interval {before[0]:.3f} to {before[2]:.3f}"
    for name, part in zip((BEFORE, f"{BEFORE}, at least", f"{BEFORE}, at most"), (before[1], before[0], before[2]), strict=True):
        sheet.use(name, part, UNIT, formula)
    apart = "the two intervals do not overlap" if low > before[2] or high < before[0] else "the two intervals overlap"
    word = "up" if value > before[1] else "down" if value < before[1] else "unchanged"
    return sheet.figure(value, UNIT, FORMULA, low, high, f"{word} from {before[1]:.3f}; {apart}")


def added_support_load(facts: Facts) -> Figure:
    """R114: tickets a month that come with the expansion: those of the seats it adds, or what support says of an add-on."""
    sheet = Sheet()
    unit, formula = "tickets a month", "seats added × tickets for a seat and month now"
    given = facts.answers.get("tickets_per_month")
    if given is not None:
        sheet.inputs.append(given)
        count = float(given.value)
        return sheet.figure(count, unit, "as support says", count, count)
    if facts.item is None or (not facts.more_of_the_same and facts.item.kind != "plan"):
        name = facts.item.name if facts.item else "the expansion"
        sheet.lacks(f"tickets a month that {name} brings", "support")
    added = seats(facts, sheet, least=1.0 if facts.more_of_the_same else None)
    rate = ticket_rate(facts, facts.as_of, sheet)
    if rate is None or added.low is None:
        if not sheet.missing:
            sheet.lacks("tickets a month that the other plan brings", "support")
        return sheet.unknown(unit, formula)
    sheet.spread(UNIT, *rate, UNIT, FORMULA)
    low = added.low * rate[0]
    if sheet.missing:
        return sheet.figure(None, unit, formula, low, None)
    value = None if added.value is None else added.value * rate[1]
    high = None if added.high is None else added.high * rate[2]
    return sheet.figure(value, unit, formula, low, high)


@lru_cache(maxsize=512)
def poisson_interval(count: int, level: float = LEVEL) -> tuple[float, float]:
    """The exact (Garwood) interval of a Poisson mean of which `count` were seen: zero events still allow 3.0 at 95 % one-sided."""
    if count < 0:
        raise ValueError("a count is not negative")
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else _solve(lambda mean: 1 - _cdf(count - 1, mean), tail, rising=True, top=count + 1.0)
    return low, _solve(lambda mean: _cdf(count, mean), tail, rising=False, top=2 * count + 20.0)


def _cdf(count: int, mean: float) -> float:
    """P(X <= count) of a Poisson variable."""
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1)) if mean > 0 else 1.0


def _solve(function: object, target: float, *, rising: bool, top: float) -> float:
    """Bisection on a monotone function of the mean."""
    assert callable(function)
    low, high = 0.0, top
    for _ in range(60):
        middle = (low + high) / 2
        if (function(middle) < target) is rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2
