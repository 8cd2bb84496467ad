"""Plain statements of a risk are heard, and only as statements of the customer."""

from __future__ import annotations

import pytest

from agent.extraction.alarms import alarms
from agent.extraction.candidates import Candidate
from agent.extraction.features import cue_hits
from retrieval.records import Record, Visibility, Voice

PLAIN = {
    "We have decided not to renew the contract in March and will move to another supplier.": ("churn_intent", "medium"),
    "I am afraid we will not be renewing.": ("churn_intent", "medium"),
    "We are running a trial with another vendor's tool since Monday.": ("competitor_evaluation", "medium"),
    "I am leaving the company at the end of the month.": ("sponsor_risk", "medium"),
    "My last day is Friday.": ("sponsor_risk", "medium"),
    "There is a spending freeze until January, nothing new gets signed.": ("budget_pressure", "strong"),
    "The system was down all night and we lost 20 pallets.": ("product_friction", "strong"),
}


def heard(text: str, voice: Voice = Voice.CUSTOMER) -> dict[str, str]:
    place = "ticket:1/description"
    record = Record("r-1", "a-1", place, "", "ticket:1", "2026-06-01", None, None, voice, "", Visibility.PUBLIC, text)
    return dict(alarms(Candidate(record, 0, len(text), "", "", "", 0, 1), cue_hits(text)))


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_statement_is_heard(text: str) -> None:
    kind, strength = PLAIN[text]
    assert heard(text).get(kind) == strength


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize("voice", [Voice.VENDOR, Voice.UNKNOWN, Voice.EXTERNAL])
def test_nobody_else_raises_an_alarm(text: str, voice: Voice) -> None:
    assert heard(text, voice) == {}


@pytest.mark.parametrize(
    "text",
    [
        "If we decided not to renew, what would happen?",
        "Our neighbours decided not to renew with you.",
        "We are running a trial with your add-on.",
        "Will you be leaving us?",
        "The printer is down the corridor.",
        "We renewed the contract in March.",
    ],
)
def test_what_is_imagined_asked_or_somebody_elses_is_not(text: str) -> None:
    assert heard(text) == {}
