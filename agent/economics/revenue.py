"""Incremental revenue from list prices and what the customer asked for. Pure (R018, R050, R114).

    revenue a year = 12 * sum(list price per unit and month * units)

List prices are called list prices: discounts are not in a catalogue. Units are what customers asked for in their own words; where
nobody named a number, one unit is the least that can be bought, and the rest is missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from agent.economics.asked import FLAT, Asked, needs, seats_asked, unit_of, units_asked
from agent.economics.facts import MONTH_DAYS, PRICES, Facts, Level, level, row_days, stems
from agent.economics.figures import Figure, Sheet
from agent.economics.money import currency, factor
from retrieval.accounts import CatalogItem

OWNER: Final = "the account owner"
MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Count:
    """How many units: a value with bounds; None where nobody said."""

    value: float | None
    low: float | None
    high: float | None

    def times(self, factor: float) -> Count:
        low, value, high = (None if part is None else part * factor for part in (self.low, self.value, self.high))
        return Count(value, low, high)


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the offer: so many units at so much a month."""

    name: str
    price: float
    count: Count
    unit: str

    @property
    def words(self) -> str:
        """The line as it stands in the formula; `n` is a count that nobody gave."""
        count = "n" if self.count.value is None else f"{self.count.value:g}"
        unit = re.sub(r"s\b", "", self.unit, count=1) if self.count.value == 1 else self.unit
        return f"{self.price:,.2f} × {count} {unit}"


def incremental_revenue(facts: Facts) -> Figure:
    """R114's first field: what the expansion adds to revenue in a year, at list price."""
    sheet = Sheet()
    if facts.item is None:
        return _usage_revenue(facts, sheet) if facts.motion == "usage" else _nothing_to_sell(sheet)
    parts = parts_of(facts, sheet)
    unit = f"{currency(facts.catalog.currency)} a year"
    formula = f"12 months × ({' + '.join(part.words for part in parts)})" if parts else "12 months × list price × units"
    if any(part.count.low is None for part in parts) or not parts:
        return sheet.unknown(unit, formula)
    low = _sum([part.count.times(part.price * MONTHS).low for part in parts])
    value = _sum([part.count.times(part.price * MONTHS).value for part in parts])
    high = _sum([part.count.times(part.price * MONTHS).high for part in parts])
    return in_account_currency(
        facts, sheet.figure(value, unit, formula, low, high, "at list price; discounts are not known"), sheet
    )


def parts_of(facts: Facts, sheet: Sheet) -> tuple[Part, ...]:
    """The lines of the offer: the item, a plan that it needs, and the seats that were asked for. Gaps go to the sheet."""
    item = facts.item
    if item is None:
        return ()
    if facts.more_of_the_same:
        return _some(_line(item, item.price, seats(facts, sheet, least=1.0), "seats", sheet))
    present = facts.catalog.item(facts.account.plan)
    if item.kind == "plan":
        return _other_plan(facts, item, sheet)
    lines: list[Part | None] = []
    plan = present
    wanted = needs(item, facts.catalog.plans)
    if wanted and (present is None or present.item_id not in {choice.item_id for choice in wanted}):
        plan = wanted[0]
        lines.append(_upgrade(facts, plan, sheet))
    lines.append(_line(item, item.price, _units(facts, item, sheet), _unit_name(*unit_of(item)), sheet))
    extra = seats(facts, sheet, least=None)
    if extra.value is not None and plan is not None:
        lines.append(_line(plan, plan.price, extra, "seats", sheet))
    return _some(*lines)


def seats(facts: Facts, sheet: Sheet, *, least: float | None) -> Count:
    """Seats that come on top of those they have: the newest count, within the counts that were ever named.

    `least`: what is certain where nobody named a number; None if seats are then not part of it. With another plan a plain count
    ("Estate with 160 seats") holds those they have; where it is no greater, some of them may be new people, or none.
    """
    found = seats_asked(facts.signals)
    count, held = _named(found, "seats", sheet, least), facts.account.seats_licensed
    if not found or found[0].more or not _changes_plan(facts) or held is None or count.low is None:
        return count
    if count.low > held:
        return Count(*(None if part is None else part - held for part in (count.value, count.low, count.high)))
    return Count(None, 0.0, count.high)


def _changes_plan(facts: Facts) -> bool:
    return facts.item is not None and facts.item.kind == "plan" and not facts.more_of_the_same


def _other_plan(facts: Facts, plan: CatalogItem, sheet: Sheet) -> tuple[Part, ...]:
    """All seats on the other plan, and those that come on top. Whoever asks for fewer than they have may mean to move only those."""
    line, found = _upgrade(facts, plan, sheet), seats_asked(facts.signals)
    if line is None or not found:
        return _some(line)
    named, held = [one.count for one in found], float(facts.account.seats_licensed or 0)
    if not found[0].more and min(named) <= held:
        sheet.lacks("how many of their seats change plan", OWNER)
        line = replace(line, count=Count(None, min(named), held))
    return _some(line, _line(plan, plan.price, seats(facts, sheet, least=None), "seats", sheet))


def _units(facts: Facts, item: CatalogItem, sheet: Sheet) -> Count:
    size, noun = unit_of(item)
    if noun in FLAT:
        sheet.use(f"{item.name}: units", 1, noun, f"catalog.json {item.item_id}.unit: one for each {noun}")
        return Count(1, 1, 1)
    found = units_asked(facts.signals, item)
    if size > 1:
        sheet.use(f"{item.name}: size of a unit", size, noun, f"catalog.json {item.item_id}.unit")
    return _named(found, _unit_name(size, noun), sheet, 1.0, size)


def _unit_name(size: float, noun: str) -> str:
    return f"{noun}s" if size == 1 else f"units of {size:,.0f} {noun}s"


def _named(found: tuple[Asked, ...], what: str, sheet: Sheet, least: float | None, size: float = 1.0) -> Count:
    if not found:
        if least is not None:
            sheet.lacks(f"how many {what}", OWNER)
        return Count(None, least, None)
    counts = []
    for one in found:
        sheet.use(f"asked for: {one.noun}", one.count, one.noun, one.source)
        measured = size > 1 and one.noun not in ("block", "pack", "unit", "bundle")
        counts.append(float(-(-one.count // size)) if measured else one.count)
    return Count(counts[0], min(counts), max(counts))


def _line(item: CatalogItem, price: float | None, count: Count, unit: str, sheet: Sheet) -> Part | None:
    if price is None:
        sheet.lacks(f"the list price of {item.name}", "finance")
        return None
    sheet.use(f"list price of {item.name}", price, f"a month for each {item.unit or 'unit'}", f"catalog.json {item.item_id}")
    return Part(item.name, price, count, unit)


def _upgrade(facts: Facts, plan: CatalogItem, sheet: Sheet) -> Part | None:
    """All seats of the present plan on the other one: the difference of the list prices."""
    present, held = facts.catalog.item(facts.account.plan), facts.account.seats_licensed
    for name, value in (("the plan they are on", present), ("seats licensed", held)):
        if value is None:
            sheet.lacks(name, "finance")
    for item in (plan, present):
        if item is not None and item.price is None:
            sheet.lacks(f"the list price of {item.name}", "finance")
    if present is None or held is None or plan.price is None or present.price is None:
        return None
    for item in (plan, present):
        sheet.use(
            f"list price of {item.name}", item.price or 0.0, f"a month for each {item.unit}", f"catalog.json {item.item_id}"
        )
    sheet.use("seats licensed", held, "seats", "accounts.csv seats_licensed")
    return Part(f"{present.name} to {plan.name}", plan.price - present.price, Count(held, held, held), "seats licensed")


def included(facts: Facts, thing: str) -> float | None:
    """How much of a metric the present plan includes a month, from its features (`10,000 runs per month (pooled)`)."""
    plan = facts.catalog.item(facts.account.plan)
    for feature in plan.features if plan else ():
        match = re.search(r"(\d[\d,]*)\s+([\w -]+?)\s+(?:per|a)\s+month", feature)
        if match and set(stems(thing)) & set(stems(match[2])):
            return float(match[1].replace(",", ""))
    return None


def overage(facts: Facts, thing: str) -> tuple[str, float, float] | None:
    """The price of volume above what is included: (its name, price, batch), from `overage_price_per_1000_runs`."""
    for name, price in facts.catalog.unit_costs:
        words = stems(name)
        if PRICES & set(words) and set(stems(thing)) <= set(words):
            batch = next((float(word) for word in words if word.isdigit()), 1.0)
            return name, price, batch
    return None


def volume(facts: Facts, metric: str) -> tuple[Level, float] | None:
    """A metric's newest four weeks, and by how much a row is multiplied to be a month."""
    now = level(facts.usage.get(metric, ()))
    return (now, MONTH_DAYS / row_days(facts.usage[metric])) if now else None


def _usage_revenue(facts: Facts, sheet: Sheet) -> Figure:
    """Volume above the included one, at the overage price: the only way in which usage alone earns more."""
    unit, formula = f"{currency(facts.catalog.currency)} a year", "12 × max(0, monthly volume - included) / batch × overage price"
    for metric in sorted(facts.usage):
        price, limit, measured = overage(facts, metric), included(facts, metric), volume(facts, metric)
        if price is None or measured is None:
            continue
        name, rate, batch = price
        now, monthly = measured
        sheet.spread(f"{metric} a row", now.lowest, now.mean, now.highest, metric, f"usage.csv {metric}, mean of {now}")
        sheet.use("rows a month", monthly, "rows", "365.25 / 12 days / median gap between rows")
        sheet.use(name, rate, f"{currency(facts.catalog.currency)} for {batch:,.0f}", f"catalog.json unit_costs.{name}")
        if limit is None:
            sheet.lacks(f"how many {metric} the plan includes", "finance")
            return sheet.unknown(unit, formula)
        sheet.use("included a month", limit, metric, "catalog.json, features of the present plan")
        low, value, high = (
            MONTHS * max(0.0, level * monthly - limit) / batch * rate for level in (now.lowest, now.mean, now.highest)
        )
        note = "at the list overage price; a charge that the customer disputes is not revenue"
        return in_account_currency(facts, sheet.figure(value, unit, formula, low, high, note), sheet)
    sheet.lacks("a price that follows usage", "finance")
    return sheet.unknown(unit, formula)


def _nothing_to_sell(sheet: Sheet) -> Figure:
    sheet.lacks("what would be bought", OWNER)
    return sheet.unknown("a year", "12 months × list price × units")


def in_account_currency(facts: Facts, figure: Figure, sheet: Sheet) -> Figure:
    """The figure in the account's currency where a rate was given; otherwise as it is, with a note that nothing was converted."""
    given, billed = facts.catalog.currency, facts.account.currency
    if given == billed and given:
        return figure
    rate = factor(facts.rates, given, billed)
    if rate is None:
        return figure.noting(
            f"in {currency(given)}; the account is billed in {currency(billed)}: not converted, no rate was given"
        )
    assert facts.rates is not None
    sheet.use(f"{given} in {billed}", rate, f"{billed} for 1 {given}", facts.rates.source)
    low, value, high = (None if part is None else part * rate for part in (figure.low, figure.number, figure.high))
    formula = f"({figure.formula}) × {rate:g} {billed}/{given}"
    return sheet.figure(value, figure.unit.replace(given, billed), formula, low, high, figure.note)


def _sum(values: list[float | None]) -> float | None:
    return None if any(value is None for value in values) else sum(value for value in values if value is not None)


def _some(*parts: Part | None) -> tuple[Part, ...]:
    return tuple(part for part in parts if part is not None)
