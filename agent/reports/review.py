"""The part of a business review that is ours: has the customer's behaviour, or the economics, changed enough for the next step? Pure.

Holds the value-realisation record, what changed since the last decision, open gaps with whom to ask, the next customer action, and the
expansion review: deeper or custom, margin up or down, easier to serve or harder (R015, R105, R131, R151-R157).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from agent.economics import FIELDS, is_unknown, reading, said
from agent.hypotheses import Draft
from agent.kinds import KINDS, Component, kinds_of
from agent.outcomes.facts import effective
from agent.queue import Card
from agent.reports.account import AccountReview, Earlier
from agent.reports.customer_page import customer_page, question
from agent.reports.markup import Block, Heading, Items, Paragraph, Table
from agent.reports.quality import cite, earned_or_harvested, fog, questions
from retrieval.records import Voice

VALUE: Final = (*kinds_of(Component.PROVEN_VALUE), "value_disputed")
FRONTS: Final = {
    "parts of the product": ("feature_adoption",),
    "use": ("usage_growth", "usage_decline", "inefficient_usage"),
    "seats": ("license_saturation", "low_adoption"),
}
"""R154: feature adoption, use cases, seats."""


def summary(review: AccountReview) -> dict[str, Any]:
    """The object of `earned report review ID --json`."""
    return {
        "account_id": review.account.account_id,
        "value": [s.to_json() for s in review.ledger if s.kind in VALUE and s.voice is Voice.CUSTOMER],
        "outcomes": [
            {
                "what": o.what.value,
                "on": o.on_day,
                "amount": o.amount,
                "unit": o.unit,
                "note": o.note,
                "hypothesis_id": o.hypothesis_id,
            }
            for o in effective(review.outcomes)
        ],
        "hypotheses": [
            {
                "id": card.hypothesis.id,
                "grade": card.hypothesis.draft.grade.value,
                "changed": _changed(card, review.earlier.get(card.hypothesis.id)),
                "missing_proof": list(card.hypothesis.draft.missing_proof),
                "unanswered": _unanswered(card),
                "ask": _asks(card.hypothesis.draft),
                "next_customer_action": card.hypothesis.draft.next_customer_action,
                "risk_if_never": card.hypothesis.draft.risk_if_never,
                "proof_owner": card.hypothesis.draft.proof_owner,
            }
            for card in review.cards
        ],
        "question_for_the_customer": question(review),
    }


def review_page(review: AccountReview) -> Iterator[Block]:
    """Our page; the customer's stands after it for reading, and in a file of its own for sending."""
    yield Heading(f"Business review, for us: {review.account.name}", 1)
    account = review.account
    renews = f"renews {account.renewal_date}" if account.renewal_date else "renewal unknown"
    yield Paragraph(
        f"Plan {account.plan or 'unknown'}, {renews}, owner {account.owner_email or 'nobody'}. Not for the customer.", quiet=True
    )
    yield from _value(review)
    yield from _outcomes(review)
    for card in review.cards:
        yield from _case(card, review.earlier.get(card.hypothesis.id))
    yield from _fronts(review)


def both(review: AccountReview) -> list[Block]:
    """Our page and then the customer's, for reading before the meeting."""
    return [*review_page(review), Heading("For the customer", 2), *customer_page(review)]


def changes(before: Draft, after: Draft) -> list[str]:
    """R015, R151: what the newer revision says that the older did not, in words; economics by the figures themselves."""
    made = []
    if before.grade is not after.grade:
        made.append(f"grade: {before.grade.value}, now {after.grade.value}")
    for name, part in after.components.items():
        then = before.components.get(name)
        if then is not None and then.status != part.status:
            made.append(f"{_plain(name)}: {then.status}, now {part.status}")
    for kinds, word in ((set(after.evidence_kinds) - set(before.evidence_kinds), "new evidence"),
                        (set(before.evidence_kinds) - set(after.evidence_kinds), "no longer there")):  # fmt: skip
        made += [f"{word}: {KINDS[kind].label if kind in KINDS else kind}" for kind in sorted(kinds)]
    opened, closed = ({b.kind for b in draft.blockers} for draft in (after, before))
    made += [f"new in the way: {KINDS[kind].label}" for kind in sorted(opened - closed) if kind in KINDS]
    made += [f"out of the way: {KINDS[kind].label}" for kind in sorted(closed - opened) if kind in KINDS]
    if before.quality.class_ != after.quality.class_:
        made.append(f"growth: {before.quality.class_}, now {after.quality.class_}")
    for name in after.economics:
        old, new = said(before.economics.get(name, "not worked out")), said(after.economics[name])
        if old != new:
            made.append(f"{_plain(name)}: {old}; now {new}")
    if before.next_customer_action != after.next_customer_action:
        made.append(f"next customer action: {before.next_customer_action} Now: {after.next_customer_action}")
    return made


def _value(review: AccountReview) -> Iterator[Block]:
    yield Heading("Value record")
    found = sorted((s for s in review.ledger if s.kind in VALUE and s.voice is Voice.CUSTOMER), key=lambda s: (s.date, s.id))
    if not found:
        yield Paragraph("Nobody at the customer has stated an outcome. There is no value to build on yet.")
        return
    yield Items(
        tuple(
            (f"{s.date}, {s.info.label}{', settled' if s.resolved else ''}, {_plain(s.role or 'role unknown')}", (cite(s),))
            for s in found
        )
    )


def _outcomes(review: AccountReview) -> Iterator[Block]:
    yield Heading("Outcome record")
    held = effective(review.outcomes)
    if not held:
        yield Paragraph(
            "Nothing was recorded. `earned outcome ID done|refused|closed|lost --on DATE` records what became of a case."
        )
        return
    rows = tuple(
        (o.on_day, o.what.value, "" if o.amount is None else f"{o.amount:,.4g} {o.unit}" if o.amount < 10 else f"{o.amount:,.0f} {o.unit}",
         o.note or "", o.hypothesis_id) for o in held
    )  # fmt: skip
    yield Table(("day", "what", "figure", "note", "hypothesis"), rows)


def _case(card: Card, earlier: Earlier | None) -> Iterator[Block]:
    draft = card.hypothesis.draft
    yield Heading(f"{draft.title} ({draft.grade.value})")
    yield Heading("What changed", 3)
    changed = _changed(card, earlier)
    if earlier is None:
        yield Paragraph("This is the first revision: there is nothing to compare with.")
    elif changed:
        yield Paragraph(f"Against revision {earlier.number} of {earlier.at[:10]}:", quiet=True)
        yield Items(tuple((line, ()) for line in changed))
    else:
        yield Paragraph(f"Nothing since revision {earlier.number} of {earlier.at[:10]}: no reason for another step.")
    yield Heading("Better, or only larger?", 3)
    yield Items(tuple((line, ()) for line in _expansion(draft)))
    yield Heading("Open gaps", 3)
    gaps: list[tuple[str, tuple[str, ...]]]
    gaps = [(f"missing: {_plain(name)}", (draft.components[name].gap or "no evidence",)) for name in draft.missing_proof
            if name in draft.components]  # fmt: skip
    gaps += [(f"not answered: {text}", ()) for text in _unanswered(card)]
    gaps += [(f"{_plain(name)}: {text}", ()) for name, text in _asks(draft).items()]
    yield Items(tuple(gaps)) if gaps else Paragraph("None.")
    yield Heading("Next customer action", 3)
    yield Paragraph(draft.next_customer_action)
    yield Paragraph(f"If it never happens: {draft.risk_if_never} Who finds out: {draft.proof_owner or 'nobody: name one'}.")


def _expansion(draft: Draft) -> list[str]:
    """R152: deepened core workflow or new custom surface; margin up or down; easier to serve or harder."""
    kind = draft.expansion_type
    deeper = {"custom": "a new custom surface", "none": "nothing expands yet", "same_workflow": "deeper in the same workflow"}
    margin, load = reading.margin_change(draft.economics), reading.support_trend(draft.economics)
    return [
        f"surface: {deeper.get(kind, _plain(kind))}; growth is {draft.quality.class_}; {earned_or_harvested(draft)}",
        "margin: "
        + (f"{margin[0]}, {margin[1]:.1%} before and {margin[2]:.1%} after" if margin else "not known; see the open gaps"),
        "to serve: "
        + (f"{load[0]}, {load[1]:.3f} tickets for a seat and month, {load[2]:.3f} the quarter before" if load else "not known"),
    ]


def _fronts(review: AccountReview) -> Iterator[Block]:
    lines: list[tuple[str, tuple[str, ...]]] = []
    for front, kinds in FRONTS.items():
        found = [s for s in review.ledger if s.kind in kinds and s.measurement]
        lines.append((f"{front}: {'no signal' if not found else ''}".rstrip(), tuple(cite(s) for s in found)))
    yield Heading("Use")
    yield Items(tuple(lines))


def _changed(card: Card, earlier: Earlier | None) -> list[str]:
    return changes(earlier.draft, card.hypothesis.draft) if earlier else []


def _unanswered(card: Card) -> list[str]:
    draft = card.hypothesis.draft
    item = card.catalog.item(draft.adjacency) if draft.adjacency else None
    answers = questions(draft, item.name if item else None)
    return [text for text, answer in answers.items() if answer is None] if fog(answers) else []


def _asks(draft: Draft) -> dict[str, str]:
    """The economics that nobody knows, each with whom to ask (R021)."""
    return {name: draft.economics[name] for name in FIELDS if name in draft.economics and is_unknown(draft.economics[name])}


def _plain(name: str) -> str:
    return name.replace("_", " ").replace("cogs", "COGS")
