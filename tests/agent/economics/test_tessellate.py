"""The sample book, figure by figure: what a finance person would check with the catalogue, the exports and a calculator.

Signals are made here from the records' own words, so that these figures do not move when extraction gets better or worse.
"""

from __future__ import annotations

from typing import Any

import pytest

from agent.economics import Rates, economics_of
from tests.agent.economics.making import sample_facts

WEEKS = 365.25 / 12 / 7
QUARTER = 91 / (365.25 / 12)


def inputs(row: Any) -> dict[str, object]:
    return {given["name"]: given["value"] for given in row["inputs"]}


def test_eighteen_people_in_gdansk() -> None:
    """Lindqvist-Öhr, billed in EUR, on Business at 54 USD a seat."""
    ask = "Then I want the offer for Gdańsk, eighteen people, with the EU add-on for the whole company"
    made = economics_of(sample_facts("acc-102", "business", ("stakeholder_pull", ask), motion="seat"))
    revenue = made["incremental_revenue"]
    assert revenue["value"] == 12 * 54 * 18 == 11_664
    assert revenue["formula"] == "12 months × (54.00 × 18 seats)"
    assert (revenue["unit"], "not converted" in revenue["note"]) == ("USD a year", True)
    source = next(given["source"] for given in revenue["inputs"] if given["name"] == "asked for: seat")
    assert source.startswith("transcript:2026-09-15-gdansk, ")
    # Runs of the last four weeks / seats active in them: 5500/43, 5830/43, 5623/43, 6000/44.
    a_seat = (5500 / 43 + 5830 / 43 + 5623 / 43 + 6000 / 44) / 4
    cogs = made["incremental_cogs"]
    assert inputs(cogs)["runs for a seat and row"] == pytest.approx(a_seat, abs=1e-4)
    assert inputs(cogs)["runs of the added seats × per_1000_runs"] == pytest.approx(
        12 * 18 * a_seat * WEEKS / 1000 * 0.42, abs=1e-3
    )
    assert cogs["value"] is None
    assert [gap["name"] for gap in cogs["missing"]] == ["volume of gb"]
    # Five tickets from 2026-07-28 to 2026-10-26; one in the quarter before.
    assert inputs(made["support_load_trend"])["tickets opened by the customer"] == 5
    assert made["renewal_complexity"]["value"] == 97  # 2026-10-26 to 2027-01-31
    assert made["risk_concentration"]["low"] == pytest.approx(29_160 / (29_160 + 51_840 + 56_160), abs=1e-4)


def test_the_same_in_euro_with_a_rate() -> None:
    ask = "Then I want the offer for Gdańsk, eighteen people, with the EU add-on for the whole company"
    rates = Rates("EUR", {"USD": 0.9, "GBP": 1.15, "AUD": 0.6}, "treasury rates, October 2026")
    made = economics_of(sample_facts("acc-102", "business", ("stakeholder_pull", ask), motion="seat", rates=rates))
    assert (made["incremental_revenue"]["value"], made["incremental_revenue"]["unit"]) == (
        pytest.approx(11_664 * 0.9),
        "EUR a year",
    )
    book = 0.9 * (77760 + 25920 + 35640 + 6960) + 1.15 * (42480 + 129600 + 8700 + 2088) + 0.6 * 165600 + 29160 + 51840 + 56160
    added = 11_664 * 0.9
    assert made["risk_concentration"]["value"] == pytest.approx((29_160 + added) / (book + added), abs=1e-4)
    assert made["margin_before"]["high"] < 1


def test_six_seats_and_one_block_of_ai_extract() -> None:
    """Brindlewater, billed in USD like the catalogue."""
    made = economics_of(
        sample_facts(
            "acc-104",
            "ai_extract",
            ("stakeholder_pull", "Six seats, one block of AI Extract, sixty days, and a price if we keep it."),
        )
    )
    assert made["incremental_revenue"]["value"] == 12 * (450 * 1 + 54 * 6) == 9_288
    assert inputs(made["incremental_cogs"])["pages × per_ai_page"] == pytest.approx(12 * 5000 * 0.018)
    runs = (52402 + 56145 + 55541 + 59875) / 4
    price = made["price_follows_cost"]
    assert price["value"] == "yes"
    assert inputs(price)["runs a month"] == pytest.approx(runs * WEEKS, abs=1e-3)
    assert f"{runs * WEEKS / 100_000:.0%} of what the plan includes" in price["note"]
    assert f"{(4.0 / 1000) / (0.42 / 1000):.1f} times the cost" in price["note"]


def test_a_governance_add_on_needs_another_plan() -> None:
    """Calder & Vane is on Team; the add-on needs Business: 25 seats at 25 more, the add-on, and four seats at Business."""
    words = "Their head of department, who'd sooner be boiled than named in a ticket, has asked whether four of her people could be set up"
    made = economics_of(sample_facts("acc-107", "audit_governance", ("new_audience_interest", words)))
    assert made["incremental_revenue"]["value"] == 12 * ((54 - 29) * 25 + 900 + 54 * 4)


def test_pages_are_bought_in_blocks_of_five_thousand() -> None:
    words = "I would like to know what AI Extract would cost us at about 20,000 pages a month, and if it reads stamps."
    made = economics_of(sample_facts("acc-105", "ai_extract", ("stakeholder_pull", words)))
    assert made["incremental_revenue"]["value"] == 12 * 450 * 4
    assert made["incremental_cogs"]["low"] == pytest.approx(12 * 20_000 * 0.018)


def test_overage_is_the_only_revenue_of_usage() -> None:
    made = economics_of(sample_facts("acc-108", None, motion="usage"))
    now = (31354 + 31634 + 33506 + 32850) / 4
    before = (16291 + 20136 + 21977 + 26579) / 4
    assert made["incremental_revenue"]["value"] == pytest.approx(12 * (now * WEEKS - 100_000) / 1000 * 4.0, abs=1e-3)
    grown = inputs(made["incremental_cogs"])["added runs × per_1000_runs"]
    assert grown == pytest.approx(12 * (now - before) * WEEKS / 1000 * 0.42, abs=1e-3)


def test_what_nobody_asked_for_has_no_price() -> None:
    made = economics_of(sample_facts("acc-109", None, motion="none"))
    assert made["incremental_revenue"] == "unknown - ask the account owner: what would be bought"
    assert made["product_commitments"].startswith("unknown - ask product")
    assert made["implementation_work"] == "unknown - ask solutions: onboarding hours"
