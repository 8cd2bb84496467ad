"""Drafts without the evidence that is gone: what was written from somebody's words goes with those words. Pure.

The grade stays as it was: only `agent.readiness` sets one (design invariant 3), and the next run does.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any, Final

from agent.hypotheses import ComponentProof, Draft, Pretence, Tag

ERASED: Final = "[erased]"


def without(draft: Draft, gone: Set[str], mark: str = ERASED) -> Draft:
    """The draft without these signals: claims, pretences and marks that cite one go, prose that may repeat their words becomes `mark`.

    A component that stood on nothing else is missing; a blocker stays, without its evidence. A draft that cites none is returned as it is.
    """
    if gone.isdisjoint(draft.cited) and all(gone.isdisjoint(m.signals) for m in draft.quality.marks):
        return draft

    def left(ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(key for key in ids if key not in gone)

    def untouched(items: tuple[Pretence, ...]) -> tuple[Pretence, ...]:
        return tuple(item for item in items if gone.isdisjoint(item.signals))

    def standing(tags: tuple[Tag, ...]) -> tuple[Tag, ...]:
        """Tags that stand on something that is left, or stood on nothing from the start."""
        kept = (tag.model_copy(update={"signals": left(tag.signals)}) for tag in tags)
        return tuple(new for new, old in zip(kept, tags, strict=True) if new.signals or not old.signals)

    components = {name: _component(part, left(part.signals), mark) for name, part in draft.components.items()}
    missing = [*draft.missing_proof, *(n for n, part in components.items() if part.status == "missing")]
    return draft.model_copy(
        update={
            "title": mark,
            "claims": tuple(claim for claim in draft.claims if gone.isdisjoint(claim.signals)),
            "components": components,
            "blockers": tuple(b.model_copy(update={"signals": left(b.signals)}) for b in draft.blockers),
            "counter_evidence": left(draft.counter_evidence),
            "missing_proof": tuple(dict.fromkeys(missing)),
            "pretended": untouched(draft.pretended),
            "quality": draft.quality.model_copy(update={"marks": untouched(draft.quality.marks)}),
            "use_cases": standing(draft.use_cases),
            "challenges": standing(draft.challenges),
            "message_signals": left(draft.message_signals),
            "economics": {},
            "next_customer_action": mark,
            "risk_if_never": mark,
            "draft_message": mark,
        }
    )


def blank(draft: Draft) -> Draft:
    """What may stay of a decided draft whose account is erased: its grade, its kind, and nothing that anybody said."""
    empty = {name: ComponentProof(status="missing", gap=ERASED) for name in draft.components}
    bare = without(draft, frozenset(draft.cited))
    prose = dict.fromkeys(("title", "next_customer_action", "risk_if_never", "draft_message", "proof_owner"), ERASED)
    return bare.model_copy(
        update={
            **prose,
            "components": empty,
            "missing_proof": tuple(empty),
            "economics": {},
            "blockers": (),
            "what_expands": (),
            "use_cases": (),
            "challenges": (),
        }
    )


def masked(draft: Draft, hide: Callable[[str], str]) -> Draft:
    """The draft with `hide` applied to everything that is written in it, but for ids, owners and codes."""
    content = draft.to_json()
    keep = {"account_id", "owner", "grade", "adjacency", "motion", "drafted_by", "counter_evidence", "evidence_kinds"}
    return Draft.model_validate({name: value if name in keep else deep(value, hide) for name, value in content.items()})


def deep(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with every text in it changed, keys too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [deep(item, change) for item in value]
    if isinstance(value, dict):
        return {change(key): deep(item, change) for key, item in value.items()}
    return value


def _component(part: ComponentProof, signals: tuple[str, ...], mark: str) -> ComponentProof:
    if signals == part.signals:
        return part
    if signals:
        return part.model_copy(update={"signals": signals, "gap": part.gap and mark})
    return ComponentProof(status="missing", gap=mark)
