"""All twelve accounts of the sample book against figures that were worked out from the raw files, without the product.

What each account asks for is pinned here in its own words, so that these figures do not move when extraction gets better or worse.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import pytest

from agent.economics import Rates, economics_of
from tests.agent.economics import by_hand as hand
from tests.agent.economics.making import sample_facts


class Ask(NamedTuple):
    item: str | None
    words: str
    seats: int = 0
    """People that the words name."""
    units: int | None = 0
    """Units of the item; None where nobody counted."""
    pages: int = 0


ASKS = {
    "acc-101": Ask("connector_pack", "is a proper price for the EDI connectors and eleven more people, in writing", seats=11, units=None),
    "acc-102": Ask("data_residency_eu", "Then I want the offer for Gdańsk, eighteen people, with the EU add-on", seats=18, units=1),
    "acc-103": Ask("ai_extract", "Could we have pricing for about 6,500 pages a month", units=2, pages=6_500),
    "acc-104": Ask("ai_extract", "Six seats, one block of AI Extract, sixty days, and a price", seats=6, units=1, pages=5_000),
    "acc-105": Ask("ai_extract", "I would like to know what AI Extract would cost us at about 20,000 pages a month", units=4, pages=20_000),
    "acc-106": Ask(None, ""),
    "acc-107": Ask("audit_governance", "has asked whether four of her people could be set up to try it", seats=4, units=1),
    "acc-108": Ask(None, ""),
    "acc-109": Ask(None, ""),
    "acc-110": Ask(None, ""),
    "acc-111": Ask("team", "what would two more be, and could they have them before the students come back?", seats=2),
    "acc-112": Ask(None, ""),
}  # fmt: skip
WORTH = {"USD": 1.0, "GBP": 1.3, "EUR": 1.1, "AUD": 0.65}
NEAR = {"rel": 1e-6, "abs": 1e-4}
every_account = pytest.mark.parametrize("account", list(ASKS))


@cache
def made(account: str, *, rates: bool = False) -> dict[str, Any]:
    ask = ASKS[account]
    quotes = ((("stakeholder_pull", _whole(account, ask.words))),) if ask.words else ()
    motion = "usage" if account == "acc-108" else "none" if ask.item is None else "add_on"
    given = Rates("USD", WORTH, "treasury") if rates else None
    return economics_of(sample_facts(account, ask.item, *quotes, motion=motion, rates=given))


def _whole(account: str, words: str) -> str:
    """The sentence that holds the words: a count of seats is read with its sentence."""
    return "We've only six log-ins and they're all used, " + words if account == "acc-111" else words


def is_in_catalogue_currency(account: str) -> bool:
    return hand.accounts()[account]["currency"] == hand.catalog()["currency"]


def revenue_by_hand(account: str) -> tuple[float, float | None]:
    """(lowest, value) a year at list price, in the catalogue's currency."""
    ask, row = ASKS[account], hand.accounts()[account]
    if account == "acc-108":
        now = [max(0.0, week * hand.WEEKS - hand.included(account)) for week in hand.four_weeks(account, "runs")]
        rate = hand.catalog()["unit_costs"]["overage_price_per_1000_runs"] / 1000
        mean = max(0.0, hand.runs_a_month(account) - hand.included(account))
        return 12 * min(now) * rate, 12 * mean * rate
    plan, upgrade = row["plan"], 0.0
    if ask.item == "audit_governance":  # needs Business or Enterprise, and they are on Team
        plan = "business"
        upgrade = (hand.price("business") - hand.price(row["plan"])) * int(row["seats_licensed"])
    seats = ask.seats * hand.price(plan)
    if ask.item == row["plan"]:
        return 12 * seats, 12 * seats
    assert ask.item is not None
    if ask.units is None:
        return 12 * (seats + hand.price(ask.item)), None
    sold = 12 * (seats + upgrade + ask.units * hand.price(ask.item))
    return sold, sold


@every_account
def test_revenue_is_list_price_times_what_was_asked_for(account: str) -> None:
    figure = made(account)["incremental_revenue"]
    if ASKS[account].item is None and account != "acc-108":
        assert figure == "unknown - ask the account owner: what would be bought"
        return
    low, value = revenue_by_hand(account)
    assert figure["unit"] == "USD a year"
    assert figure["low"] == pytest.approx(low, **NEAR)
    assert (figure["value"] is None) == (value is None)
    if value is not None:
        assert figure["value"] == pytest.approx(value, **NEAR)
    assert ("not converted" in figure["note"]) is not is_in_catalogue_currency(account)


@every_account
def test_cost_is_at_least_what_the_measured_volume_costs(account: str) -> None:
    ask, unit, figure = ASKS[account], hand.catalog()["unit_costs"], made(account)["incremental_cogs"]
    if ask.item is None and account != "acc-108":
        assert figure.startswith("unknown - ask")
        return
    if account == "acc-108":
        now, before = hand.four_weeks(account, "runs"), hand.four_weeks(account, "runs", back=12)
        volume = (min(now) - max(before)) * hand.WEEKS
    else:
        volume = ask.seats * min(hand.a_seat(account)) * hand.WEEKS
    tickets = ask.seats * hand.ticket_rate(account, hand.newest(account))[0]
    low = 12 * (volume / 1000 * unit["per_1000_runs"] + ask.pages * unit["per_ai_page"] + tickets * unit["per_support_ticket"])
    assert figure["low"] == pytest.approx(low, **NEAR)
    assert figure["value"] is None, "storage, or the add-on's tickets, are measured nowhere"
    assert "missing" in figure


@every_account
def test_the_support_load_is_tickets_for_a_seat_with_an_exact_interval(account: str) -> None:
    figure, last = made(account)["support_load_trend"], hand.newest(account)
    low, value, high = hand.ticket_rate(account, last)
    assert (figure["low"], figure["value"], figure["high"]) == pytest.approx((low, value, high), **NEAR)
    given = {row["name"]: row["value"] for row in figure["inputs"]}
    before = last - hand.timedelta(days=91)
    assert given["tickets opened by the customer"] == hand.ticket_count(account, last)
    assert given["tickets opened by the customer, the quarter before"] == hand.ticket_count(account, before)
    names = ("the quarter before, at least", "the quarter before", "the quarter before, at most")
    assert [given[name] for name in names] == pytest.approx(list(hand.ticket_rate(account, before)), **NEAR)


@every_account
def test_added_tickets_are_the_load_of_the_seats_that_come(account: str) -> None:
    ask, figure = ASKS[account], made(account)["added_support_load"]
    if not ask.seats:
        assert figure.startswith("unknown - ask support")
        return
    low, value, high = hand.ticket_rate(account, hand.newest(account))
    assert figure["low"] == pytest.approx(ask.seats * low, **NEAR)
    whole = ask.item == hand.accounts()[account]["plan"]
    assert figure["value"] == (pytest.approx(ask.seats * value, **NEAR) if whole else None)
    assert figure["high"] == (pytest.approx(ask.seats * high, **NEAR) if whole else None)


@every_account
def test_days_to_the_renewal_are_counted_from_the_newest_record(account: str) -> None:
    assert made(account)["renewal_complexity"]["value"] == hand.days_to_renewal(account)


@every_account
def test_concentration_stays_in_one_currency_until_there_are_rates(account: str) -> None:
    figure, billed = made(account)["risk_concentration"], hand.accounts()[account]["currency"]
    assert figure["low"] == pytest.approx(hand.share(account, revenue_low(account)), **NEAR)
    assert figure["unit"] == f"share of the ARR that is billed in {billed}"
    assert "rates of" in figure["missing"][0]["name"]


@every_account
def test_concentration_with_rates_is_the_share_of_the_whole_book(account: str) -> None:
    figure, billed = made(account, rates=True)["risk_concentration"], hand.accounts()[account]["currency"]
    known = ASKS[account].item is not None or account == "acc-108"
    added = revenue_by_hand(account)[0] / WORTH[billed] if known else 0.0
    assert figure["low"] == pytest.approx(hand.share(account, added, WORTH), **NEAR)
    assert figure["unit"] == f"share of the book's ARR in {billed}"


def revenue_low(account: str) -> float:
    """What is certainly added in the account's own currency: nothing without a rate."""
    known = ASKS[account].item is not None or account == "acc-108"
    return revenue_by_hand(account)[0] if known and is_in_catalogue_currency(account) else 0.0


@every_account
@pytest.mark.parametrize("rates", [False, True])
def test_the_margin_is_at_most_what_measured_costs_leave(account: str, rates: bool) -> None:
    row = hand.accounts()[account]
    before, after = (made(account, rates=rates)[name] for name in ("margin_before", "margin"))
    if not rates and not is_in_catalogue_currency(account):
        assert before == f"unknown - ask finance: rate of USD in {row['currency']}"
        assert str(after).startswith("unknown - ask")
        return
    rate = 1 / WORTH[row["currency"]] if rates else 1.0
    arr, cost = float(row["arr"]), hand.cost_a_year(account)[0] * rate
    assert before["high"] == pytest.approx((arr - cost) / arr, **NEAR)
    assert before["low"] is None, "storage is measured nowhere"
    if (ASKS[account].item is None and account != "acc-108") or ASKS[account].units is None:
        assert str(after).startswith("unknown - ask")
        return
    figures = made(account, rates=rates)
    most = figures["incremental_revenue"]["high"]
    assert after["high"] == pytest.approx((arr + most - cost - figures["incremental_cogs"]["low"]) / (arr + most), **NEAR)


@every_account
def test_the_price_follows_the_cost_only_above_what_the_plan_includes(account: str) -> None:
    figure = made(account)["price_follows_cost"]
    used = hand.runs_a_month(account) / hand.included(account)
    assert figure["value"] == ("yes" if used > 1 else "only above what the plan includes")
    assert f"{used:.0%} of what the plan includes" in figure["note"]
    times = hand.catalog()["unit_costs"]["overage_price_per_1000_runs"] / hand.catalog()["unit_costs"]["per_1000_runs"]
    assert f"{times:.1f} times the cost" in figure["note"]


@every_account
def test_what_no_export_holds_is_asked_of_somebody(account: str) -> None:
    figures = made(account)
    assert figures["implementation_work"] == "unknown - ask solutions: onboarding hours"
    assert str(figures["product_commitments"]).startswith("unknown - ask product")


@every_account
def test_a_rate_multiplies_money_and_nothing_else(account: str) -> None:
    plain, converted = made(account), made(account, rates=True)
    rate = 1 / WORTH[hand.accounts()[account]["currency"]]
    for name in ("incremental_revenue", "incremental_cogs"):
        if isinstance(plain[name], dict):
            assert converted[name]["low"] == pytest.approx(plain[name]["low"] * rate, rel=1e-6, abs=1e-3)
    for name in ("added_support_load", "renewal_complexity", "support_load_trend", "price_follows_cost"):
        assert converted[name] == plain[name]
