"""Every formula against an example that is worked out by hand in the test."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.economics import FIELDS, MORE, Figure, Input, Rates, economics_of, figures_of, is_unknown, revenue_of, said
from agent.economics.support import poisson_interval
from tests.agent.economics.making import ACCOUNT, BASIC, CATALOG, PRO, SCANS, facts, weekly
from tests.agent.economics.test_asked import said as quote

MONTH = 365.25 / 12 / 7  # weeks in a month
SEVEN = quote("Please quote us for 7 more seats.")


def test_seats_earn_list_price_times_twelve_months() -> None:
    figure = figures_of(facts(item=BASIC, more_of_the_same=True, signals=(SEVEN,)))["incremental_revenue"]
    assert (figure.low, figure.value, figure.high) == (840, 840, 840)  # 12 * 10.00 * 7
    assert figure.unit == "USD a year"
    assert "list price" in figure.note


def test_without_a_number_one_seat_is_the_least_and_the_rest_is_missing() -> None:
    figure = figures_of(facts(item=BASIC, more_of_the_same=True))["incremental_revenue"]
    assert (figure.low, figure.value, figure.high) == (120, None, None)
    assert [(gap.name, gap.ask_whom) for gap in figure.missing] == [("how many seats", "the account owner")]


def test_another_plan_earns_the_difference_of_prices_for_all_seats() -> None:
    assert figures_of(facts(item=PRO))["incremental_revenue"].value == 24_000  # 12 * (30 - 10) * 100


@pytest.mark.parametrize(
    ("words", "low", "value", "high"),
    [
        ("Send us an offer for Pro with 160 seats.", 12 * (20 * 100 + 30 * 60), 45_600, 45_600),
        ("Send us an offer for Pro with 10 more seats.", 12 * (20 * 100 + 30 * 10), 27_600, 27_600),
        ("Send us an offer for Pro for 40 people.", 12 * 20 * 40, None, 12 * (20 * 100 + 30 * 40)),
    ],
)
def test_another_plan_with_a_count_of_seats(words: str, low: float, value: float | None, high: float) -> None:
    """100 seats at 10 move to 30: a count above them holds them, "more" comes on top, and fewer may be some of them or new people."""
    figure = figures_of(facts(item=PRO, signals=(quote(words),)))["incremental_revenue"]
    assert (figure.low, figure.value, figure.high) == (low, value, high)
    assert bool(figure.missing) is (value is None)


def test_only_seats_that_come_on_top_bring_tickets_and_volume() -> None:
    made = figures_of(facts(item=PRO, signals=(quote("Send us an offer for Pro with 160 seats."),)))
    rate = 7 / 50 / (91 / (365.25 / 12))
    assert made["added_support_load"].value == pytest.approx(60 * rate)


def test_an_add_on_that_needs_a_plan_brings_the_plan_and_volumes_are_bought_in_whole_units() -> None:
    signal = quote("What would 1,200 scans a month cost us?")
    figure = figures_of(facts(item=SCANS, signals=(signal,)))["incremental_revenue"]
    assert figure.value == 12 * (20 * 100 + 100 * 3)  # 3 units of 500 for 1,200 scans


def test_an_interval_spans_the_numbers_that_were_named() -> None:
    signals = (quote("I need 5 seats.", date="2026-01-01"), quote("I need 9 seats.", date="2026-02-01"))
    figure = figures_of(facts(item=BASIC, more_of_the_same=True, signals=signals))["incremental_revenue"]
    assert (figure.low, figure.value, figure.high) == (600, 1080, 1080)


def test_a_lower_newest_number_stays_inside_its_interval() -> None:
    signals = (quote("I need 9 seats.", date="2026-01-01"), quote("I need 5 seats.", date="2026-02-01"))
    figure = figures_of(facts(item=BASIC, more_of_the_same=True, signals=signals))["incremental_revenue"]
    assert (figure.low, figure.value, figure.high) == (600, 600, 1080)


def test_the_cost_of_seats_is_their_volume_and_their_tickets() -> None:
    made = figures_of(facts(item=BASIC, more_of_the_same=True, signals=(SEVEN,)))
    calls = 7 * (2000 / 50) * MONTH / 1000 * 2.0
    tickets = 7 * (7 / 50 / (91 / (365.25 / 12)))  # seven tickets in 91 days, fifty seats
    assert made["added_support_load"].number == pytest.approx(tickets)
    assert made["incremental_cogs"].number == pytest.approx(12 * (calls + tickets * 20))
    assert not made["incremental_cogs"].missing


def test_a_counted_add_on_costs_what_was_asked_for_and_the_rest_is_named() -> None:
    signal = quote("What would 1,200 scans a month cost us?")
    figure = figures_of(facts(item=SCANS, signals=(signal,)))["incremental_cogs"]
    assert (figure.value, figure.low) == (None, pytest.approx(12 * 1200 * 0.05))
    assert {gap.ask_whom for gap in figure.missing} == {"support"}


def test_implementation_costs_the_hours_that_somebody_gave() -> None:
    assert figures_of(facts(item=PRO))["implementation_work"].to_json() == "unknown - ask solutions: onboarding hours"
    answer = {"onboarding_hours": Input("onboarding hours", 12, "hours", "solutions, 2026-10-01")}
    assert figures_of(facts(item=PRO, answers=answer))["implementation_work"].value == 960


def test_usage_alone_earns_only_above_the_included_volume() -> None:
    priced = replace(CATALOG, unit_costs=(*CATALOG.unit_costs, ("overage_price_per_1000_calls", 5.0)))
    figure = figures_of(facts(catalog=priced, motion="usage"))["incremental_revenue"]
    assert figure.number == pytest.approx(12 * (2000 * MONTH - 1000) / 1000 * 5)
    below = facts(catalog=priced, motion="usage", usage={"calls": weekly(100)})
    assert figures_of(below)["incremental_revenue"].value == 0
    unpriced = figures_of(facts(motion="usage"))["incremental_revenue"].to_json()
    assert unpriced == "unknown - ask finance: a price that follows usage"


def test_growing_usage_costs_the_difference_of_the_two_windows() -> None:
    usage = {"calls": weekly(2000, 3000), "active_seats": weekly(50), "licensed_seats": weekly(100)}
    answer = {"tickets_per_month": Input("tickets a month", 0.0, "tickets", "support")}
    figure = figures_of(facts(motion="usage", usage=usage, answers=answer))["incremental_cogs"]
    assert figure.number == pytest.approx(12 * 1000 * MONTH / 1000 * 2.0)


def test_concentration_is_the_share_after_the_expansion() -> None:
    figure = figures_of(facts(item=BASIC, more_of_the_same=True, signals=(SEVEN,)))["risk_concentration"]
    assert figure.number == pytest.approx((12_000 + 840) / (48_000 + 840))
    assert [given.value for given in figure.inputs if given.name == "share before"] == [0.25]


def test_days_to_the_renewal_count_from_the_newest_record_and_list_what_is_open() -> None:
    hurdle = quote("Legal must sign first.", kind="compliance_hurdle")
    figure = figures_of(facts(signals=(hurdle, quote("Done.", kind="compliance_hurdle", resolved=True))))["renewal_complexity"]
    assert figure.value == (365 - 1) - (4 + 29 * 7)  # day 364 of the year less day 207, both from zero
    assert figure.note == "1 open condition"


def test_commitments_are_counted_and_quoted_and_none_found_is_not_none() -> None:
    hurdle = quote("Legal must sign first.", kind="compliance_hurdle")
    found = figures_of(facts(signals=(hurdle,)))["product_commitments"]
    assert (found.value, found.high) == (1, None)
    assert "Legal must sign first." in str(found.inputs[0].value)
    assert is_unknown(economics_of(facts())["product_commitments"])


def test_margin_before_and_after() -> None:
    made = figures_of(facts(item=BASIC, more_of_the_same=True, signals=(SEVEN,)))
    low, high = poisson_interval(7)
    month = 91 / (365.25 / 12)
    calls, ticket = 12 * 2000 * MONTH / 1000 * 2.0, 12 / month * 20
    assert made["margin_before"].high == pytest.approx(1 - (calls + low * ticket) / 12_000)
    assert made["margin_before"].low == pytest.approx(1 - (calls + high * ticket) / 12_000)
    assert made["margin"].high == pytest.approx(
        (12_840 - 1.14 * (calls + low * ticket) + 0.0 * calls) / 12_840
    )  # 7 of 50 seats more


def test_two_quarters_of_tickets_are_compared_with_an_interval() -> None:
    figure = figures_of(facts())["support_load_trend"]
    assert figure.number == pytest.approx(7 / 50 / (91 / (365.25 / 12)))
    assert "intervals overlap" in figure.note


@pytest.mark.parametrize(("later", "more_seats", "verdict"), [(3000, 100, "no"), (2100, 100, "yes"), (3000, 160, "yes")])
def test_a_driver_that_outgrows_the_seats_has_no_price(later: float, more_seats: float, verdict: str) -> None:
    usage = {"calls": weekly(2000, later), "licensed_seats": weekly(100, more_seats), "active_seats": weekly(50)}
    assert figures_of(facts(usage=usage))["price_follows_cost"].value == verdict


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 2.996), (3, 0.818, 7.754), (10, 5.425, 16.962)])
def test_the_poisson_interval_is_the_exact_one(count: int, low: float, high: float) -> None:
    """Garwood's interval at 90 %, from tables of chi-squared quantiles: chi2(0.05, 2k) / 2 and chi2(0.95, 2k + 2) / 2."""
    assert poisson_interval(count) == (pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.001))


def test_currencies_are_converted_by_a_given_rate_only() -> None:
    euro = replace(ACCOUNT, currency="EUR")
    asked = facts(account=euro, item=BASIC, more_of_the_same=True, signals=(SEVEN,), book=revenue_of((euro,)))
    plain = figures_of(asked)
    assert (plain["incremental_revenue"].value, plain["incremental_revenue"].unit) == (840, "USD a year")
    assert "not converted" in plain["incremental_revenue"].note
    assert plain["margin_before"].to_json() == "unknown - ask finance: rate of USD in EUR"
    rated = figures_of(replace(asked, rates=Rates("EUR", {"USD": 0.8}, "treasury, 2026-10-30")))
    assert (rated["incremental_revenue"].value, rated["incremental_revenue"].unit) == (pytest.approx(672), "EUR a year")
    assert any(given.source == "treasury, 2026-10-30" for given in rated["incremental_revenue"].inputs)
    assert rated["margin_before"].known


def test_every_field_is_there_in_the_order_of_the_requirement_and_nothing_is_made_up() -> None:
    bare = economics_of(
        facts(
            catalog=replace(CATALOG, unit_costs=()), usage={}, tickets=(), book=revenue_of(()), account=replace(ACCOUNT, arr=None)
        )
    )
    assert list(bare) == [*FIELDS, *MORE]
    unknown = {name for name, value in bare.items() if is_unknown(value)}
    assert unknown == {*FIELDS, *MORE} - {"renewal_complexity"}
    assert all(str(bare[name]).startswith("unknown - ask ") for name in unknown)


def test_a_figure_cannot_lie_outside_its_interval() -> None:
    with pytest.raises(ValueError, match="does not hold"):
        Figure(5.0, "USD", "x", low=6.0)


@settings(deadline=None)
@given(
    seats=st.integers(1, 5000),
    price=st.floats(0.01, 1e4),
    rate=st.floats(0.001, 1000),
)
def test_a_rate_scales_revenue_and_changes_nothing_else(seats: int, price: float, rate: float) -> None:
    plan = replace(BASIC, price=price)
    asked = facts(
        account=replace(ACCOUNT, currency="EUR"),
        catalog=replace(CATALOG, plans=(plan, PRO)),
        item=plan,
        more_of_the_same=True,
        signals=(quote(f"Please quote us for {seats} more seats."),),
    )
    plain = figures_of(asked)["incremental_revenue"].number
    rated = figures_of(replace(asked, rates=Rates("EUR", {"USD": rate})))["incremental_revenue"].number
    assert plain is not None
    assert rated is not None
    assert math.isclose(rated, plain * rate, rel_tol=1e-9)


def test_lines_for_people() -> None:
    row: dict[str, Any] = {"value": 1234.5, "low": 1000.0, "high": 2000.0, "unit": "USD a year", "formula": "", "inputs": []}
    assert said(row) == "1,234.50 USD a year (1,000 to 2,000)"
    assert said({**row, "value": None, "high": None}) == "at least 1,000 USD a year"
    assert said({**row, "value": 0.256, "low": 0.256, "high": 0.256, "unit": "share of revenue"}) == "25.6% of revenue"
    gap = [{"name": "how many seats", "ask": "the account owner"}]
    assert said({**row, "missing": gap}).endswith("; ask the account owner: how many seats")
    assert said("unknown - ask finance") == "unknown - ask finance"
    assert said({"value": "no", "unit": "verdict", "note": "why"}) == "no (why)"
