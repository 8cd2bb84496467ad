"""The formulas: every rate with its denominator in its name or its text. Pure; a rate over nothing is None, not zero.

`MEASURES` is the table that the command line, the HTML page and the documentation read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import Final

from agent.metrics.movements import Estate, Totals

GAP: Final = 0.30
"""R117: NRR - GRR from which growth rests on few accounts, in shares."""


def nrr(t: Totals) -> float | None:
    """R115: (starting MRR + expansion - contraction - churn) / starting MRR. New and returning customers are in no part of it."""
    return _over(t.start + t.expansion - t.contraction - t.churn, t.start)


def grr(t: Totals) -> float | None:
    """R116: (starting MRR - contraction - churn) / starting MRR: what stays if nobody expands."""
    return _over(t.start - t.contraction - t.churn, t.start)


def gap(t: Totals) -> float | None:
    """R117: NRR - GRR, which is the gross expansion rate: the share of the base by which expansion hides losses."""
    return _over(t.expansion, t.start)


def gross_expansion(t: Totals) -> float | None:
    """R122: expansion / starting MRR."""
    return _over(t.expansion, t.start)


def net_expansion(t: Totals) -> float | None:
    """R123: (expansion - contraction - churn) / starting MRR."""
    return _over(t.expansion - t.contraction - t.churn, t.start)


def expansion_share(t: Totals) -> float | None:
    """R125: expansion / (expansion + new): how much of the MRR won in the period came from customers. Returning ones count as neither."""
    return _over(t.expansion, t.expansion + t.new)


def conversion(t: Totals) -> float | None:
    """R120: accounts that expanded / accounts that paid at the start."""
    return _over(t.expanded, t.accounts)


def concentration(t: Totals) -> float | None:
    """The largest account's part of the expansion (R117): expansion of one / expansion of all."""
    return _over(t.largest_expansion, t.expansion)


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    label: str
    formula: str
    of: Callable[[Totals], float | None]


MEASURES: Final = (
    Measure("nrr", "NRR", "(start + expansion - contraction - churn) / starting MRR", nrr),
    Measure("grr", "GRR", "(start - contraction - churn) / starting MRR", grr),
    Measure("gap", "NRR - GRR", "expansion / starting MRR, in points", gap),
    Measure("gross_expansion_rate", "gross expansion / starting MRR", "expansion / starting MRR", gross_expansion),
    Measure(
        "net_expansion_rate", "net expansion / starting MRR", "(expansion - contraction - churn) / starting MRR", net_expansion
    ),
    Measure("expansion_share_of_new", "expansion / (expansion + new MRR)", "expansion / (expansion + new)", expansion_share),
    Measure("conversion_rate", "accounts expanded / accounts at start", "accounts expanded / accounts at start", conversion),
    Measure("largest_share", "largest account / expansion", "expansion of one account / expansion", concentration),
)


def values(t: Totals) -> dict[str, float | None]:
    """Every measure by name."""
    return {measure.name: measure.of(t) for measure in MEASURES}


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """What accounts did over the whole file, in one currency. Months and amounts, with the number of accounts behind each."""

    accounts: int
    revenue_mean: float
    """R121: revenue to date, expansion included; a sum, no forecast."""
    revenue_median: float
    closed_in_file: int
    """Accounts whose first month lies inside the file: only their time to expansion is known."""
    expanded: int
    months_to_expansion: float | None
    """R119: the month by which half of them had expanded (Kaplan-Meier); None while fewer than half have."""
    products_mean: float | None = None
    """R129, in the last month; None where the file tells no products apart."""
    with_products: tuple[tuple[int, int], ...] = ()
    """(N, accounts that use N products or more)."""


def lifetimes(held: Estate, products: Mapping[tuple[str, str], int] | None = None) -> dict[str, Lifetimes]:
    """Lifetimes by currency. `products`: how many products each (account, currency) uses in the last month."""
    made = {}
    for currency in sorted({key[1] for key in held.accounts}):
        accounts = {key: paid for key, paid in held.accounts.items() if key[1] == currency}
        revenue = [sum(paid[month] for month in sorted(paid)) for _, paid in sorted(accounts.items())]
        waits = [wait for paid in accounts.values() if (wait := time_to_expansion(paid, held.months)) is not None]
        counts = [products[key] for key in accounts if products.get(key)] if products is not None else []
        made[currency] = Lifetimes(
            accounts=len(accounts),
            revenue_mean=fmean(revenue),
            revenue_median=median(revenue),
            closed_in_file=len(waits),
            expanded=sum(happened for _, happened in waits),
            months_to_expansion=half_life(waits),
            products_mean=fmean(counts) if counts else None,
            with_products=tuple((n, sum(count >= n for count in counts)) for n in range(1, max(counts, default=0) + 1)),
        )
    return made


def time_to_expansion(paid: Mapping[int, float], months: Sequence[int]) -> tuple[int, bool] | None:
    """(months from the first payment to the first month that paid more than the one before, True), or (months watched, False).

    None where the first payment is in the first month of the file: the close may lie before it.
    """
    positive = [month for month in sorted(paid) if paid[month] > 0]
    if not positive or positive[0] == months[0]:
        return None
    for earlier, later in pairwise(positive):
        if later == earlier + 1 and paid[later] > paid[earlier]:
            return later - positive[0], True
    return positive[-1] - positive[0], False


def half_life(waits: Sequence[tuple[int, bool]]) -> float | None:
    """The Kaplan-Meier median: accounts that have not expanded yet count for as long as they were watched."""
    share = 1.0
    for month in sorted({wait for wait, happened in waits if happened}):
        watched = sum(wait >= month for wait, _ in waits)
        share *= 1 - sum(wait == month and happened for wait, happened in waits) / watched
        if share <= 0.5:
            return float(month)
    return None


def _over(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
