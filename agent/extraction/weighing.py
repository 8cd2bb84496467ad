"""What an account as a whole makes of its sentences: is a risk still open, is a part of the case really there? Pure.

One sentence rarely decides. A risk that is named again and again, last week, by people who ask for nothing, is open; one that was
named in April by somebody who has since said what they gained and asked for more is over. A single sentence that sounds like an
outcome, in an account where nothing else does, mostly is none. Two small logistic regressions over ten and five sums say how much
each of this counts; `evals.training.whole` learns them from the labels' open blockers and missing proof, on probabilities of
accounts that the sentence classifier had not seen. Their weights can be read in `weights/card.json`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.extraction.candidates import Candidate
from agent.extraction.features import Matrix
from agent.kinds import CORE, KINDS, TEXT_KINDS, Component, Stance, kinds_of
from agent.signals import Strength
from retrieval.records import Voice

Numbers = NDArray[np.float64]

BLOCKING: Final = tuple(k for k in TEXT_KINDS if KINDS[k].stance is Stance.OPPOSES and KINDS[k].blocks != "never")

OPEN: Final = 0.35
"""Probability from which a risk blocks."""
DOUBT: Final = 0.15
"""From which it is a doubt to be asked about; below, what came later outweighs it."""
HELD: Final = 0.65
"""From which a component may be proved. The three were chosen on held-out accounts and books: between OPEN .30 and .50 and HELD .60 and
.70 grades hardly change, and DOUBT is the highest at which no wish and no blocked account came out as earned either way."""

NEWS: Final = 14.0
"""Days in which nobody can be expected to say it again: a risk that is plainly said in an account's last two weeks blocks by itself."""

HEARD: Final = 0.12
"""Probability from which a sentence counts as naming a risk."""
TOLD: Final = 0.20
"""Probability from which it counts as speaking for a component."""
GRAVE: Final = frozenset({"product_friction.anger", "product_friction.impact", "budget_pressure.freeze"})
"""Repeated, unanswered, felt by the customer's own customers, or a freeze: what makes a matter more than a grumble."""
FAINT: Final = 0.05
MILD: Final = 0.10
HALF_LIFE: Final = 30.0
"""Days after which a sentence weighs half."""
LONG: Final = 3.0
"""Where a risk was never named, it is as if it were half a year ago (in units of 60 days)."""

_SUMS: Final = (
    "top",
    "weight",
    "age",
    "others",
    "pull",
    "gain",
    "pull_since",
    "gain_since",
    "best_pull_since",
    "best_gain_since",
)
_OWN_WEIGHT: Final = ("sponsor_risk", "onboarding_incomplete", "budget_pressure", "product_friction")
"""Kinds of which many mentions mean more, or less, than of others: a fault is told of often before it blocks."""
CONSTANT: Final = "constant"
"""The name of the weight after the columns' own."""
_PROOF_SUMS: Final = ("best", "second", "top", "weight", "documents")


def risk_columns() -> tuple[str, ...]:
    """The names of what `View.risk` gives, in order."""
    return (*_SUMS, *(f"is.{kind}" for kind in BLOCKING), *(f"weight.{kind}" for kind in _OWN_WEIGHT))


def proof_columns() -> tuple[str, ...]:
    """The names of what `View.proof` gives, in order."""
    return (*_PROOF_SUMS, *(f"is.{part.value}" for part in CORE))


@dataclass(frozen=True, slots=True)
class View:
    """An account's sentences with what may stand of them. `chances`: (n, kinds of `TEXT_KINDS`), 0 where a rule forbids the kind."""

    records: Sequence[str]
    documents: Sequence[str]
    days: Numbers
    """Day of each sentence, as a number."""
    customer: NDArray[np.bool_]
    chances: Matrix

    def of(self, kinds: Sequence[str]) -> Numbers:
        """The best chance of these kinds, by sentence."""
        return np.asarray(self.chances[:, [TEXT_KINDS.index(kind) for kind in kinds]].max(axis=1), dtype=np.float64)

    def for_component(self, part: Component) -> Numbers:
        """The same for what can prove a component: the customer's own words only."""
        return np.where(self.customer, self.of(kinds_of(part)), 0.0)

    def since(self, kind: str) -> NDArray[np.bool_]:
        """What was said after the last day on which this risk was named; nothing where it never was."""
        named = self.days[self.of([kind]) >= HEARD]
        return self.days > named.max() if len(named) else np.zeros(len(self.days), dtype=np.bool_)

    def risk(self, kind: str) -> Numbers:
        """`risk_columns` for one kind."""
        chance = self.of([kind])
        others = self.of([other for other in BLOCKING if other != kind])
        pull, gain = self.for_component(Component.STAKEHOLDER_PULL), self.for_component(Component.PROVEN_VALUE)
        fresh = 2.0 ** ((self.days - self.days.max()) / HALF_LIFE)
        named, since = chance >= HEARD, self.since(kind)
        age = min((self.days.max() - self.days[named].max()) / 60, LONG) if named.any() else LONG
        weight = _sum(chance * fresh, chance > FAINT)
        sums = (
            _odds(np.sort(chance)[-3:].sum() / 3),
            weight,
            age,
            _sum(others * fresh, others > FAINT),
            _sum(pull * fresh, pull > MILD),
            _sum(gain * fresh, gain > MILD),
            _sum(pull, since & (pull > MILD)),
            _sum(gain, since & (gain > MILD)),
            _odds(pull[since].max(initial=0.0)),
            _odds(gain[since].max(initial=0.0)),
        )
        own = [weight * (kind == other) for other in _OWN_WEIGHT]
        return np.array([*sums, *(float(kind == other) for other in BLOCKING), *own])

    def proof(self, part: Component) -> Numbers:
        """`proof_columns` for one component."""
        chance = self.for_component(part)
        ranked = np.sort(np.concatenate([np.zeros(3), chance]))[::-1]
        places = {d for d, told in zip(self.documents, chance >= TOLD, strict=True) if told}
        sums = (_odds(ranked[0]), _odds(ranked[1]), _odds(ranked[:3].mean()), _sum(chance, chance > MILD), np.log1p(len(places)))
        return np.array([*sums, *(float(part is other) for other in CORE)])

    def overtaken(self, kind: str) -> str | None:
        """The record that tells best that the customer has moved on since: what they ask for or gained, said later."""
        since = self.since(kind)
        told = np.where(
            since, np.maximum(*(self.for_component(p) for p in (Component.STAKEHOLDER_PULL, Component.PROVEN_VALUE))), 0.0
        )
        best = int(told.argmax())
        return self.records[best] if told[best] >= TOLD else None


def view(items: Sequence[Candidate], chances: Matrix) -> View:
    """The account of these sentences; they must not be none."""
    return View(
        records=[item.record.record_id for item in items],
        documents=[item.record.document for item in items],
        days=np.array([_day(item) for item in items]),
        customer=np.array([item.record.voice is Voice.CUSTOMER for item in items]),
        chances=chances,
    )


@dataclass(frozen=True, slots=True)
class Weigher:
    """Weights of `risk_columns` and `proof_columns`, each with a constant at the end."""

    risk: Matrix
    proof: Matrix

    def open(self, account: View, kind: str) -> float:
        """How likely it is that this risk is open and blocks."""
        return _chance(self.risk, account.risk(kind))

    def held(self, account: View, part: Component) -> float:
        """How likely it is that the customer's words prove this component."""
        return _chance(self.proof, account.proof(part))


def _chance(weights: Matrix, columns: Numbers) -> float:
    return float(1.0 / (1.0 + np.exp(-(columns @ weights[:-1] + weights[-1]))))


def _odds(chance: float) -> float:
    bounded = min(max(float(chance), 1e-3), 1 - 1e-3)
    return float(np.log(bounded / (1 - bounded)))


def _sum(values: Numbers, where: NDArray[np.bool_]) -> float:
    return float(np.log1p(values[where].sum()))


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was made of an account, once for all its sentences."""

    open: Mapping[str, float]
    """Blocking kind -> how likely it is open."""
    held: Mapping[Component, float]
    best: Mapping[str, float]
    """Kind -> the chance of its best sentence, or of the best of its component: what a verdict on the whole rests on."""
    overtaken: Mapping[str, str | None]
    last: float
    """The day on which something was last said."""

    @classmethod
    def of(cls, account: View, weigher: Weigher) -> Weighed:
        best = {kind: float(account.of([kind]).max()) for kind in BLOCKING}
        best |= {kind: float(account.for_component(part).max()) for part in CORE for kind in kinds_of(part)}
        return cls(
            open={kind: weigher.open(account, kind) for kind in BLOCKING},
            held={part: weigher.held(account, part) for part in CORE},
            best=best,
            overtaken={kind: account.overtaken(kind) for kind in BLOCKING},
            last=float(account.days.max()),
        )

    def strength(self, kind: str, chance: float, said: Said, *, firm: float, strong: float) -> tuple[Strength, str | None]:
        """How strong a sentence of this kind and chance is, and for a risk that is over, the record that tells so.

        The best sentence of what holds is never a mere hint: something has to carry the verdict.
        """
        alone: Strength = "strong" if chance >= strong else "medium" if chance >= firm else "weak"
        info, leads = KINDS[kind], chance >= self.best.get(kind, 2.0)
        if info.component is not None:
            if self.held[info.component] < HELD:
                return "weak", None
            return ("medium" if leads and alone == "weak" else alone), None
        if kind not in self.open:
            return alone, None
        carrying: Strength = "strong" if info.blocks == "severe" else "medium"
        if self.open[kind] >= OPEN:
            return (carrying if leads and alone != "strong" else alone), None
        if alone == "strong" and self.last - said.day <= NEWS and (said.grave or info.blocks == "always"):
            return carrying, None
        if self.open[kind] >= DOUBT:
            return "weak", None
        if info.blocks == "severe":
            return "medium", None
        return ("medium", self.overtaken[kind]) if self.overtaken[kind] else ("weak", None)


@dataclass(frozen=True, slots=True)
class Said:
    """What of a sentence matters beside its chance."""

    day: float
    grave: bool = False
    """Something in it, or the ticket's priority, says that the matter is severe."""


def said(item: Candidate, hits: frozenset[str]) -> Said:
    """`hits`: the sentence's cues."""
    urgent = item.record.context.get("priority") in ("urgent", "high")
    return Said(
        _day(item), item.record.voice is Voice.CUSTOMER and (urgent or bool(hits & GRAVE)) and "is.small_issue" not in hits
    )


def _day(item: Candidate) -> float:
    return float(date.fromisoformat(item.record.date).toordinal())
