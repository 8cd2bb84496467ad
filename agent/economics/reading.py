"""The JSON form of the figures, read back by whoever judges an expansion by them. Pure; an unknown field answers None, never zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from agent.economics.support import BEFORE

Economics = Mapping[str, Any]
POINT: Final = 0.01
"""Margins that differ by less than a point are equal: list prices and unit costs are not known better."""


def bounds(economics: Economics, name: str) -> tuple[float | None, float | None]:
    """(lowest, highest) of a figure, the value standing in for a bound that is not known; (None, None) where nothing is known."""
    field = economics.get(name)
    if not isinstance(field, Mapping):
        return None, None
    low, value, high = (_number(field.get(key)) for key in ("low", "value", "high"))
    return (value if low is None else low), (value if high is None else high)


def middle(economics: Economics, name: str) -> float | None:
    """The value of a figure; None where only a bound of it is known."""
    field = economics.get(name)
    return _number(field.get("value")) if isinstance(field, Mapping) else None


def unit(economics: Economics, name: str) -> str:
    field = economics.get(name)
    return str(field.get("unit", "")) if isinstance(field, Mapping) else ""


def verdict(economics: Economics, name: str) -> tuple[str, str] | None:
    """A figure that is a verdict in words, with its note: `price_follows_cost`."""
    field = economics.get(name)
    if not isinstance(field, Mapping) or not isinstance(field.get("value"), str):
        return None
    return field["value"], str(field.get("note", ""))


def given(economics: Economics, name: str, wanted: str) -> float | None:
    """One numeric input of a figure."""
    field = economics.get(name)
    rows = field.get("inputs", ()) if isinstance(field, Mapping) else ()
    return next((_number(row.get("value")) for row in rows if row.get("name") == wanted), None)


def support_trend(economics: Economics) -> tuple[Literal["up", "down", "level"], float, float] | None:
    """Tickets for a seat and month: (direction, now, the quarter before); None where two quarters are not covered (R027-R028, R064).

    Up or down only where the two 90 % Poisson intervals do not overlap: a few tickets more are no trend.
    """
    name = "support_load_trend"
    now, before = middle(economics, name), given(economics, name, BEFORE)
    if now is None or before is None:
        return None
    low, high = bounds(economics, name)
    least, most = (given(economics, name, f"{BEFORE}, at {word}") for word in ("least", "most"))
    up = low is not None and most is not None and low > most
    down = high is not None and least is not None and high < least
    return ("up" if up else "down" if down else "level"), now, before


def margin_change(economics: Economics) -> tuple[Literal["holds", "falls"], float, float] | None:
    """(verdict, before, after): does the account's margin survive the expansion (R027, R104, R130)? None where that is not known.

    Holds: both margins are known, and the one after is at most a point lower. Falls: at its best it is lower than before at its worst.
    """
    before, after = middle(economics, "margin_before"), middle(economics, "margin")
    worst_before, best_after = bounds(economics, "margin_before")[0], bounds(economics, "margin")[1]
    if worst_before is not None and best_after is not None and best_after < worst_before - POINT:
        return "falls", worst_before, best_after
    if before is not None and after is not None and after >= before - POINT:
        return "holds", before, after
    return None


def burned(economics: Economics) -> tuple[float, float] | None:
    """(cost at least, revenue at most) where the expansion costs more than it earns whatever is still unknown (R104)."""
    cost, revenue = bounds(economics, "incremental_cogs")[0], _most_revenue(economics)
    if cost is None or revenue is None or unit(economics, "incremental_cogs") != unit(economics, "incremental_revenue"):
        return None
    return (cost, revenue) if cost > revenue else None


def _most_revenue(economics: Economics) -> float | None:
    """The most that the revenue can be; a lower bound alone says nothing about it."""
    field = economics.get("incremental_revenue")
    if not isinstance(field, Mapping):
        return None
    high, value = _number(field.get("high")), _number(field.get("value"))
    return value if high is None else high


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
