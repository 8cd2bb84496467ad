"""The part of a business review that a customer may read: what they told us, what is open between us, what we would ask. Pure.

Their own words, telemetry, and fixed sentences. Of what they said only the sentences that the draft's claims quote, which the owner has
before them to check, less those that somebody flagged; open points only from tickets, which they wrote to us as such. None of our inner
vocabulary, no figures of ours; needs and open points carry no name, and a dispute, a doubt or a farewell is not on the page at all
(R107, R109). A person reads the page before it goes anywhere: nothing here is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from agent.decisions import Action, marks
from agent.drafting.asks import on_record
from agent.drafting.message import INTERNAL_WORDS
from agent.hypotheses import Grade
from agent.kinds import Component, kinds_of
from agent.reports.account import AccountReview
from agent.reports.markup import Block, Heading, Items, Paragraph
from agent.signals import Signal
from prompts import wording
from retrieval.records import Voice

SHOWN: Final = 6
"""Lines of one section: the newest."""
OPEN: Final = ("product_friction", "pricing_mismatch", "compliance_hurdle", "onboarding_incomplete", "custom_demand")
"""What may be spoken of as open between us; what they think of us, or plan without us, is theirs to raise."""
USE: Final = ("license_saturation", "low_adoption", "usage_growth", "usage_decline", "feature_adoption")


def customer_page(review: AccountReview) -> Iterator[Block]:
    """The page. A section without anything to show is left out, but for the first: no change is made up."""
    yield Heading(f"Review with {review.account.name}", 1)
    value = _said(review, kinds_of(Component.PROVEN_VALUE), named=True)
    yield Heading("What has changed for you, in your words")
    yield Items(value) if value else Paragraph("You have not told us yet what has changed. We would like to hear it.")
    sections = (
        ("How it is used", tuple((_use(signal), ()) for signal in _of(review, USE, Voice.TELEMETRY))),
        ("What still costs you time", _said(review, ("unmet_need", "manual_workaround"))),
        ("What you asked about", _said(review, (*kinds_of(Component.STAKEHOLDER_PULL), "higher_tier_request"))),
        ("Open between us", _said(review, OPEN)),
        ("Settled since", _said(review, OPEN, settled=True)),
    )
    for title, lines in sections:
        if lines:
            yield Heading(title)
            yield Items(lines)
    yield Heading("What we would like to ask")
    yield Paragraph(question(review))


def question(review: AccountReview) -> str:
    """What the drafted message would ask: the same sentences, so that page and message do not say two things.

    Nobody is named or quoted: several people read this page.
    """
    words, best = wording("offline_draft"), review.cards[0]
    draft = best.hypothesis.draft
    item = best.catalog.item(draft.adjacency) if draft.adjacency else None
    if draft.grade is Grade.BLOCKED:
        return words.say("message", "settle_first")
    if draft.grade is Grade.EARNED and "price" in on_record(review.ledger):
        return words.say("message", "anything_else")
    if draft.grade is Grade.EARNED and item is not None:
        return f"{words.say('message', 'set_out', item=item.name)} {words.say('message', 'of_use')}"
    if draft.grade is Grade.WISH or not draft.missing_proof or not words.has("message", draft.missing_proof[0]):
        return words.say("message", "open_question")
    return words.say("message", draft.missing_proof[0])


def _said(
    review: AccountReview, kinds: Iterable[str], *, named: bool = False, settled: bool = False
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Their sentences with day and place; of several that overlap one. With `named` also who said it."""
    found = [s for s in _of(review, kinds, Voice.CUSTOMER) if s.resolved is settled and _fit_to_show(review, s)]
    lines = []
    for signal in found:
        who = f"{signal.speaker}, " if named and signal.speaker else ""
        lines.append((f"“{' '.join(signal.quote.split())}”", (f"{who}{signal.source}, {signal.date}",)))
    return tuple(lines[:SHOWN])


def _fit_to_show(review: AccountReview, signal: Signal) -> bool:
    flagged = {key for card in review.cards for key, mark in marks(card.log).items() if mark is Action.FLAG}
    if signal.id in flagged:
        return False
    if signal.kind in OPEN:
        return signal.source.startswith("ticket:")
    return any(signal.id in claim.signals for card in review.cards for claim in card.hypothesis.draft.claims)


def _of(review: AccountReview, kinds: Iterable[str], voice: Voice) -> list[Signal]:
    """Signals of more than a hint, newest first, without a word that we would not say to them, and no sentence twice."""
    wanted = set(kinds)
    found = [s for s in review.ledger if s.kind in wanted and s.voice is voice and s.strength != "weak"]
    fit = [s for s in found if not INTERNAL_WORDS.search(s.quote)]
    kept: list[Signal] = []
    for signal in sorted(fit, key=lambda s: (s.date, s.id), reverse=True):
        if not _overlaps(signal, kept):
            kept.append(signal)
    return kept


def _overlaps(signal: Signal, kept: Sequence[Signal]) -> bool:
    same = (other for other in kept if other.record_id == signal.record_id and signal.quote)
    return any(other.start < signal.end and signal.start < other.end for other in same)


def _use(signal: Signal) -> str:
    if signal.measurement is None:
        return ""
    name = signal.measurement.metric.removeprefix("feature:").replace("_", " ")
    return f"{name}: {signal.measurement.formula}"
