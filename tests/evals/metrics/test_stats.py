"""Statistics: golden values from the literature and the notes, and what must hold for any data."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.metrics import stats
from evals.metrics.stats import Interval, Verdict

rates = st.lists(st.floats(0, 1), min_size=2, max_size=9)


def rows(values: list[float]) -> list[list[float]]:
    return [[value, 1.0] for value in values]


def test_wilson_intervals_are_those_of_the_textbook() -> None:
    low, high = stats.wilson(8, 10)
    assert (low, high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert stats.wilson(0, 0) == (0.0, 1.0), "nothing is known"
    assert stats.wilson(0, 20).low == 0.0
    assert stats.wilson(20, 20).high == 1.0
    with pytest.raises(ValueError, match="3 successes of 2"):
        stats.wilson(3, 2)


@given(st.integers(1, 300), st.data())
def test_a_wilson_interval_holds_its_rate_and_stays_within_zero_and_one(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    low, high = stats.wilson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1


def test_the_smallest_effect_is_the_table_of_the_notes() -> None:
    """80 % power, a fifth of the cases change: 25 cases show 21.9 points, 1000 show 3.9."""
    points = {n: round(100 * stats.smallest_effect(n), 1) for n in (25, 50, 100, 200, 400, 1000)}
    assert points == {25: 21.9, 50: 16.5, 100: 12.1, 200: 8.7, 400: 6.2, 1000: 3.9}
    assert stats.smallest_effect(0) == 1.0


@given(st.floats(0.01, 0.4))
def test_so_many_cases_show_that_effect_and_one_fewer_does_not(effect: float) -> None:
    n = stats.needed(effect)
    assert stats.smallest_effect(n) <= effect + 1e-9
    assert n == 1 or stats.smallest_effect(n - 1) > effect - 1e-9


def test_pooled_counts_are_a_ratio_of_sums_and_not_a_mean_of_ratios() -> None:
    assert stats.pooled([[1, 1], [0, 9]]) == pytest.approx(0.1)
    assert isnan(stats.pooled([[0, 0]]))


def test_a_bootstrap_is_by_account_and_repeatable() -> None:
    counts = [[2, 10], [8, 10], [5, 10], [6, 10], [1, 10]]
    one, other = stats.bootstrap(counts), stats.bootstrap(counts)
    assert one == other
    assert one.low < 0.44 < one.high
    assert all(isnan(end) for end in stats.bootstrap([[1, 2]])), "one account has no spread"


def test_more_cases_in_the_same_accounts_do_not_narrow_the_interval() -> None:
    """Ten times the cases per account with the same account rates: the accounts are what was sampled."""
    few, many = np.array([[2, 10], [8, 10], [5, 10], [3, 10]]), np.array([[20, 100], [80, 100], [50, 100], [30, 100]])
    assert stats.bootstrap(few) == pytest.approx(stats.bootstrap(many))


def test_the_exact_permutation_of_three_equal_gains_is_one_in_four() -> None:
    assert stats.sign_flip([0.1, 0.1, 0.1]) == pytest.approx(2 / 8)
    assert stats.sign_flip([0.0, 0.0]) == 1.0
    assert stats.sign_flip([]) == 1.0


def test_above_the_exact_limit_swaps_are_drawn_and_agree_with_it() -> None:
    deltas = list(np.random.default_rng(1).normal(0.04, 0.08, 14))
    exact = stats.sign_flip(deltas)
    drawn = stats.sign_flip([*deltas, 0.0], replicates=20_000)
    assert drawn == pytest.approx(exact, abs=0.02)


@settings(max_examples=40, deadline=None)
@given(rates, st.data())
def test_paired_results_turn_round_with_the_arms(new: list[float], data: st.DataObject) -> None:
    old = data.draw(st.lists(st.floats(0, 1), min_size=len(new), max_size=len(new)))
    one = stats.paired_bootstrap(rows(new), rows(old), replicates=400)
    other = stats.paired_bootstrap(rows(old), rows(new), replicates=400)
    assert one == pytest.approx(Interval(-other.high, -other.low), abs=1e-9)
    assert stats.permutation(rows(new), rows(old)) == pytest.approx(stats.permutation(rows(old), rows(new)))


@given(rates)
def test_an_arm_against_itself_shows_nothing(values: list[float]) -> None:
    assert stats.paired_bootstrap(rows(values), rows(values), replicates=200) == (0.0, 0.0)
    assert stats.permutation(rows(values), rows(values)) == 1.0


def test_arms_of_different_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="arms differ"):
        stats.paired_bootstrap(rows([1, 0]), rows([1]))


def test_false_alarms_of_the_permutation_stay_near_the_nominal_rate() -> None:
    """Null with an account effect: 40 accounts, 6 claims each. Nominal 5 %."""
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(200):
        effect = rng.normal(0, 0.2, 40)
        deltas = effect + rng.normal(0, 0.1, (6, 40)).mean(axis=0)
        alarms += stats.sign_flip(list(deltas), replicates=400) < 0.05
    assert 1 <= alarms <= 20


def test_holm_steps_down() -> None:
    assert stats.holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})
    assert stats.holm({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_and_keeps_the_order(p_values: dict[str, float]) -> None:
    adjusted = stats.holm(p_values)
    assert all(p_values[name] <= adjusted[name] <= 1 for name in p_values)
    ordered = sorted(p_values, key=lambda name: p_values[name])
    assert [adjusted[name] for name in ordered] == sorted(adjusted.values())


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.01, 0.04, Verdict.PASS),
        (-0.02, -0.01, Verdict.PASS),  # certainly worse, by less than the margin
        (-0.09, -0.02, Verdict.REGRESSION),
        (-0.09, 0.02, Verdict.INCONCLUSIVE),
        (float("nan"), float("nan"), Verdict.INCONCLUSIVE),
    ],
)
def test_the_gate_has_three_answers(low: float, high: float, verdict: Verdict) -> None:
    assert stats.non_inferior(Interval(low, high), 0.03) is verdict


def test_no_difference_passes_even_without_a_margin() -> None:
    assert stats.non_inferior(Interval(0.0, 0.0), 0.0) is Verdict.PASS


def test_accounts_are_averaged_before_anything_is_tested() -> None:
    account = {"1": "a", "2": "a", "3": "b"}
    assert stats.by_account({"1": 1.0, "2": 0.0, "3": 1.0}, account) == {"a": 0.5, "b": 1.0}
