"""Span matching: golden values, and the properties that any matching must have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics.spans import Marked, Score, by_kind, iou, match, score, semeval

marks = st.builds(
    lambda d, k, a, n: Marked(d, k, a, a + n),
    st.sampled_from("ab"),
    st.sampled_from(["need", "pull"]),
    st.integers(0, 12),
    st.integers(1, 8),
)
lists = st.lists(marks, max_size=7)


def m(start: int, end: int, kind: str = "need", document: str = "d", *alternates: Marked) -> Marked:
    return Marked(document, kind, start, end, tuple(alternates))


def test_intersection_over_union_is_of_characters() -> None:
    assert iou(m(0, 10), m(5, 15)) == pytest.approx(5 / 15)
    assert iou(m(0, 10), m(10, 20)) == 0.0
    assert iou(m(0, 0), m(0, 0)) == 1.0, "signals without text are the same place"


def test_half_an_overlap_is_a_match_and_less_is_none() -> None:
    assert score([m(0, 10)], [m(0, 20)]) == Score(1, 1, 1)
    assert score([m(0, 9)], [m(0, 20)]) == Score(0, 1, 1)


def test_a_match_needs_the_same_document_and_the_same_kind() -> None:
    assert score([m(0, 10, "pull")], [m(0, 10)]).hits == 0
    assert score([m(0, 10, "need", "e")], [m(0, 10)]).hits == 0


def test_greedy_matching_would_lose_a_pair() -> None:
    # The first prediction overlaps both gold signals and fits the second one best; the second prediction fits only that one.
    predicted, gold = [m(2, 12), m(4, 14)], [m(0, 10), m(3, 13)]
    assert len(match(predicted, gold, overlap=0.6)) == 2


def test_the_same_words_twice_are_one_hit_and_one_false_positive() -> None:
    found = score([m(0, 10), m(0, 10)], [m(0, 10)])
    assert (found.precision, found.recall) == (0.5, 1.0)


def test_an_alternate_counts_once_wherever_it_is_hit() -> None:
    gold = [m(0, 10, "need", "d", Marked("e", "need", 50, 60))]
    assert score([Marked("e", "need", 50, 60)], gold).f1 == 1.0
    assert score([Marked("e", "need", 50, 60), m(0, 10)], gold) == Score(1, 2, 1)


def test_nothing_against_nothing_is_perfect_and_against_something_is_none() -> None:
    assert score([], []).f1 == score([], []).precision == score([], []).recall == 1.0
    assert score([], [m(0, 3)]).f1 == score([m(0, 3)], []).f1 == 0.0


def test_scores_by_kind_add_up_to_the_whole() -> None:
    predicted, gold = [m(0, 10), m(20, 30, "pull")], [m(0, 10), m(40, 50, "risk")]
    kinds = by_kind(predicted, gold)
    assert kinds == {"need": Score(1, 1, 1), "pull": Score(0, 1, 0), "risk": Score(0, 0, 1)}
    assert sum(kinds.values(), Score(0, 0, 0)) == score(predicted, gold)


def test_the_semeval_schemes_on_one_example() -> None:
    """Gold need 0-10, pull 20-30, risk 40-50; said exactly, with another kind, and with wrong borders."""
    gold = [m(0, 10), m(20, 30, "pull"), m(40, 50, "risk")]
    said = [m(0, 10), m(20, 30, "need"), m(45, 55, "risk")]
    found = semeval(said, gold)
    assert {scheme: s.hits for scheme, s in found.items()} == {"strict": 1, "exact": 2, "partial": 2.5, "type": 2}


def test_an_overlap_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        match([], [], overlap=0)


@given(lists, lists)
def test_matching_is_one_to_one_and_only_of_pairs_that_may_match(predicted: list[Marked], gold: list[Marked]) -> None:
    found = match(predicted, gold)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    for i, j in found:
        assert predicted[i].kind == gold[j].kind
        assert predicted[i].document == gold[j].document
        assert iou(predicted[i], gold[j]) >= 0.5


@given(lists, lists)
def test_swapping_the_sides_swaps_precision_and_recall(predicted: list[Marked], gold: list[Marked]) -> None:
    one, other = score(predicted, gold), score(gold, predicted)
    assert (one.precision, one.recall, one.f1) == (other.recall, other.precision, other.f1)


@given(lists, lists, st.randoms(use_true_random=False))
def test_order_does_not_matter(predicted: list[Marked], gold: list[Marked], random: object) -> None:
    shuffled = list(predicted)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert score(shuffled, gold) == score(predicted, gold)


@given(lists, lists)
def test_a_stricter_scheme_never_scores_higher(predicted: list[Marked], gold: list[Marked]) -> None:
    hits = {scheme: s.hits for scheme, s in semeval(predicted, gold).items()}
    assert hits["strict"] <= hits["exact"] <= hits["partial"]
    assert hits["strict"] <= score(predicted, gold).hits <= hits["type"]


@given(lists)
def test_a_list_against_itself_is_perfect(gold: list[Marked]) -> None:
    assert score(gold, gold).f1 == 1.0
    assert all(s.f1 == 1.0 for s in semeval(gold, gold).values())
