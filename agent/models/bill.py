"""What a run's model calls took: a row for every attempt, and sums for the report. The gateway writes it; reports read it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agent.models.outcomes import Usage


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call that was sent, whatever came of it."""

    key: str
    run: str
    account: str
    stage: str
    name: str
    model: str
    prompt: str
    number: int
    """From 1, over the tries for one answer."""
    outcome: str
    """`answer`, or a failure's reason."""
    usage: Usage
    cost: float | None
    seconds: float
    batch: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "request": self.key,
            "run": self.run,
            "account": self.account,
            "stage": self.stage,
            "name": self.name,
            "model": self.model,
            "prompt": self.prompt,
            "attempt": self.number,
            "outcome": self.outcome,
            "prompt_tokens": self.usage.prompt_tokens,
            "cached_tokens": self.usage.cached_tokens,
            "completion_tokens": self.usage.completion_tokens,
            "reasoning_tokens": self.usage.reasoning_tokens,
            "cost": self.cost,
            "seconds": round(self.seconds, 3),
            "batch": self.batch,
        }


@dataclass(slots=True)
class Bill:
    """Sums over the attempts of one run. Its size does not grow with the calls, only with the accounts."""

    calls: int = 0
    usage: Usage = field(default_factory=Usage)
    cost: float | None = 0.0
    """None once a call had an unknown price."""
    cache_hits: int = 0
    by_outcome: Counter[str] = field(default_factory=Counter)
    by_stage: Counter[str] = field(default_factory=Counter)
    by_account: dict[str, float | None] = field(default_factory=dict)

    def add(self, attempt: Attempt) -> None:
        self.calls += 1
        self.usage += attempt.usage
        self.cost = _plus(self.cost, attempt.cost)
        self.by_outcome[attempt.outcome] += 1
        self.by_stage[attempt.stage] += 1
        self.by_account[attempt.account] = _plus(self.by_account.get(attempt.account, 0.0), attempt.cost)

    def to_json(self) -> dict[str, Any]:
        """The `llm` object of `earned run --json`."""
        return {
            "calls": self.calls,
            "prompt_tokens": self.usage.prompt_tokens,
            "cached_tokens": self.usage.cached_tokens,
            "completion_tokens": self.usage.completion_tokens,
            "cost": None if self.cost is None else round(self.cost, 6),
            "cache_hits": self.cache_hits,
            "by_outcome": dict(sorted(self.by_outcome.items())),
            "by_stage": dict(sorted(self.by_stage.items())),
        }


def _plus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
