"""Who works a night's accounts off: this process alone, processes on this machine, or nodes of a Ray cluster.

All of them do the same (`agent.nightly.worker`), and share nothing but the run's database: a worker that dies is noticed there, by a
lease that nobody extends. An engine only begins workers and says when one has ended.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select

from agent.errors import ConfigurationError, EarnedError
from agent.models.shared import Share
from agent.nightly.inputs import Options
from agent.nightly.watching import Meter
from agent.nightly.worker import Terms, Worker, explain
from agent.pipeline import Pipeline
from agent.store import Store, budgets, leases, open_store, tables
from agent.store.budgets import Amount
from agent.store.postgres import VARIABLE
from retrieval.readers.book import BookError, open_book


class Tools(NamedTuple):
    """What a worker reads and drafts with."""

    pipeline: Pipeline
    meter: Meter
    threads: int = 1
    """Accounts under way at once."""


Toolbox = Callable[[Store, Share], AbstractContextManager[Tools]]
"""Opens a worker's tools, in its process. It must be possible to send it there: a function of a module, or a partial of one."""


@dataclass(frozen=True, slots=True)
class Job:
    """A run, as its workers are told of it. It holds no password: every machine has its own environment."""

    run_id: str
    home: Path
    team: bool
    """Whether the store is the team's database; each machine's EARNED_DATABASE leads to it."""
    options: Options
    pipeline: str
    """Version of the pipeline. A machine with other prompts, another embedder or an older program must not work on this run."""
    toolbox: Toolbox
    crew: int
    terms: Terms = field(default_factory=Terms)
    ends: float | None = None
    """When no further account is begun, by the database's clock."""


class Trouble(NamedTuple):
    """Why a worker ended before the work did."""

    what: str
    remedy: str = ""


class Hands(Protocol):
    """Workers that were begun."""

    def working(self) -> bool:
        """Whether any of them still is."""

    def ended(self) -> list[tuple[str, Trouble | None]]:
        """Names of those that ended since this was last asked, and why if it was before their time."""


class Crew(Protocol):
    """An engine."""

    @property
    def size(self) -> int:
        """How many workers there will be."""

    @property
    def toolbox(self) -> Toolbox: ...

    def begin(self, job: Job) -> AbstractContextManager[Hands]:
        """Workers for as long as the block lasts; whoever still works at its end is stopped."""


def work(job: Job, name: str, wanted: Callable[[], bool] = lambda: True) -> Trouble | None:
    """A worker's life, in its own process. `name` is nobody else's; `wanted` turns false when whoever began the run is gone."""
    try:
        with closing(_opened(job)) as store:
            with store.write(shared=True) as conn:
                budgets.enter(conn, job.run_id, name)
            _work(job, name, store, wanted)
    except EarnedError as error:
        return Trouble(error.what, error.remedy)
    except BookError as error:
        return Trouble(str(error), "Every machine of a night reads the same folder, under the same path.")
    except Exception as error:  # noqa: BLE001 - handed to the run, which reports it
        return Trouble(explain(error))
    return None


def _opened(job: Job) -> Store:
    database = os.environ.get(VARIABLE) if job.team else None
    if job.team and not database:
        raise ConfigurationError(
            f"A worker of this run has no {VARIABLE}.", "Set it where the worker starts, such as in the shell of `ray start`."
        )
    store = open_store(job.home, database=database)
    with store.read() as conn:
        status = conn.scalar(select(tables.runs.c.status).where(tables.runs.c.id == job.run_id))
    if status != "running":
        place = str(store)
        store.close()
        raise ConfigurationError(
            f"{place} has no run {job.run_id} that is under way.", f"Set {VARIABLE} of every machine to the same database."
        )
    return store


def _work(job: Job, name: str, store: Store, wanted: Callable[[], bool]) -> None:
    stopped, figures, spent = None, dict[str, Any](), Amount()
    try:
        with job.toolbox(store, Share(store, job.run_id, name, job.crew, job.terms.seconds)) as tools:
            if tools.pipeline.version != job.pipeline:
                raise ConfigurationError(
                    "A worker of this run reads with another version, model, prompt or embedder than the run itself.",
                    "Install the same release on every machine, with the same EARNED_ settings.",
                )
            tools.meter.begin(job.run_id)
            worker = Worker(
                store, tools.pipeline, open_book(job.options.book), job.options, job.run_id, name,
                threads=tools.threads, crew=job.crew, meter=tools.meter, terms=job.terms, ends=_ends(job, store), wanted=wanted,
            )  # fmt: skip

            def told() -> dict[str, Any]:
                return {"llm": dict(tools.meter.bill()), "seconds": {"store": worker.storing}, "lost": worker.lost}

            def beat() -> None:
                with store.write(shared=True) as conn:
                    budgets.seen(conn, job.run_id, name, told())

            worker.beat = beat
            try:
                stopped = worker.run()
            finally:
                figures, spent = told(), spent_of(tools.meter.bill())
    finally:
        with store.write(shared=True) as conn:
            leases.expire(conn, job.run_id, name)  # only where the work ended with an error: others take over at once
            budgets.leave(conn, job.run_id, name, spent, figures, stopped)


def spent_of(bill: Mapping[str, Any]) -> Amount:
    """What the `llm` object of a report says was spent."""
    return Amount(bill["cost"] or 0.0, bill["prompt_tokens"] + bill["completion_tokens"])


def _ends(job: Job, store: Store) -> float | None:
    """The deadline by this process' clock."""
    if job.ends is None:
        return None
    with store.read() as conn:
        present = conn.scalar(select(leases.now(conn)))
    assert present is not None
    return time.monotonic() + job.ends - float(present)
