"""What an account as a whole makes of its sentences: repetition, age, and what was said since."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.extraction.candidates import Candidate
from agent.extraction.classifier import shipped
from agent.extraction.offline import proposals
from agent.extraction.weighing import BLOCKING, DOUBT, HELD, NEWS, OPEN, Said, View, Weighed, proof_columns, risk_columns, view
from agent.kinds import CORE, KINDS, TEXT_KINDS, Component
from retrieval.records import Record, Visibility, Voice

FIRST = date(2026, 5, 1)
Line = tuple[int, str, float]
"""(day, kind, chance)"""


def account(*said: Line, voice: Voice = Voice.CUSTOMER) -> View:
    return view(*sentences(*said, voice=voice))


def sentences(*said: Line, voice: Voice = Voice.CUSTOMER) -> tuple[list[Candidate], np.ndarray]:
    chances = np.zeros((len(said), len(TEXT_KINDS)), dtype=np.float32)
    items = []
    for number, (day, kind, chance) in enumerate(said):
        text = f"Sentence number {number} of this account."
        when = (FIRST + timedelta(days=day)).isoformat()
        place = f"ticket:{number}"
        record = Record(
            f"r{number}", "a-1", f"{place}/description", "", place, when, "Jo", None, voice, "", Visibility.PUBLIC, text
        )
        items.append(Candidate(record, 0, len(text), "", "", "", 0, 1))
        chances[number, TEXT_KINDS.index(kind)] = chance
    return items, chances


def opened(seen: View, kind: str) -> float:
    return shipped().weigher.open(seen, kind)


@pytest.mark.parametrize("kind", BLOCKING)
def test_a_risk_that_was_never_named_is_not_open(kind: str) -> None:
    assert opened(account((0, "proven_value", 0.9), (30, "stakeholder_pull", 0.9)), kind) < DOUBT


@pytest.mark.parametrize("kind", ["churn_intent", "sponsor_risk", "competitor_evaluation", "value_disputed", "budget_pressure"])
def test_a_risk_named_again_and_again_until_the_end_is_open(kind: str) -> None:
    assert opened(account(*((day, kind, 0.8) for day in (100, 110, 120, 125))), kind) >= OPEN


@pytest.mark.parametrize("kind", ["churn_intent", "value_disputed", "budget_pressure", "sponsor_risk"])
def test_gains_and_requests_since_make_a_risk_old(kind: str) -> None:
    told = account((0, kind, 0.6))
    since = account((0, kind, 0.6), (120, "proven_value", 0.9), (150, "stakeholder_pull", 0.9), (170, "stakeholder_pull", 0.9))
    assert opened(since, kind) < DOUBT < opened(told, kind)


def test_our_own_enthusiasm_makes_no_risk_old() -> None:
    risk, later = (0, "churn_intent", 0.6), (1, "stakeholder_pull", 0.9)
    ours = account(risk, later, voice=Voice.VENDOR)
    assert ours.overtaken("churn_intent") is None
    assert account(risk, later).overtaken("churn_intent") == "r1"


def test_one_sentence_that_sounds_like_an_outcome_is_a_hint_and_three_prove() -> None:
    weigher = shipped().weigher
    once = account((0, "proven_value", 0.3), (9, "tenure", 0.9))
    often = account((0, "proven_value", 0.6), (30, "proven_value", 0.7), (60, "outcome_accepted", 0.6))
    assert weigher.held(once, Component.PROVEN_VALUE) < HELD <= weigher.held(often, Component.PROVEN_VALUE)


def test_what_holds_is_carried_by_its_best_sentence_even_where_each_is_modest() -> None:
    items, chances = sentences(*((day, "sponsor_risk", 0.19 + day / 1000) for day in range(8)))
    found = proposals(items, chances, shipped())
    assert opened(view(items, chances), "sponsor_risk") >= OPEN
    assert [p.strength for p in found if p.score == max(q.score for q in found)] == ["medium"]


def test_a_risk_that_is_over_names_the_record_that_says_so_and_loses_nothing_of_its_words() -> None:
    items, chances = sentences((0, "value_disputed", 0.5), (150, "proven_value", 0.9), (170, "stakeholder_pull", 0.9))
    (risk,) = [p for p in proposals(items, chances, shipped()) if p.kind == "value_disputed"]
    assert (risk.record_id, risk.quote, risk.overtaken_by) == ("r0", items[0].text, "r1")


def test_without_a_later_word_a_modest_risk_stays_a_doubt() -> None:
    items, chances = sentences((0, "value_disputed", 0.15), (150, "tenure", 0.9))
    found = [p for p in proposals(items, chances, shipped()) if p.kind == "value_disputed"]
    assert [(p.strength, p.overtaken_by) for p in found] == [("weak", None)]


def test_the_same_risk_said_outright_is_not_overtaken() -> None:
    text = "We have decided not to renew the contract."
    record = Record(
        "r0", "a-1", "ticket:0/description", "", "ticket:0", "2026-05-01", "Jo", None, Voice.CUSTOMER, "", Visibility.PUBLIC, text
    )
    items, chances = sentences((0, "churn_intent", 0.2), (150, "proven_value", 0.9), (170, "stakeholder_pull", 0.9))
    items[0] = Candidate(record, 0, len(text), "", "", "", 0, 1)
    (risk,) = [p for p in proposals(items, chances, shipped()) if p.kind == "churn_intent"]
    assert risk.overtaken_by is None
    assert risk.strength != "weak"


said = st.tuples(st.integers(0, 200), st.sampled_from([k for k in TEXT_KINDS if k != "vendor_push"]), st.floats(0, 1, width=32))


@given(st.lists(said, min_size=1, max_size=12))
def test_columns_are_finite_chances_are_chances_and_order_does_not_matter(lines: list[Line]) -> None:
    seen, turned = account(*lines), account(*reversed(lines))
    for kind in BLOCKING:
        assert seen.risk(kind) == pytest.approx(turned.risk(kind))
        assert np.isfinite(seen.risk(kind)).all()
        assert len(seen.risk(kind)) == len(risk_columns())
        assert 0 <= opened(seen, kind) <= 1
    for part in CORE:
        assert np.isfinite(seen.proof(part)).all()
        assert len(seen.proof(part)) == len(proof_columns())


@given(st.lists(said, min_size=1, max_size=12))
def test_more_proof_never_makes_a_component_less_likely(lines: list[Line]) -> None:
    weigher = shipped().weigher
    for part in CORE:
        kind = next(k for k, info in KINDS.items() if info.component is part)
        more = account(*lines, (200, kind, 0.9))
        assert weigher.held(more, part) >= weigher.held(account(*lines), part) - 1e-6


@pytest.mark.parametrize("kind", BLOCKING)
def test_news_blocks_by_itself_until_it_is_old(kind: str) -> None:
    """Gains and requests came before, and nobody has had the time to say it again."""
    lines = [(day, k, 0.9) for day in (60, 90, 120) for k in ("proven_value", "stakeholder_pull")]
    weighed = Weighed.of(account(*lines, (150, kind, 0.4), (151, "tenure", 0.9)), shipped().weigher)
    last = weighed.last

    def strength(age: float) -> str:
        return weighed.strength(kind, 0.4, Said(last - age, grave=True), firm=0.0, strong=0.35)[0]

    severe = KINDS[kind].blocks == "severe"
    assert strength(1) in (("strong",) if severe else ("medium", "strong"))
    if weighed.open[kind] < OPEN:
        assert strength(NEWS + 1) == ("medium" if severe and weighed.open[kind] < DOUBT else "weak")


@given(st.lists(said, min_size=1, max_size=12), st.sampled_from(TEXT_KINDS), st.floats(0, 1))
def test_strength_and_record_agree(lines: list[Line], kind: str, chance: float) -> None:
    strength, by = Weighed.of(account(*lines), shipped().weigher).strength(kind, chance, Said(0.0), firm=0.25, strong=0.35)
    assert strength in ("weak", "medium", "strong")
    assert by is None or (kind in BLOCKING and strength == "medium")
