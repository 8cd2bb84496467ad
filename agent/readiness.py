"""Verified signals to a proof and a grade. Deterministic, pure, and the only place that may set a grade (design invariant 3).

The standard is design.md section 6 (R001-R007): five components, open blocking risks, four grades. Telemetry and external
events open or rank a hypothesis but prove nothing; vendor, external and unknown voices never count as customer evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.hypotheses import Blocker, ComponentProof, Grade, Proof
from agent.kinds import CORE, Component, Stance, kinds_of
from agent.signals import Signal
from retrieval.records import Voice

GAPS: dict[Component, str] = {
    Component.PROVEN_VALUE: "Nothing was found in which a customer states an outcome that the current deployment produced.",
    Component.ACCOUNT_LEARNING: "Nothing was found in which a customer describes a new problem, a missing capability or work done by hand.",
    Component.STAKEHOLDER_PULL: "Nothing was found in which a named person at the customer asks for or takes a next step.",
    Component.NEXT_ADJACENCY: "Nothing in the catalogue is tied to what the customer says they need, and no limit is reached.",
    Component.ADOPTION_RISK: "An open risk to the current deployment has to be closed first.",
}


def assess(signals: Sequence[Signal], adjacency: str | None) -> Proof:
    """The proof for one account and one next adjacency.

    `adjacency` is the catalogue id that the customer's need maps to, or None. A weak opposing signal of a blocking kind does
    not block, but leaves `adoption_risk` unproven: a case is not earned while somebody may be on the way out (R008, R084).
    """
    components = {part.value: _customer_proof(part, signals) for part in CORE}
    components[Component.NEXT_ADJACENCY.value] = _adjacency_proof(signals, adjacency)
    blockers = open_blockers(signals)
    components[Component.ADOPTION_RISK.value] = _risk_proof(signals, blockers)
    return Proof(grade=_grade(components, blockers), components=components, blockers=blockers)


def open_blockers(signals: Sequence[Signal]) -> tuple[Blocker, ...]:
    """Open blocking risks by kind, in order of first appearance."""
    by_kind: dict[str, list[str]] = {}
    for signal in signals:
        if signal.blocks and signal.strength != "weak":
            by_kind.setdefault(signal.kind, []).append(signal.id)
    return tuple(Blocker(kind=kind, signals=tuple(ids)) for kind, ids in by_kind.items())


def counts_as_proof(signal: Signal, component: Component) -> bool:
    """The customer's own words, of a kind that proves this component, not overtaken since, and more than a hint."""
    return (
        signal.kind in kinds_of(component)
        and signal.voice is Voice.CUSTOMER
        and not signal.resolved
        and signal.strength != "weak"
    )


def _customer_proof(component: Component, signals: Sequence[Signal]) -> ComponentProof:
    ids = tuple(signal.id for signal in signals if counts_as_proof(signal, component))
    return ComponentProof(status="met", signals=ids) if ids else ComponentProof(status="missing", gap=GAPS[component])


def _adjacency_proof(signals: Sequence[Signal], adjacency: str | None) -> ComponentProof:
    learned = tuple(s.id for s in signals if counts_as_proof(s, Component.ACCOUNT_LEARNING)) if adjacency else ()
    full = tuple(s.id for s in signals if s.kind == "license_saturation" and not s.resolved)
    pulled = tuple(s.id for s in signals if counts_as_proof(s, Component.STAKEHOLDER_PULL)) if adjacency else ()
    ids = tuple(dict.fromkeys(learned + full)) or pulled
    if ids:
        return ComponentProof(status="met", signals=ids)
    return ComponentProof(status="missing", gap=GAPS[Component.NEXT_ADJACENCY])


def _risk_proof(signals: Sequence[Signal], blockers: Sequence[Blocker]) -> ComponentProof:
    if blockers:
        ids = tuple(i for blocker in blockers for i in blocker.signals)
        return ComponentProof(status="missing", signals=ids, gap=GAPS[Component.ADOPTION_RISK])
    doubtful = tuple(s.id for s in signals if s.blocks)
    if doubtful:
        return ComponentProof(status="missing", signals=doubtful, gap="A possible risk was heard and is not settled: ask.")
    closed = tuple(s.id for s in signals if s.stance is Stance.OPPOSES and s.resolved)
    return ComponentProof(status="met", signals=closed)


def _grade(components: dict[str, ComponentProof], blockers: Sequence[Blocker]) -> Grade:
    met = {name for name, part in components.items() if part.status == "met"}
    if blockers:
        return Grade.BLOCKED
    if met >= {part.value for part in Component}:
        return Grade.EARNED
    if sum(part.value in met for part in CORE) >= 2:
        return Grade.PROMISING
    return Grade.WISH
