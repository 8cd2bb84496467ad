"""Decisions on their way to the store: in order, never lost in silence, retried where the store is busy."""

from __future__ import annotations

import threading
from collections.abc import Callable

from agent.decisions import Action, Decision
from agent.errors import DecisionConflict, StoreError
from review_tui.writer import Failing, Job, Outcome, Refused, Saved, Writer


def decision(key: str = "h-1") -> Decision:
    return Decision("d-1", key, 1, Action.APPROVE, "ana", "2026-11-21T09:00:00Z")


class Heard:
    def __init__(self, enough: int) -> None:
        self.outcomes: list[Outcome] = []
        self._enough, self._done = enough, threading.Event()

    def __call__(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        if len(self.outcomes) >= self._enough:
            self._done.set()

    def all(self) -> list[Outcome]:
        assert self._done.wait(10)
        return self.outcomes


def failing(times: int) -> Callable[[], Decision]:
    left = iter(range(times))

    def call() -> Decision:
        if next(left, None) is not None:
            raise StoreError("The store is locked by another process.")
        return decision()

    return call


def test_a_busy_store_is_tried_again_until_it_takes_the_decision() -> None:
    heard = Heard(3)
    writer = Writer(heard, delays=(0.0,))
    writer.submit(Job("approve Fjord", "h-1", failing(2)))
    assert [type(outcome) for outcome in heard.all()] == [Failing, Failing, Saved]
    assert writer.close() == []


def test_a_conflict_is_final_and_the_next_job_goes_on() -> None:
    def conflict() -> Decision:
        raise DecisionConflict("ben decided meanwhile.")

    heard = Heard(3)
    writer = Writer(heard, delays=(0.0,))
    for call in (conflict, lambda: decision("h-2"), lambda: 1 / 0):
        writer.submit(Job("x", "h", call))  # type: ignore[arg-type]
    outcomes = heard.all()
    assert [type(outcome) for outcome in outcomes] == [Refused, Saved, Refused]
    assert isinstance(outcomes[2], Refused)
    assert "ZeroDivisionError" in str(outcomes[2].error)
    writer.close()


def test_what_could_not_be_saved_is_handed_back() -> None:
    heard = Heard(1)
    writer = Writer(heard, delays=(60.0,))
    writer.submit(Job("approve Fjord", "h-1", failing(99)))
    writer.submit(Job("approve Hexa", "h-2", decision))
    heard.all()
    assert [job.what for job in writer.close(timeout=0.0)] == ["approve Fjord", "approve Hexa"]
