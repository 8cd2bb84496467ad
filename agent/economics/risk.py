"""What the expansion ties the company to: commitments, concentration, renewal. Pure (R036, R094, R104, R114)."""

from __future__ import annotations

from datetime import date
from typing import Final

from agent.economics.book import total_in, unknown_named
from agent.economics.facts import Facts
from agent.economics.figures import Figure, Input, Sheet
from agent.economics.money import currency
from agent.economics.revenue import incremental_revenue
from agent.kinds import KINDS

COMMITMENTS: Final = ("custom_demand", "compliance_hurdle")
CONDITIONS: Final = (
    "compliance_hurdle",
    "custom_demand",
    "pricing_mismatch",
    "budget_pressure",
    "churn_intent",
    "value_disputed",
)
"""What has to be settled before, or at, the next signature."""


def product_commitments(facts: Facts) -> Figure:
    """R114: promises that would be needed, as the customer put them: each open demand for custom work and each condition.

    None in the evidence is not none: what was promised elsewhere is product's to say.
    """
    found = _open(facts, COMMITMENTS)
    sheet = Sheet(inputs=found)
    unit = "open commitment" if len(found) == 1 else "open commitments"
    formula = "open signals of the kinds custom_demand and compliance_hurdle"
    if not found:
        sheet.lacks("what was promised (the evidence holds no commitment)", "product")
        return sheet.unknown(unit, formula)
    count = float(len(found))
    return sheet.figure(count, unit, formula, low=count, note="promises outside the evidence are not seen")


def risk_concentration(facts: Facts) -> Figure:
    """R114: the account's share of the book's ARR after the expansion, in one currency. Other currencies count only by a rate given.

    share after = (ARR of the account + incremental revenue) / (ARR of the book + incremental revenue)
    """
    sheet = Sheet()
    billed, mine = facts.account.currency, facts.account.arr
    formula = "(account's ARR + incremental revenue) / (book's ARR + incremental revenue)"
    if mine is None or not facts.book.accounts:
        sheet.lacks("ARR of the account" if mine is None else "ARR of every account", "finance")
        return sheet.unknown("share", formula)
    book = total_in(facts.book, billed, facts.rates)
    total = book.amount
    if facts.book.unknown:
        sheet.lacks(f"ARR of {unknown_named(facts.book)}", "finance")
    sheet.use("ARR of the account", mine, currency(billed), "accounts.csv arr")
    where = f"accounts.csv arr, {book.counted} of {facts.book.accounts} accounts, on the day of the draft"
    sheet.use(f"ARR of the book in {currency(billed)}", total, currency(billed), where)
    unit = f"share of the book's ARR in {currency(billed)}"
    note = ""
    if book.without_rate:
        unit = f"share of the ARR that is billed in {currency(billed)}"
        sheet.lacks(f"rates of {', '.join(book.without_rate)} in {currency(billed)}", "finance")
        note = f"only accounts billed in {currency(billed)}: no rate was given for the others"
    if total <= 0:
        sheet.lacks("a book with ARR", "finance")
        return sheet.unknown(unit, formula)
    before = sheet.use("share before", mine / total, "share", "ARR of the account / ARR of the book")
    added = incremental_revenue(facts)
    if not added.known or not added.unit.startswith(f"{billed} ") or not billed:
        sheet.lacks(f"incremental revenue in {currency(billed)}", "finance")
        return sheet.figure(None, unit, formula, low=before, note=note)
    sheet.use(
        "incremental revenue", added.number if added.number is not None else added.low or 0.0, added.unit, "incremental_revenue"
    )
    low, value, high = (
        None if part is None else (mine + part) / (total + part) for part in (added.low, added.number, added.high)
    )
    return sheet.figure(value, unit, formula, low, high, note)


def renewal_complexity(facts: Facts) -> Figure:
    """R114: days to the renewal, and every condition that is open at it. Days are counted from the newest record, not from today."""
    sheet = Sheet()
    unit, formula = "days to the renewal", "renewal date - newest day in the account's records"
    try:
        renewal = date.fromisoformat(facts.account.renewal_date)
    except ValueError:
        sheet.lacks("the renewal date", "renewals")
        return sheet.unknown(unit, formula)
    if facts.as_of is None:
        sheet.lacks("a dated record of the account", "the account owner")
        return sheet.unknown(unit, formula)
    sheet.inputs += [
        Input("renewal date", renewal.isoformat(), "day", "accounts.csv renewal_date"),
        Input("as of", facts.as_of.isoformat(), "day", "the newest record of the account"),
        *(conditions := _open(facts, CONDITIONS)),
    ]
    days = float((renewal - facts.as_of).days)
    note = f"{len(conditions)} open condition{'s' * (len(conditions) != 1)}"
    return sheet.figure(days, unit, formula, days, days, note)


def _open(facts: Facts, kinds: tuple[str, ...]) -> list[Input]:
    found = [s for s in facts.signals if s.kind in kinds and not s.resolved and s.strength != "weak"]
    return [
        Input(KINDS[s.kind].label, f"“{s.quote}”", "customer's words", f"{s.source}, {s.speaker or s.voice.value}, {s.date}")
        for s in sorted(found, key=lambda s: (s.date, s.id))
    ]
