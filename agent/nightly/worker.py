"""Work of a night, account by account: claim some, read and draft them, store each while it is still ours. The same code in the one
process of a small night and in each of many on several machines (`agent.nightly.crews`); only who claims beside it differs.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Any

from agent.anomalies import sources_of
from agent.economics.book import BookRevenue, revenue_of
from agent.errors import EarnedError
from agent.models import unordered
from agent.nightly.inputs import Options, input_hash, inputs_of
from agent.nightly.unchanged import bound, mark_of
from agent.nightly.watching import Free, Meter, Progress, Silent
from agent.pipeline import Inputs, Outcome, Pipeline
from agent.proving.library import Vectors
from agent.store import Store, accounts, hypotheses, leases, runs, signals
from agent.store.leases import Lease, LeaseLost
from retrieval import store as texts
from retrieval.passages import Passage, indexed_text, passages_of
from retrieval.readers.book import Book
from retrieval.records import Problem, Record, text_sha256

INCOMPLETE = "/incomplete"
"""Added to the pipeline's version of a unit that a model did not read or write whole: the next run does it again."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How accounts are lent."""

    seconds: float = 60.0
    """A worker that has not been heard of for so long has lost what it had."""
    beat: float = 15.0
    """How often a worker is heard of."""
    portion: int = 25
    """Accounts that are claimed at once, at most: one question to the database for all of them."""
    pause: float = 0.5
    """Between two looks for work where others have all of it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """An account that was read and drafted, and is not stored yet."""

    inputs: Inputs
    problems: list[Problem]
    mark: str
    input_hash: str
    passages: list[Passage]
    outcome: Outcome
    seconds: dict[str, float]

    @property
    def whole(self) -> bool:
        """Whether nothing of it is missing: only then may its mark say that there is nothing to do."""
        return self.outcome.complete and not self.problems


@dataclass(slots=True)
class Worker:
    """One process' part in a run. `run` returns when nothing is left to do, or a budget or the deadline is reached."""

    store: Store
    pipeline: Pipeline
    book: Book
    options: Options
    run_id: str
    name: str = "night"
    threads: int = 1
    """Accounts under way at once: with a model, waiting is most of the work."""
    crew: int = 1
    """Workers who share the run: nobody claims so much that the others would have nothing to do at the end."""
    meter: Meter = field(default_factory=Free)
    progress: Progress = field(default_factory=Silent)
    terms: Terms = field(default_factory=Terms)
    ends: float | None = None
    """When no further account is begun, by `time.monotonic`."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    beat: Callable[[], None] = lambda: None
    """Called beside every extension of the leases, from another thread."""
    wanted: Callable[[], bool] = lambda: True
    """False: whoever began the run is gone."""
    lost: int = 0
    """Accounts that another worker took over before they were stored here."""
    storing: float = 0.0
    """Seconds in the database with finished accounts."""
    _stopped: str | None = None
    _revenue: BookRevenue = field(default_factory=BookRevenue)
    _reading: Lock = field(default_factory=Lock)  # files are read by one thread at a time
    _counting: Lock = field(default_factory=Lock)
    _ours_until: float = 0.0
    """Until when what was claimed is surely still ours."""
    _idle: bool = False

    def run(self) -> str | None:
        """The budget or deadline that ended the work early; None: all accounts of the run have their outcome."""
        self._revenue = revenue_of(self.book.accounts)
        with self._heard_of():
            while self._go_on():
                self._idle = True
                self._work_off()
                self._work_off_suspects()
                with self.store.read() as conn:
                    counts = leases.counts(conn, self.run_id)
                if not counts.open:
                    break
                if self._idle and not counts.free and self._go_on():
                    time.sleep(self.terms.pause)  # others have the rest: one of them may die
        return self._stopped

    def _work_off(self) -> None:
        with contextlib.closing(self._claims()) as claims:
            for lease, found in unordered(claims, self._work_and_store, self.threads):
                if isinstance(found, Unit | Exception):
                    self._settle(lease, found)
                self.progress.advance(lease.account_id)

    def _work_off_suspects(self) -> None:
        """Accounts over which workers ended, one by one: nothing else is under way here, or unstored, if it happens again."""
        while self._go_on():
            with self.store.write(shared=True) as conn:
                claimed = leases.claim(conn, self.run_id, self.name, 1, self.terms.seconds, suspects=True)
            if not claimed:
                return
            self._idle = False
            try:
                found: Unit | Exception = self._work(claimed[0])
            except Exception as error:  # noqa: BLE001 - as of all accounts
                found = error
            self._settle(claimed[0], found)
            self.progress.advance(claimed[0].account_id)

    def _go_on(self) -> bool:
        if self.ends is not None and time.monotonic() >= self.ends:
            self._stopped = self._stopped or f"the deadline of {self.options.deadline or 0:g} s"
        self._stopped = self._stopped or self.meter.stopped()
        return self._stopped is None and self.wanted()

    def _claims(self) -> Generator[Lease, None, None]:
        """Accounts to begin, until nobody has one to give or it is time to stop; what was claimed and not begun is given back."""
        waiting: deque[Lease] = deque()
        try:
            while self._go_on():
                if waiting and time.monotonic() > self._ours_until:
                    waiting.clear()  # this machine slept, or was cut off: others have them by now
                if not waiting:
                    asked = time.monotonic()
                    with self.store.write(shared=True) as conn:
                        waiting.extend(leases.claim(conn, self.run_id, self.name, self._portion(conn), self.terms.seconds))
                    self._ours_until = asked + self.terms.seconds
                if not waiting:
                    return
                self._idle = False
                yield waiting.popleft()
        finally:
            if waiting:
                with contextlib.suppress(EarnedError), self.store.write(shared=True) as conn:
                    leases.release(conn, self.run_id, self.name, [lease.account_id for lease in waiting])

    def _portion(self, conn: Any) -> int:
        """A share of what nobody has, smaller towards the end, so that all workers end together."""
        free = leases.counts(conn, self.run_id).free
        return max(1, min(self.terms.portion, free // (4 * self.crew) if self.crew > 1 else free))

    def _work_and_store(self, lease: Lease) -> Unit | None:
        """Called from `threads` threads. A server takes many writers at once and a file takes one, which is whoever consumes this."""
        unit = self._work(lease)
        if self.store.is_file:
            return unit
        self._settle(lease, unit)
        return None

    def _work(self, lease: Lease) -> Unit:
        """Everything of an account that does not touch what is stored of it."""
        self.progress.begin(lease.account_id)
        with self._reading:
            # The mark before the files: what changes later is seen by the next night.
            mark = mark_of(self.book, lease.account_id, self.options, self._revenue, self.pipeline.version)
            inputs, problems = inputs_of(self.book, lease.account_id, self.options, self._revenue)
        started = time.perf_counter()
        passages = passages_of(inputs.records)
        vectors = self._embed(inputs.records, passages)
        embedded = time.perf_counter()
        outcome = self.pipeline.run(replace(inputs, vectors=vectors), run=self.run_id)
        seconds = {"embed": embedded - started, "extract and draft": time.perf_counter() - embedded}
        return Unit(inputs, problems, mark, input_hash(inputs), passages, outcome, seconds)

    def _settle(self, lease: Lease, found: Unit | Exception) -> None:
        """Store an account, or say why there is nothing to store. What others took over meanwhile is theirs."""
        begun = time.perf_counter()
        try:
            match found:
                case EarnedError():
                    raise found
                case Exception():  # per-account isolation: reported, and the rest goes on
                    with self.store.write(shared=True) as conn:
                        leases.settle(conn, self.run_id, self.name, lease, "failed", {"why": explain(found)})
                case Unit() if not found.outcome.complete and self.meter.stopped():
                    with self.store.write(shared=True) as conn:  # half read: yesterday's draft is the better one
                        leases.release(conn, self.run_id, self.name, [lease.account_id])
                case _:
                    self._store(lease, found)
            lost = False
        except LeaseLost:
            lost = True
        with self._counting:
            self.lost += lost
            self.storing += time.perf_counter() - begun

    def _store(self, lease: Lease, unit: Unit) -> None:
        key, inputs, outcome = lease.account_id, unit.inputs, unit.outcome
        now, own = self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), sources_of(unit.inputs.records, unit.problems)
        with self.store.write(shared=True) as conn:
            leases.settle(conn, self.run_id, self.name, lease, "done", {})
            texts.replace_account(conn, key, inputs.records, unit.passages)
            signals.replace(conn, key, outcome.ledger, self.run_id)
            saved = hypotheses.save(conn, key, outcome.drafts, run_id=self.run_id, now=now, today=now[:10])
            runs.set_aside(conn, self.run_id, key, unit.problems)
            accounts.save(
                conn,
                inputs.account,
                inputs.contacts,
                input_hash=unit.input_hash,
                pipeline=self.pipeline.version + ("" if outcome.complete else INCOMPLETE),
                run_id=self.run_id,
                mark=bound(unit.mark, unit.input_hash) if unit.whole else None,
                sources=own.to_json() if unit.whole else None,
            )
            leases.tell(conn, self.run_id, key, _said(unit, list(saved.values()), own.to_json()))

    def _embed(self, records: Sequence[Record], passages: Sequence[Passage]) -> Vectors:
        """The passages' vectors; those that are new are saved at once. They are keyed by text, so that does no harm."""
        by_id = {record.record_id: record for record in records}
        wanted = {text_sha256(body): body for body in (indexed_text(passage, by_id) for passage in passages)}
        name = self.pipeline.embedder.name
        with self.store.read() as conn:
            known = texts.load_vectors(conn, name, wanted)
        missing = [key for key in wanted if key not in known]
        if not missing:
            return known
        fresh = dict(zip(missing, self.pipeline.embedder.embed([wanted[key] for key in missing]), strict=True))
        with self.store.write(shared=True) as conn:
            # In one order, so that two workers who embedded the same words cannot wait for each other.
            texts.save_vectors(conn, name, dict(sorted(fresh.items())))
        return known | fresh

    @contextlib.contextmanager
    def _heard_of(self) -> Iterator[None]:
        """Extend the leases for as long as the block lasts. A database that is away for a moment is asked again at the next beat."""
        over = Event()

        def beat() -> None:
            while not over.wait(self.terms.beat):
                # A bill may be changing while it is read; at the next beat it is read again.
                with contextlib.suppress(EarnedError, RuntimeError):
                    asked = time.monotonic()
                    with self.store.write(shared=True) as conn:
                        leases.extend(conn, self.run_id, self.name, self.terms.seconds)
                    self._ours_until = asked + self.terms.seconds
                    self.beat()

        thread = Thread(target=beat, name="leases", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(timeout=self.terms.beat)


def _said(unit: Unit, saved: list[str], own: dict[str, Any]) -> dict[str, Any]:
    """What the run's report adds up of an account (`agent.nightly.report.Report.add_account`)."""
    outcome = unit.outcome
    kinds: dict[str, int] = {}
    for signal in outcome.ledger:
        kinds[signal.kind] = kinds.get(signal.kind, 0) + 1
    return {
        "seconds": unit.seconds,
        "windows": {"planned": outcome.coverage.planned, "read": outcome.coverage.read, "failed": len(outcome.coverage.missed)},
        "notes": list(outcome.notes),
        "complete": outcome.complete,
        "hypotheses": saved,
        "signals": kinds,
        "verified": outcome.tally.verified,
        "repaired": outcome.tally.repaired,
        "rejected": dict(outcome.tally.rejected),
        "problems": [problem.to_json() for problem in unit.problems],
        "sources": own,
    }


def explain(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
