"""Who watches a run, and who counts what its model costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from agent.models.session import Session
from agent.nightly.report import NO_CALLS


class Progress(Protocol):
    """How far a run is, for whoever watches: `stage` names the step and its total, `advance` one unit of it that is done.

    `begin` says that a unit is being worked on; several are at a time, and it is called from their threads.
    """

    def stage(self, name: str, total: int) -> None: ...
    def begin(self, what: str) -> None: ...
    def advance(self, what: str) -> None: ...


class Silent:
    """Nobody watches."""

    def stage(self, name: str, total: int) -> None:
        """Nothing."""

    def begin(self, what: str) -> None:
        """Nothing."""

    def advance(self, what: str) -> None:
        """Nothing."""


class Meter(Protocol):
    """The model's bill, as a run sees it."""

    def begin(self, run: str) -> None:
        """What is asked from now on is booked on this run."""

    def bill(self) -> Mapping[str, Any]:
        """The `llm` object of the report."""

    def stopped(self) -> str | None:
        """The run's budget that was reached, or None while all is well."""


class Free:
    """No model is called."""

    def begin(self, run: str) -> None:
        """Nothing."""

    def bill(self) -> Mapping[str, Any]:
        return NO_CALLS

    def stopped(self) -> str | None:
        return None


class Metered:
    """The session's gateway keeps the books."""

    def __init__(self, session: Session) -> None:
        self._gateway = session.gateway

    def begin(self, run: str) -> None:
        self._gateway.run = run

    def bill(self) -> Mapping[str, Any]:
        return self._gateway.bill.to_json()

    def stopped(self) -> str | None:
        return self._gateway.spending.stopped
