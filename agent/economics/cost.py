"""Incremental cost from unit costs and measured use. Pure (R019, R095, R114).

    cost a year = 12 * sum(added volume a month * unit cost) + 12 * added tickets a month * cost of a ticket

A unit cost is matched with a usage metric by its name (`per_1000_runs` with `runs`). A cost without a measured volume is missing, and the
figure then is a lower bound: "at least".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.economics.asked import SEAT, seats_asked, unit_of, units_asked
from agent.economics.facts import ACTIVE, LOOKBACK, MONTH_DAYS, PRICES, Facts, level, per_seat, row_days, stems
from agent.economics.figures import Figure, Missing, Sheet
from agent.economics.money import currency
from agent.economics.revenue import Count, in_account_currency, seats
from agent.economics.support import added_support_load

_FILLER = frozenset({"per", "month", "year", "week", "day"})
_PEOPLE = ("ticket", "onboarding", "hour")


@dataclass(frozen=True, slots=True)
class Driver:
    """A unit cost of something that the product does: `per_1000_runs` 0.42 -> run, batches of 1000."""

    name: str
    cost: float
    batch: float
    thing: tuple[str, ...]


def drivers(facts: Facts) -> Iterator[Driver]:
    """The unit costs that volume drives. Prices and people's work are none."""
    for name, cost in facts.catalog.unit_costs:
        words = stems(name)
        if PRICES & set(words) or set(words) & set(_PEOPLE):
            continue
        thing = tuple(word for word in words if word not in _FILLER and not word.isdigit())
        yield Driver(name, cost, next((float(word) for word in words if word.isdigit()), 1.0), thing)


def metric_of(facts: Facts, driver: Driver) -> str | None:
    """The usage metric that counts what a driver costs, or None where it is not measured."""
    for metric in sorted(facts.usage):
        if ":" not in metric and set(driver.thing) == set(stems(metric)):
            return metric
    return None


def sold_with(facts: Facts, driver: Driver) -> str | None:
    """The add-on whose unit a driver counts (`per_ai_page` and `5,000 pages`): it costs nothing where that is not sold."""
    return next((item.item_id for item in facts.catalog.addons if unit_of(item)[1] in driver.thing), None)


def incremental_cogs(facts: Facts) -> Figure:
    """R114: what the expansion adds to the cost of serving the account in a year. Implementation work is not in it: it comes once."""
    sheet = Sheet()
    unit = f"{currency(facts.catalog.currency)} a year"
    if facts.item is None and facts.motion != "usage":
        sheet.lacks("what would be bought", "the account owner")
        return sheet.unknown(unit, "12 months × added volume × unit cost")
    if not facts.catalog.unit_costs:
        sheet.lacks("unit costs", "finance")
        return sheet.unknown(unit, "12 months × added volume × unit cost")
    parts = _growth(facts, sheet) if facts.item is None else [*_from_seats(facts, sheet), *_from_item(facts, sheet)]
    parts += _tickets(facts, sheet)
    formula = "12 months × (" + " + ".join(name for name, _ in parts) + ")" if parts else "12 months × added volume × unit cost"
    for name, count in parts:
        if count.value is not None or count.low:
            year = count.times(12)
            sheet.spread(name, year.low, year.value, year.high, unit, "12 months × the inputs above")
    certain = [count.low for _, count in parts if count.low is not None]
    if not certain or (sheet.missing and not any(certain)):
        return sheet.unknown(unit, formula)
    low = 12 * sum(certain)
    whole = not sheet.missing
    value = 12 * sum(count.value or 0.0 for _, count in parts) if whole and all(c.value is not None for _, c in parts) else None
    high = 12 * sum(count.high or 0.0 for _, count in parts) if whole and all(c.high is not None for _, c in parts) else None
    return in_account_currency(facts, sheet.figure(value, unit, formula, low, high), sheet)


def implementation_work(facts: Facts) -> Figure:
    """R114: hours to bring it to use, once, and what they cost. The hours are people's to say; no export holds them."""
    sheet = Sheet()
    span = "hour" if facts.cost("onboarding", "hour") or not facts.cost("onboarding", "day") else "day"
    rate, hours = facts.cost("onboarding", span), facts.answers.get(f"onboarding_{span}s")
    formula, unit = f"onboarding {span}s × cost of one", f"{currency(facts.catalog.currency)} once"
    for given, name, whom in ((hours, f"onboarding {span}s", "solutions"), (rate, f"what an onboarding {span} costs", "finance")):
        if given is None:
            sheet.lacks(name, whom)
        else:
            sheet.inputs.append(given)
    if rate is None or hours is None:
        return sheet.unknown(unit, formula)
    cost = float(rate.value) * float(hours.value)
    return in_account_currency(facts, sheet.figure(cost, unit, formula, cost, cost), sheet)


def cost_to_serve(facts: Facts, sheet: Sheet) -> tuple[float, float]:
    """What the account costs in a year now, as (lowest, highest) of what is measured; gaps go to the sheet."""
    low = high = 0.0
    for driver in drivers(facts):
        if driver.thing == ("seat",) and facts.account.seats_licensed is not None:
            held = sheet.use("seats licensed", facts.account.seats_licensed, "seats", "accounts.csv seats_licensed")
            sheet.use(driver.name, driver.cost, currency(facts.catalog.currency), f"catalog.json unit_costs.{driver.name}")
            low, high = (part + 12 * held * driver.cost / driver.batch for part in (low, high))
            continue
        metric = metric_of(facts, driver)
        now = level(facts.usage.get(metric, ())) if metric else None
        if metric is None or now is None:
            _unmeasured(facts, driver, sheet)
            continue
        monthly = 12 * MONTH_DAYS / row_days(facts.usage[metric]) / driver.batch * driver.cost
        sheet.spread(f"{metric} a row", now.lowest, now.mean, now.highest, metric, f"usage.csv {metric}, mean of {now}")
        sheet.use(
            "rows a month", MONTH_DAYS / row_days(facts.usage[metric]), "rows", "365.25 / 12 days / median gap between rows"
        )
        sheet.use(driver.name, driver.cost, currency(facts.catalog.currency), f"catalog.json unit_costs.{driver.name}")
        low, high = low + now.lowest * monthly, high + now.highest * monthly
    return low, high


def _from_seats(facts: Facts, sheet: Sheet) -> list[tuple[str, Count]]:
    """Volume that comes with people: what a seat uses today, times the seats asked for."""
    least = 1.0 if facts.more_of_the_same else None
    added = seats(facts, Sheet(), least=least)
    if added.low is None:
        return []
    if added.value is None:
        sheet.lacks("how many seats", "the account owner")
    for one in seats_asked(facts.signals):
        sheet.use("asked for: seat", one.count, "seat", one.source)
    parts = []
    for driver in drivers(facts):
        if driver.thing == ("seat",):
            sheet.use(driver.name, driver.cost, currency(facts.catalog.currency), f"catalog.json unit_costs.{driver.name}")
            parts.append((f"seats × {driver.name}", added.times(driver.cost / driver.batch)))
            continue
        metric = metric_of(facts, driver)
        if metric is None or not facts.usage.get(ACTIVE):
            _unmeasured(facts, driver, sheet)
            continue
        rows, days = per_seat(facts.usage[metric], facts.usage[ACTIVE])
        now = level(rows)
        if now is None:
            _unmeasured(facts, driver, sheet)
            continue
        name, source = f"{metric} for a seat and row", f"usage.csv {metric} / {ACTIVE}, mean of {now}"
        sheet.spread(name, now.lowest, now.mean, now.highest, metric, source)
        sheet.use("rows a month", MONTH_DAYS / days, "rows", "365.25 / 12 days / median gap between rows")
        sheet.use(driver.name, driver.cost, currency(facts.catalog.currency), f"catalog.json unit_costs.{driver.name}")
        cost = MONTH_DAYS / days / driver.batch * driver.cost
        value = None if added.value is None else added.value * now.mean * cost
        high = None if added.high is None else added.high * now.highest * cost
        parts.append((f"{metric} of the added seats × {driver.name}", Count(value, added.low * now.lowest * cost, high)))
    return parts


def _from_item(facts: Facts, sheet: Sheet) -> list[tuple[str, Count]]:
    """What the item itself costs: full use of a counted unit is the most, no use the least."""
    item = facts.item
    if item is None or facts.more_of_the_same:
        return []
    size, noun = unit_of(item)
    driver = next((d for d in drivers(facts) if noun in d.thing and noun not in SEAT), None)
    if driver is None:
        given = facts.answers.get("item_cost_per_month")
        if given is None:
            sheet.lacks(f"what serving {item.name} costs a month", "finance")
            return []
        sheet.inputs.append(given)
        return [(given.name, Count(float(given.value), float(given.value), float(given.value)))]
    sheet.use(driver.name, driver.cost, currency(facts.catalog.currency), f"catalog.json unit_costs.{driver.name}")
    sheet.use(f"{noun}s in a unit", size, noun, f"catalog.json {item.item_id}.unit")
    cost = driver.cost / driver.batch
    label = f"{noun}s × {driver.name}"
    volumes = []
    for one in units_asked(facts.signals, item):
        sheet.use(f"asked for: {one.noun}", one.count, one.noun, one.source)
        volumes.append(one.count if one.noun == noun else one.count * size)
    if not volumes:
        sheet.lacks(f"how many {noun}s a month", "the account owner")
        return [(label, Count(None, 0.0, None))]
    return [(label, Count(volumes[0] * cost, min(volumes) * cost, max(volumes) * cost))]


def _growth(facts: Facts, sheet: Sheet) -> list[tuple[str, Count]]:
    """Usage alone: the volume now less the volume twelve weeks before, on the windows of the telemetry signals."""
    parts = []
    for driver in drivers(facts):
        metric = metric_of(facts, driver)
        rows = facts.usage.get(metric, ()) if metric else ()
        now = level(rows)
        then = level(rows, now.last - LOOKBACK) if now else None
        if now is None or then is None:
            _unmeasured(facts, driver, sheet)
            continue
        for when, mean in (("now", now), ("before", then)):
            name = f"{metric} a row, {when}"
            sheet.spread(name, mean.lowest, mean.mean, mean.highest, str(metric), f"usage.csv {metric}, mean of {mean}")
        sheet.use("rows a month", MONTH_DAYS / row_days(rows), "rows", "365.25 / 12 days / median gap between rows")
        sheet.use(driver.name, driver.cost, currency(facts.catalog.currency), f"catalog.json unit_costs.{driver.name}")
        cost = MONTH_DAYS / row_days(rows) / driver.batch * driver.cost
        low, value, high = now.lowest - then.highest, now.mean - then.mean, now.highest - then.lowest
        parts.append((f"added {metric} × {driver.name}", Count(value * cost, low * cost, high * cost)))
    return parts


def _tickets(facts: Facts, sheet: Sheet) -> list[tuple[str, Count]]:
    rate, load = facts.cost("support", "ticket"), added_support_load(facts)
    if rate is None:
        sheet.lacks("what a support ticket costs", "finance")
        return []
    if load.low is None:
        sheet.missing += list(load.missing) or [Missing("added tickets a month", "support")]
        return []
    sheet.inputs.append(rate)
    sheet.spread("added tickets a month", load.low, load.number, load.high, load.unit, "added_support_load")
    sheet.missing += [gap for gap in load.missing if gap not in sheet.missing]
    return [(f"added tickets × {rate.name}", Count(load.number, load.low, load.high).times(float(rate.value)))]


def _unmeasured(facts: Facts, driver: Driver, sheet: Sheet) -> None:
    if sold_with(facts, driver) is None:
        sheet.lacks(f"volume of {' '.join(driver.thing)}", "product operations")
