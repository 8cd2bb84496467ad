"""The expansion-quality section of an account plan: the questions, what the evidence answers, and what nobody knows (R017-R036). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from agent.economics import is_unknown, said
from agent.hypotheses import Draft
from agent.kinds import Component, kinds_of
from agent.signals import Signal

FOG: Final = "Expanding into fog: {count} of {all} quality questions have no answer."
HARVEST_DAYS: Final = 90
"""A proposal this close to a renewal that no customer asked for is harvested, not earned (R049)."""

DRIVERS: Final = {
    "our quota or calendar": re.compile(
        r"\b(quota|pipeline|best case|quarter[- ]end|year[- ]end|(end of|before|this) (the )?(year|quarter|month)( end)?)\b",
        re.I,
    ),
    "a discount with a deadline": re.compile(
        r"(%|per ?cent) off\b|\boffer (until|till)\b|\bdiscount\b|\bif you (sign|take)\b", re.I
    ),
    "the renewal": re.compile(r"\b(with|at|before) (the |this )?renewal\b|\blever\b", re.I),
    "a budget that was spotted": re.compile(
        r"\b(unspent|left[- ]?over|spare|untapped) budget\b|\bbudget (left|to spend)\b", re.I
    ),
}
"""How our own notes and calls give away that the calendar drives a proposal (R049, R092). Customers' words are not searched."""

MOTIONS: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "upsell": ("medium", "high", "3-6 months", "low", "moderate"),
    "cross_sell": ("high", "very high", "6-12 months", "medium", "high"),
    "add_on": ("high", "very high", "6-12 months", "medium", "high"),
    "usage": ("low", "medium", "1-3 months", "very low", "low"),
    "seat": ("low", "medium", "1-2 months", "low", "low"),
    "geographic": ("high", "high", "6-18 months", "medium", "high"),
    "feature_adoption": ("medium", "medium", "2-4 months", "low", "moderate"),
}
"""R048: complexity, revenue impact, time to value, customer risk, resources. An add-on is read as cross-sell."""


def questions(draft: Draft, item_name: str | None) -> dict[str, str | None]:
    """R018-R020, R022, R024, R095: each question with its answer from the evidence; None where there is none."""
    cogs, price = draft.economics.get("incremental_cogs"), draft.economics.get("price_follows_cost")
    return {
        "What expands?": ", ".join(draft.what_expands).replace("_", " ") or None,
        "What new cost appears with it?": None if cogs is None or is_unknown(cogs) else said(cogs),
        "Which product capability makes it repeatable for the next customer?": (
            f"{item_name}, as the catalogue sells it" if item_name and draft.expansion_type != "custom" else None
        ),
        "What does it teach?": teaches(draft, item_name),
        "Is the customer pulling, or are we pushing?": None if draft.push_or_pull == "none" else draft.push_or_pull,
        "Does the price follow what drives the cost?": None if price is None or is_unknown(price) else said(price),
    }


def fog(answers: Mapping[str, str | None]) -> str | None:
    """R021: the flag, where a question is unanswered."""
    count = sum(answer is None for answer in answers.values())
    return FOG.format(count=count, all=len(answers)) if count else None


def teaches(draft: Draft, item_name: str | None) -> str | None:
    """R022: package, onboarding path, pricing metric or product boundary - or only that effort can please one customer."""
    if draft.expansion_type == "custom":
        return "only that effort can please one customer"
    kinds = set(draft.evidence_kinds)
    lessons = {
        "pricing metric": bool(kinds & {"pricing_mismatch", "inefficient_usage"}) or draft.motion == "usage",
        "product boundary": bool(kinds & {"custom_demand", "compliance_hurdle"}),
        "onboarding path": draft.expansion_type == "new_department",
        "package": item_name is not None and draft.motion in ("upsell", "add_on", "cross_sell"),
    }
    return ", ".join(name for name, holds in lessons.items() if holds) or None


def source_of(draft: Draft, signals: Mapping[str, Signal] | None = None) -> str:
    """R036: where the expansion comes from. With the cited signals it is also told whose pull it is."""
    kinds = set(draft.evidence_kinds)
    if draft.expansion_type == "custom":
        return "custom commitments"
    if draft.push_or_pull == "push":
        return "one-time push by us"
    if "pricing_mismatch" in kinds and draft.motion == "usage":
        return "pricing correction"
    repeats = kinds & {"license_saturation", "usage_growth", "feature_adoption", "proven_value", "outcome_accepted"}
    if not repeats and signals and _only_executives(signals):
        return "one-time executive push"
    return "repeatable adoption" if repeats else "not shown"


def earned_or_harvested(draft: Draft) -> str:
    """R049: proposals that a quota, a renewal or a spotted budget drives are harvested, whatever they earn.

    What drives is read from our own words among the pretences: a deadline of ours, a discount, a quarter's end, a pipeline.
    """
    driver = calendar(draft)
    near = renews_within(draft) is not None
    ours = f"; our own words put {driver} behind it" if driver else ""
    if draft.push_or_pull == "none" and not driver and draft.motion == "none":
        return "neither: nobody asked, and nobody proposes anything"
    if draft.push_or_pull in ("push", "none"):
        return "harvested: nobody at the customer asked" + (", and the renewal is near" if near else "") + ours
    warning = "; the renewal is near: do not let it set the date" if near else ""
    return "pulled by the customer" + warning + (f"{ours}: keep that out of it" if ours else "")


def calendar(draft: Draft) -> str | None:
    """What of ours drives the proposal besides the customer, named after the first pretence that says so; None where nothing does."""
    for name, pattern in DRIVERS.items():
        if any(pattern.search(pretence.text) for pretence in draft.pretended):
            return name
    return None


def renews_within(draft: Draft, days: int = HARVEST_DAYS) -> float | None:
    """Days to the renewal where they are few; None where they are many or unknown."""
    field = draft.economics.get("renewal_complexity")
    value = field.get("value") if isinstance(field, dict) else None
    return float(value) if isinstance(value, (int, float)) and value <= days else None


def _only_executives(signals: Mapping[str, Signal]) -> bool:
    pulls = [s for s in signals.values() if s.kind in kinds_of(Component.STAKEHOLDER_PULL) and not s.resolved]
    return bool(pulls) and all(s.role in ("economic_buyer", "sponsor") for s in pulls)


def cite(signal: Signal, told: str = "") -> str:
    """A quote and where it stands: speaker, source, day. What the line above has `told` already is not said twice."""
    words = f"“{signal.quote}”" if signal.quote else signal.measurement.formula if signal.measurement else ""
    where = f"{signal.speaker or signal.voice.value}, {signal.source}, {signal.date}"
    return where if words and words in told else f"{words} - {where}"
