"""An MRR file as periods, groups and warnings: what `earned metrics` prints. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from agent.economics.money import Rates
from agent.metrics.bands import BANDS
from agent.metrics.measures import GAP, Lifetimes, lifetimes, values
from agent.metrics.movements import By, Estate, Group, Totals, estate, movements, totals
from agent.metrics.rows import Row, month_name

Period = Literal["month", "quarter", "year"]
LENGTH: Final = {"month": 1, "quarter": 3, "year": 12}
THIN: Final = 0.70
"""A last month with fewer rows than this share of the month before looks like an export that was cut off."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the end of month `first` to the end of month `last`."""

    label: str
    first: int
    last: int

    @property
    def months(self) -> int:
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Result:
    """One group in one period."""

    span: Span
    group: Group
    totals: Totals
    values: Mapping[str, float | None]
    year_before: float | None = None
    """NRR of the same period a year before (R124)."""

    @property
    def year_over_year(self) -> float | None:
        """The change of NRR against the year before, in shares (0.02: two points)."""
        now = self.values["nrr"]
        return None if now is None or self.year_before is None else now - self.year_before

    @property
    def warning(self) -> str | None:
        """R117: growth that may rest on few accounts."""
        size = self.values["gap"]
        if size is None or size < GAP:
            return None
        share = self.values["largest_share"] or 0.0
        who = f" of {self.group[1]}" if self.group[1] else ""
        return (
            f"{self.span.label}{who} in {self.group[0]}: NRR is {size * 100:.0f} points above GRR"
            f"; one account brought {share:.0%} of the expansion (concentration risk)"
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "period": self.span.label,
            "from": month_name(self.span.first),
            "to": month_name(self.span.last),
            "months": self.span.months,
            "currency": self.group[0],
            "group": self.group[1],
            **asdict(self.totals),
            **self.values,
            "nrr_year_before": self.year_before,
            "warning": self.warning,
        }


@dataclass(frozen=True, slots=True)
class Analysis:
    by: By | None
    period: Period
    summary: tuple[Result, ...]
    """The last twelve months, or all that there are; whole and by group."""
    results: tuple[Result, ...]
    """Every period, oldest first, in each by currency and group."""
    lifetimes: Mapping[str, Lifetimes]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The object of `earned metrics --json`; rates are shares, amounts monthly recurring revenue."""
        return {
            "by": self.by,
            "period": self.period,
            "summary": [result.to_json() for result in self.summary],
            "periods": [result.to_json() for result in self.results],
            "lifetimes": {currency: asdict(found) for currency, found in self.lifetimes.items()},
            "reference_bands": [asdict(band) for band in BANDS],
            "warnings": list(self.warnings),
        }


def analyse(rows: Sequence[Row], *, by: By | None = None, period: Period = "month", rates: Rates | None = None) -> Analysis:
    """Every measure of every period. Needs two months; a period whose first or last month is not in the file is left out."""
    held = estate(rows, None, rates)
    grouped = held if by is None else estate(rows, by, rates)
    spans = spans_of(held.months, period)
    results = _compared([result for span in spans for result in _results(grouped, span)])
    whole = summary_span(held.months)
    summary = [] if whole is None else [*_results(held, whole), *(_results(grouped, whole) if by else [])]
    warnings = [*_holes(rows, held, rates), *_unusable(held, spans, period)]
    warnings += [result.warning for result in (*summary, *results) if result.warning]
    lived = lifetimes(held, _products(rows, held, rates))
    return Analysis(by, period, tuple(summary), tuple(results), lived, tuple(dict.fromkeys(warnings)))


def spans_of(months: Sequence[int], period: Period) -> list[Span]:
    """Whole calendar months, quarters or years between months that the file has."""
    known, length = set(months), LENGTH[period]
    made = []
    for last in months:
        if (last + 1) % length == 0 and last - length in known:
            made.append(Span(_label(last, period), last - length, last))
    return made


def summary_span(months: Sequence[int]) -> Span | None:
    """The twelve months to the last one, or from the first month where there are fewer; None with one month only."""
    if len(months) < 2:
        return None
    last = months[-1]
    first = (
        last - 12 if last - 12 in set(months) else max(months[0], min((m for m in months if m > last - 12), default=months[0]))
    )
    return Span(f"{last - first} months to {month_name(last)}", first, last)


def _label(last: int, period: Period) -> str:
    year, month = divmod(last, 12)
    return f"{year}" if period == "year" else f"{year}-Q{month // 3 + 1}" if period == "quarter" else month_name(last)


def _results(held: Estate, span: Span) -> list[Result]:
    found = totals(movements(held, span.first, span.last))
    return [Result(span, group, sums, values(sums)) for group, sums in found.items()]


def _compared(results: list[Result]) -> list[Result]:
    """Each result with the NRR of the same period a year before."""
    by_end = {(result.group, result.span.last): result.values["nrr"] for result in results}
    return [replace(result, year_before=by_end.get((result.group, result.span.last - 12))) for result in results]


def _products(rows: Sequence[Row], held: Estate, rates: Rates | None) -> dict[tuple[str, str], int] | None:
    """How many products each account paid for in the last month; None where the file names none."""
    if not any(row.product for row in rows):
        return None
    used: dict[tuple[str, str], set[str]] = {}
    for account, currency, product in (
        unit for unit, paid in estate(rows, "product", rates).paid.items() if paid.get(held.months[-1])
    ):
        used.setdefault((account, currency), set()).add(product)
    return {key: len(found) for key, found in used.items()}


def _holes(rows: Sequence[Row], held: Estate, rates: Rates | None) -> list[str]:
    """What in the file would be read as movement and may be none."""
    made = []
    months = held.months
    absent = [month_name(month) for month in range(months[0], months[-1]) if month not in set(months)]
    if absent:
        made.append(f"The file has no rows for {', '.join(absent)}: periods that begin or end there are left out.")
    back = sum(_returns(paid) for paid in held.accounts.values())
    if back:
        made.append(
            f"{back} accounts have no row for some months and then return: read as churn and reactivation unless exported."
        )
    seen = Counter(row.month for row in rows)
    count = {month: seen[month] for month in months[-2:]}
    if len(count) == 2 and count[months[-1]] < THIN * count[months[-2]]:
        made.append(
            f"{month_name(months[-1])} has {count[months[-1]]} rows, the month before {count[months[-2]]}: it may not be complete."
        )
    currencies = sorted({key[1] for key in held.accounts})
    if len(currencies) > 1:
        lacking = (
            "Give --rates to see one total"
            if rates is None
            else f"No rate was given for {', '.join(c for c in currencies if c != rates.base)}"
        )
        made.append(f"{', '.join(currencies)} are shown apart and never added. {lacking}.")
        changed = len({key[0] for key in held.accounts})
        if changed < len(held.accounts):
            made.append(
                f"{len(held.accounts) - changed} accounts are billed in more than one currency: a change reads as churn and new."
            )
    return made


def _returns(paid: Mapping[int, float]) -> bool:
    positive = [month for month, mrr in paid.items() if mrr > 0]
    return bool(positive) and len(positive) != max(positive) - min(positive) + 1


def _unusable(held: Estate, spans: Sequence[Span], period: Period) -> list[str]:
    if len(held.months) < 2:
        return ["The file has one month: movements need two."]
    if not spans:
        need = (
            "the last month of two quarters that follow each other"
            if period == "quarter"
            else "December of two years that follow each other"
        )
        return [f"No whole {period} lies in the file: it needs {need}."]
    return []
