"""Margin before and after, and whether price follows what drives the cost. Pure (R095-R096, R104-R105, R130).

    margin = (revenue - measured cost to serve) / revenue

It is the contribution margin on the unit costs that finance put into the catalogue, not the gross margin of the books.
"""

from __future__ import annotations

from typing import Final

from agent.economics.cost import cost_to_serve, drivers, incremental_cogs, metric_of
from agent.economics.facts import ACTIVE, LICENSED, LOOKBACK, Facts, Level, level
from agent.economics.figures import Figure, Sheet
from agent.economics.money import currency, factor, gap
from agent.economics.revenue import included, incremental_revenue, overage, volume
from agent.economics.support import FORMULA as LOAD
from agent.economics.support import ticket_rate

FAST: Final = 0.25
"""Growth of a cost driver over twelve weeks from which it is asked whether the price grew with it (the telemetry's threshold)."""
PRICED: Final = "price of a unit above what is included against its cost; volume a month against what is included"
BEFORE: Final = "(ARR - 12 × volume × unit cost - 12 × tickets × cost of a ticket) / ARR"
AFTER: Final = "(ARR + incremental revenue - cost to serve - incremental COGS) / (ARR + incremental revenue)"


def margin_before(facts: Facts) -> Figure:
    """The account's margin on measured costs now."""
    sheet = Sheet()
    base = _base(facts, sheet)
    if base is None:
        return sheet.unknown("share of revenue", BEFORE)
    arr, low_cost, high_cost = base
    high, low = (arr - low_cost) / arr, (arr - high_cost) / arr
    if sheet.missing:
        return sheet.figure(None, "share of revenue", BEFORE, None, high, "at most: costs that are not measured come off")
    return sheet.figure((low + high) / 2, "share of revenue", BEFORE, low, high, "the middle of the interval")


def margin_after(facts: Facts) -> Figure:
    """The margin with the expansion. With list prices that is the best case: a discount lowers it."""
    sheet = Sheet()
    base, revenue, cogs = _base(facts, sheet), incremental_revenue(facts), incremental_cogs(facts)
    sheet.missing += [gap for gap in (*revenue.missing, *cogs.missing) if gap not in sheet.missing]
    unit = "share of revenue"
    most = revenue.high if revenue.high is not None else revenue.number
    if base is None or most is None or cogs.low is None:
        if not sheet.missing:
            sheet.lacks("incremental revenue and cost", "finance")
        return sheet.unknown(unit, AFTER)
    arr, low_cost, high_cost = base
    if revenue.unit != f"{facts.account.currency} a year" or cogs.unit != revenue.unit:
        sheet.lacks(gap(facts.catalog.currency, facts.account.currency), "finance")
        return sheet.unknown(unit, AFTER)
    sheet.use("margin before, at most", (arr - low_cost) / arr, unit, "margin_before")
    sheet.use("incremental revenue, at most", most, revenue.unit, "incremental_revenue")
    sheet.use("incremental COGS, at least", cogs.low, cogs.unit, "incremental_cogs")
    high = (arr + most - low_cost - cogs.low) / (arr + most)
    if sheet.missing or revenue.low is None or cogs.high is None:
        return sheet.figure(None, unit, AFTER, None, high, "at most: costs that are not known come off")
    low = (arr + revenue.low - high_cost - cogs.high) / (arr + revenue.low)
    return sheet.figure((low + high) / 2, unit, AFTER, low, high, "the middle of the interval")


def price_follows_cost(facts: Facts) -> Figure:
    """R095-R096: does what they pay for rise with what they cost? A verdict for the fastest-growing measured cost driver.

    Yes: volume above a limit is charged at more than it costs, or the driver grew no faster than what is paid for. No: the driver grew
    by a quarter or more in twelve weeks, seats by less than half of that, and there is no price on the driver.
    """
    sheet = Sheet()
    unit = "verdict"
    formula = "growth of the cost driver against growth of licensed seats, 4 weeks against the 4 weeks twelve weeks before"
    paid = _growth(facts, LICENSED)
    ranked = []
    for driver in drivers(facts):
        metric = metric_of(facts, driver)
        change = _growth(facts, metric) if metric else None
        if metric and change:
            ranked.append((change[1].mean / change[0].mean - 1, metric, driver, change))
    if not ranked or paid is None:
        sheet.lacks("a measured cost driver and what is paid for, over sixteen weeks", "product operations")
        return sheet.unknown(unit, formula)
    growth, metric, driver, change = max(ranked, key=lambda row: (row[0], row[1]))
    seats = paid[1].mean / paid[0].mean - 1
    for name, (then, now) in ((metric, change), (LICENSED, paid)):
        sheet.use(f"growth of {name}", now.mean / then.mean - 1, "share", f"usage.csv {name}, mean of {now} against {then}")
    sheet.use(driver.name, driver.cost, currency(facts.catalog.currency), f"catalog.json unit_costs.{driver.name}")
    price = overage(facts, metric)
    if price is not None:
        name, rate, batch = price
        sheet.use(name, rate, f"{currency(facts.catalog.currency)} for {batch:,.0f}", f"catalog.json unit_costs.{name}")
        if rate / batch > driver.cost / driver.batch:
            times = (rate / batch) / (driver.cost / driver.batch) if driver.cost else float("inf")
            return _with_overage(facts, metric, times, sheet, PRICED)
        return sheet.figure("no", unit, PRICED, note="the overage price is below the cost")
    if growth >= FAST and seats < growth / 2:
        return sheet.figure(
            "no", unit, formula, note=f"{metric} grew {growth:+.0%}, seats {seats:+.0%}, and {metric} have no price"
        )
    return sheet.figure("yes", unit, formula, note=f"{metric} grew {growth:+.0%}, seats {seats:+.0%}")


def _with_overage(facts: Facts, metric: str, times: float, sheet: Sheet, formula: str) -> Figure:
    """A driver that is charged above a limit: below the limit its growth is paid for by nobody."""
    note, limit, now = f"the overage price is {times:,.1f} times the cost", included(facts, metric), volume(facts, metric)
    if limit is None or now is None:
        return sheet.figure("yes, above what the plan includes", "verdict", formula, note=note)
    used = sheet.use(f"{metric} a month", now[0].mean * now[1], metric, "mean row × rows a month")
    sheet.use("included a month", limit, metric, "catalog.json, features of the present plan")
    if used > limit:
        return sheet.figure("yes", "verdict", formula, note=f"{note}, and use is {used / limit:.0%} of what the plan includes")
    more = f"use is {used / limit:.0%} of what the plan includes: up to there more volume costs and earns nothing"
    return sheet.figure("only above what the plan includes", "verdict", formula, note=f"{more}; {note}")


def _growth(facts: Facts, metric: str) -> tuple[Level, Level] | None:
    """(twelve weeks before, now), or None where either is not measured or was nothing."""
    now = level(facts.usage.get(metric, ()))
    then = level(facts.usage.get(metric, ()), now.last - LOOKBACK) if now else None
    return (then, now) if now and then and then.mean > 0 else None


def _base(facts: Facts, sheet: Sheet) -> tuple[float, float, float] | None:
    """(ARR, lowest cost, highest cost) in the account's currency; None with the gap noted."""
    arr = facts.account.arr
    if arr is None or arr <= 0:
        sheet.lacks("ARR of the account", "finance")
        return None
    if not facts.catalog.unit_costs:
        sheet.lacks("unit costs", "finance")
        return None
    rate = factor(facts.rates, facts.catalog.currency, facts.account.currency)
    if rate is None:
        sheet.lacks(gap(facts.catalog.currency, facts.account.currency), "finance")
        return None
    sheet.use("ARR", arr, currency(facts.account.currency), "accounts.csv arr")
    low, high = cost_to_serve(facts, sheet)
    ticket, now = facts.cost("support", "ticket"), level(facts.usage.get(ACTIVE, ()))
    load = ticket_rate(facts, facts.as_of, sheet)
    if ticket is None:
        sheet.lacks("what a support ticket costs", "finance")
    elif load is not None and now is not None:
        sheet.inputs.append(ticket)
        sheet.spread("tickets for a seat and month", load[0], None, load[2], "tickets", LOAD)
        sheet.use("active seats now", now.mean, "seats", f"usage.csv {ACTIVE}, mean of {now}")
        low += 12 * load[0] * now.mean * float(ticket.value)
        high += 12 * load[2] * now.mean * float(ticket.value)
    if rate != 1.0 and facts.rates is not None:
        sheet.use("rate", rate, f"{facts.account.currency} for 1 {facts.catalog.currency}", facts.rates.source)
    return arr, low * rate, high * rate
