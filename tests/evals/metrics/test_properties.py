"""What must hold of every measure whatever it is given, where the golden values beside it do not already show it."""

from __future__ import annotations

from itertools import pairwise
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics import calibration, cost, reviewers
from evals.metrics.abstention import abstention, utility
from evals.metrics.agreement import cohen_kappa
from evals.metrics.counter import counter_evidence
from evals.metrics.judges import Judged, calibrate, kappa_statistic, prediction_powered
from evals.metrics.reviewers import Reviewed, disagreement, measures, seconds_of
from evals.metrics.spans import Marked

pairs = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)
stated = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)
marks = st.lists(
    st.builds(Marked, st.just("d"), st.sampled_from(["a", "b"]), st.integers(0, 20), st.integers(21, 40)), max_size=6
)


@given(pairs)
def test_pursuing_the_opposite_turns_abstention_round(rows: list[tuple[bool, bool]]) -> None:
    found, turned = abstention(rows), abstention([(lead, not pursued) for lead, pursued in rows])
    assert found.balanced_accuracy + turned.balanced_accuracy == pytest.approx(1.0)
    assert found.wish_interval.low <= found.wish_recall <= found.wish_interval.high or not found.wishes


@given(st.integers(0, 20), st.integers(0, 20), st.floats(0, 5))
def test_a_false_lead_never_pays(accepted: int, false: int, price: float) -> None:
    assert utility(accepted, false, 40, price) <= utility(accepted, 0, 40, price) <= 1


@given(marks, marks)
def test_with_equal_severities_weighted_recall_is_recall(said: list[Marked], gold: list[Marked]) -> None:
    found = counter_evidence(said, gold, {"a": 2.0, "b": 2.0})
    assert found.weighted_recall == pytest.approx(found.score.recall if gold else 1.0)
    assert 0 <= counter_evidence(said, gold, {"a": 3.0}).weighted_recall <= 1


def test_ece_by_hand() -> None:
    """500 cases at .7 in ten bins of 50: seven all true, off by .3, three all false, off by .7."""
    assert calibration.ece([0.7] * 500, [True] * 350 + [False] * 150) == pytest.approx(0.7 * 0.3 + 0.3 * 0.7)


@given(stated)
def test_brier_is_a_share_and_the_base_rate_is_the_best_constant(rows: list[tuple[float, bool]]) -> None:
    p, y = [a for a, _ in rows], [b for _, b in rows]
    assert 0 <= calibration.brier(p, y) <= 1
    base = sum(y) / len(y)
    assert calibration.brier([base] * len(y), y) <= calibration.brier([p[0]] * len(y), y) + 1e-12
    skill = calibration.brier_skill(p, y)
    assert isnan(skill) or skill <= 1


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.floats(0, 100), st.floats(0, 100))
def test_percentiles_rise_and_stay_among_the_values(values: list[float], one: float, two: float) -> None:
    low, high = cost.percentile(values, min(one, two)), cost.percentile(values, max(one, two))
    assert min(values) - 1e-6 <= low <= high + 1e-6 <= max(values) + 2e-6


@given(st.dictionaries(st.text(max_size=3), st.tuples(st.floats(0.01, 100), st.floats(0.01, 100)), min_size=1, max_size=8))
def test_the_ratio_of_costs_turns_round_with_the_arms(rows: dict[str, tuple[float, float]]) -> None:
    new, old = {key: a for key, (a, _) in rows.items()}, {key: b for key, (_, b) in rows.items()}
    assert cost.cost_ratio(new, old) * cost.cost_ratio(old, new) == pytest.approx(1.0)
    assert cost.cost_ratio(new, new) == pytest.approx(1.0)


@given(pairs)
def test_the_kappa_of_sums_is_cohens(rows: list[tuple[bool, bool]]) -> None:
    judged = calibrate([human for human, _ in rows], [said for _, said in rows])
    sums = [judged.agreed_passes, judged.passes - judged.agreed_passes, judged.fails - judged.agreed_fails, judged.agreed_fails]
    assert (
        kappa_statistic(np.asarray([sums], dtype=np.float64))[0]
        == pytest.approx(cohen_kappa(rows))
        == pytest.approx(judged.kappa)
    )


def test_the_kappa_of_sums_at_its_edges() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: .4, as in the textbook."""
    found = kappa_statistic(np.asarray([[20, 5, 10, 15], [7, 0, 0, 0], [0, 0, 0, 0]], dtype=np.float64))
    assert found[:2].tolist() == pytest.approx([0.4, 0.0])
    assert isnan(found[2])
    assert not Judged(0, 0, 0, 0).usable


@given(pairs)
def test_where_everything_is_labelled_the_powered_rate_is_the_peoples(rows: list[tuple[bool, bool]]) -> None:
    human, said = [h for h, _ in rows], [j for _, j in rows]
    assert prediction_powered(said, human, said) == pytest.approx(sum(human) / len(human))


def test_seconds_by_hand() -> None:
    """A decision, one 40 s later, a look at 70 s, one at 130 s; then a break of 20 minutes, and 30 s more."""
    log = [(0.0, True), (40.0, True), (70.0, False), (130.0, True), (1330.0, True), (1360.0, True)]
    assert seconds_of(log) == [None, 40.0, 90.0, None, 30.0]
    assert seconds_of([(0.0, False), (25.0, True)]) == [None], "a look begins a sitting and is no decision to count from"
    assert seconds_of([(0.0, True), (800.0, False), (1600.0, True)]) == [None, 1600.0], "looks bridge it"
    with pytest.raises(ValueError, match="backwards"):
        seconds_of([(2.0, True), (1.0, True)])


@given(st.lists(st.tuples(st.floats(0, 5_000), st.booleans()), max_size=20).map(sorted))
def test_no_decision_takes_longer_than_the_log(log: list[tuple[float, bool]]) -> None:
    took = seconds_of(log)
    assert len(took) == sum(decides for _, decides in log)
    timed = [value for value in took if value is not None]
    assert all(value >= 0 for value in timed)
    assert sum(timed) <= (log[-1][0] - log[0][0] if log else 0) + 1e-6
    if all(later[0] - earlier[0] > reviewers.PAUSE for earlier, later in pairwise(log)):
        assert not timed


def test_disagreement_by_hand() -> None:
    labels = [
        ("a", "kim", 1),
        ("a", "lee", 2),
        ("a", "mo", 1),
        ("b", "kim", 1),
        ("c", "kim", 1),
        ("c", "lee", 2),
        ("c", "lee", 1),
    ]
    assert disagreement(labels) == (2, 4), "kim-lee and lee-mo on a; on c lee came round; b has one reader"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.booleans()), max_size=12))
def test_people_who_say_the_same_never_disagree(labels: list[tuple[str, str, bool]]) -> None:
    differ, of = disagreement(labels)
    assert 0 <= differ <= of
    assert disagreement([(item, who, True) for item, who, _ in labels]) == (0, of)


outcomes = st.sampled_from(["accepted", "edited", "rejected", "proof"])


@given(
    st.lists(
        st.builds(Reviewed, outcomes, draft=st.just("a b"), final=st.sampled_from(["a b", "a", "a b c"])), min_size=1, max_size=12
    )
)
def test_shares_add_up(reviews: list[Reviewed]) -> None:
    found = measures(reviews)
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert found.acceptance == pytest.approx(found.shares["approved"] + found.shares["edited"])
    assert found.interval.low <= found.acceptance <= found.interval.high


def test_shares_of_nothing_are_unknown() -> None:
    assert all(isnan(share) for share in measures([]).shares.values())
    found = measures([Reviewed("edited", draft="we need more seats", final="we need two more seats")])
    assert (found.words, found.edited, found.sent_back, found.timed) == (1.0, 1, 0, 0)
