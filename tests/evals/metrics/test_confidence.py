"""Calibration, judges, reviewers and cost: golden values and properties."""

from __future__ import annotations

from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics import calibration, cost, judges, reviewers
from evals.metrics.judges import Judged, calibrate, corrected, corrected_interval
from evals.metrics.reviewers import Reviewed, edit_rate, measures

stated = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40)


def test_brier_and_its_skill() -> None:
    p, y = [0.9, 0.8, 0.1, 0.4], [True, True, False, True]
    assert calibration.brier(p, y) == pytest.approx((0.01 + 0.04 + 0.01 + 0.36) / 4)
    assert calibration.brier_skill(p, y) == pytest.approx(1 - 0.105 / 0.1875)
    assert calibration.brier_skill([0.75] * 4, y) == pytest.approx(0.0), "the base rate has no skill"
    assert isnan(calibration.brier_skill([0.5], [True]))
    assert isnan(calibration.brier([], []))


def test_ece_is_refused_where_it_would_measure_noise() -> None:
    assert calibration.ece([0.5] * 499, [True] * 499) is None
    assert calibration.ece([0.7] * 500, [True] * 350 + [False] * 150) is not None


def test_a_calibrated_model_has_a_small_ece_on_many_cases() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0, 1, 2000)
    y = rng.uniform(0, 1, 2000) < p
    found = calibration.ece(list(p), list(y))
    assert found is not None
    assert found < 0.04


def test_reliability_by_tertile() -> None:
    p = [0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    bins = calibration.reliability(p, [False] * 3 + [True, False, True] + [True] * 3)
    assert [(b.n, round(b.stated, 2), round(b.true, 2)) for b in bins] == [(3, 0.2, 0.0), (3, 0.6, 0.67), (3, 0.9, 1.0)]
    assert calibration.reliability([], []) == []


def test_auroc_counts_ties_half() -> None:
    assert calibration.auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == pytest.approx(3.5 / 4)
    assert isnan(calibration.auroc([0.2], [True]))


def test_confidences_are_checked() -> None:
    with pytest.raises(ValueError, match=r"1\.2"):
        calibration.brier([1.2], [True])
    with pytest.raises(ValueError, match="2 confidences for 1"):
        calibration.auroc([0.1, 0.2], [True])


@given(stated)
def test_turning_the_confidence_round_turns_auroc_round(rows: list[tuple[float, bool]]) -> None:
    p, y = [a for a, _ in rows], [b for _, b in rows]
    found = calibration.auroc(p, y)
    if not isnan(found) and len({1 - a for a in p}) == len(set(p)):
        assert calibration.auroc([1 - a for a in p], y) == pytest.approx(1 - found)
    assert sum(b.n for b in calibration.reliability(p, y)) == len(p)


def test_an_always_pass_judge_is_accurate_and_worthless() -> None:
    found = calibrate([True] * 9 + [False], [True] * 10)
    assert (found.tpr, found.tnr, found.kappa, found.usable) == (1.0, 0.0, 0.0, False)


def test_the_corrected_rate() -> None:
    assert corrected(0.7, tpr=0.9, tnr=0.8) == pytest.approx(0.5 / 0.7)
    assert corrected(0.05, tpr=0.9, tnr=0.9) == 0.0, "clipped"
    assert isnan(corrected(0.5, 0.5, 0.5))


def test_the_interval_of_the_corrected_rate_knows_the_labels() -> None:
    wide = corrected_interval(70, 100, Judged(10, 9, 10, 8))
    narrow = corrected_interval(70, 100, Judged(400, 360, 400, 320))
    assert wide.low < narrow.low < 0.5 / 0.7 < narrow.high < wide.high
    assert corrected_interval(1, 2, Judged(0, 0, 3, 3)) == (0.0, 1.0)


def test_prediction_powered_inference_takes_the_judges_bias_away() -> None:
    assert judges.prediction_powered([True] * 8 + [False] * 2, [True, False], [True, True]) == pytest.approx(0.3)


@given(st.floats(0, 1), st.floats(0.55, 1), st.floats(0.55, 1))
def test_correction_inverts_the_judge(true: float, tpr: float, tnr: float) -> None:
    assert corrected(true * tpr + (1 - true) * (1 - tnr), tpr, tnr) == pytest.approx(true, abs=1e-6)


def test_reviewer_measures() -> None:
    found = measures(
        [
            Reviewed("accepted", seconds=30),
            Reviewed("edited", draft="we need more seats", final="they need more seats now", seconds=90),
            Reviewed("rejected", reason="missed_risk"),
            Reviewed("proof"),
        ]
    )
    assert (found.decided, found.acceptance, found.as_is_acceptance) == (4, 0.5, 0.25)
    assert found.edit_rate == pytest.approx((0 + 2 / 5) / 2)
    assert found.seconds == 60
    assert found.reasons == {"missed_risk": 1}
    assert isnan(measures([]).acceptance)


def test_groups_by_anything() -> None:
    rows = [Reviewed("accepted", grade="earned"), Reviewed("rejected", grade="wish")]
    assert {key: m.acceptance for key, m in reviewers.grouped(rows, lambda r: r.grade).items()} == {"earned": 1.0, "wish": 0.0}


def test_edit_rates_at_the_edges() -> None:
    assert edit_rate("", "") == 0.0
    assert edit_rate("a b", "") == inf
    assert edit_rate("", "a b") == 1.0


word_lists = st.lists(st.sampled_from("abc"), max_size=6)


@given(word_lists, word_lists, word_lists)
def test_the_word_distance_is_a_distance(a: list[str], b: list[str], c: list[str]) -> None:
    d = reviewers.word_distance
    assert d(a, a) == 0
    assert d(a, b) == d(b, a)
    assert d(a, c) <= d(a, b) + d(b, c)
    assert abs(len(a) - len(b)) <= d(a, b) <= max(len(a), len(b))


def test_cost_and_time() -> None:
    found = cost.totals([cost.Usage(1, 2, 100, 50, 0.2), cost.Usage(3, 1, 10, 5, 0.1)])
    assert (found.accounts, found.cost, found.calls, found.tokens) == (2, pytest.approx(0.3), 3, 165)
    assert (found.p50, found.p95) == (2.0, pytest.approx(2.9))
    assert cost.price(1_000_000, 500_000, (2.0, 8.0)) == 6.0
    assert cost.per_accepted(3.0, 4) == 0.75
    assert cost.per_accepted(3.0, 0) == inf
    assert isnan(cost.percentile([], 50))


def test_arms_are_compared_by_the_ratio_of_each_account() -> None:
    assert cost.cost_ratio({"a": 2.0, "b": 8.0}, {"a": 1.0, "b": 16.0}) == pytest.approx(1.0)
    assert isnan(cost.cost_ratio({"a": 0.0}, {"a": 1.0}))
    with pytest.raises(ValueError, match="different accounts"):
        cost.cost_ratio({"a": 1.0}, {"b": 1.0})
