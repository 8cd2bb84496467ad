"""The weekly inspection: "what is being pretended?" Best case first, never by amount or close date. Pure (R150-R152, R159)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from agent.economics import FIELDS, is_unknown
from agent.hypotheses import Grade
from agent.queue import RANK
from agent.reports.markup import Block, Heading, Items, Paragraph, Table
from agent.reports.quality import earned_or_harvested, fog, questions, source_of, teaches
from agent.store.hypotheses import Hypothesis

QUALITY: Final = {"clean": 0, "noisy": 1, "fog": 2}


SHOWN: Final = 8
"""Pretences that one case lists; the others are counted, with where they are read."""


def ordered(items: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Best case first: grade, then clean before noisy before fog, then fewer pretences."""
    return sorted(
        items, key=lambda h: (RANK[h.draft.grade], QUALITY[h.draft.quality.class_], len(h.draft.pretended), h.account_id)
    )


def summary(items: Sequence[Hypothesis]) -> dict[str, Any]:
    """The object of `earned report manager --json`."""
    return {
        "hypotheses": len(items),
        "by_grade": {grade.value: sum(h.draft.grade is grade for h in items) for grade in Grade},
        "by_quality": {name: sum(h.draft.quality.class_ == name for h in items) for name in QUALITY},
        "by_push_or_pull": dict(sorted(Counter(h.draft.push_or_pull for h in items).items())),
        "items": [_line(h) for h in ordered(items)],
    }


def manager(items: Sequence[Hypothesis], names: Mapping[str, str]) -> Iterator[Block]:
    """The page; `names`: account id -> name. It grades cases, not people: no owner is ranked and no acceptance rate is shown."""
    yield Heading("Weekly inspection: what is being pretended?", 1)
    if not items:
        yield Paragraph("There is no hypothesis to inspect.")
        return
    told = summary(items)
    yield Table(("grade", *told["by_grade"]), (("hypotheses", *map(str, told["by_grade"].values())),), frozenset(range(1, 5)))
    pulled = ", ".join(f"{name}: {count}" for name, count in told["by_push_or_pull"].items())
    yield Paragraph(
        f"Pull or push: {pulled}. Quality: " + ", ".join(f"{name}: {count}" for name, count in told["by_quality"].items()) + "."
    )
    yield Paragraph("For each: has the customer's behaviour or economics changed enough to justify the next step?", quiet=True)
    for item in ordered(items):
        draft, line = item.draft, _line(item)
        account = names.get(item.account_id, item.account_id)
        yield Heading(f"{account}: {draft.title} ({draft.grade.value}, {draft.quality.class_})", 3)
        pretended = tuple(f"pretended: {p.text}" for p in draft.pretended[:SHOWN]) or ("pretended: nothing was noticed",)
        if len(draft.pretended) > SHOWN:
            pretended += (f"and {len(draft.pretended) - SHOWN} more: `earned show {item.id}`",)
        asks = tuple(f"{name.replace('_', ' ').replace('cogs', 'COGS')}: {value}" for name, value in line["unknown"].items())
        yield Items(
            (
                (
                    line["earned_or_harvested"].capitalize(),
                    (f"source: {line['source']}", f"teaches: {line['teaches'] or 'not known'}"),
                ),
                (f"{len(draft.claims)} claims, {len(draft.counter_evidence)} pieces of counter-evidence", pretended),
                (
                    f"Missing: {', '.join(draft.missing_proof).replace('_', ' ') or 'nothing'}",
                    (f"next customer action: {draft.next_customer_action}",),
                ),
                (line["fog"] or "Every quality question has an answer.", asks),
                (f"Whose to find out: {draft.proof_owner or 'nobody: name one'}", ()),
            )
        )


def _line(item: Hypothesis) -> dict[str, Any]:
    draft = item.draft
    answers = questions(draft, draft.adjacency)
    return {
        "id": item.id,
        "account_id": item.account_id,
        "title": draft.title,
        "owner": draft.owner,
        "grade": draft.grade.value,
        "state": item.state.value,
        "quality": draft.quality.class_,
        "push_or_pull": draft.push_or_pull,
        "earned_or_harvested": earned_or_harvested(draft),
        "source": source_of(draft),
        "teaches": teaches(draft, draft.adjacency),
        "pretended": [pretence.text for pretence in draft.pretended],
        "missing_proof": list(draft.missing_proof),
        "unanswered": [question for question, answer in answers.items() if answer is None],
        "fog": fog(answers),
        "unknown": {
            name: draft.economics[name] for name in FIELDS if name in draft.economics and is_unknown(draft.economics[name])
        },
        "next_customer_action": draft.next_customer_action,
        "proof_owner": draft.proof_owner,
    }
