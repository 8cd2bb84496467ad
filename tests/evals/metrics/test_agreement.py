"""Agreement and abstention: golden values and properties."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics import agreement
from evals.metrics.abstention import Abstention, abstention, utility

levels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)


def test_cohen_on_the_textbook_example() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.7, expected 0.5, kappa 0.4."""
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert agreement.cohen_kappa(pairs) == pytest.approx(0.4)


def test_quadratic_weights_on_a_worked_example() -> None:
    """0-0, 1-1, 2-2, 0-2 on three levels: sum(w O) = 4/4; sum(w E) from marginals (2,1,1) and (1,1,2) is 9/4 in levels squared."""
    pairs = [(0, 0), (1, 1), (2, 2), (0, 2)]
    expected = sum(left * right * (i - j) ** 2 for i, left in enumerate((2, 1, 1)) for j, right in enumerate((1, 1, 2))) / 4
    assert agreement.weighted_kappa(pairs, 3) == pytest.approx(1 - 4 / expected)
    assert agreement.weighted_kappa(pairs, 3) == pytest.approx(1 - 4 / 6.5)


def test_what_cannot_be_said_is_decided() -> None:
    assert isnan(agreement.cohen_kappa([]))
    assert isnan(agreement.weighted_kappa([], 4))
    assert agreement.cohen_kappa([("a", "a")] * 5) == 0.0, "one label only shows no skill"
    assert agreement.weighted_kappa([(1, 1)] * 5, 4) == 0.0
    with pytest.raises(ValueError, match="at least 2"):
        agreement.weighted_kappa([(0, 0)], 1)
    with pytest.raises(ValueError, match=r"0\.\.3"):
        agreement.weighted_kappa([(0, 4)], 4)


def test_distance_measures() -> None:
    pairs = [(0, 0), (0, 1), (0, 3)]
    assert agreement.within_one(pairs) == pytest.approx(2 / 3)
    assert agreement.mean_absolute_error(pairs) == pytest.approx(4 / 3)


def test_confusion_and_balanced_accuracy() -> None:
    table = agreement.confusion([("a", "a"), ("a", "b"), ("b", "b")], ["a", "b", "c"])
    assert table == {"a": {"a": 1, "b": 1, "c": 0}, "b": {"a": 0, "b": 1, "c": 0}, "c": {"a": 0, "b": 0, "c": 0}}
    assert agreement.balanced_accuracy(table) == 0.75, "a class that does not occur does not count"
    with pytest.raises(KeyError):
        agreement.confusion([("a", "z")], ["a"])


@given(levels)
def test_kappas_are_symmetric_and_at_most_one(pairs: list[tuple[int, int]]) -> None:
    turned = [(j, i) for i, j in pairs]
    for measure in (agreement.cohen_kappa, lambda p: agreement.weighted_kappa(p, 4)):
        assert measure(pairs) == pytest.approx(measure(turned))
        assert measure(pairs) <= 1.0 + 1e-12


@given(levels)
def test_two_levels_make_the_weighted_kappa_cohens(pairs: list[tuple[int, int]]) -> None:
    binary = [(int(i > 1), int(j > 1)) for i, j in pairs]
    assert agreement.weighted_kappa(binary, 2) == pytest.approx(agreement.cohen_kappa(binary))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=20).filter(lambda v: len(set(v)) > 1))
def test_agreeing_with_oneself_is_perfect(values: list[int]) -> None:
    pairs = [(v, v) for v in values]
    assert agreement.cohen_kappa(pairs) == agreement.weighted_kappa(pairs, 4) == agreement.within_one(pairs) == 1.0


def test_abstention_counts_both_classes() -> None:
    found = abstention([(False, False), (False, False), (False, True), (True, True), (True, False)])
    assert found == Abstention(3, 2, 2, 1)
    assert (found.wish_recall, found.false_abstain) == (pytest.approx(2 / 3), 0.5)
    assert found.balanced_accuracy == pytest.approx((2 / 3 + 0.5) / 2)
    assert found.wish_interval.low < 2 / 3 < found.wish_interval.high


def test_abstaining_always_is_no_skill() -> None:
    assert abstention([(False, False), (True, False), (True, False)]).balanced_accuracy == 0.5
    assert abstention([]).balanced_accuracy == 1.0
    assert abstention([(True, True)]).balanced_accuracy == 1.0, "a class that does not occur does not count"


def test_the_utility_of_the_business() -> None:
    assert utility(accepted=6, false_leads=2, accounts=10, cost=0.5) == pytest.approx(0.5)
    assert isnan(utility(0, 0, 0, 1.0))
    with pytest.raises(ValueError, match="cost"):
        utility(1, 1, 1, -1)
