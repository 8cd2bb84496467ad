"""Currencies: amounts are converted only by a rate that somebody gave, and the rate is shown. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

UNNAMED = "(currency not named)"
"""How an amount is labelled where a catalogue or an account does not say its currency."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What one unit of each currency is worth in `base`. Constant over time: growth is told apart from exchange movements."""

    base: str
    worth: Mapping[str, float] = field(default_factory=dict)
    source: str = "rates"

    def __post_init__(self) -> None:
        bad = [name for name, rate in self.worth.items() if not 0 < rate < float("inf")]
        if bad:
            raise ValueError(f"the rate of {', '.join(sorted(bad))} is not a positive number")

    def factor(self, given: str, wanted: str) -> float | None:
        """What an amount in `given` is multiplied by to be in `wanted`; None where a rate is missing."""
        if not given or not wanted:
            return None
        if given == wanted:
            return 1.0
        one, other = self._worth(given), self._worth(wanted)
        return None if one is None or other is None else one / other

    def _worth(self, currency: str) -> float | None:
        return 1.0 if currency == self.base else self.worth.get(currency)


def factor(rates: Rates | None, given: str, wanted: str) -> float | None:
    """`Rates.factor` where rates may not have been given: equal currencies need none."""
    return (rates or Rates("")).factor(given, wanted)


def gap(given: str, wanted: str) -> str:
    """What is missing where an amount cannot be converted."""
    if not given or not wanted:
        return f"the currency of {'the catalogue' if not given else 'the account'}"
    return f"rate of {given} in {wanted}"


def currency(name: str) -> str:
    return name or UNNAMED
