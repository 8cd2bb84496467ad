"""A case as a model is shown it: what it is about in code's words, and the evidence that may be cited, each line under an id. Pure."""

from __future__ import annotations

from typing import Final

from agent.drafting import case as cases
from agent.drafting.case import STRENGTH, Case
from agent.kinds import KINDS, Stance
from agent.signals import Signal

PACK: Final = 40
"""Signals that a draft may cite: what the proof rests on first, then the strongest and newest."""


def evidence_pack(case: Case) -> dict[str, Signal]:
    """`E1`, `E2` ... -> signal: what the proof rests on, everything against, then the rest by strength and date."""
    resting = [key for part in case.proof.components.values() for key in part.signals]
    resting += [key for blocker in case.proof.blockers for key in blocker.signals]
    resting += list(case.adjacency.signals) if case.adjacency else []
    rank = dict.fromkeys(resting, 0) | {key: 1 for key in cases.counter_evidence(case.ledger) if key not in resting}
    usable = [s for s in case.ledger if s.stance is not Stance.WEAK]
    newest = sorted(usable, key=lambda s: s.date, reverse=True)
    chosen = sorted(newest, key=lambda s: (rank.get(s.id, 2), STRENGTH[s.strength]))[:PACK]
    return {f"E{number}": signal for number, signal in enumerate(chosen, start=1)}


def evidence_line(key: str, signal: Signal, case: Case) -> str:
    """One line: id, kind, who, when, and the words or what was computed."""
    who = case.who(signal).replace("[", "(").replace("]", ")") if signal.speaker else signal.voice.value
    state = ", settled since" if signal.resolved else ""
    head = ", ".join(part for part in (f"{key} {signal.kind}".strip(), who, signal.voice.value, signal.date) if part)
    words = signal.measurement.formula if signal.measurement else f"“{' '.join(signal.quote.split())}”"
    return f"[{head}{state}] {words.replace('[', '［')}"


def facts(case: Case) -> str:
    """What the draft is about, in code's words."""
    blockers = ", ".join(KINDS[blocker.kind].label for blocker in case.proof.blockers)
    lines = [
        f"Customer: {case.account.name}. Owner: {case.owner_name or 'unknown'}. Vendor: {case.catalog.vendor or 'unknown'}.",
        f"Grade (given): {case.proof.grade.value}. It points to: {case.item_name}.",
        f"Missing: {', '.join(name.replace('_', ' ') for name in case.proof.missing) or 'nothing'}.",
        f"Stands against it: {blockers or 'nothing open'}.",
        f"The message goes to {case.person()}.",
    ]
    return "\n".join(lines)
