"""What the economics of an account are worked out from, and how it is read out of its records. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean, median
from typing import Final

from agent.economics.book import BookRevenue, revenue_of
from agent.economics.figures import Input
from agent.economics.money import Rates
from agent.signals import Signal
from retrieval.accounts import Account, Catalog, CatalogItem
from retrieval.readers.usage import series
from retrieval.records import Record, Voice

Series = Sequence[tuple[date, float]]
MONTH_DAYS: Final = 365.25 / 12
WINDOW: Final = timedelta(weeks=4)
LOOKBACK: Final = timedelta(weeks=12)
"""The windows of the telemetry signals (design.md section 5), so that a figure and a signal speak of the same weeks."""
ACTIVE, LICENSED = "active_seats", "licensed_seats"
PRICES: Final = frozenset({"price", "overage", "list"})
"""Words by which a name among the unit costs says that it is what customers are charged, not what it costs."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One account and what is known around it. `as_of` is the newest day in its records: equal records give equal figures."""

    account: Account
    catalog: Catalog
    signals: tuple[Signal, ...] = ()
    item: CatalogItem | None = None
    """The catalogue item that the case points to (the adjacency)."""
    more_of_the_same: bool = False
    """More seats of the present plan rather than something new."""
    motion: str = "none"
    usage: Mapping[str, Series] = field(default_factory=dict)
    tickets: tuple[date, ...] = ()
    """The day on which each of the customer's tickets was opened."""
    first_day: date | None = None
    """The oldest day of any record: before it nothing was exported, which is not the same as nothing happened."""
    as_of: date | None = None
    book: BookRevenue = field(default_factory=BookRevenue)
    """The revenue of every account of the book, this one included."""
    rates: Rates | None = None
    answers: Mapping[str, Input] = field(default_factory=dict)
    """What people supplied, by name: `onboarding_hours`, `tickets_per_month`, `item_cost_per_month`."""

    def cost(self, *words: str) -> Input | None:
        """The unit cost whose name holds all of these words, as an input."""
        for name, value in self.catalog.unit_costs:
            if set(words) <= set(stems(name)) and not PRICES & set(stems(name)):
                return Input(name, value, self.catalog.currency, f"catalog.json unit_costs.{name}")
        return None


def facts_of(
    account: Account,
    catalog: Catalog,
    signals: Iterable[Signal],
    records: Sequence[Record],
    *,
    item: CatalogItem | None = None,
    more_of_the_same: bool = False,
    motion: str = "none",
    book: Iterable[Account] | BookRevenue = (),
    rates: Rates | None = None,
    answers: Mapping[str, Input] | None = None,
) -> Facts:
    """Facts of one account from its records: usage series, the days of its own tickets, and the days that they cover.

    A ticket counts where its description is in the customer's voice: bounces, advertising and automatic replies are no support load.
    """
    usage = {record.source.removeprefix("usage:"): series(record) for record in records if record.source.startswith("usage:")}
    opened = {
        record.document: date.fromisoformat(record.date)
        for record in reversed(records)
        if record.source.startswith("ticket:") and record.source.endswith("/description") and record.voice is Voice.CUSTOMER
    }
    days = [date.fromisoformat(record.date) for record in records if record.voice is not Voice.EXTERNAL and record.occurred_at]
    first = [rows[0][0] for rows in usage.values() if rows]
    return Facts(
        account,
        catalog,
        tuple(signals),
        item,
        more_of_the_same,
        motion,
        usage,
        tuple(sorted(opened.values())),
        min(days + first, default=None),
        max(days, default=None),
        revenue_of(book),
        rates,
        dict(answers or {}),
    )


@dataclass(frozen=True, slots=True)
class Level:
    """The mean of a series over four weeks, with its extremes."""

    mean: float
    lowest: float
    highest: float
    first: date
    last: date
    rows: int

    def __str__(self) -> str:
        return f"{self.first.isoformat()}..{self.last.isoformat()}, {self.rows} rows"


def level(rows: Series, last: date | None = None) -> Level | None:
    """The four weeks that end with `last` (default: the newest row); None where fewer than three rows lie in them."""
    if not rows:
        return None
    last = last or rows[-1][0]
    inside = [(day, value) for day, value in rows if last - WINDOW < day <= last]
    if len(inside) < 3:
        return None
    values = [value for _, value in inside]
    return Level(fmean(values), min(values), max(values), inside[0][0], inside[-1][0], len(values))


def row_days(rows: Series) -> float:
    """How many days one row stands for: the median gap between rows (7 for a weekly export)."""
    gaps = [(later - earlier).days for (earlier, _), (later, _) in pairwise(rows)]
    return float(median(gaps)) if gaps else 7.0


def per_seat(rows: Series, seats: Series) -> tuple[Series, float]:
    """A volume divided by the seats active on the same day, and the days that a row stands for."""
    active = {day: value for day, value in seats if value > 0}
    return tuple((day, value / active[day]) for day, value in rows if day in active), row_days(rows)


def stems(name: str) -> tuple[str, ...]:
    """The words of a name in the singular: `per_1000_api_calls` -> per, 1000, api, call."""
    words = re.findall(r"[a-z]+|\d+", name.casefold())
    return tuple(word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in words)
