"""Clean, noisy or fog: every mark of R027 and R028 is earned by evidence, and none by its absence."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from agent.adjacency import Adjacency
from agent.drafting.case import Case
from agent.drafting.quality import quality, unanswered
from agent.economics import economics_of, reading, unknown
from agent.hypotheses import Pretence
from agent.readiness import assess
from agent.reports.quality import calendar, earned_or_harvested, source_of
from agent.signals import Measurement, Signal, signal_id
from prompts import wording
from retrieval.records import Voice
from tests.agent.economics.making import ACCOUNT, BASIC, CATALOG, SCANS, START, facts, weekly
from tests.agent.economics.test_asked import said
from tests.agent.reports.test_pages import draft

WORDS = wording("offline_draft")
FULL = ("proven_value", "unmet_need", "stakeholder_pull")


def signal(kind: str, words: str = "We went from nine days to two.", *, voice: Voice = Voice.CUSTOMER, **more: Any) -> Signal:
    base = said(words).model_copy(update={"kind": kind, "voice": voice, **more})
    return base.model_copy(update={"id": signal_id("a-1", kind, words, 0, len(words))})


def telemetry(kind: str, metric: str) -> Signal:
    measured = Measurement(metric=metric, window="w", value=1.3, baseline=1.0, formula="13 now, 10 before: +30%")
    return signal(kind, metric, voice=Voice.TELEMETRY, quote="", measurement=measured)


def case(*extra: Signal, item: Any = BASIC, same: bool = True) -> Case:
    ledger = tuple(signal(kind) for kind in FULL) + extra
    pointing = tuple(s.id for s in ledger if s.kind in ("unmet_need", "stakeholder_pull"))
    adjacency = Adjacency(item, pointing, same) if item else None
    proof = assess(ledger, item.item_id if item else None)
    return Case(ACCOUNT, (), "Kim Vale", CATALOG, ledger, proof, adjacency)


def known(**more: Any) -> dict[str, Any]:
    """Economics in which every quality question has an answer."""
    return economics_of(facts(item=BASIC, more_of_the_same=True, signals=(said("Please quote us for 7 more seats."),), **more))


def texts(*args: Any, **more: Any) -> str:
    found = quality(*args, **more)
    return f"{found.class_}: " + " | ".join(mark.text for mark in found.marks)


def test_users_in_the_same_workflow_are_clean() -> None:
    found = quality(case(telemetry("license_saturation", "active_seats")), known(), WORDS)
    assert found.class_ == "clean"
    assert {mark.text for mark in found.marks} >= {
        "people are added to work that already runs",
        "use grows without new complaints",
    }
    assert all(mark.signals or "%" in mark.text for mark in found.marks)


def test_another_team_in_the_same_workflow_is_clean_and_cites_the_value_it_saw() -> None:
    team = signal("new_audience_interest", "Could my team use what Tom has got?")
    found = quality(case(team), known(), WORDS)
    mark = next(mark for mark in found.marks if "another team" in mark.text)
    assert found.class_ == "clean"
    assert set(mark.signals) == {team.id, signal("proven_value").id}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("custom_demand", "it would need custom work"),
        ("pricing_mismatch", "price and use do not fit each other"),
        ("compliance_hurdle", "a condition has to be met first"),
        ("inefficient_usage", "part of the use is errors or retries"),
    ],
)
def test_one_open_mark_of_noise_outweighs_every_clean_one(kind: str, words: str) -> None:
    open_one = signal(kind, "This has to be settled.")
    found = quality(case(telemetry("license_saturation", "active_seats"), open_one), known(), WORDS)
    assert (found.class_, found.marks[0].text, found.marks[0].signals) == ("noisy", words, (open_one.id,))
    assert all(mark.text.startswith("yet ") for mark in found.marks[1:])
    settled = open_one.model_copy(update={"resolved": True})
    hint = open_one.model_copy(update={"strength": "weak"})
    assert quality(case(telemetry("license_saturation", "active_seats"), settled), known(), WORDS).class_ == "clean"
    assert quality(case(telemetry("license_saturation", "active_seats"), hint), known(), WORDS).class_ == "clean"


def test_our_own_notes_warn_and_are_called_ours_but_never_make_growth_clean() -> None:
    note = signal("compliance_hurdle", "Their legal team must sign.", voice=Voice.VENDOR)
    assert "(from our own notes)" in texts(case(note), known(), WORDS)
    ours = signal("new_audience_interest", "Gdansk could be 40 seats.", voice=Voice.VENDOR)
    assert "another team" not in texts(case(ours), known(), WORDS)


def test_a_department_that_asks_for_what_the_first_did_not_need_is_noise() -> None:
    team = signal("new_audience_interest", "My team would like to begin.", speaker="Ruth")
    need = signal("compliance_hurdle", "For us legal must approve it.", speaker="Ruth")
    assert "another department needs something" in texts(case(team, need), known(), WORDS)
    other = need.model_copy(update={"speaker": "Tom"})
    assert "another department needs something" not in texts(case(team, other), known(), WORDS)


def test_attention_is_noise_unless_it_is_what_they_buy() -> None:
    ask = signal("unmet_need", "We would want a dedicated account manager and a weekly call.")
    assert "people of ours" in texts(case(ask), known(), WORDS)
    premium = type(SCANS)("premium", "Premium", "addon", 100.0, "organisation", ("named technical account manager",))
    assert "people of ours" not in texts(case(ask, item=premium, same=False), known(), WORDS)


def test_two_conditions_are_a_burden_that_comes_with_the_contract() -> None:
    two = [signal("compliance_hurdle", f"Condition {n}.") for n in range(2)]
    assert "2 conditions come with it" in texts(case(*two), known(), WORDS)


def test_support_load_that_rises_faster_than_users_is_noise_and_a_few_tickets_more_are_not() -> None:
    last = START + timedelta(weeks=29)
    often: tuple[date, ...] = tuple(last - timedelta(days=n) for n in range(40))
    rare: tuple[date, ...] = tuple(last - timedelta(weeks=4 * n) for n in range(7))
    grown = telemetry("usage_growth", "active_seats")
    up = known(tickets=tuple(sorted((*often, last - timedelta(days=150)))))
    assert reading.support_trend(up)[0] == "up"  # type: ignore[index]
    assert "support load for each user rises" in texts(case(grown), up, WORDS)
    assert "without new complaints" not in texts(case(grown), up, WORDS)
    level = known(tickets=rare)
    assert reading.support_trend(level)[0] == "level"  # type: ignore[index]
    assert "rises" not in texts(case(grown), level, WORDS)
    down = known(tickets=tuple(sorted(last - timedelta(days=100 + n) for n in range(40))))
    assert "easier to serve" in texts(case(grown), down, WORDS)


def test_use_that_outgrows_the_price_is_noise() -> None:
    growing = known(usage={"active_seats": weekly(50), "licensed_seats": weekly(100), "calls": weekly(2000, 4000)})
    grown = telemetry("usage_growth", "calls")
    found = quality(case(grown), growing, WORDS)
    mark = next(mark for mark in found.marks if mark.text.startswith("use outgrows the price: calls grew +100%"))
    assert (found.class_, mark.signals) == ("noisy", (grown.id,))


def test_margin_marks_need_both_margins() -> None:
    figure = {"value": 0.6, "low": 0.55, "high": 0.65, "unit": "share of revenue"}
    for after, word in (({**figure}, "the margin holds: 60.0% before, 60.0% after"),
                        ({"value": 0.3, "low": 0.2, "high": 0.4, "unit": ""}, "the margin falls: 55.0% before, 40.0% after"),
                        ({"value": 0.57, "low": 0.4, "high": 0.6, "unit": ""}, None),
                        ({"value": None, "low": None, "high": 0.9, "unit": ""}, None)):  # fmt: skip
        told = texts(case(), {**known(), "margin_before": figure, "margin": after}, WORDS)
        assert (word or "the margin") in told if word else "the margin" not in told
    dear = {"incremental_cogs": {"low": 900.0, "value": None, "high": None, "unit": "USD a year"},
            "incremental_revenue": {"low": 100.0, "value": 500.0, "high": 600.0, "unit": "USD a year"}}  # fmt: skip
    assert "it costs at least 900 USD a year and earns at most 600 USD a year" in texts(case(), {**known(), **dear}, WORDS)
    dear["incremental_revenue"]["unit"] = "EUR a year"
    assert "it costs at least" not in texts(case(), {**known(), **dear}, WORDS)


def test_unanswered_questions_are_fog_and_are_named() -> None:
    found = quality(case(item=None), unknown(), WORDS)
    assert found.class_ == "fog"
    assert "what new cost appears with it; which capability makes it repeatable" in found.marks[0].text
    team = signal("new_audience_interest", "My team would like to begin.")
    bought = case(team, item=SCANS, same=False)
    assert unanswered(bought, known()) == ("onboarding",)
    assert unanswered(bought, {**known(), "implementation_work": {"value": 850.0}}) == ()


def test_a_blocked_account_is_never_clean_however_healthy_its_dashboard() -> None:
    leaving = signal("sponsor_risk", "My last day is Friday.")
    growth = (telemetry("usage_growth", "calls"), telemetry("license_saturation", "active_seats"))
    found = quality(case(leaving, *growth, telemetry("feature_adoption", "feature:api")), known(), WORDS)
    assert (found.class_, [mark.signals for mark in found.marks]) == ("fog", [(leaving.id,)])


def test_a_feature_in_use_while_a_competitor_is_tried_embeds_nothing() -> None:
    used = telemetry("feature_adoption", "feature:api")
    assert "in regular use: api" in texts(case(used), known(), WORDS)
    trial = signal("competitor_evaluation", "We try another one.")
    assert "in regular use" not in texts(case(used, trial), known(), WORDS)


def test_every_mark_of_the_file_can_be_said_and_holds_no_foreign_placeholder() -> None:
    allowed = {"now", "before", "after", "metric", "item", "note", "cost", "revenue", "count", "mark", "blocker", "questions"}
    for phrase in WORDS.sections["mark"].values():
        assert set(re.findall(r"\{(\w+)\}", phrase)) <= allowed


@pytest.mark.parametrize(
    ("words", "driver"),
    [
        ("We brought it up, not they: “I am putting 400 seats in the Q4 pipeline.”", "our quota or calendar"),
        ("We brought it up, not they: “there's fifteen percent off any add-on signed before the end of June”",
         "a discount with a deadline"),
        ("We brought it up, not they: “Suggest we use it as a lever for the upgrade.”", "the renewal"),
        ("We brought it up, not they: “Would it help if I made a small plan?”", None),
    ],
)  # fmt: skip
def test_our_calendar_behind_a_proposal_is_named(words: str, driver: str | None) -> None:
    made = draft(pretended=(Pretence(text=words, signals=()),))
    assert calendar(made) == driver
    assert ("keep that out of it" in earned_or_harvested(made)) is (driver is not None)


def test_an_executive_who_asks_alone_is_a_one_time_push() -> None:
    ask = said("Please quote us for 7 more seats.").model_copy(update={"role": "economic_buyer"})
    made = draft(evidence_kinds=("stakeholder_pull",))
    assert source_of(made, {ask.id: ask}) == "one-time executive push"
    assert source_of(made, {ask.id: ask.model_copy(update={"role": "user"})}) == "not shown"
    assert source_of(draft(), {ask.id: ask}) == "repeatable adoption"
