"""The account plan of a hypothesis: what was earned, on whose words, and whether growing makes the company stronger. Pure.

It is also the hand-off from success to sales: the evidence goes with it, word for word, with its sources (R016-R022, R147, R157).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from agent.drafting.tag_table import CHALLENGES, USE_CASES
from agent.economics import FIELDS, MORE, is_unknown, said
from agent.kinds import KINDS
from agent.queue import Card
from agent.reports.markup import Block, Heading, Items, Paragraph, Table
from agent.reports.quality import MOTIONS, cite, earned_or_harvested, fog, questions, source_of


def plan(card: Card) -> Iterator[Block]:
    """The page. What is missing and what speaks against it stand before the money."""
    item, draft, account = card.hypothesis, card.hypothesis.draft, card.account
    yield Heading(f"Account plan: {account.name}", 1)
    yield Paragraph(draft.title)
    arr = "ARR unknown" if account.arr is None else f"{account.arr:,.0f} {account.currency} a year"
    yield Paragraph(
        f"Grade: {draft.grade.value}. Decision: {item.state.value.replace('_', ' ')}, revision {item.revision}."
        f" Plan {account.plan or 'unknown'}, {arr}, {account.seats_licensed or 'unknown'} seats,"
        f" renews {account.renewal_date or 'unknown'}."
        f" Owner: {draft.owner or 'nobody'}.",
        quiet=True,
    )
    yield Heading("What have we earned?")
    yield _cited(card, ((claim.text, claim.signals) for claim in draft.claims), "Nothing that the customer said supports it.")
    yield Heading("What speaks against it")
    against = [card.signals[key] for key in draft.counter_evidence if key in card.signals]
    states = [(f"{KINDS[s.kind].label} ({'settled' if s.resolved else 'open'})", (s.id,)) for s in against]
    yield _cited(card, states, "Nothing was found. That is not the same as nothing there.")
    yield Heading("What is still missing")
    gaps = [(f"{name.replace('_', ' ')}: {draft.components[name].gap or 'no evidence'}", ()) for name in draft.missing_proof]
    yield Items(tuple(gaps)) if gaps else Paragraph("All five parts of the proof are met.")
    yield Heading("Next customer action")
    yield Paragraph(draft.next_customer_action)
    yield Paragraph(f"If it never happens: {draft.risk_if_never} Who finds out: {draft.proof_owner or 'nobody yet'}.")
    yield from _quality(card)
    yield Heading("What is being pretended")
    yield _cited(card, ((p.text, p.signals) for p in draft.pretended), "Nothing was noticed.")
    yield from _landed(card)
    drafted = draft.drafted_by
    yield Paragraph(
        f"Drafted by {drafted.model} in run {drafted.run}; hypothesis {item.id}. Quotes are the sources' own words.", quiet=True
    )


def _quality(card: Card) -> Iterator[Block]:
    """R017-R022, with the economics figure by figure."""
    draft = card.hypothesis.draft
    found = card.catalog.item(draft.adjacency) if draft.adjacency else None
    answers = questions(draft, found.name if found else None)
    yield Heading("Expansion quality")
    if flag := fog(answers):
        yield Paragraph(flag)
    yield Table(("question", "answer"), tuple((question, answer or "not answered") for question, answer in answers.items()))
    kind = f"{draft.expansion_type} expansion by {draft.motion}; source: {source_of(draft, card.signals)}; {earned_or_harvested(draft)}."
    yield Paragraph(kind.replace("_", " ").capitalize())
    tags = [(meaning, tag) for known, found in ((USE_CASES, draft.use_cases), (CHALLENGES, draft.challenges))
            for tag in found if (meaning := known.get(tag.name, tag.name))]  # fmt: skip
    if tags:
        yield Heading("Use case, and what makes it hard", 3)
        yield _cited(card, ((f"{tag.name.replace('_', ' ')}: {meaning}", tag.signals) for meaning, tag in tags), "")
        yield Heading("Clean or noisy", 3)
    yield Paragraph(f"Growth: {draft.quality.class_}.")
    marks = [(mark.text, mark.signals) for mark in draft.quality.marks]
    yield _cited(card, marks, "No mark of clean or noisy growth was found.")
    if profile := MOTIONS.get(draft.motion):
        names = ("complexity", "revenue impact", "time to value", "customer risk", "resources")
        yield Paragraph(
            "Such motions in general: "
            + ", ".join(f"{n} {v}" for n, v in zip(names, profile, strict=True))
            + ". A table for comparing motions, no claim about this account.",
            quiet=True,
        )
    yield Heading("Account economics", 3)
    yield Table(("field", "figure", "formula"), tuple(_row(name, draft.economics[name]) for name in _fields(draft.economics)))
    traced = [(f"{_label(name)}: {value['formula']}", _inputs(value)) for name in _fields(draft.economics)
              if isinstance(value := draft.economics[name], dict)]  # fmt: skip
    if traced:
        yield Heading("Where the figures come from", 3)
        yield Items(tuple(traced))


def _fields(economics: dict[str, Any]) -> list[str]:
    known = [name for name in (*FIELDS, *MORE) if name in economics]
    return known + sorted(set(economics) - set(known))


def _row(name: str, value: Any) -> tuple[str, str, str]:
    note = value.get("note") if isinstance(value, dict) and not isinstance(value.get("value"), str) else None
    return _label(name), said(value) + (f" ({note})" if note else ""), "" if is_unknown(value) else str(value.get("formula", ""))


def _inputs(value: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{given['name']}: {_number(given['value'])} {given['unit']} - {given['source']}" for given in value.get("inputs", ())
    )


def _number(value: Any) -> str:
    return (
        f"{value:,.4g}"
        if isinstance(value, float) and abs(value) < 1
        else f"{value:,.2f}"
        if isinstance(value, float)
        else str(value)
    )


def _label(name: str) -> str:
    return name.replace("_", " ").replace("cogs", "COGS")


def _landed(card: Card) -> Iterator[Block]:
    """R050: where the account began and how each thing is priced."""
    owned = card.catalog.item(card.account.plan)
    if owned is not None and owned.price is not None:
        price = f"{owned.price:,.2f} {card.catalog.currency} a month for each {owned.unit} (list)"
        yield Heading("Where they are now")
        yield Paragraph(f"{owned.name} since {card.account.contract_start or 'unknown'}, {price}.")


def _cited(card: Card, lines: Iterable[tuple[str, tuple[str, ...]]], otherwise: str) -> Block:
    """Lines with their quotes; a sentence where there are none."""
    items = tuple((text, tuple(cite(card.signals[key], text) for key in ids if key in card.signals)) for text, ids in lines)
    return Items(items) if items else Paragraph(otherwise)
