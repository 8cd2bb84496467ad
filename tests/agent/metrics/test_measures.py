"""Each formula against an example that is worked out in the test."""

from __future__ import annotations

import pytest

from agent.economics import Rates
from agent.metrics import Row, Totals, analyse, movements
from agent.metrics.measures import half_life, time_to_expansion, values
from agent.metrics.movements import estate, totals
from agent.metrics.rows import month_of

M = month_of("2026-01")


def paid(
    account: str, *amounts: float, currency: str = "EUR", segment: str = "smb", product: str = "", first: int = M
) -> list[Row]:
    return [Row(account, first + at, mrr, currency, segment, "ann@x", product) for at, mrr in enumerate(amounts) if mrr]


def of(rows: list[Row], first: int = M, last: int = M + 1) -> Totals:
    return totals(movements(estate(rows), first, last))["EUR", ""]


def test_nrr_and_grr_as_in_their_definition() -> None:
    """R115-R116: start 100,000; expansion 20,000; contraction 5,000; churn 5,000: NRR 110 %, GRR 90 %, gap 20 points."""
    rows = [*paid("a", 60_000, 80_000), *paid("b", 35_000, 30_000), *paid("c", 5_000)]
    found = values(of(rows))
    assert (found["nrr"], found["grr"], found["gap"]) == (pytest.approx(1.10), pytest.approx(0.90), pytest.approx(0.20))
    assert found["net_expansion_rate"] == pytest.approx(0.10)
    assert found["gross_expansion_rate"] == pytest.approx(0.20)


def test_new_and_returning_customers_are_in_no_part_of_nrr() -> None:
    rows = [*paid("a", 100, 100, 100), *paid("new", 0, 0, 50), *paid("back", 30, 0, 40)]
    found = of(rows, M + 1, M + 2)
    assert (found.new, found.reactivation, found.end) == (50, 40, 190)
    assert (values(found)["nrr"], values(found)["grr"]) == (1.0, 1.0)


def test_the_share_of_new_the_conversion_and_the_largest_account() -> None:
    rows = [*paid("a", 100, 160), *paid("b", 100, 120), *paid("c", 100, 100), *paid("d", 100, 90), *paid("n", 0, 240)]
    found = values(of(rows))
    assert found["expansion_share_of_new"] == pytest.approx(80 / (80 + 240))
    assert found["conversion_rate"] == pytest.approx(2 / 4)
    assert found["largest_share"] == pytest.approx(60 / 80)


def test_a_rate_over_nothing_is_not_zero() -> None:
    assert set(values(Totals()).values()) == {None}


def test_thirty_points_between_nrr_and_grr_are_warned_of() -> None:
    calm = analyse([*paid("a", 100, 129), *paid("b", 100, 100)])
    wild = analyse([*paid("a", 100, 160), *paid("b", 100, 100)])
    assert not calm.warnings
    assert "NRR is 30 points above GRR; one account brought 100% of the expansion" in wild.warnings[0]


def test_a_product_that_a_customer_adds_is_expansion_and_one_that_it_drops_contraction() -> None:
    rows = [*paid("a", 100, 100, product="core"), *paid("a", 0, 50, product="plus"), *paid("b", 70, 70, product="core")]
    rows += [*paid("b", 20, 0, product="plus"), *paid("c", 0, 30, product="plus"), *paid("d", 10, 0, product="plus")]
    found = totals(movements(estate(rows, "product"), M, M + 1))
    plus = found["EUR", "plus"]
    assert (plus.expansion, plus.contraction, plus.new, plus.churn) == (50, 20, 30, 10)


def test_products_per_customer_and_customers_with_two_or_more() -> None:
    rows = [
        *paid("a", 1, 1, product="x"),
        *paid("a", 1, 1, product="y"),
        *paid("b", 1, 1, product="x"),
        *paid("c", 1, product="x"),
    ]
    lived = analyse(rows).lifetimes["EUR"]
    assert (lived.products_mean, lived.with_products) == (1.5, ((1, 2), (2, 1)))


def test_time_to_expansion_counts_from_the_close_and_only_where_the_close_is_seen() -> None:
    months = range(M, M + 6)
    assert time_to_expansion({M: 10, M + 1: 20}, months) is None
    assert time_to_expansion({M + 1: 10, M + 2: 10, M + 3: 12}, months) == (2, True)
    assert time_to_expansion({M + 1: 10, M + 2: 9}, months) == (1, False)
    assert time_to_expansion({M + 1: 10, M + 3: 20}, months) == (2, False), "a return is no upsell"


def test_those_who_have_not_expanded_yet_are_counted_while_they_were_watched() -> None:
    """Kaplan-Meier by hand: at 2 of 4 watched one expands (3/4), at 3 of 2 watched one (3/8): the median is 3."""
    assert half_life([(2, True), (2, False), (3, True), (5, False)]) == 3
    assert half_life([(2, True), (5, False), (5, False)]) is None


def test_revenue_to_date_is_a_sum() -> None:
    lived = analyse([*paid("a", 10, 20, 30), *paid("b", 5)]).lifetimes["EUR"]
    assert (lived.accounts, lived.revenue_mean, lived.revenue_median) == (2, 32.5, 32.5)


def test_year_over_year_compares_the_same_month() -> None:
    rows = [*paid("a", *([100.0] * 2), *([110.0] * 11), 132)]
    by_label = {result.span.label: result for result in analyse(rows).results}
    assert by_label["2027-02"].values["nrr"] == pytest.approx(1.2)
    assert by_label["2027-02"].year_over_year == pytest.approx(0.2)


def test_quarters_and_years_are_of_the_calendar() -> None:
    rows = paid("a", *range(100, 126), first=month_of("2025-12"))
    assert [result.span.label for result in analyse(rows, period="quarter").results][:2] == ["2026-Q1", "2026-Q2"]
    year = analyse(rows, period="year").results
    assert [(result.span.label, result.values["nrr"]) for result in year] == [
        ("2026", pytest.approx(112 / 100)),
        ("2027", pytest.approx(124 / 112)),
    ]
    assert analyse(rows).summary[0].span.label == "12 months to 2028-01"


def test_less_than_a_year_is_said_to_be_less() -> None:
    analysis = analyse(paid("a", 100, 101, 102))
    assert analysis.summary[0].span.label == "2 months to 2026-03"
    assert "No whole year lies in the file" in analyse(paid("a", 100, 101), period="year").warnings[0]


def test_two_currencies_are_never_added_without_a_rate() -> None:
    rows = [*paid("a", 100, 120), *paid("b", 100, 90, currency="USD")]
    apart = analyse(rows)
    assert {result.group for result in apart.results} == {("EUR", ""), ("USD", "")}
    assert "never added" in apart.warnings[0]
    together = analyse(rows, rates=Rates("EUR", {"USD": 0.5}))
    assert [(result.group[0], result.totals.start, result.totals.end) for result in together.results] == [("EUR", 150, 165)]
    partly = analyse(rows, rates=Rates("EUR", {"GBP": 1.2}))
    assert any("No rate was given for USD" in warning for warning in partly.warnings)


def test_an_account_keeps_the_segment_it_had_at_the_start() -> None:
    rows = [*paid("a", 100, segment="smb"), Row("a", M + 1, 150, "EUR", "enterprise")]
    found = totals(movements(estate(rows, "segment"), M, M + 1))
    assert list(found) == [("EUR", "smb")]
    assert found["EUR", "smb"].expansion == 50


def test_holes_in_the_file_are_said() -> None:
    skipped = analyse([*paid("a", 100, 0, 100), *paid("b", 100, 0, 100)])
    assert "no rows for 2026-02" in skipped.warnings[0]
    assert not skipped.results
    cut = analyse([row for n in range(10) for row in paid(f"a{n}", 1, 1, *([1] if n < 3 else []))])
    assert any("it may not be complete" in warning for warning in cut.warnings)
