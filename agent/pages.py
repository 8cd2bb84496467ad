"""A hypothesis as lines of text: what an owner needs to decide, evidence against it included. Pure; whoever prints cleans and styles."""

from __future__ import annotations

from collections.abc import Iterator

from agent.kinds import KINDS, Stance
from agent.queue import Card
from agent.signals import Signal

Line = tuple[str, str]
"""(style, text): the style is a word that rich knows, or an empty string."""


def page(card: Card) -> Iterator[Line]:
    """The whole page, counter-evidence and missing proof before anything that could be read as a reason to sell."""
    draft = card.hypothesis.draft
    changed = ", changed since you decided" if card.hypothesis.changed else ""
    yield "bold", draft.title
    yield "", f"Grade: {draft.grade.value}   {card.hypothesis.state.value}{changed}   revision {card.hypothesis.revision}"
    yield (
        "dim",
        f"{card.account.name} | {card.account.plan} | {_arr(card)} | renews {card.account.renewal_date or 'unknown'} | {draft.owner}",
    )
    yield from _section("What the customer says", [_claim(card, claim.text, claim.signals, claim.kind) for claim in draft.claims])
    against = [_quoted(card.signals[key]) for key in draft.counter_evidence if key in card.signals]
    yield from _section("Against it", against or [["Nothing was found. That is not the same as nothing there."]])
    gaps = [[f"{name.replace('_', ' ')}: {draft.components[name].gap}"] for name in draft.missing_proof]
    yield from _section("Missing proof", gaps or [["Nothing: all five parts are met."]])
    yield from _section("Next customer action", [[draft.next_customer_action], [f"If it never happens: {draft.risk_if_never}"]])
    yield from _section("What is being pretended", [_claim(card, p.text, p.signals) for p in draft.pretended] or [["Nothing."]])
    parts = [draft.push_or_pull, draft.motion, draft.expansion_type, ", ".join(draft.what_expands) or "nothing expands yet"]
    quality = f"{draft.quality.class_}: {'; '.join(mark.text for mark in draft.quality.marks) or 'the quality questions are unanswered'}"
    yield from _section("Kind of expansion", [[" | ".join(parts).replace("_", " ")], [quality]])
    yield from _section("Economics", [[f"{name.replace('_', ' ')}: {value}"] for name, value in draft.economics.items()])
    yield from _section("Draft message, for you to change", [draft.draft_message.split("\n")])
    prompts = ", ".join(f"{name} v{version}" for name, version in draft.drafted_by.prompts.items())
    yield "dim", f"\nDrafted by {draft.drafted_by.model} ({prompts}) in run {draft.drafted_by.run}; {card.hypothesis.id}"


def _section(title: str, items: list[list[str]]) -> Iterator[Line]:
    yield "bold", f"\n{title}"
    for item in items:
        for number, text in enumerate(item):
            yield ("", f"  {text}") if number == 0 else ("dim", f"     {text}")


def _claim(card: Card, text: str, ids: tuple[str, ...], kind: str = "") -> list[str]:
    mark = {"observed": "+ ", "inferred": "> "}.get(kind, "")
    return [mark + text, *(_source(card.signals[key]) for key in ids if key in card.signals)]


def _quoted(signal: Signal) -> list[str]:
    said = f"“{signal.quote}”" if signal.quote else signal.measurement.formula if signal.measurement else ""
    state = f"settled by {signal.resolved_by}" if signal.resolved_by else "settled" if signal.resolved else "open"
    mark = "-" if signal.stance is Stance.OPPOSES else "~"
    return [f"{mark} {KINDS[signal.kind].label} ({state}): {said}", _source(signal)]


def _source(signal: Signal) -> str:
    return f"{signal.speaker or signal.voice.value}, {signal.source}, {signal.date}"


def _arr(card: Card) -> str:
    return f"{card.account.arr:,.0f} {card.account.currency} a year" if card.account.arr is not None else "ARR unknown"
