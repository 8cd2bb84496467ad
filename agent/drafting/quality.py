"""Clean growth, noisy growth or fog, with the marks that say so. Deterministic and pure (R018-R028, R064-R067, R093-R096, R104).

Every mark cites signals, or is a figure of the account's economics and quotes it. Noise is never averaged away: one noisy mark makes the
growth noisy, and clean marks then stand beside it after a "yet". Growth is clean only where a mark says so and the quality questions
have answers; without them it goes into fog, and the questions are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from agent.drafting.case import Case, expansion_type, what_expands
from agent.economics import is_unknown, reading
from agent.hypotheses import Grade, Pretence, Quality
from agent.kinds import KINDS, Component
from agent.readiness import counts_as_proof
from agent.signals import Signal
from prompts import Wording
from retrieval.records import Voice

NOISY: Final = (
    "custom_demand",
    "pricing_mismatch",
    "product_friction",
    "compliance_hurdle",
    "onboarding_incomplete",
    "inefficient_usage",
)
"""Kinds that are a mark of noise while they are open (R028, R080)."""
CONDITIONS: Final = ("custom_demand", "compliance_hurdle")
BURDEN: Final = 2
"""Open conditions from which the burden grows with the contract (R028, R094)."""
LEAVING: Final = ("competitor_evaluation", "churn_intent")
"""While one of them is open, a new feature in use may be a competitor's trial and embeds nothing (R082)."""
SEATS: Final = ("active_seats", "licensed_seats")
SHOWN: Final = 4
"""Signals that one mark cites at most: the strongest, newest ones."""
ATTENTION: Final = re.compile(
    r"\b(dedicated|named)\s+(\w+\s+){0,3}(manager|contact|engineer|person|team)\b|\bon[- ]site\b|\bexecutive sponsor\b"
    r"|\bweekly\s+(call|report|meeting|review)s?\b",
    re.IGNORECASE,
)
"""How a customer asks that people be set aside for them (R028: strategic attention expected)."""


def quality(case: Case, economics: dict[str, Any], words: Wording) -> Quality:
    """The class and its marks; `economics` is the JSON form of `agent.economics`.

    A blocked case has no clean mark, however healthy its dashboard is (R082): what is open is its mark. A wish expands nothing, so its
    questions have no answer.
    """
    blocked = case.proof.grade is Grade.BLOCKED
    noisy = list(_noisy(case, economics, words))
    clean = [] if blocked else list(_clean(case, economics, words))
    beside = [mark.model_copy(update={"text": words.say("mark", "yet", mark=mark.text)}) for mark in clean]
    asked = [words.say("mark", f"question_{name}") for name in unanswered(case, economics)]
    fog = [Pretence(text=words.say("mark", "fog", questions="; ".join(asked)), signals=())] if asked else []
    if noisy:
        return Quality(class_="noisy", marks=(*noisy, *beside, *fog))
    if blocked:
        opened = [
            Pretence(text=words.say("mark", "blocked", blocker=KINDS[blocker.kind].label), signals=blocker.signals)
            for blocker in case.proof.blockers
        ]
        return Quality(class_="fog", marks=(*opened, *fog))
    if fog:
        return Quality(class_="fog", marks=(*fog, *beside))
    if not clean:
        return Quality(class_="fog", marks=(Pretence(text=words.say("mark", "no_mark"), signals=()),))
    return Quality(class_="clean", marks=tuple(clean))


def unanswered(case: Case, economics: dict[str, Any]) -> tuple[str, ...]:
    """The quality questions without an answer (R018-R021): expands, cost, capability, and for a new department onboarding.

    A cost that is known in part is an answer: it names what is still missing in it. Onboarding is asked where another department
    begins with something that the account has not run yet; whoever supplies the hours answers it.
    """
    bought = case.adjacency is not None and not case.adjacency.more_of_the_same
    kind = expansion_type(case)
    open_questions = {
        "expands": not what_expands(case),
        "cost": _unknown(economics, "incremental_cogs"),
        "capability": case.adjacency is None or kind == "custom",
        "onboarding": kind == "new_department" and bought and _unknown(economics, "implementation_work"),
    }
    return tuple(name for name, holds in open_questions.items() if holds)


def _noisy(case: Case, economics: dict[str, Any], words: Wording) -> Iterator[Pretence]:
    for kind in NOISY:
        if found := _open(case, kind):
            yield _mark(words, kind, found)
    if case.proof.grade is Grade.WISH:
        return
    if found := _other_needs(case):
        yield _mark(words, "different_onboarding", found)
    if found := _attention(case):
        yield _mark(words, "attention", found)
    if len(found := _open(case, *CONDITIONS)) >= BURDEN:
        yield _mark(words, "burden", found, count=str(len(found)))
    priced = reading.verdict(economics, "price_follows_cost")
    if priced and priced[0] == "no":
        yield _mark(words, "outgrows_pricing", _growth(case, seats=False), note=priced[1])
    trend = reading.support_trend(economics)
    if trend and trend[0] == "up":
        yield _mark(words, "support_up", _growth(case), **_loads(trend))
    if lost := reading.burned(economics):
        cost, revenue = (f"{amount:,.0f} {reading.unit(economics, 'incremental_cogs')}" for amount in lost)
        yield _mark(words, "burns_margin", (), cost=cost, revenue=revenue)
    change = reading.margin_change(economics)
    if change and change[0] == "falls":
        yield _mark(words, "margin_falls", (), before=f"{change[1]:.1%}", after=f"{change[2]:.1%}")


def _clean(case: Case, economics: dict[str, Any], words: Wording) -> Iterator[Pretence]:
    if case.proof.grade is Grade.WISH:
        return
    trend, grown = reading.support_trend(economics), _growth(case)
    settled = not _open(case, "product_friction", "inefficient_usage")
    yield from _users(case, words)
    if grown and settled and not _open(case, "pricing_mismatch") and not (trend and trend[0] == "up"):
        yield _mark(words, "quiet_growth", grown)
    more_seats = [s for s in grown if s.kind == "usage_growth" and s.measurement and s.measurement.metric == SEATS[0]]
    if trend and more_seats and trend[1] <= trend[2]:
        yield _mark(words, "load_not_proportional", more_seats, **_loads(trend))
    if trend and trend[0] == "down" and settled:
        yield _mark(words, "easier_to_serve", (), **_loads(trend))
    faults = [s for s in case.ledger if s.kind == "product_friction" and s.resolved and s.voice is Voice.CUSTOMER]
    if faults and settled and not _open(case, "pricing_mismatch"):
        yield _mark(words, "faults_settled", faults)
    priced, volume = reading.verdict(economics, "price_follows_cost"), _growth(case, seats=False)
    if volume and priced and priced[0] == "yes" and not _open(case, "pricing_mismatch"):
        yield _mark(words, "no_surprise_bill", volume)
    change = reading.margin_change(economics)
    if change and change[0] == "holds":
        yield _mark(words, "margin_holds", (), before=f"{change[1]:.1%}", after=f"{change[2]:.1%}")
    used = [s for s in case.ledger if s.kind == "feature_adoption" and not s.resolved]
    if used and not _open(case, *LEAVING):
        names = ", ".join(dict.fromkeys(s.measurement.metric.removeprefix("feature:") for s in used if s.measurement))
        yield _mark(words, "embedded", used, metric=names)


def _users(case: Case, words: Wording) -> Iterator[Pretence]:
    """R027, R066-R067: users in the same workflow, another team in the same workflow, or a need that is sold as it is."""
    adjacency = case.adjacency
    if adjacency is None:
        return
    pointing = [case.signal(key) for key in adjacency.signals]
    if not adjacency.more_of_the_same:
        learned = [s for s in pointing if counts_as_proof(s, Component.ACCOUNT_LEARNING)]
        if learned and not _open(case, *CONDITIONS):
            yield _mark(words, "same_boundaries", learned, item=adjacency.item.name)
        return
    teams = [s for s in case.ledger if s.kind == "new_audience_interest" and counts_as_proof(s, Component.STAKEHOLDER_PULL)]
    value = [s for s in case.ledger if counts_as_proof(s, Component.PROVEN_VALUE)]
    if teams and value:
        yield _mark(words, "more_teams", [*_best(teams)[:2], *_best(value)[:1]])
    elif not teams and pointing:
        yield _mark(words, "same_workflow", pointing)


def _other_needs(case: Case) -> list[Signal]:
    """R028: words of the other department itself that ask for what the first one did not need."""
    teams = [s for s in _open(case, "new_audience_interest") if s.voice is Voice.CUSTOMER and s.speaker]
    speakers = {s.speaker for s in teams}
    needs = [s for s in _open(case, "onboarding_incomplete", *CONDITIONS) if s.voice is Voice.CUSTOMER and s.speaker in speakers]
    return [*(s for s in teams if s.speaker in {n.speaker for n in needs}), *needs]


def _attention(case: Case) -> list[Signal]:
    """Where the item that would be sold is itself such attention, it is paid for and no mark."""
    if case.adjacency is not None and any(ATTENTION.search(feature) for feature in case.adjacency.item.features):
        return []
    return [s for s in case.ledger if s.voice is Voice.CUSTOMER and not s.resolved and ATTENTION.search(s.quote)]


def _growth(case: Case, *, seats: bool = True) -> list[Signal]:
    """Telemetry that use or users grow; without `seats` only volumes."""
    grown = [s for s in case.ledger if s.kind in ("usage_growth", "license_saturation") and not s.resolved]
    return [s for s in grown if seats or (s.measurement is not None and s.measurement.metric not in SEATS)]


def _open(case: Case, *kinds: str) -> list[Signal]:
    """Open signals of these kinds, hints and outsiders left out. Our own notes do warn, though they never prove."""
    outside = (Voice.EXTERNAL, Voice.UNKNOWN)
    return [s for s in case.ledger if s.kind in kinds and not s.resolved and s.strength != "weak" and s.voice not in outside]


def _best(signals: Sequence[Signal]) -> list[Signal]:
    order = {"strong": 0, "medium": 1, "weak": 2}
    newest = sorted(signals, key=lambda s: (s.date, s.id), reverse=True)
    return sorted(newest, key=lambda s: order[s.strength])


def _mark(words: Wording, phrase: str, found: Sequence[Signal], **values: str) -> Pretence:
    text = words.say("mark", phrase, **values)
    if found and all(s.voice is Voice.VENDOR for s in found):
        text = words.say("mark", "ours", mark=text)
    return Pretence(text=text, signals=tuple(dict.fromkeys(s.id for s in _best(found)))[:SHOWN])


def _loads(trend: tuple[str, float, float]) -> dict[str, str]:
    return {"now": f"{trend[1]:.3f}", "before": f"{trend[2]:.3f}"}


def _unknown(economics: dict[str, Any], name: str) -> bool:
    return name not in economics or is_unknown(economics[name])
