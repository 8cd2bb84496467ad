"""Grounding, citations, counter-evidence and injections: golden values and properties."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics import counter, grounding, injection
from evals.metrics.citations import Cited, support
from evals.metrics.counter import Pairs, counter_evidence
from evals.metrics.grounding import Ground, ground
from evals.metrics.spans import Marked

SOURCE = "We’re re-keying  every claim — by hand — since April. It takes two people all morning."


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("by hand", Ground.EXACT),
        ("we're re-keying every claim - by hand", Ground.NORMALISED),
        ("We’re re-keying every claim ... It takes two people all", Ground.NORMALISED),
        ("It takes two people all … re-keying every claim — by hand", Ground.ABSENT),  # the wrong order
        ("We’re re-keying ... all morning", Ground.ABSENT),  # fragments that stand anywhere
        ("we sell shoes", Ground.ELSEWHERE),
        ("by machine", Ground.ABSENT),
        ("  ", Ground.ABSENT),
    ],
)
def test_how_a_quote_stands(quote: str, stands: Ground) -> None:
    assert ground(quote, SOURCE, {"other": "Here WE sell   shoes."}) is stands


def test_the_rate_counts_the_first_two_and_an_empty_page_is_grounded() -> None:
    assert grounding.rate([Ground.EXACT, Ground.NORMALISED, Ground.ELSEWHERE, Ground.ABSENT]) == 0.5
    assert grounding.rate([]) == 1.0


@given(st.text(min_size=1, max_size=60), st.data())
def test_any_slice_of_a_text_is_grounded_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    quote = text[start : data.draw(st.integers(start + 1, len(text)))]
    assert ground(quote, text) is (Ground.EXACT if quote.strip() else Ground.ABSENT)


def entails(evidence: str, claim: str) -> bool:
    """Every word of the claim stands in the evidence."""
    return set(claim.split()) <= set(evidence.split())


def test_citations_that_are_needed_and_one_that_is_not() -> None:
    evidence = {"1": "a b", "2": "c", "3": "z"}
    found = support([Cited("a b c", ("1", "2", "3"))], evidence, entails)
    assert (found.recall, found.precision) == (1.0, pytest.approx(2 / 3))


def test_two_citations_that_each_carry_the_claim_are_both_precise() -> None:
    assert support([Cited("a", ("1", "2"))], {"1": "a", "2": "a b"}, entails).precision == 1.0


def test_an_invented_id_costs_recall_and_precision() -> None:
    """The trap of the original script: there, it only costs recall."""
    found = support([Cited("a", ("1", "ghost"))], {"1": "a"}, entails)
    assert (found.recall, found.precision, found.invented, found.unsupported) == (0.0, 0.5, 1, 1)


def test_a_claim_without_citations_is_unsupported() -> None:
    found = support([Cited("a", ())], {"1": "a"}, entails)
    assert (found.recall, found.precision) == (0.0, 1.0)
    assert isnan(support([], {}, entails).recall)


words = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(" ".join)


@given(
    st.lists(st.builds(Cited, words, st.lists(st.sampled_from("123x"), max_size=3).map(tuple)), max_size=5),
    st.fixed_dictionaries({"1": words, "2": words, "3": words}),
)
def test_support_adds_up_over_claims(claims: list[Cited], evidence: dict[str, str]) -> None:
    parts = [support([claim], evidence, entails) for claim in claims]
    whole = support(claims, evidence, entails)
    assert whole == sum(parts, support([], evidence, entails))
    assert 0 <= whole.precise + whole.invented <= whole.citations
    assert whole.supported <= whole.claims


def test_a_severe_risk_that_was_missed_weighs_more() -> None:
    gold = [Marked("d", "churn_intent", 0, 10), Marked("d", "pricing_mismatch", 20, 30)]
    found = counter_evidence([Marked("d", "pricing_mismatch", 20, 30)], gold, {"churn_intent": 3.0})
    assert (found.score.recall, found.weighted_recall) == (0.5, 0.25)
    assert counter_evidence([], [], {}).weighted_recall == 1.0
    with pytest.raises(ValueError, match="weight"):
        counter_evidence([], [], {"x": -1})


def test_readiness_that_cannot_fall_is_no_test() -> None:
    found = counter.falls(3, 1) + counter.falls(2, 2) + counter.falls(0, 0)
    assert found == Pairs(1, 1, 1)
    assert found.rate == 0.5
    assert isnan(Pairs(0, 0, 4).rate)


def test_injection_success_over_runs_and_over_cases() -> None:
    tries = {"a": [False, True, False], "b": [False, False, False]}
    assert injection.at_one(tries).rate == pytest.approx(1 / 6)
    assert (injection.at_k(tries, 1).rate, injection.at_k(tries, 3).rate) == (0.0, 0.5)
    assert injection.by_family(tries, {"a": "forged", "b": "canary"})["canary"].successes == 0
    with pytest.raises(ValueError, match="fewer than 4"):
        injection.at_k(tries, 4)
    with pytest.raises(ValueError, match="counts tries"):
        injection.at_k(tries, 0)


def test_zero_successes_are_bounded_by_three_over_n() -> None:
    assert injection.Success(0, 100).upper == pytest.approx(0.03)
    assert injection.Success(0, 2).upper == 1.0
    assert injection.Success(0, 0).upper == 1.0
    assert 0.05 < injection.Success(5, 100).upper < 0.12
    with pytest.raises(ValueError, match="nothing"):
        injection.rule_of_three(0)


@given(st.dictionaries(st.text(max_size=2), st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=6))
def test_more_tries_never_lower_the_success_rate(tries: dict[str, list[bool]]) -> None:
    found = [injection.at_k(tries, k).rate for k in (1, 2, 3, 4)]
    assert found == sorted(found)
