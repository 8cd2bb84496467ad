"""Use-case and challenge tags: each holds for a reason that it names, and none of them proves anything."""

from __future__ import annotations

from typing import Any

import pytest

from agent.adjacency import Adjacency
from agent.drafting.case import Case
from agent.drafting.tag_table import CHALLENGES, USE_CASES
from agent.drafting.tags import challenges, use_cases
from agent.readiness import assess
from agent.signals import Signal
from retrieval.accounts import CatalogItem
from retrieval.records import Voice
from tests.agent.test_drafting_message import ACCOUNT, BASIC, CATALOG, DANA, NEED, OMAR, VALUE, said

GROW = CatalogItem("grow", "Grow", "plan", 80.0, "seat", ())


def case(*signals: Signal, item: CatalogItem | None = None) -> Case:
    chosen = item or CATALOG.addons[0]
    adjacency = Adjacency(chosen, (signals[0].id,), more_of_the_same=chosen is BASIC)
    return Case(ACCOUNT, (DANA, OMAR), "Kim", CATALOG, signals, assess(signals, chosen.item_id), adjacency)


def uses(*signals: Signal, item: CatalogItem | None = None) -> set[str]:
    return {tag.name for tag in use_cases(case(VALUE, NEED, *signals, item=item))}


def hard(*signals: Signal, economics: dict[str, Any] | None = None) -> set[str]:
    return {tag.name for tag in challenges(case(*signals), economics or {})}


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        (said("stakeholder_pull", "Could we run a pilot of it in the yard?"), "trial_to_paid"),
        (said("stakeholder_pull", "Give me a price for two days of your time, the training too."), "services"),
        (said("stakeholder_pull", "I want it in the other depots as well."), "geography"),
        (said("new_audience_interest", "The people of the paint shop want in."), "department_rollout"),
        (said("stakeholder_pull", "Our resellers should get log-ins, please send terms."), "partner_channel"),
        (said("custom_demand", "You would have to build it for us."), "custom_development"),
    ],
)
def test_a_use_case_is_read_from_the_customers_words(words: Signal, tag: str) -> None:
    assert tag in uses(words)
    assert tag not in uses(said("stakeholder_pull", "Can you show me more of it?"))


def test_what_is_sold_gives_its_own_use_case() -> None:
    assert uses() == {"consumption", "multi_product"}, "an add-on that is sold by the batch"
    assert uses(item=GROW) == {"tier_progression"}
    assert uses(item=BASIC) == set()


def test_a_wish_has_no_use_case_and_our_own_words_give_none() -> None:
    assert use_cases(case(said("stakeholder_pull", "Could we run a pilot?", strength="weak"))) == ()
    ours = said("stakeholder_pull", "Their resellers want a pilot in the other depots.", "Kim", voice=Voice.VENDOR)
    assert uses(ours) == uses()


@pytest.mark.parametrize(
    ("kind", "tag"),
    [
        ("onboarding_incomplete", "readiness"),
        ("value_disputed", "value_demonstration"),
        ("pricing_mismatch", "pricing_alignment"),
        ("sponsor_risk", "stakeholder_alignment"),
        ("competitor_evaluation", "competitor_response"),
        ("budget_pressure", "economic_sensitivity"),
    ],
)
def test_an_open_risk_is_a_challenge_until_it_is_settled(kind: str, tag: str) -> None:
    risk = said(kind, "These are words about it.")
    assert tag in hard(VALUE, risk)
    assert tag not in hard(VALUE, risk.model_copy(update={"resolved": True}))
    assert tag not in hard(VALUE, risk.model_copy(update={"strength": "weak"}))


def test_a_value_that_one_states_and_another_disputes_divides_them() -> None:
    disputed = said("value_disputed", "I see no benefit.", "Omar Diaz")
    assert "stakeholder_alignment" in hard(VALUE, disputed)
    assert "stakeholder_alignment" not in hard(VALUE, said("value_disputed", "I see no benefit."))


def test_an_outcome_without_a_number_is_not_measured() -> None:
    assert "measurement" in hard(said("proven_value", "It is much faster than before."))
    assert "measurement" not in hard(VALUE)


def test_value_that_nobody_stated_is_a_challenge_without_a_signal() -> None:
    found = {tag.name: tag.signals for tag in challenges(case(NEED), {})}
    assert found["value_demonstration"] == ()


def test_a_price_that_does_not_follow_the_cost_is_a_challenge() -> None:
    figure = {"price_follows_cost": {"value": "no", "note": "calls grew"}}
    assert "pricing_alignment" in hard(VALUE, economics=figure)
    assert "pricing_alignment" not in hard(VALUE)


def test_every_tag_of_the_requirement_can_be_told() -> None:
    assert (len(USE_CASES), len(CHALLENGES)) == (9, 10)
