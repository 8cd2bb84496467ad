"""Movements of recurring revenue between two months: new, reactivation, expansion, contraction, churn. Pure.

    ending MRR = starting MRR + new + reactivation + expansion - contraction - churn

A month without a row is a month without revenue. Sums are exact (`math.fsum`), so the order of rows changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from agent.economics.money import Rates
from agent.metrics.rows import Row

By = Literal["segment", "owner", "product"]
Group = tuple[str, str]
"""(currency, segment or owner or product; empty where nothing is told apart)."""
Unit = tuple[str, str, str]
"""(account, currency, product where products are told apart)."""


@dataclass(frozen=True, slots=True)
class Estate:
    """Who paid how much when: per unit its months, in one currency each."""

    paid: Mapping[Unit, Mapping[int, float]]
    groups: Mapping[Unit, Mapping[int, str]]
    accounts: Mapping[tuple[str, str], Mapping[int, float]]
    """The same by (account, currency): tells a product that is new from a customer that is."""
    months: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """What one unit did between two months."""

    unit: Unit
    group: Group
    start: float
    end: float
    kind: Literal["new", "reactivation", "expansion", "contraction", "churn", "unchanged"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Amounts of a period in one currency, and the accounts behind them."""

    start: float = 0.0
    new: float = 0.0
    reactivation: float = 0.0
    expansion: float = 0.0
    contraction: float = 0.0
    churn: float = 0.0
    end: float = 0.0
    accounts: int = 0
    """Accounts that paid at the start."""
    accounts_end: int = 0
    expanded: int = 0
    contracted: int = 0
    churned: int = 0
    added: int = 0
    """New and reactivated accounts."""
    largest_expansion: float = 0.0
    """The expansion of the one account that expanded most."""


@dataclass(slots=True)
class _Parts:
    amounts: dict[str, list[float]] = field(default_factory=dict)
    accounts: dict[str, set[str]] = field(default_factory=dict)
    grown: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, amount: float, account: str) -> None:
        self.amounts.setdefault(name, []).append(amount)
        if amount > 0 or name == "churn":
            self.accounts.setdefault(name, set()).add(account)

    def total(self, name: str) -> float:
        return math.fsum(self.amounts.get(name, ()))

    def count(self, *names: str) -> int:
        return len(set().union(*(self.accounts.get(name, set()) for name in names)))


def estate(rows: Iterable[Row], by: By | None = None, rates: Rates | None = None) -> Estate:
    """Gather rows by unit. With rates everything is in `rates.base`; a row whose currency has no rate keeps its own.

    An account's segment or owner in a month is that of its largest row (by name where equal).
    """
    amounts: dict[Unit, dict[int, list[float]]] = {}
    labels: dict[Unit, dict[int, tuple[float, str]]] = {}
    factors: dict[str, tuple[float, str]] = {}
    place = {"product": 6, "segment": 4, "owner": 5}.get(by or "")
    months = set()
    for row in rows:
        account, month, mrr, currency = row[:4]
        if currency not in factors:
            rate = rates.factor(currency, rates.base) if rates else None
            factors[currency] = (1.0, currency) if rate is None or rates is None else (rate, rates.base)
        rate, currency = factors[currency]
        mrr *= rate
        unit = (account, currency, row.product if by == "product" else "")
        months.add(month)
        amounts.setdefault(unit, {}).setdefault(month, []).append(mrr)
        label = row[place] if place else ""
        best = labels.setdefault(unit, {})
        if month not in best or (-mrr, label) < (-best[month][0], best[month][1]):
            best[month] = (mrr, str(label))
    whole: dict[tuple[str, str], dict[int, list[float]]] = {}
    for unit, found in amounts.items():
        held = whole.setdefault(unit[:2], {})
        for month, parts in found.items():
            held.setdefault(month, []).extend(parts)
    return Estate(
        {unit: _summed(found) for unit, found in amounts.items()},
        {unit: {month: label for month, (_, label) in found.items()} for unit, found in labels.items()},
        {key: _summed(found) for key, found in whole.items()},
        tuple(sorted(months)),
    )


def _summed(found: Mapping[int, list[float]]) -> dict[int, float]:
    return {month: parts[0] if len(parts) == 1 else math.fsum(parts) for month, parts in sorted(found.items())}


def movements(held: Estate, first: int, last: int) -> list[Move]:
    """What every unit did between the months `first` and `last`; units that paid in neither are left out.

    A unit belongs to the group that it had at the start, or at the end if it then paid nothing. Telling products apart, one that an
    existing customer buys is expansion, not new, and one that a staying customer drops is contraction, not churn (R046).
    """
    moves = []
    for unit, paid in held.paid.items():
        start, end = paid.get(first, 0.0), paid.get(last, 0.0)
        if start <= 0 and end <= 0:
            continue
        group = held.groups[unit][first if start > 0 else last]
        account = held.accounts[unit[:2]]
        moves.append(Move(unit, (unit[1], group), start, end, _kind(paid, account, first, last)))
    return moves


def _kind(
    paid: Mapping[int, float], account: Mapping[int, float], first: int, last: int
) -> Literal["new", "reactivation", "expansion", "contraction", "churn", "unchanged"]:
    start, end = paid.get(first, 0.0), paid.get(last, 0.0)
    if start <= 0:
        if account.get(first, 0.0) > 0:
            return "expansion"
        return "reactivation" if any(month < first and mrr > 0 for month, mrr in account.items()) else "new"
    if end <= 0:
        return "contraction" if account.get(last, 0.0) > 0 else "churn"
    return "expansion" if end > start else "contraction" if end < start else "unchanged"


def totals(moves: Iterable[Move]) -> dict[Group, Totals]:
    """Sums and counts of each group."""
    gathered: dict[Group, _Parts] = {}
    for move in moves:
        parts, account = gathered.setdefault(move.group, _Parts()), move.unit[0]
        parts.add("start", move.start, account)
        parts.add("end", move.end, account)
        if move.kind != "unchanged":
            parts.add(move.kind, abs(move.end - move.start), account)
        if move.kind == "expansion":
            parts.grown.setdefault(account, []).append(move.end - move.start)
    return {group: _totals(parts) for group, parts in sorted(gathered.items())}


def _totals(parts: _Parts) -> Totals:
    return Totals(
        start=parts.total("start"),
        new=parts.total("new"),
        reactivation=parts.total("reactivation"),
        expansion=parts.total("expansion"),
        contraction=parts.total("contraction"),
        churn=parts.total("churn"),
        end=parts.total("end"),
        accounts=parts.count("start"),
        accounts_end=parts.count("end"),
        expanded=parts.count("expansion"),
        contracted=parts.count("contraction"),
        churned=parts.count("churn"),
        added=parts.count("new", "reactivation"),
        largest_expansion=max((math.fsum(grown) for grown in parts.grown.values()), default=0.0),
    )
