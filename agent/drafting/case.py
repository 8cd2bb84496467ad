"""What a draft is made from, and the classifications that follow from the signals alone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.adjacency import Adjacency
from agent.drafting.asks import pulls, ranked
from agent.hypotheses import Grade, Proof
from agent.kinds import KINDS, Component, Stance, kinds_of
from agent.readiness import counts_as_proof
from agent.signals import Signal
from retrieval.accounts import Account, Catalog, Contact
from retrieval.records import Voice

STRENGTH = {"strong": 0, "medium": 1, "weak": 2}


@dataclass(frozen=True, slots=True)
class Case:
    """One account's evidence, its proof, and where it points."""

    account: Account
    contacts: tuple[Contact, ...]
    owner_name: str
    catalog: Catalog
    ledger: tuple[Signal, ...]
    proof: Proof
    adjacency: Adjacency | None

    @property
    def item_name(self) -> str:
        if self.adjacency is None:
            return "more of what they have"
        name = self.adjacency.item.name
        return f"more {name} seats" if self.adjacency.more_of_the_same else name

    def signal(self, key: str) -> Signal:
        return next(signal for signal in self.ledger if signal.id == key)

    def best(self, kinds: Iterable[str], component: Component | None = None) -> list[Signal]:
        """Signals of these kinds, strongest and newest first; with a component, only those that count as its proof."""
        wanted = set(kinds)
        found = [s for s in self.ledger if s.kind in wanted and (component is None or counts_as_proof(s, component))]
        newest = sorted(found, key=lambda s: (s.date, s.id), reverse=True)
        return sorted(newest, key=lambda s: STRENGTH[s.strength])

    def who(self, signal: Signal) -> str:
        """The speaker, as the draft calls them."""
        return signal.speaker or "Somebody at " + self.account.name

    def contact(self, name: str | None) -> Contact | None:
        return next((c for c in self.contacts if name and c.name.casefold() == name.casefold()), None)

    def asks(self, speaker: str | None = None) -> list[Signal]:
        """What customers ask for or take, as far as it counts: whoever asked for a price, decides, or spoke last comes first."""
        found = [s for s in pulls(self.ledger) if s.speaker and speaker in (None, s.speaker)]
        return ranked(found, self.adjacency.item if self.adjacency else None, self.catalog)

    def first_risk(self) -> Signal | None:
        """The open risk that comes first: one that a customer named before one that only we noted, the strongest, the newest."""
        found = [s for s in self.best([blocker.kind for blocker in self.proof.blockers]) if s.blocks and s.strength != "weak"]
        return min(found, key=lambda s: s.voice is not Voice.CUSTOMER, default=None)

    def person(self) -> str:
        """Whom the next step rests with: who asks for something, or decides, or is known at all."""
        for signal in self.asks():
            return signal.speaker or ""
        for role in ("sponsor", "economic_buyer", "champion"):
            for contact in self.contacts:
                if contact.role == role and "until" not in contact.title.casefold():
                    return contact.name
        return self.contacts[0].name if self.contacts else f"Somebody at {self.account.name}"


def push_or_pull(ledger: Sequence[Signal]) -> Literal["pull", "push", "mixed", "none"]:
    """R024: is the customer pulling the next use case, or the vendor pushing a bigger bill."""
    pull = sum(counts_as_proof(signal, Component.STAKEHOLDER_PULL) for signal in ledger)
    push = sum(signal.kind == "vendor_push" for signal in ledger)
    if pull and push > pull:
        return "mixed"
    if pull:
        return "pull"
    return "push" if push else "none"


def motion(case: Case) -> str:
    """R037-R044, the main one. A wish has none: there is nothing to pursue."""
    if case.proof.grade is Grade.WISH:
        return "none"
    if case.adjacency is None:
        return "usage" if any(s.kind == "usage_growth" for s in case.ledger) else "none"
    if case.adjacency.more_of_the_same:
        return "seat"
    return "upsell" if case.adjacency.item.kind == "plan" else "add_on"


def expansion_type(case: Case) -> str:
    """R029-R034."""
    if case.proof.grade is Grade.WISH:
        return "none"
    counts = Counter(s.kind for s in case.ledger if not s.resolved and s.strength != "weak")
    if counts["custom_demand"] > counts["stakeholder_pull"] + counts["new_audience_interest"]:
        return "custom"
    if counts["new_audience_interest"]:
        return "new_department"
    if case.adjacency is not None and not case.adjacency.more_of_the_same:
        return "new_workflow"
    return "same_workflow" if counts["stakeholder_pull"] or counts["license_saturation"] else "usage"


def what_expands(case: Case) -> tuple[str, ...]:
    """R018, in the order of the requirement."""
    if case.proof.grade is Grade.WISH:
        return ()
    kinds = {s.kind for s in case.ledger if not s.resolved and s.strength != "weak"}
    seats = case.adjacency is not None and case.adjacency.more_of_the_same
    marks = {
        "seats": seats or "license_saturation" in kinds,
        "usage": motion(case) == "usage",
        "workflows": case.adjacency is not None and not seats and bool(kinds & set(kinds_of(Component.ACCOUNT_LEARNING))),
        "departments": "new_audience_interest" in kinds,
        "governance": "compliance_hurdle" in kinds and not seats,
    }
    return tuple(name for name, holds in marks.items() if holds)


def cited_kinds(case: Case, ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({case.signal(key).kind for key in ids}))


def counter_evidence(ledger: Sequence[Signal]) -> tuple[str, ...]:
    """Every opposing signal, open ones first: listed, never averaged away (design invariant 4)."""
    against = [signal for signal in ledger if signal.stance is Stance.OPPOSES]
    return tuple(signal.id for signal in sorted(against, key=lambda s: (s.resolved, STRENGTH[s.strength])))


def blocker_label(kind: str) -> str:
    return KINDS[kind].label
