"""Likely expanders: which accounts come first, and for each the evidence that puts it there. Pure (R156, R110-R112).

There is no score. Accounts are compared by one question after the other, in the order of `QUESTIONS`; the first on which two differ
decides, and the page names it: "behind Ashgrove: nobody asked for a price". What is blocked or a wish is not ranked; it is listed with
what comes first. History is told beside it and moves nobody: under twenty accounts it is chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from agent.drafting.asks import asks_price, asks_trial
from agent.hypotheses import Grade, State
from agent.kinds import KINDS, Component
from agent.outcomes.cases import Followed
from agent.outcomes.conversion import ENOUGH, by_grade
from agent.readiness import counts_as_proof
from agent.reports.manager import QUALITY
from agent.reports.markup import Block, Heading, Items, Paragraph, Table
from agent.reports.quality import cite
from agent.signals import Signal
from agent.store.hypotheses import Hypothesis

QUESTIONS: Final = {
    "grade": "Is all of the proof there?",
    "step": "What step did somebody at the customer take?",
    "acceptance": "Did whoever pays accept an outcome?",
    "quality": "Would the growth be clean?",
    "limit": "Are they near a limit, or does use grow?",
    "fresh": "In which month did they last ask?",
}
"""In this order; a later question decides only where all before it are equal. Behaviour stands before time (R112)."""

RANKED: Final = (Grade.EARNED, Grade.PROMISING)
AT_LIMIT: Final = ("license_saturation", "usage_growth")


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's answer for one account; a smaller level comes first."""

    question: str
    level: int
    says: str
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expander:
    """An account with its answers, in the order of the questions."""

    item: Hypothesis
    account: str
    answers: tuple[Answer, ...]

    @property
    def levels(self) -> tuple[int, ...]:
        return tuple(answer.level for answer in self.answers)

    def behind(self, other: Expander) -> str:
        """Why it stands after another one, in words; empty where every question has the same answer."""
        for mine, theirs in zip(self.answers, other.answers, strict=True):
            if mine.level != theirs.level:
                return f"{mine.question}: {mine.says}; there: {theirs.says}"
        return ""


def likely(items: Sequence[Hypothesis], names: Mapping[str, str], ledgers: Mapping[str, Sequence[Signal]]) -> list[Expander]:
    """Earned and promising accounts, most likely first; equal ones by account id. What its owner rejected is not among them."""
    found = [
        Expander(item, names.get(item.account_id, item.account_id), _answers(item, ledgers.get(item.account_id, ())))
        for item in items
        if item.draft.grade in RANKED and item.state is not State.REJECTED
    ]
    return sorted(found, key=lambda one: (one.levels, one.item.account_id))


def summary(ranked: Sequence[Expander], items: Sequence[Hypothesis], followed: Sequence[Followed]) -> dict[str, Any]:
    """The object of `earned report expanders --json`."""
    rows = []
    for place, one in enumerate(ranked):
        rows.append(
            {
                "rank": _rank(ranked, place),
                "account_id": one.item.account_id,
                "hypothesis_id": one.item.id,
                "title": one.item.draft.title,
                "owner": one.item.draft.owner,
                "evidence": [
                    {"question": a.question, "level": a.level, "says": a.says, "signals": list(a.signals)} for a in one.answers
                ],
                "behind": one.behind(ranked[place - 1]) if place else "",
                "next_customer_action": one.item.draft.next_customer_action,
            }
        )
    left = [{"account_id": item.account_id, "hypothesis_id": item.id, "why": why} for item, why in _left(ranked, items)]
    history = [rate.to_json() for rate in by_grade(followed)]
    return {"questions": QUESTIONS, "expanders": rows, "not_ranked": left, "history": history}


def expanders(
    ranked: Sequence[Expander],
    items: Sequence[Hypothesis],
    names: Mapping[str, str],
    ledgers: Mapping[str, Sequence[Signal]],
    followed: Sequence[Followed],
) -> Iterator[Block]:
    """The page."""
    yield Heading("Likely expanders, and why", 1)
    order = " ".join(f"{number}. {question}" for number, question in enumerate(QUESTIONS.values(), 1))
    yield Paragraph(f"There is no score. The first question on which two accounts differ decides. {order}", quiet=True)
    if not ranked:
        yield Paragraph("No account has enough customer-side evidence to be ranked.")
    for place, one in enumerate(ranked):
        quotes = {signal.id: signal for signal in ledgers.get(one.item.account_id, ())}
        yield Heading(f"{_rank(ranked, place)}. {one.account}: {one.item.draft.title}", 3)
        lines = [(f"{a.question}: {a.says}", tuple(cite(quotes[key]) for key in a.signals if key in quotes)) for a in one.answers]
        if place:
            behind = one.behind(ranked[place - 1])
            why = f"Behind {ranked[place - 1].account} by {behind}" if behind else f"Level with {ranked[place - 1].account}"
            lines.append((why, ()))
        lines.append((f"Next: {one.item.draft.next_customer_action}", ()))
        yield Items(tuple(lines))
    if left := _left(ranked, items):
        yield Heading("Not ranked")
        yield Items(tuple((f"{names.get(item.account_id, item.account_id)}: {why}", ()) for item, why in left))
    yield Heading("How often it came true")
    yield Paragraph(
        f"Bought / settled accounts by grade. Under {ENOUGH} accounts a rate is chance; it moves no rank.", quiet=True
    )
    yield Table(("grade when acted on", "bought"), tuple((rate.name, str(rate)) for rate in by_grade(followed)))


def _answers(item: Hypothesis, ledger: Sequence[Signal]) -> tuple[Answer, ...]:
    draft = item.draft
    missing = ", ".join(draft.missing_proof).replace("_", " ")
    pulls = sorted(
        (s for s in ledger if counts_as_proof(s, Component.STAKEHOLDER_PULL)), key=lambda s: (s.date, s.id), reverse=True
    )
    newest = pulls[0] if pulls else None
    return (
        Answer(
            "grade",
            RANKED.index(draft.grade) * (1 + len(draft.missing_proof)),
            f"{draft.grade.value}, {missing} missing" if missing else f"{draft.grade.value}, all five parts are met",
        ),
        _step(pulls),
        _acceptance(ledger),
        Answer("quality", QUALITY[draft.quality.class_], f"{draft.quality.class_}: " + _first(draft.quality.marks)),
        _limit(ledger),
        Answer("fresh", -_month(newest.date), f"last asked on {newest.date}", (newest.id,))
        if newest
        else Answer("fresh", 0, "nobody asked"),
    )


def _step(pulls: Sequence[Signal]) -> Answer:
    """What somebody did, the furthest step first."""
    steps = {
        "somebody asked for a price": [s for s in pulls if asks_price(s.quote)],
        "somebody asked for a trial": [s for s in pulls if asks_trial(s.quote)],
        "another group wants in": [s for s in pulls if s.kind == "new_audience_interest"],
        "somebody took another step": list(pulls),
    }
    for level, (says, found) in enumerate(steps.items()):
        if found:
            return Answer("step", level, says, (found[0].id,))
    return Answer("step", len(steps), "nobody took one")


def _acceptance(ledger: Sequence[Signal]) -> Answer:
    value = [s for s in ledger if counts_as_proof(s, Component.PROVEN_VALUE)]
    accepted = [s for s in value if s.kind == "outcome_accepted"]
    payer = [s for s in accepted if s.role == "economic_buyer"]
    levels = (
        (payer, "whoever pays accepts the outcome"),
        (accepted, "somebody with a say accepts the outcome"),
        (value, "an outcome is stated, and nobody who pays has accepted it"),
    )
    for level, (found, says) in enumerate(levels):
        if found:
            return Answer("acceptance", level, says, (max(found, key=lambda s: (s.date, s.id)).id,))
    return Answer("acceptance", len(levels), "no outcome is stated")


def _limit(ledger: Sequence[Signal]) -> Answer:
    found = [s for s in ledger if s.kind in AT_LIMIT and not s.resolved]
    if not found:
        return Answer("limit", 1, "no limit is near")
    return Answer("limit", 0, ", ".join(dict.fromkeys(KINDS[s.kind].label for s in found)), tuple(s.id for s in found))


def _left(ranked: Sequence[Expander], items: Sequence[Hypothesis]) -> list[tuple[Hypothesis, str]]:
    """What is not ranked, and what comes first there."""
    known = {one.item.id for one in ranked}
    made = []
    for item in items:
        if item.id in known:
            continue
        blockers = ", ".join(KINDS[b.kind].label if b.kind in KINDS else b.kind for b in item.draft.blockers)
        why = "its owner rejected it" if item.state is State.REJECTED else f"{blockers} first" if blockers else "a wish so far"
        made.append((item, why))
    return made


def _rank(ranked: Sequence[Expander], place: int) -> int:
    """Equal answers share a rank."""
    return 1 + next(at for at, one in enumerate(ranked) if one.levels == ranked[place].levels)


def _month(day: str) -> int:
    parsed = date.fromisoformat(day[:10])
    return parsed.year * 12 + parsed.month


def _first(marks: Sequence[Any]) -> str:
    return marks[0].text if marks else "no mark"
