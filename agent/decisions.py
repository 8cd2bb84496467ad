"""What people decided: append-only, hash-chained, and the only source of a hypothesis' state. Pure.

A state is never stored as truth: it is the fold of the decisions (`standing`), so any sequence of decisions and undos equals the
replayed log, and a re-run of the pipeline cannot overwrite a person (design invariant 5).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agent.hypotheses import Draft, State
from agent.kinds import KINDS, Stance
from agent.reasons import REASONS

__all__ = [
    "GENESIS",
    "MARKS",
    "REASONS",
    "Action",
    "Decision",
    "Standing",
    "broken_link",
    "chained",
    "effective",
    "redoable",
    "standing",
    "supporting_kinds",
]

GENESIS: Final = "0" * 64


class Action(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    PROOF = "proof"
    SNOOZE = "snooze"
    UNDO = "undo"
    CHECK = "check"
    """A tick: "I read this quote in its source". `note` is the signal's id; the hypothesis stays where it is."""
    FLAG = "flag"
    """"This quote does not say that." `note` is the signal's id; the hypothesis stays where it is."""


MARKS: Final = frozenset({Action.CHECK, Action.FLAG})
"""What is said about a quote, not about the hypothesis: logged and undone like a decision, but it decides nothing."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the log. `hash` covers every field above it and the hash of the line before."""

    id: str
    hypothesis_id: str
    revision: int
    action: Action
    actor: str
    at: str
    """UTC, ISO 8601 with seconds."""
    reason: str | None = None
    """A code of `REASONS`, for a rejection."""
    note: str | None = None
    """The person's own words: why, or what proof is asked of whom and by when. For a mark: the signal's id."""
    until: str | None = None
    """The day on which a snoozed hypothesis returns, `YYYY-MM-DD`."""
    undoes: str | None = None
    prev_hash: str = GENESIS
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a hypothesis stands: derived from its decisions."""

    state: State
    decision: Decision | None = None
    """The decision that holds now; None while it is open."""


def chained(decision: Decision, prev_hash: str) -> Decision:
    """The decision with its place in the chain."""
    fields = {name: getattr(decision, name) for name in Decision.__slots__ if name not in ("hash", "prev_hash")}
    payload = json.dumps(fields, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(f"{prev_hash}\n{payload}".encode("utf-8", "surrogatepass")).hexdigest()
    return Decision(**fields, prev_hash=prev_hash, hash=digest)


def broken_link(log: Iterable[Decision]) -> Decision | None:
    """The first decision of the whole log, in order, that does not follow from the one before it; None where the chain holds.

    Edits, deletions in the middle and reordering are found; a cut tail needs the head hash that each run report prints.
    """
    head = GENESIS
    for decision in log:
        if decision.prev_hash != head or chained(decision, head).hash != decision.hash:
            return decision
        head = decision.hash
    return None


def effective(log: Sequence[Decision]) -> list[Decision]:
    """The decisions of one hypothesis that still hold, in order: an undo takes its target, and itself, away. Marks decide nothing."""
    return [entry for entry in _holding(log) if entry.action not in MARKS]


def marks(log: Sequence[Decision]) -> dict[str, Action]:
    """What was last said about each quote, by signal id: ticked as checked, or flagged as not supporting."""
    return {entry.note: entry.action for entry in _holding(log) if entry.action in MARKS and entry.note is not None}


def redoable(log: Sequence[Decision]) -> Decision | None:
    """What a person's newest undo took away, so that it can be decided again; None after any fresh decision.

    `log` holds that person's entries, oldest first. A decision equal in everything that the person chose to the newest one undone
    is a redo and leaves the ones undone before it in reach; any other decision is a new branch, and they are gone.
    """
    by_id = {entry.id: entry for entry in log}
    undone: list[Decision] = []
    for entry in log:
        if entry.action is Action.UNDO:
            if entry.undoes in by_id:
                undone.append(by_id[entry.undoes])
        elif undone and _choice(undone[-1]) == _choice(entry):
            undone.pop()
        else:
            undone.clear()
    return undone[-1] if undone else None


def _choice(entry: Decision) -> tuple[object, ...]:
    return entry.hypothesis_id, entry.revision, entry.action, entry.reason, entry.note, entry.until


def _holding(log: Sequence[Decision]) -> list[Decision]:
    undone = {entry.undoes for entry in log if entry.action is Action.UNDO}
    return [entry for entry in log if entry.action is not Action.UNDO and entry.id not in undone]


_STATES: Final = {
    Action.APPROVE: State.APPROVED,
    Action.REJECT: State.REJECTED,
    Action.PROOF: State.PROOF_ASKED,
    Action.SNOOZE: State.SNOOZED,
}


def standing(log: Sequence[Decision], current: Draft, decided_on: Draft | None, today: str) -> Standing:
    """Fold the decisions of one hypothesis, in order of the log.

    `current` is the newest draft, `decided_on` the draft that the last effective decision was taken on. Three things bring an item
    back: a snooze that is over; proof that was asked for and has arrived; after a rejection, new supporting evidence of a kind that
    the rejected draft did not have (R106: a rejection stops the same thing from returning).
    """
    held = effective(log)
    if not held:
        return Standing(State.OPEN)
    last = held[-1]
    state = _STATES[last.action]
    if state is State.SNOOZED and last.until is not None and last.until <= today:
        return Standing(State.OPEN, last)
    if decided_on is not None:
        if state is State.PROOF_ASKED and set(current.missing_proof) < set(decided_on.missing_proof):
            return Standing(State.OPEN, last)
        if state is State.REJECTED and supporting_kinds(current) - supporting_kinds(decided_on):
            return Standing(State.OPEN, last)
    return Standing(state, last)


def supporting_kinds(draft: Draft) -> frozenset[str]:
    """The kinds of evidence that support a draft."""
    return frozenset(kind for kind in draft.evidence_kinds if KINDS[kind].stance is Stance.SUPPORTS)
