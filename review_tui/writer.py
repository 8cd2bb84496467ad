"""Decisions on their way to the store: one thread, in order, so that a locked database never freezes the screen.

A decision that the store cannot take now is kept and tried again after 1, 2, 4, 4, ... seconds; a conflict or a broken rule is
final and reported. Nothing is dropped without being named: `close` returns what could not be saved.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from agent.decisions import Decision
from agent.errors import EarnedError, StoreError

DELAYS: Final = (1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Job:
    """One decision to be written. `what` names it to the person: `Approved Fjord Health`."""

    what: str
    key: str | None
    call: Callable[[], Decision]


@dataclass(frozen=True, slots=True)
class Saved:
    job: Job
    decision: Decision


@dataclass(frozen=True, slots=True)
class Failing:
    """Not saved yet; it is tried again."""

    job: Job
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not saved, for good: somebody was first, or a rule forbids it."""

    job: Job
    error: EarnedError


Outcome = Saved | Failing | Refused


class Writer:
    """`tell` is called from the writer's thread with each outcome."""

    def __init__(self, tell: Callable[[Outcome], None], delays: Sequence[float] = DELAYS) -> None:
        self._tell = tell
        self._delays = delays
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """Decisions that are not saved yet."""
        with self._changed:
            return len(self._jobs)

    def submit(self, job: Job) -> None:
        with self._changed:
            self._jobs.append(job)
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="review-writer", daemon=True)
                self._thread.start()

    def close(self, timeout: float = 5.0) -> list[Job]:
        """Wait for what is waiting, at most `timeout` seconds; the jobs that were not saved."""
        with self._changed:
            self._changed.wait_for(lambda: not self._jobs, timeout)
            left = list(self._jobs)
            self._stop.set()
            self._changed.notify_all()
        return left

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._jobs) or self._stop.is_set())
                if self._stop.is_set():
                    return
                job = self._jobs[0]
            outcome = self._write(job)
            if outcome is None:
                return
            with self._changed:
                self._jobs.popleft()
                self._changed.notify_all()
            self._tell(outcome)

    def _write(self, job: Job) -> Outcome | None:
        attempt = 0
        while True:
            try:
                return Saved(job, job.call())
            except StoreError as error:
                self._tell(Failing(job, str(error)))
            except EarnedError as error:
                return Refused(job, error)
            except Exception as error:  # noqa: BLE001 - the reviewer must hear of any failure, and the thread must live on
                return Refused(job, EarnedError(f"{type(error).__name__}: {error}", "Nothing was written. Run `earned doctor`."))
            if self._stop.wait(self._delays[min(attempt, len(self._delays) - 1)]):
                return None
            attempt += 1
