"""A hypothesis as lines of text: what an owner needs to decide, evidence against it included. Pure; whoever prints cleans and styles."""

from __future__ import annotations

from collections.abc import Iterator

from agent.economics import said
from agent.hypotheses import Tag
from agent.kinds import KINDS, Stance
from agent.queue import Card
from agent.signals import Signal

Line = tuple[str, int, str]
"""(style, indent, text): a style that rich knows or an empty string, the columns by which the whole line is set in, its words."""


def page(card: Card) -> Iterator[Line]:
    """The whole page. Where a risk is open it comes first; counter-evidence and missing proof are never left out."""
    draft = card.hypothesis.draft
    changed = ", changed since you decided" if card.hypothesis.changed else ""
    yield "bold", 0, f"{card.account.name}: {draft.title}"
    yield "", 0, f"Grade: {draft.grade.value}   {card.hypothesis.state.value}{changed}   revision {card.hypothesis.revision}"
    yield (
        "dim",
        0,
        f"{card.account.name} | {card.account.plan} | {_arr(card)} | renews {card.account.renewal_date or 'unknown'} | {draft.owner}",
    )
    claims = _section("What the customer says", [_claim(card, claim.text, claim.signals, claim.kind) for claim in draft.claims])
    quoted = [_quoted(card, card.signals[key]) for key in draft.counter_evidence if key in card.signals]
    against = _section("Against it", quoted or [["Nothing was found. That is not the same as nothing there."]])
    for section in (against, claims) if draft.blockers else (claims, against):
        yield from section
    gaps = [[f"{name.replace('_', ' ')}: {draft.components[name].gap}"] for name in draft.missing_proof]
    looked_for = [[f"Looked for: {'; '.join(f'“{words}”' for words in draft.looked_for)}."]] if draft.looked_for else []
    yield from _section("Missing proof", (gaps or [["Nothing: all five parts are met."]]) + looked_for)
    yield from _section("Next customer action", [[draft.next_customer_action], [f"If it never happens: {draft.risk_if_never}"]])
    yield from _section("What is being pretended", [_claim(card, p.text, p.signals) for p in draft.pretended] or [["Nothing."]])
    parts = [draft.push_or_pull, draft.motion, draft.expansion_type, ", ".join(draft.what_expands) or "nothing expands yet"]
    quality = f"{draft.quality.class_}: {'; '.join(mark.text for mark in draft.quality.marks) or 'the quality questions are unanswered'}"
    tags = [
        [f"{name}: {_tags(found)}"]
        for name, found in (("use case", draft.use_cases), ("what makes it hard", draft.challenges))
        if found
    ]
    yield from _section("Kind of expansion", [[" | ".join(parts).replace("_", " ")], [quality], *tags])
    money = [[f"{name.replace('_', ' ').replace('cogs', 'COGS')}: {said(value)}"] for name, value in draft.economics.items()]
    yield from _section("Economics", money)
    yield from _section("Draft message, for you to change", [[line] for line in draft.draft_message.split("\n")])
    prompts = ", ".join(f"{name} v{version}" for name, version in draft.drafted_by.prompts.items())
    yield "dim", 0, f"\nDrafted by {draft.drafted_by.model} ({prompts}) in run {draft.drafted_by.run}; {card.hypothesis.id}"


def _tags(found: tuple[Tag, ...]) -> str:
    return ", ".join(tag.name for tag in found).replace("_", " ")


def _section(title: str, items: list[list[str]]) -> Iterator[Line]:
    yield "bold", 0, f"\n{title}"
    for item in items:
        for number, text in enumerate(item):
            yield ("", 2, text) if number == 0 else ("dim", 6, text)


def _claim(card: Card, text: str, ids: tuple[str, ...], kind: str = "") -> list[str]:
    mark = {"observed": "+ ", "inferred": "> "}.get(kind, "")
    sources = (_source(card, card.signals[key]) for key in ids if key in card.signals)
    return [mark + text, *dict.fromkeys(sources)]


def _quoted(card: Card, signal: Signal) -> list[str]:
    said = f"“{signal.quote}”" if signal.quote else signal.measurement.formula if signal.measurement else ""
    closer = card.settled_by.get(signal.resolved_by or "")
    later = f"settled: {closer.speaker or closer.voice.value}, {closer.source}, {closer.date}" if closer else "settled"
    state = later if signal.resolved else "open"
    mark = "-" if signal.stance is Stance.OPPOSES else "~"
    return [f"{mark} {KINDS[signal.kind].label} ({state}): {said}", _source(card, signal)]


def _source(card: Card, signal: Signal) -> str:
    title = next((contact.title for contact in card.contacts if contact.name == signal.speaker and contact.title), "")
    who = f"{signal.speaker} ({title})" if title else signal.speaker or signal.voice.value
    return f"{who}, {signal.source}, {signal.date}"


def _arr(card: Card) -> str:
    return f"{card.account.arr:,.0f} {card.account.currency} a year" if card.account.arr is not None else "ARR unknown"
