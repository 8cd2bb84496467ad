"""Offline drafts: every field is there, nothing is said that the evidence does not say, and gaps are questions."""

from __future__ import annotations

import pytest

from agent.adjacency import Adjacency
from agent.claims import faults
from agent.drafting.case import Case, push_or_pull
from agent.drafting.message import INTERNAL_WORDS
from agent.drafting.offline import draft
from agent.hypotheses import Draft, Grade
from agent.readiness import assess
from agent.signals import Signal
from retrieval.accounts import Account, Catalog, CatalogItem, Contact
from retrieval.records import Voice
from tests.agent.test_readiness import signal

SCAN = CatalogItem("scan", "Scan", "addon", 200.0, "organisation", ("reads paper forms",))
BASIC = CatalogItem("basic", "Basic", "plan", 50.0, "seat", ("forms",))
CATALOG = Catalog("Vendor", ("vendor.example",), "EUR", (BASIC,), (SCAN,))
ACCOUNT = Account("a-1", "Ashgrove Mills", plan="basic", owner_email="kim@vendor.example")
DANA = Contact("a-1", "Dana Ruiz", "dana@ashgrove.example", "Plant Manager", "sponsor")


def made(*signals: Signal, item: CatalogItem | None = SCAN, contacts: tuple[Contact, ...] = (DANA,)) -> Draft:
    adjacency = Adjacency(item, tuple(s.id for s in signals[:1]), more_of_the_same=item is BASIC) if item and signals else None
    proof = assess(signals, item.item_id if adjacency and item else None)
    return draft(Case(ACCOUNT, contacts, "Kim Vale", CATALOG, signals, proof, adjacency), {}, run="r-1")


VALUE, NEED, PULL = signal("proven_value"), signal("unmet_need"), signal("stakeholder_pull")
CASES = {
    Grade.EARNED: (VALUE, NEED, PULL),
    Grade.PROMISING: (VALUE, NEED),
    Grade.WISH: (signal("weak_praise"),),
    Grade.BLOCKED: (VALUE, NEED, PULL, signal("churn_intent")),
}


@pytest.mark.parametrize("grade", list(Grade))
def test_every_grade_makes_a_whole_draft(grade: Grade) -> None:
    page = made(*CASES[grade])
    assert page.grade is grade
    assert page.title
    assert page.next_customer_action
    assert page.risk_if_never
    assert page.proof_owner == page.owner == "kim@vendor.example"
    spoken = [
        page.title,
        page.next_customer_action,
        page.risk_if_never,
        page.draft_message,
        *(claim.text for claim in page.claims),
    ]
    assert not any("{" in text or "}" in text for text in spoken)


@pytest.mark.parametrize("grade", list(Grade))
def test_the_message_is_a_letter_without_inner_words(grade: Grade) -> None:
    letter = made(*CASES[grade]).draft_message
    assert letter.startswith("Hello Dana,")
    assert letter.endswith("Best regards,\nKim")
    assert INTERNAL_WORDS.search(letter) is None


def test_nobody_is_quoted_to_somebody_else() -> None:
    theirs = PULL.model_copy(update={"speaker": "Omar Diaz", "quote": "Dana must not know, but send me a price for it."})
    letter = made(VALUE, NEED, theirs, contacts=(DANA,)).draft_message
    assert "Dana must not know" not in letter or letter.startswith("Hello,")


def test_missing_proof_is_put_as_a_question_to_ask() -> None:
    page = made(VALUE, NEED)
    assert page.missing_proof == ("stakeholder_pull",)
    assert "Ask" in (page.components["stakeholder_pull"].gap or "")


def test_telemetry_is_pretence_until_a_customer_says_what_it_achieves() -> None:
    from agent.signals import Measurement

    measured = Measurement(metric="runs", window="w", value=0.3, baseline=1.0, formula="130.0 on average, 100.0 before: +30%")
    growth = signal("usage_growth", Voice.TELEMETRY).model_copy(update={"measurement": measured, "quote": ""})
    assert [p.signals for p in made(NEED, PULL, growth).pretended] == [(growth.id,)]
    assert made(VALUE, NEED, PULL, growth).pretended == ()


def test_open_risks_come_first_in_the_counter_evidence() -> None:
    closed, open_risk = signal("product_friction", resolved=True), signal("pricing_mismatch")
    assert made(VALUE, closed, open_risk).counter_evidence == (open_risk.id, closed.id)


def test_a_sentence_is_quoted_once_where_there_are_others() -> None:
    same = signal("unmet_need").model_copy(update={"record_id": VALUE.record_id, "start": VALUE.start})
    other = signal("manual_workaround").model_copy(update={"record_id": "r-2", "quote": "typing it in again"})
    cited = [s for claim in made(VALUE, same, other).claims if claim.kind == "observed" for s in claim.signals]
    assert cited == [VALUE.id, other.id]


def test_claims_pass_the_checks_that_a_model_has_to_pass() -> None:
    ledger = CASES[Grade.BLOCKED]
    names = ["Ashgrove Mills", "Dana Ruiz Plant Manager", "Scan", "Basic"]
    assert faults(made(*ledger).claims, {s.id: s for s in ledger}, account_id="a-1", names=names) == []


def test_equal_evidence_makes_an_equal_draft_whatever_the_run() -> None:
    ledger = CASES[Grade.EARNED]
    first = made(*ledger)
    again = first.model_copy(update={"drafted_by": first.drafted_by.model_copy(update={"run": "r-2", "cost": 1.0})})
    assert first.content_hash() == again.content_hash() != made(*CASES[Grade.PROMISING]).content_hash()


@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        (["stakeholder_pull", "vendor_push"], "pull"),
        (["stakeholder_pull", "vendor_push", "vendor_push"], "mixed"),
        (["vendor_push"], "push"),
        (["unmet_need"], "none"),
    ],
)
def test_push_and_pull(kinds: list[str], verdict: str) -> None:
    assert push_or_pull([signal(kind) for kind in kinds]) == verdict
