"""Abstention: on "a wish, not a lead" the system should draft no lead. Rates with Wilson intervals, both classes always."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evals.metrics.stats import Interval, wilson


@dataclass(frozen=True, slots=True)
class Abstention:
    """Counts over accounts. `wishes`: nothing should be pursued; `leads`: something should."""

    wishes: int
    wishes_abstained: int
    leads: int
    leads_abstained: int

    @property
    def wish_recall(self) -> float:
        """Abstained wishes / wishes; 1 where there is none."""
        return self.wishes_abstained / self.wishes if self.wishes else 1.0

    @property
    def false_abstain(self) -> float:
        """Abstained leads / leads; 0 where there is none."""
        return self.leads_abstained / self.leads if self.leads else 0.0

    @property
    def balanced_accuracy(self) -> float:
        """Mean of wish recall and 1 - false abstain, over the classes that occur; 1 where neither does."""
        parts = [self.wish_recall] * bool(self.wishes) + [1 - self.false_abstain] * bool(self.leads)
        return sum(parts) / len(parts) if parts else 1.0

    @property
    def wish_interval(self) -> Interval:
        return wilson(self.wishes_abstained, self.wishes)

    @property
    def false_abstain_interval(self) -> Interval:
        return wilson(self.leads_abstained, self.leads)


def abstention(pairs: Iterable[tuple[bool, bool]]) -> Abstention:
    """Counts from pairs (is a lead, was pursued)."""
    rows = list(pairs)
    wishes = [pursued for lead, pursued in rows if not lead]
    leads = [pursued for lead, pursued in rows if lead]
    return Abstention(len(wishes), wishes.count(False), len(leads), leads.count(False))


def utility(accepted: int, false_leads: int, accounts: int, cost: float) -> float:
    """(accepted leads - cost x false leads) / accounts; `cost` is reviewer minutes lost / minutes saved. nan without accounts."""
    if cost < 0:
        raise ValueError(f"cost is minutes lost over minutes saved, not {cost}")
    return (accepted - cost * false_leads) / accounts if accounts else float("nan")
