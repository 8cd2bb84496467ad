"""A claim says no more than what it cites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.claims import faults, numbers
from agent.hypotheses import Claim
from agent.signals import Signal
from retrieval.records import Voice
from tests.agent.test_readiness import signal

SAID = signal("proven_value").model_copy(
    update={"id": "s-1", "quote": "It took nine days and now it takes two.", "speaker": "Dana Ruiz", "date": "2026-06-01"}
)


def why(text: str, *signals: Signal, kind: str = "observed", account: str = "a-1") -> list[str]:
    claim = Claim.model_validate({"text": text, "kind": kind, "signals": [s.id for s in signals] or ["s-1"]})
    ledger = {s.id: s for s in signals or (SAID,)}
    return [
        fault.why
        for fault in faults([claim], ledger, account_id=account, names=["Ashgrove Mills", "Scan", "Dana Ruiz Plant Manager"])
    ]


def test_a_claim_in_the_speakers_own_words_passes() -> None:
    assert why("Dana Ruiz (Plant Manager) reports: “It took nine days and now it takes two.”") == []


def test_number_words_and_digits_are_the_same_number() -> None:
    assert why("The customer reports 9 days before and 2 now.") == []


@pytest.mark.parametrize("text", ["They went from 9 days to 3.", "It saves twelve hours.", "It happened on 2026-06-02."])
def test_a_number_or_date_that_the_evidence_does_not_hold_is_a_fault(text: str) -> None:
    assert any("its evidence does not" in fault for fault in why(text))


def test_a_name_that_the_evidence_does_not_hold_is_a_fault() -> None:
    assert why("We hear that Marek Dvorak confirms it.") != []


def test_a_claim_without_a_known_signal_is_a_fault() -> None:
    claim = Claim(text="It works.", kind="inferred", signals=("s-unknown",))
    assert [f.why for f in faults([claim], {}, account_id="a-1", names=[])] == ["cites a signal that does not exist"]


def test_evidence_of_another_account_is_a_fault() -> None:
    assert "cites another account's evidence" in why("It took nine days.", account="a-2")


def test_praise_is_no_ground_for_a_claim() -> None:
    assert "rests on something that proves nothing" in why("They love it.", signal("weak_praise"))


def test_our_own_words_are_no_observation() -> None:
    assert "calls our own words an observation" in why("It works.", signal("proven_value", Voice.VENDOR))


def test_a_claim_cannot_be_made_without_evidence() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Claim(text="It works.", kind="observed", signals=())


@given(st.integers(min_value=0, max_value=10**9))
def test_thousands_separators_do_not_make_another_number(value: int) -> None:
    assert numbers(f"{value:,}") == numbers(str(value)) == frozenset({str(value)})
