"""One outcome, what makes it acceptable, and the story that a hypothesis' outcomes tell. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from agent.errors import UsageError

YEAR: Final = timedelta(days=365)
"""Retention is told at twelve months after the expansion closed, not before (R134)."""


class What(StrEnum):
    """What happened, in the customer's world and not in ours."""

    DONE = "done"
    """The next customer action happened."""
    REFUSED = "refused"
    """The customer refused it: not earned, and a finding worth keeping (R106)."""
    CLOSED = "closed"
    """The expansion was bought."""
    LOST = "lost"
    """It was not."""
    MARGIN = "margin"
    """The account's margin after the expansion, a share (R130)."""
    SUPPORT = "support"
    """Tickets for a seat and month after the expansion (R130)."""
    KEPT = "kept"
    """What was bought is still paid for."""
    LEFT = "left"
    """It was cancelled, or the customer has gone."""
    UNDO = "undo"
    """Takes back the newest outcome that holds: what was mistyped stays in the log and counts for nothing."""


MONEY: Final = frozenset({What.CLOSED, What.LOST, What.KEPT, What.LEFT})
"""May carry a yearly amount in a currency."""
FIGURES: Final = {What.MARGIN: "share", What.SUPPORT: "tickets"}
"""Must carry a figure, in this unit."""
_CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the log. `revision` is the one that was approved, or else the newest at the time."""

    id: str
    hypothesis_id: str
    account_id: str
    revision: int
    what: What
    on_day: str
    """The day on which it happened, `YYYY-MM-DD`; not the day on which it was recorded."""
    amount: float | None
    unit: str | None
    """A currency (amounts a year), `share`, or `tickets` (for a seat and month)."""
    note: str | None
    actor: str
    at: str
    """UTC, ISO 8601 with seconds."""
    undoes: str | None = None


def checked(what: What, on_day: date, value: tuple[str, str] | None, *, today: date) -> tuple[float | None, str | None]:
    """The amount and unit of an outcome.

    Raises UsageError for a day to come (nothing is recorded ahead: no fake close dates, R088), a figure that is missing, and an amount
    or unit that does not belong to it.
    """
    if on_day > today:
        raise UsageError(f"{on_day.isoformat()} has not come yet.", "Record what happened, on the day on which it did.")
    if value is None:
        if what in FIGURES:
            raise UsageError(f"`{what}` needs its figure.", f"Add --value AMOUNT {FIGURES[what]}.")
        return None, None
    amount, unit = _number(value[0]), value[1].strip()
    if what in FIGURES:
        unit, amount = _figure(what, amount, unit)
    elif what not in MONEY:
        raise UsageError(f"`{what}` takes no value.", "Say it in --note.")
    elif not _CURRENCY.match(unit.upper()):
        raise UsageError(f"{unit!r} is not a currency.", "Write its three letters: --value 12000 EUR, an amount a year.")
    else:
        unit = unit.upper()
    if amount < 0 and what is not What.MARGIN:
        raise UsageError(f"{amount:g} is negative.", "An amount a year and a ticket rate are zero or more.")
    return amount, unit


def _figure(what: What, amount: float, unit: str) -> tuple[str, float]:
    if what is What.MARGIN and unit in ("%", "percent"):
        unit, amount = "share", amount / 100
    if unit != FIGURES[what]:
        raise UsageError(f"{unit!r} is not the unit of `{what}`.", f"Write --value AMOUNT {FIGURES[what]}.")
    if what is What.MARGIN and amount > 1:
        raise UsageError(f"A margin of {amount:g} is more than all of the revenue.", "Write a share (0.62), or percent (62 %).")
    return unit, amount


def _number(text: str) -> float:
    """Raises UsageError for what is no plain number: `1,000` may be a thousand or one."""
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text.strip()) or not math.isfinite(float(text)):
        raise UsageError(f"{text!r} is not a plain number.", "Write digits and at most one point: 12000 or 0.62.")
    return float(text)


def effective(log: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes of one hypothesis that hold, in order of the log: an undo takes its target, and itself, away."""
    undone = {entry.undoes for entry in log if entry.what is What.UNDO}
    return [entry for entry in log if entry.what is not What.UNDO and entry.id not in undone]


@dataclass(frozen=True, slots=True)
class Story:
    """The newest outcome of each sort: what the customer did, whether it was bought, and what it did to the company."""

    action: Outcome | None = None
    """done or refused."""
    result: Outcome | None = None
    """closed or lost."""
    margin: Outcome | None = None
    support: Outcome | None = None
    stayed: Outcome | None = None
    """kept or left."""

    @property
    def earned(self) -> bool | None:
        """R106: refused is "not earned"; None while nobody knows."""
        return None if self.action is None else self.action.what is What.DONE

    @property
    def converted(self) -> bool | None:
        """Bought, or settled without: lost, or refused and never bought. None while it is open."""
        if self.result is not None:
            return self.result.what is What.CLOSED
        return False if self.earned is False else None

    @property
    def retained(self) -> bool | None:
        """R134: still paid for twelve months after it closed; False as soon as it is gone; None while that is not known."""
        if self.result is None or self.result.what is not What.CLOSED or self.stayed is None:
            return None
        if self.stayed.what is What.LEFT:
            return False
        return True if date.fromisoformat(self.stayed.on_day) >= due_at(self.result) else None


def due_at(closed: Outcome) -> date:
    """The day from which retention can be told."""
    return date.fromisoformat(closed.on_day) + YEAR


def story(log: Sequence[Outcome]) -> Story:
    """Fold the outcomes of one hypothesis, in order of the log: of each sort the newest that holds."""
    newest: dict[str, Outcome] = {}
    for entry in effective(log):
        newest[_SORT[entry.what]] = entry
    return Story(**newest)


_SORT: Final = {
    What.DONE: "action",
    What.REFUSED: "action",
    What.CLOSED: "result",
    What.LOST: "result",
    What.MARGIN: "margin",
    What.SUPPORT: "support",
    What.KEPT: "stayed",
    What.LEFT: "stayed",
}
