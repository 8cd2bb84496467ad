"""Two sets of tags, each with the signals that it stands on: which use case grows, and what will make it hard (R047, R100). Pure.

A tag sorts and filters; it proves nothing and grades nothing. One that only a missing part of the proof gives has no signals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from agent.claims import numbers
from agent.drafting.asks import asks_something, asks_trial
from agent.drafting.case import Case, motion
from agent.drafting.tag_table import CHALLENGES, USE_CASES
from agent.economics import reading
from agent.economics.asked import FLAT, SEAT, needs, unit_of
from agent.hypotheses import Grade, Tag
from agent.kinds import Component
from agent.readiness import counts_as_proof
from agent.signals import Signal
from retrieval.records import Voice

_PLACES: Final = re.compile(
    r"\b(regions|countries|subsidiar(y|ies)|sites|plants|branches|depots|offices|campuses|overseas|abroad|EMEA|APAC|LATAM)\b"
    r"|\b(another|the other|second|new|one|our [A-ZÀ-Þ]\w+|the [A-ZÀ-Þ]\w+) (region|country|site|plant|branch|depot|office|campus)\b"
)
_SERVICES: Final = re.compile(
    r"\b(train(ing|ed)?|workshops?|consult(ing|ancy)|onsite|on[- ]site|set(ting)?[- ]up (properly|for us)|days? of your time"
    r"|professional services|implementation (help|support)|the set[- ]up)\b",
    re.IGNORECASE,
)
_PARTNERS: Final = re.compile(
    r"\b(resellers?|distributors?|franchis(e|ee|ees|or)|integrators?|channel partners?|our partners?|white[- ]label)\b",
    re.IGNORECASE,
)
_LENT: Final = re.compile(r"\b(lent|lend|borrow(ed)?|guest log-?ins?|spare (log-?ins?|seats?|licen[cs]es?))\b", re.IGNORECASE)
_BUSY: Final = re.compile(
    r"\b(no (time|capacity|hands|people)|(nobody|no one) (free|left|to do|has (the )?(time|capacity))"
    r"|short[- ]staffed|too busy|stretched|on (leave|holiday)"
    r"|(are|is) helping|until (somebody|someone) is (hired|back)|haven['’]t (the |got )?(time|people))\b",
    re.IGNORECASE,
)
_SYSTEMS: Final = re.compile(
    r"\b(integrat\w+|connectors?|API|interface|sync\w*|import(s|ed|ing)?|export(s|ed|ing)?|ERP|CRM|SSO|single sign-on|ledger|EDI)\b"
)
_HABITS: Final = re.compile(
    r"\b(used to (it|the)|prefer the old|old (way|system|habit)|won['’]t use|refus(e|es|ed) to|on (a )?paper|whiteboard"
    r"|spreadsheets?|retrain\w*"
    r"|works council|resist\w*)\b",
    re.IGNORECASE,
)


def use_cases(case: Case) -> tuple[Tag, ...]:
    """R047's tags that hold, in its order. A wish has none: nothing grows."""
    if case.proof.grade is Grade.WISH:
        return ()
    pull = [s for s in case.ledger if counts_as_proof(s, Component.STAKEHOLDER_PULL)]
    spoken = pull + [s for s in case.ledger if counts_as_proof(s, Component.ACCOUNT_LEARNING)]
    audiences = [s for s in pull if s.kind == "new_audience_interest"]
    pointing = [case.signal(key) for key in case.adjacency.signals] if case.adjacency else []
    new = case.adjacency.item if case.adjacency and not case.adjacency.more_of_the_same else None
    volumes = [s for s in case.ledger if s.kind == "usage_growth" and not s.resolved]
    demands = _open(case, "custom_demand")
    higher = new is not None and (new.kind == "plan" or _lacks_plan(case))
    found: dict[str, Sequence[Signal] | None] = {
        "tier_progression": pointing if higher else None,
        "consumption": volumes if motion(case) == "usage" else pointing if new and _counted(case) else None,
        "department_rollout": audiences or None,
        "services": [s for s in _saying(spoken, _SERVICES) if asks_something(s.quote)] or None,
        "multi_product": pointing if new is not None and new.kind != "plan" else None,
        "geography": _saying(pull, _PLACES) or None,
        "trial_to_paid": [s for s in pull if asks_trial(s.quote) or _LENT.search(s.quote)] or None,
        "partner_channel": _saying(spoken, _PARTNERS) or None,
        "custom_development": demands or None,
    }
    return tuple(_tag(name, found[name] or ()) for name in USE_CASES if found[name] is not None)


def challenges(case: Case, economics: dict[str, Any]) -> tuple[Tag, ...]:
    """R100's tags that hold, in its order: open signals only, hints and outsiders left out."""
    against = _open(case, *{s.kind for s in case.ledger if s.stance.value == "opposes"})
    theirs = [s for s in against if s.voice is Voice.CUSTOMER]
    value = [s for s in case.ledger if counts_as_proof(s, Component.PROVEN_VALUE)]
    verdict = reading.verdict(economics, "price_follows_cost")
    unfit = bool(verdict and verdict[0] == "no")
    fixing = _open(case, "product_friction", "custom_demand", "compliance_hurdle", "onboarding_incomplete")
    learning = [s for s in case.ledger if counts_as_proof(s, Component.ACCOUNT_LEARNING)]
    found: dict[str, Sequence[Signal] | None] = {
        "readiness": _kinds(against, "onboarding_incomplete", "low_adoption", "usage_decline") or None,
        "value_demonstration": _kinds(against, "value_disputed") or (None if value else ()),
        "resource_allocation": _saying(theirs, _BUSY) or None,
        "pricing_alignment": _kinds(against, "pricing_mismatch", "inefficient_usage") or (() if unfit else None),
        "integration": _saying(fixing, _SYSTEMS) or None,
        "stakeholder_alignment": _disagreeing(against, value) or None,
        "competitor_response": _kinds(against, "competitor_evaluation") or None,
        "measurement": value if value and not any(numbers(s.quote) for s in value) else None,
        "change_management": _saying([*fixing, *learning], _HABITS) if _new_people(case) else None,
        "economic_sensitivity": _kinds(against, "budget_pressure") or None,
    }
    named = {name: signals for name, signals in found.items() if signals is not None and (name != "change_management" or signals)}
    return tuple(_tag(name, named[name]) for name in CHALLENGES if name in named)


def _disagreeing(against: Sequence[Signal], value: Sequence[Signal]) -> list[Signal]:
    """Whoever leaves; or a value that one person states and another one disputes."""
    disputed = _kinds(against, "value_disputed")
    stated = [s for s in value if disputed and s.speaker not in {d.speaker for d in disputed}]
    return _kinds(against, "sponsor_risk") + (disputed + stated if stated else [])


def _lacks_plan(case: Case) -> bool:
    """Whether the add-on asks for a plan that the account is not on."""
    if case.adjacency is None:
        return False
    wanted = {plan.item_id for plan in needs(case.adjacency.item, case.catalog.plans)}
    return bool(wanted) and case.account.plan not in wanted


def _counted(case: Case) -> bool:
    """Whether the item is sold by a volume rather than by a head or once for all."""
    if case.adjacency is None or case.adjacency.item.kind == "plan":
        return False
    size, noun = unit_of(case.adjacency.item)
    return size > 1 and noun not in SEAT and noun not in FLAT


def _new_people(case: Case) -> bool:
    return any(s.kind == "new_audience_interest" and counts_as_proof(s, Component.STAKEHOLDER_PULL) for s in case.ledger)


def _open(case: Case, *kinds: str) -> list[Signal]:
    outside = (Voice.EXTERNAL, Voice.UNKNOWN)
    return [s for s in case.ledger if s.kind in kinds and not s.resolved and s.strength != "weak" and s.voice not in outside]


def _kinds(signals: Iterable[Signal], *kinds: str) -> list[Signal]:
    return [s for s in signals if s.kind in kinds]


def _saying(signals: Iterable[Signal], pattern: re.Pattern[str]) -> list[Signal]:
    return [s for s in signals if s.quote and pattern.search(s.quote)]


def _tag(name: str, signals: Iterable[Signal]) -> Tag:
    return Tag(name=name, signals=tuple(dict.fromkeys(signal.id for signal in signals)))
