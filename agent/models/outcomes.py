"""What can come of asking a model: an answer, or one of a few failures with a name. Usage is kept in every case. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import BaseModel

T = TypeVar("T", bound=BaseModel)


class Reason(StrEnum):
    """Why there is no answer. Every failed window of a report carries one of these."""

    REFUSAL = "refusal"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate limited"
    SERVER_ERROR = "server error"
    OVER_BUDGET = "over budget"
    """A cap would have been passed; nothing was sent."""
    REJECTED = "rejected"
    """The provider will never take this request: wrong key, unknown model, no money left, a schema it does not know."""
    NOT_RECORDED = "not recorded"
    """Replaying answers, and this one is not on the tape."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    """The part of `prompt_tokens` that a prompt cache served."""
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    """The part of `completion_tokens` that nobody gets to read."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
        )

    @property
    def total(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A validated answer. `from_journal`: it had been paid for earlier, and `usage` and `cost` are zero."""

    value: T
    usage: Usage = Usage()
    cost: float | None = 0.0
    """In US dollars; None where the price list does not know the model."""
    from_journal: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer. `usage` and `cost` are what it took to find out."""

    reason: Reason
    detail: str
    usage: Usage = Usage()
    cost: float | None = 0.0


Outcome = Answered[T] | Failed


@dataclass(frozen=True, slots=True)
class Missed:
    """A part of the work that has no answer, by the name that people know it by."""

    name: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what was planned has an answer. Goes with every result, so that a partial one never looks whole."""

    planned: int = 0
    missed: tuple[Missed, ...] = ()

    @property
    def read(self) -> int:
        return self.planned - len(self.missed)

    @property
    def complete(self) -> bool:
        return not self.missed

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(self.planned + other.planned, self.missed + other.missed)

    def __str__(self) -> str:
        said = f"{self.read} of {self.planned} windows read"
        if self.missed:
            said += "; not read: " + ", ".join(f"{part.name} ({part.reason.value})" for part in self.missed)
        return said
