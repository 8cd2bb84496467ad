"""What became of what was believed: actions, expansions, what they did to the company, and what is not earned (R105-R106, R130-R134). Pure.

Rates are printed only from twenty accounts on. No owner is ranked, and nothing here changes a threshold or a grade.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from agent.decisions import Action, effective
from agent.economics import reading
from agent.hypotheses import State
from agent.outcomes.cases import Followed
from agent.outcomes.conversion import ENOUGH, by_grade, by_kind, label
from agent.outcomes.facts import What, due_at
from agent.queue import Card
from agent.reports.markup import Block, Heading, Items, Paragraph, Table

UNKNOWN: Final = "not known"


def summary(found: Sequence[Followed], waiting: Sequence[Card]) -> dict[str, Any]:
    """The object of `earned report outcomes --json`."""
    return {
        "followed": len(found),
        "by_outcome": dict(sorted(_counts(found).items())),
        "by_grade": [rate.to_json() for rate in by_grade(found)],
        "by_kind": [rate.to_json() for rate in by_kind(found)],
        "bought": _bought(found),
        "rows": [case.to_json() for case in found],
        "waiting": [_waiting(card) for card in waiting],
    }


def approved(cards: Sequence[Card], found: Sequence[Followed]) -> list[Card]:
    """Approved hypotheses of which nobody has said yet whether the customer acted, longest ago first."""
    known = {case.hypothesis_id for case in found if case.story.action or case.story.result}
    waiting = [card for card in cards if card.hypothesis.state is State.APPROVED and card.hypothesis.id not in known]
    return sorted(waiting, key=lambda card: (_approved_on(card), card.hypothesis.id))


def outcomes(found: Sequence[Followed], waiting: Sequence[Card]) -> Iterator[Block]:
    """The page."""
    yield Heading("What became of it", 1)
    if not found and not waiting:
        yield Paragraph("No outcome was recorded and nothing is approved. `earned outcome ID done --on DATE` records the first.")
        return
    counts = _counts(found)
    yield Paragraph(", ".join(f"{name}: {counts[name]}" for name in [w.value for w in What] if counts[name]) or "Nothing yet.")
    for currency, amount in _bought(found).items():
        yield Paragraph(f"Bought: {amount:,.0f} {currency} a year. What it earned after its cost stands below, not here.")
    yield Heading("How often it came true")
    yield Paragraph(f"Bought / settled accounts. Under {ENOUGH} accounts a rate is chance: no threshold rests on it.", quiet=True)
    yield Table(("grade when acted on", "bought"), tuple((rate.name, str(rate)) for rate in by_grade(found)))
    if kinds := by_kind(found):
        yield Table(("evidence cited", "bought"), tuple((label(rate.name), str(rate)) for rate in kinds))
    yield from _afterwards(found)
    yield from _not_earned(found)
    if waiting:
        yield Heading("Approved, and not known whether the customer acted")
        yield Items(tuple(_ask(card) for card in waiting))


def _ask(card: Card) -> tuple[str, tuple[str, ...]]:
    draft = card.hypothesis.draft
    whom = draft.proof_owner or "nobody: name one"
    return f"{card.account.name}: {draft.next_customer_action}", (
        f"approved {_approved_on(card)}; {card.hypothesis.id}; ask {whom}",
    )


def _afterwards(found: Sequence[Followed]) -> Iterator[Block]:
    """R105, R130, R134: did it improve the business, or only its size?"""
    closed = [case for case in found if case.story.result and case.story.result.what is What.CLOSED]
    if not closed:
        return
    yield Heading("After the expansion: better, or only larger?")
    head = ("account", "closed", "a year", "margin before", "margin after", "tickets a seat before", "after", "after 12 months")
    yield Table(head, tuple(_row(case) for case in closed), frozenset({2, 3, 4, 5, 6}))
    yield Paragraph("Tickets for a seat and month. Before: the figures of the draft that was acted on.", quiet=True)


def _row(case: Followed) -> tuple[str, ...]:
    told, economics = case.story, case.draft.economics
    assert told.result is not None, "only what closed has a row"
    amount = UNKNOWN if told.result.amount is None else f"{told.result.amount:,.0f} {told.result.unit}"
    stays = {True: "kept", False: "left"}.get(bool(told.retained)) if told.retained is not None else None
    return (
        case.account_id,
        told.result.on_day,
        amount,
        _share(reading.middle(economics, "margin_before")),
        _share(told.margin.amount if told.margin else None),
        _rate(reading.middle(economics, "support_load_trend")),
        _rate(told.support.amount if told.support else None),
        stays or f"told from {due_at(told.result).isoformat()}",
    )


def _not_earned(found: Sequence[Followed]) -> Iterator[Block]:
    """R106: a refusal is a finding: what was asked, and what it says about the account."""
    refused = [(case, case.story.action) for case in found if case.story.earned is False]
    if refused:
        yield Heading("Not earned: findings")
        yield Items(
            tuple(
                (
                    f"{case.account_id}, {action.on_day}: refused - {case.draft.next_customer_action}",
                    (action.note or "no note says why: ask",),
                )
                for case, action in refused
                if action is not None
            )
        )


def _counts(found: Sequence[Followed]) -> Counter[str]:
    """Hypotheses by each thing that holds of them; what an undo took away is not counted."""
    stories = [case.story for case in found]
    entries = [part for s in stories for part in (s.action, s.result, s.margin, s.support, s.stayed) if part is not None]
    return Counter(entry.what.value for entry in entries)


def _bought(found: Sequence[Followed]) -> dict[str, float]:
    """Amounts a year by currency; two currencies are never added."""
    sums: dict[str, float] = {}
    for case in found:
        result = case.story.result
        if result is not None and result.what is What.CLOSED and result.amount is not None and result.unit:
            sums[result.unit] = sums.get(result.unit, 0.0) + result.amount
    return dict(sorted(sums.items()))


def _waiting(card: Card) -> dict[str, Any]:
    draft = card.hypothesis.draft
    return {
        "id": card.hypothesis.id,
        "account_id": card.hypothesis.account_id,
        "approved_on": _approved_on(card),
        "next_customer_action": draft.next_customer_action,
        "proof_owner": draft.proof_owner,
    }


def _approved_on(card: Card) -> str:
    held = [entry for entry in effective(card.log) if entry.action is Action.APPROVE]
    return held[-1].at[:10] if held else ""


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1%}"


def _rate(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.3f}"
