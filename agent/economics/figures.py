"""A figure that a finance person can trace: value, interval, unit, formula, and every input with its source. Values only.

What is not known is `Missing`, with who can supply it; nothing is estimated to fill a gap (R021, R114).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

from agent.economics.fields import PREFIX

PLACES: Final = 4
"""Decimals kept in the JSON form: cents of cents. Enough for shares and money, stable across machines."""


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a formula used. `source` says where it can be looked up: a file and field, a record, or a formula."""

    name: str
    value: float | str
    unit: str
    source: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "value": _rounded(self.value), "unit": self.unit, "source": self.source}


@dataclass(frozen=True, slots=True)
class Missing:
    """An input that is not known, and who can supply it."""

    name: str
    ask_whom: str

    def to_json(self) -> dict[str, str]:
        return {"name": self.name, "ask": self.ask_whom}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its derivation.

    `value` is None where an input is missing; `low` and `high` still say what is certain (None: no bound is known). A verdict
    such as `price_follows_cost` has words as its value. With neither value nor bound the figure is unknown.
    """

    value: float | str | None
    unit: str
    formula: str
    low: float | None = None
    high: float | None = None
    inputs: tuple[Input, ...] = ()
    missing: tuple[Missing, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        bounds = [bound for bound in (self.low, self.value, self.high) if isinstance(bound, (int, float))]
        if any(earlier > later and not math.isclose(earlier, later, rel_tol=1e-9) for earlier, later in pairwise(bounds)):
            raise ValueError(f"the interval {self.low}..{self.high} does not hold the value {self.value}")

    @property
    def known(self) -> bool:
        return self.value is not None or self.low is not None or self.high is not None

    @property
    def number(self) -> float | None:
        """The value where it is one."""
        return self.value if isinstance(self.value, (int, float)) else None

    def noting(self, *notes: str) -> Figure:
        """The figure with remarks added, each once."""
        kept = [note for note in dict.fromkeys((self.note, *notes)) if note]
        return replace(self, note="; ".join(kept))

    def to_json(self) -> dict[str, Any] | str:
        """The object of `earned hypotheses --json`, or `unknown - ask <whom>: <what>` where nothing is known."""
        if not self.known:
            return asking(self.missing)
        row: dict[str, Any] = {
            "value": _rounded(self.value),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "unit": self.unit,
            "formula": self.formula,
            "inputs": [given.to_json() for given in self.inputs],
        }
        if self.missing:
            row["missing"] = [gap.to_json() for gap in self.missing]
        if self.note:
            row["note"] = self.note
        return row


def unknown_figure(unit: str, formula: str, *missing: Missing, inputs: tuple[Input, ...] = (), note: str = "") -> Figure:
    """A figure of which nothing is known but its formula. Raises ValueError without anything missing: a gap needs a name."""
    if not missing:
        raise ValueError("an unknown figure must name what is missing")
    return Figure(None, unit, formula, inputs=inputs, missing=missing, note=note)


def asking(missing: tuple[Missing, ...]) -> str:
    """`unknown - ask finance: what one page costs; support: tickets per seat`."""
    by_person: dict[str, list[str]] = {}
    for gap in missing:
        by_person.setdefault(gap.ask_whom, []).append(gap.name)
    return PREFIX + "; ".join(f"{whom}: {', '.join(dict.fromkeys(names))}" for whom, names in by_person.items())


def said(value: Any) -> str:
    """One field of the JSON form in one line for people: `12,744.00 USD a year (11,000.00 to 14,000.00)`, or what to ask whom."""
    if not isinstance(value, Mapping):
        return str(value)
    low, middle, high = (_shown(value.get(key), str(value.get("unit", ""))) for key in ("low", "value", "high"))
    unit = str(value.get("unit", "")).removeprefix("share").strip()
    if isinstance(value.get("value"), str):
        return f"{value['value']} ({value['note']})" if value.get("note") else str(value["value"])
    if middle:
        text = f"{middle} {unit}".strip()
        if (low or high) and (low, high) != (middle, middle):
            text += f" ({low or 'no lower bound'} to {high or 'no upper bound'})"
    elif low and high:
        text = f"{low} to {high} {unit}".strip()
    else:
        text = f"at least {low} {unit}".strip() if low else f"at most {high} {unit}".strip()
    if unit == "days to the renewal":
        # A draft is read on other days than the one it was made on.
        days = {str(one.get("name")): one.get("value") for one in value.get("inputs", ())}
        text += f" on {days.get('renewal date', 'an unknown day')}, counted from {days.get('as of', 'an unknown day')}"
    gaps = tuple(Missing(str(gap["name"]), str(gap["ask"])) for gap in value.get("missing", ()))
    if gaps:
        text += "; " + asking(gaps).removeprefix("unknown - ")
    return text


def _shown(value: Any, unit: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, (int, float)):
        return str(value)
    if unit.startswith("share"):
        return f"{value:.1%}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _rounded(value: float | str | None) -> float | str | None:
    if isinstance(value, float):
        return round(value, PLACES) + 0.0
    return value


@dataclass(slots=True)
class Sheet:
    """The inputs and gaps of a figure while it is worked out."""

    inputs: list[Input] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    def use(self, name: str, value: float, unit: str, source: str) -> float:
        """Note an input, and hand it on."""
        self.inputs.append(Input(name, value, unit, source))
        return value

    def spread(self, name: str, low: float | None, value: float | None, high: float | None, unit: str, source: str) -> None:
        """Note an input with its bounds, so that each end of an interval can be worked out again."""
        for end, part in ((", at least", low), ("", value), (", at most", high)):
            if part is not None and not (end and value is not None and math.isclose(part, value)):
                self.use(name + end, part, unit, source)

    def lacks(self, name: str, ask_whom: str) -> None:
        """Note a gap, once."""
        if Missing(name, ask_whom) not in self.missing:
            self.missing.append(Missing(name, ask_whom))

    def unknown(self, unit: str, formula: str, note: str = "") -> Figure:
        return unknown_figure(unit, formula, *self.missing, inputs=tuple(self.inputs), note=note)

    def figure(
        self,
        value: float | str | None,
        unit: str,
        formula: str,
        low: float | None = None,
        high: float | None = None,
        note: str = "",
    ) -> Figure:
        return Figure(value, unit, formula, low, high, tuple(self.inputs), tuple(self.missing), note)
