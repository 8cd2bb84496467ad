"""What must hold for any file."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.economics import Rates
from agent.metrics import Row, analyse
from agent.metrics.measures import grr, nrr
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
