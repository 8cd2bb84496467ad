"""The proof standard of design.md section 6, as examples."""

from __future__ import annotations

import pytest

from agent.hypotheses import Grade
from agent.kinds import KINDS, Component, Stance
from agent.readiness import assess
from agent.signals import Signal, Strength
from retrieval.records import Voice


def signal(kind: str, voice: Voice = Voice.CUSTOMER, *, strength: Strength = "medium", resolved: bool = False) -> Signal:
    return Signal(
        id=f"s-{kind}-{voice}-{strength}-{resolved}",
        account_id="a-1",
        kind=kind,
        source="ticket:1/description",
        document="ticket:1",
        record_id="r-1",
        start=0,
        end=5,
        quote="words",
        voice=voice,
        speaker="Dana Ruiz",
        stakeholder="Dana Ruiz",
        date="2026-06-01",
        strength=strength,
        resolved=resolved,
        method="test",
    )


VALUE, NEED, PULL = signal("proven_value"), signal("unmet_need"), signal("stakeholder_pull")


def grade(*signals: Signal, adjacency: str | None = "addon") -> Grade:
    return assess(signals, adjacency).grade


def test_all_five_components_are_earned() -> None:
    assert grade(VALUE, NEED, PULL) is Grade.EARNED


def test_two_of_the_three_customer_voiced_components_are_promising() -> None:
    assert grade(VALUE, NEED) is Grade.PROMISING
    assert grade(VALUE, PULL) is Grade.PROMISING
    assert grade(NEED, PULL) is Grade.PROMISING


def test_all_three_without_an_adjacency_are_promising() -> None:
    assert grade(VALUE, NEED, PULL, adjacency=None) is Grade.PROMISING


def test_a_full_licence_is_an_adjacency() -> None:
    assert grade(VALUE, NEED, PULL, signal("license_saturation", Voice.TELEMETRY), adjacency=None) is Grade.EARNED


@pytest.mark.parametrize("alone", [VALUE, NEED, PULL])
def test_one_component_is_a_wish(alone: Signal) -> None:
    assert grade(alone) is Grade.WISH


def test_nothing_at_all_is_a_wish_with_every_gap_named() -> None:
    proof = assess((), None)
    assert proof.grade is Grade.WISH
    assert all(part.gap for name, part in proof.components.items() if name != Component.ADOPTION_RISK.value)


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.blocks == "always"])
def test_an_open_blocking_risk_blocks_whatever_else_shines(kind: str) -> None:
    proof = assess((VALUE, NEED, PULL, signal(kind)), "addon")
    assert proof.grade is Grade.BLOCKED
    assert [blocker.kind for blocker in proof.blockers] == [kind]


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.blocks == "always"])
def test_a_resolved_risk_does_not_block(kind: str) -> None:
    assert grade(VALUE, NEED, PULL, signal(kind, resolved=True)) is Grade.EARNED


@pytest.mark.parametrize("kind", ["budget_pressure", "product_friction"])
def test_friction_and_budget_block_only_where_they_are_severe(kind: str) -> None:
    assert grade(VALUE, NEED, PULL, signal(kind, strength="medium")) is Grade.EARNED
    assert grade(VALUE, NEED, PULL, signal(kind, strength="strong")) is Grade.BLOCKED


def test_a_hint_of_a_blocking_risk_does_not_block_but_keeps_a_case_from_being_earned() -> None:
    proof = assess((VALUE, NEED, PULL, signal("churn_intent", strength="weak")), "addon")
    assert proof.grade is Grade.PROMISING
    assert proof.missing == ("adoption_risk",)


@pytest.mark.parametrize("voice", [Voice.VENDOR, Voice.UNKNOWN, Voice.EXTERNAL, Voice.TELEMETRY])
def test_only_the_customers_voice_proves(voice: Voice) -> None:
    assert grade(signal("proven_value", voice), signal("unmet_need", voice), signal("stakeholder_pull", voice)) is Grade.WISH


def test_telemetry_events_praise_and_tenure_prove_nothing() -> None:
    kinds = [name for name, kind in KINDS.items() if kind.origin != "text" and kind.stance is Stance.SUPPORTS]
    weak = [name for name, kind in KINDS.items() if kind.stance is Stance.WEAK]
    assert grade(*[signal(kind) for kind in kinds + weak]) is Grade.WISH


def test_an_overtaken_wish_and_a_weak_hint_count_for_nothing() -> None:
    assert grade(VALUE, signal("unmet_need", resolved=True)) is Grade.WISH
    assert grade(VALUE, signal("unmet_need", strength="weak")) is Grade.WISH


def test_an_outsider_cannot_block() -> None:
    assert grade(VALUE, NEED, PULL, signal("churn_intent", Voice.EXTERNAL)) is Grade.EARNED


def test_every_listed_signal_of_a_component_is_one_that_proves_it() -> None:
    proof = assess((VALUE, NEED, PULL, signal("proven_value", Voice.VENDOR)), "addon")
    assert proof.components["proven_value"].signals == (VALUE.id,)
