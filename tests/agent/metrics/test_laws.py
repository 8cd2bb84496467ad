"""What must hold for any file."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.economics import Rates
from agent.metrics import Row, analyse
from agent.metrics.measures import grr, nrr, values
from agent.metrics.movements import estate, movements, totals

M = 2026 * 12
ROWS = st.lists(
    st.builds(
        Row,
        account_id=st.sampled_from("abcde"),
        month=st.integers(M, M + 14),
        mrr=st.floats(0, 1e6, allow_subnormal=False).map(lambda value: round(value, 2)),
        currency=st.sampled_from(["EUR", "USD"]),
        segment=st.sampled_from(["smb", "large"]),
        owner=st.sampled_from(["", "x@y"]),
        product=st.sampled_from(["", "core", "plus"]),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda row: (row.account_id, row.month, row.product, row.currency),
)
BY = st.sampled_from([None, "segment", "owner", "product"])
RATES = Rates("EUR", {"USD": 0.8})


@settings(deadline=None)
@given(rows=ROWS, by=BY, first=st.integers(M, M + 13), months=st.integers(1, 12))
def test_parts_add_up_to_the_ending_mrr_and_nrr_is_never_below_grr(
    rows: list[Row], by: str | None, first: int, months: int
) -> None:
    for t in totals(movements(estate(rows, by, RATES), first, first + months)).values():  # type: ignore[arg-type]
        end = t.start + t.new + t.reactivation + t.expansion - t.contraction - t.churn
        assert math.isclose(end, t.end, rel_tol=1e-9, abs_tol=1e-6)
        assert min(t.new, t.reactivation, t.expansion, t.contraction, t.churn) >= 0
        high, low = nrr(t), grr(t)
        if high is not None and low is not None:
            assert high >= low
            assert -1e-9 <= low <= 1 + 1e-9


@settings(deadline=None)
@given(rows=ROWS, by=BY, seed=st.integers(0, 9))
def test_the_order_of_rows_changes_nothing(rows: list[Row], by: str | None, seed: int) -> None:
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert analyse(rows, by=by, rates=RATES).to_json() == analyse(shuffled, by=by, rates=RATES).to_json()  # type: ignore[arg-type]


@settings(deadline=None)
@given(rows=ROWS, by=st.sampled_from([None, "segment"]), period=st.sampled_from(["month", "quarter", "year"]))
def test_converting_before_or_after_gives_the_same(rows: list[Row], by: str | None, period: str) -> None:
    """Currency and period commute: amounts converted beforehand, or by the analysis in whatever period."""
    before = [row._replace(mrr=row.mrr * 0.8, currency="EUR") for row in rows if row.currency == "USD"]
    only = [row for row in rows if row.currency == "USD"]
    if not only:
        return
    one = analyse(before, by=by, period=period).results  # type: ignore[arg-type]
    other = analyse(only, by=by, period=period, rates=RATES).results  # type: ignore[arg-type]
    for left, right in zip(one, other, strict=True):
        assert left.group == right.group
        assert left.totals.end == pytest.approx(right.totals.end)
        assert left.values["nrr"] == pytest.approx(right.values["nrr"])


@settings(deadline=None)
@given(rows=ROWS)
def test_segments_add_up_to_the_whole(rows: list[Row]) -> None:
    whole = {result.span.last: result.totals for result in analyse(rows, rates=RATES).results}
    parts: dict[int, list[float]] = {}
    for result in analyse(rows, by="segment", rates=RATES).results:
        parts.setdefault(result.span.last, []).append(result.totals.expansion)
    for last, found in parts.items():
        assert math.isclose(sum(found), whole[last].expansion, rel_tol=1e-9, abs_tol=1e-6)


@settings(deadline=None)
@given(rows=ROWS, by=BY, first=st.integers(M, M + 13), months=st.integers(1, 12))
def test_the_measures_keep_their_identities(rows: list[Row], by: str | None, first: int, months: int) -> None:
    """Net expansion is NRR less one, the gap is what expansion adds, and nothing but expansion lifts NRR over 100 % (R117, R123, R132)."""
    for t in totals(movements(estate(rows, by, RATES), first, first + months)).values():  # type: ignore[arg-type]
        found = values(t)
        if found["nrr"] is None or found["grr"] is None:
            continue
        assert found["net_expansion_rate"] == pytest.approx(found["nrr"] - 1, abs=1e-9)
        assert found["gap"] == pytest.approx(found["nrr"] - found["grr"], abs=1e-9)
        assert found["nrr"] <= 1 + 1e-9 or t.expansion > 0


@settings(deadline=None)
@given(rows=ROWS, first=st.integers(M, M + 10), months=st.integers(2, 4))
def test_what_months_move_is_what_the_quarter_moves(rows: list[Row], first: int, months: int) -> None:
    """Movements of single months add up to the change of the whole span, whatever happened in between."""
    held = estate(rows, None, RATES)

    def moved(start: int, end: int) -> float:
        found = totals(movements(held, start, end)).values()
        return sum(t.new + t.reactivation + t.expansion - t.contraction - t.churn for t in found)

    parts = sum(moved(first + at, first + at + 1) for at in range(months))
    assert math.isclose(parts, moved(first, first + months), rel_tol=1e-9, abs_tol=1e-5)


@settings(deadline=None)
@given(rows=ROWS, by=BY, factor=st.sampled_from([0.01, 3.0, 1000.0]))
def test_rates_do_not_depend_on_the_unit_of_money(rows: list[Row], by: str | None, factor: float) -> None:
    scaled = [row._replace(mrr=row.mrr * factor) for row in rows]
    for one, other in zip(analyse(rows, by=by).results, analyse(scaled, by=by).results, strict=True):  # type: ignore[arg-type]
        for name, value in one.values.items():
            same = other.values[name]
            assert (same is None) == (value is None), name
            assert value is None or same == pytest.approx(value, rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(rows=ROWS, period=st.sampled_from(["month", "quarter", "year"]))
def test_two_currencies_converted_beforehand_or_together_give_the_same(rows: list[Row], period: str) -> None:
    """Accounts that each pay in one currency: their sum in euro does not depend on when it was converted."""
    home = {account: "EUR" if account in "abc" else "USD" for account in "abcde"}
    mixed = [
        row._replace(currency=home[row.account_id]) for row in {(r.account_id, r.month, r.product): r for r in rows}.values()
    ]
    before = [row._replace(mrr=row.mrr * (0.8 if row.currency == "USD" else 1.0), currency="EUR") for row in mixed]
    one = analyse(before, period=period).results  # type: ignore[arg-type]
    other = analyse(mixed, period=period, rates=RATES).results  # type: ignore[arg-type]
    assert [result.span for result in one] == [result.span for result in other]
    for left, right in zip(one, other, strict=True):
        assert left.totals.end == pytest.approx(right.totals.end)
        assert left.totals.expansion == pytest.approx(right.totals.expansion)
