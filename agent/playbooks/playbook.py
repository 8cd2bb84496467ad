"""What a playbook is, and the words that its file may use. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from agent.economics import FIELDS, MORE
from agent.hypotheses import Grade, State
from agent.kinds import KINDS
from agent.outcomes.facts import What

Opens = Literal["hypothesis", "task"]
Subject = Literal["signal", "figure", "grade", "growth", "pull", "state", "outcome"]

NAMES: Final[dict[Subject, tuple[str, ...]]] = {
    "signal": tuple(KINDS),
    "figure": (*FIELDS, *MORE),
    "grade": tuple(grade.value for grade in Grade),
    "growth": ("clean", "noisy", "fog"),
    "pull": ("pull", "push", "mixed", "none"),
    "state": tuple(state.value for state in State),
    "outcome": tuple(what.value for what in What if what is not What.UNDO),
}
"""What each subject of a condition can name."""
LIMITS: Final[dict[Subject, tuple[str, ...]]] = {
    "signal": ("at_least", "at_most", "count", "within_days"),
    "figure": ("at_least", "at_most"),
    "grade": (),
    "growth": (),
    "pull": (),
    "state": ("for_days",),
    "outcome": ("for_days",),
}
"""The limits that go with each subject. A figure needs one: that it is known crosses nothing."""
PLACES: Final = ("account", "id", "owner", "plan", "evidence")
"""What a text may hold in braces."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold. Days are whole, shares are shares."""

    subject: Subject
    name: str
    at_least: float | None = None
    at_most: float | None = None
    count: int = 1
    within_days: int | None = None
    for_days: int = 0


@dataclass(frozen=True, slots=True)
class Playbook:
    name: str
    because: str
    when: tuple[Condition, ...]
    opens: Opens
    text: str
    unless: tuple[Condition, ...] = ()
    segments: frozenset[str] = frozenset()
    ask: str = ""
    """A question for the customer; it holds none of our inner vocabulary."""


@dataclass(frozen=True, slots=True)
class Playbooks:
    """A reviewed file."""

    file: str
    version: str
    playbooks: tuple[Playbook, ...]
