"""Usage formulas against worked examples."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from agent.telemetry import telemetry_signals
from retrieval.records import Record, Visibility, Voice

FIRST = date(2026, 5, 4)


def weekly(values: list[float], first: date = FIRST) -> list[tuple[date, float]]:
    return [(first + timedelta(weeks=number), value) for number, value in enumerate(values)]


def record(metric: str) -> Record:
    place = f"usage:{metric}"
    return Record(place, "a-1", place, "", place, "2026-10-26", None, None, Voice.TELEMETRY, "usage", Visibility.INTERNAL, "")


def kinds(**series: list[tuple[date, float]]) -> dict[str, str]:
    named = {name.replace("feature_", "feature:"): rows for name, rows in series.items()}
    found = telemetry_signals({name: record(name) for name in named}, named)
    return {signal.kind: signal.source for signal in found}


def test_seats_at_eighty_percent_in_the_last_four_weeks_are_saturated() -> None:
    assert (
        kinds(active_seats=weekly([10] * 22 + [40] * 4), licensed_seats=weekly([50] * 26))["license_saturation"]
        == "usage:active_seats"
    )
    assert "license_saturation" not in kinds(active_seats=weekly([39.9] * 26), licensed_seats=weekly([50] * 26))


def test_seats_at_thirty_percent_are_low_adoption() -> None:
    assert "low_adoption" in kinds(active_seats=weekly([15] * 26), licensed_seats=weekly([50] * 26))


def test_growth_compares_the_last_four_weeks_with_the_four_weeks_twelve_weeks_before() -> None:
    grown = [100.0] * 10 + [200] * 4 + [100] * 8 + [250] * 4
    assert "usage_growth" in kinds(runs=weekly(grown))  # 250 / 200 = +25 %
    assert "usage_growth" not in kinds(runs=weekly([100.0] * 10 + [201] * 4 + [100] * 8 + [250] * 4))


def test_decline_of_a_quarter_is_told() -> None:
    assert "usage_decline" in kinds(runs=weekly([100.0] * 22 + [75] * 4))


def test_bought_seats_are_no_growth() -> None:
    assert kinds(licensed_seats=weekly([10.0] * 22 + [50] * 4)) == {}


def test_a_feature_from_none_to_regular_use_is_adopted() -> None:
    assert "feature_adoption" in kinds(feature_sub=weekly([0.0] * 10 + [5.0] * 16))
    assert "feature_adoption" not in kinds(feature_sub=weekly([0.0] * 10 + [5.0] * 15 + [0.0]))  # a week without
    assert "feature_adoption" not in kinds(feature_sub=weekly([3.0] * 10 + [9.0] * 16))  # it was in use before


def test_missing_weeks_are_not_zero() -> None:
    rows = weekly([100.0] * 26)
    assert kinds(runs=rows[:22] + rows[-1:]) == {}  # one week of four says nothing
    assert kinds(runs=[]) == {}


def test_volume_that_rises_with_errors_is_inefficient() -> None:
    found = kinds(runs=weekly([100.0] * 22 + [200] * 4), error_rate=weekly([0.02] * 22 + [0.30] * 4))
    assert found["inefficient_usage"] == "usage:error_rate"
    assert "usage_growth" in found


def test_the_figures_are_kept_with_their_rows() -> None:
    rows = {"active_seats": weekly([40.0] * 26), "licensed_seats": weekly([50.0] * 26)}
    measured = telemetry_signals({name: record(name) for name in rows}, rows)[0].measurement
    assert measured is not None
    assert (measured.value, measured.baseline, measured.window) == (0.8, 50.0, "2026-10-05..2026-10-26 (4 rows)")
    assert "40.0 of 50.0" in measured.formula


@pytest.mark.parametrize("value", [0.0, 1e-9])
def test_an_empty_baseline_divides_nothing(value: float) -> None:
    assert "usage_decline" not in kinds(runs=weekly([value] * 26))
