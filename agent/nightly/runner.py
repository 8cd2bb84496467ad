"""One nightly pass: read, compare with what is stored, and redo the accounts that changed. Resumable at any instant.

A unit of work is (account, input hash, pipeline version). Its signals, drafts and the mark that it is done are one transaction, so
a run that is killed redoes at most the units it was in, and a run over an unchanged book does nothing (invariants 6 and 7).
The accounts that changed are posted; a worker (`agent.nightly.worker`), or a crew of them (`agent.nightly.crews`), claims, works and
stores them, and the runner adds up what came of each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import select

from agent import store as stores
from agent.anomalies import Observed, Sources, enforce, findings, observed, sources_of
from agent.checks import read_checks
from agent.economics.book import revenue_of
from agent.errors import EarnedError, InputAnomaly, NotFound, StoreError
from agent.extraction.proposals import Reading
from agent.lock import run_lock
from agent.nightly.crews import Crew, Hands, Job, Trouble, spent_of
from agent.nightly.inputs import Options, input_hash, inputs_of
from agent.nightly.report import Report
from agent.nightly.unchanged import bound, looked_up, mark_of
from agent.nightly.watching import Free, Meter, Progress, Silent
from agent.nightly.worker import Terms, Worker, explain
from agent.pipeline import Pipeline, reading_of
from agent.store import accounts, budgets, decisions, hypotheses, leases, runs
from retrieval.readers.book import Book, open_book
from retrieval.records import stable_id

LOOK: Final = 0.2
"""Seconds between two looks at what a crew has done."""


@dataclass(frozen=True, slots=True)
class _Changed:
    """The accounts to work on, and those of them whose files were not read to find that out."""

    accounts: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Runner:
    """A pass over a book into a home. `index` is the derived vector index; its failure never stops a run."""

    store: stores.Store
    pipeline: Pipeline
    model: str
    index: Callable[[Sequence[str]], list[str]] = lambda _accounts: []
    """Brings the derived index up to date for these accounts; returns warnings."""
    progress: Progress = field(default_factory=Silent)
    meter: Meter = field(default_factory=Free)
    workers: int = 1
    """Accounts under way at once: with a model, waiting is most of the work."""
    crew: Crew | None = None
    """Who works beside, or instead of, this process: other processes, other machines. None: it works alone."""
    terms: Terms = field(default_factory=Terms)
    ahead: Callable[[Iterator[Reading]], list[str]] | None = None
    """Asks what can be asked of all changed accounts before any is worked on (OpenAI's batches); returns warnings."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def run(self, options: Options) -> Report:
        """Do what is new. Raises RunLocked, InputAnomaly, NotFound, or a reader's BookError; what one account raises is reported."""
        with run_lock(self.store.home), self.store.alone():
            return self._run(options)

    def _run(self, options: Options) -> Report:
        now = self._now()
        report = Report(
            f"r-{stable_id(now, str(time.time_ns()), length=10)}",
            now,
            str(options.book),
            self.model,
            options.dry_run,
            account=options.account,
        )
        with report.timed("read"):
            book = open_book(options.book)
            report.quarantined += book.problems
            wanted = self._wanted(book, options, report)
            with self.store.read() as conn:
                previous = runs.latest_whole(conn)
            compared = options.account is None and previous is not None
            changed = self._changed(book, wanted, options, report, compared=compared)
            report.warnings += options.answers.doubts(book.account_ids(), book.catalog)
        today = date.fromisoformat(options.as_of or now[:10])
        if options.account is None:
            before = Observed.from_json(_seen(previous["report"])) if previous else None
            found = findings(report.observed, before, read_checks(self.store.home), today=today)
            try:
                report.warnings += enforce(found, accept=options.accept_anomaly)
            except InputAnomaly as anomaly:
                unread = "".join(f" {key} could not be read: {why}." for key, why in list(report.failures.items())[:3])
                raise InputAnomaly(anomaly.what + unread, anomaly.remedy) from anomaly
        if options.dry_run:
            report.finished = self._now()
            return report
        with self.store.write() as conn:
            killed = runs.abandon_running(conn, now)
            if killed:
                report.warnings.append("An earlier run was killed; its finished accounts were kept.")
            leases.clear(conn)  # what a killed run had lent: whoever still works for it finds nothing that is its own
            runs.start(conn, report.run_id, started=now, book=str(options.book), model=self.model, pipeline=self.pipeline.version)
            accounts.save_catalog(conn, book.catalog)
            runs.set_aside(conn, report.run_id, None, book.problems)
        self.meter.begin(report.run_id)
        if self.ahead and changed.accounts:
            with report.timed("batch"):
                report.warnings += self.ahead(
                    reading_of(inputs_of(book, key, options, revenue_of(book.accounts))[0]) for key in changed.accounts
                )
        self._process(book, changed, options, report)
        if changed.unread and options.account is None:  # what their files gave is known only now
            late = findings(report.observed, None, read_checks(self.store.home), today=today)
            report.warnings += [finding.said for finding in late if finding.said not in report.warnings]
        self.progress.stage("Indexing", 0)
        with report.timed("index"):
            # A killed run may have stored accounts that the index has not seen.
            report.warnings += self.index(list(book.account_ids()) if killed else changed.accounts)
        self._close(book, report)
        return report

    def _wanted(self, book: Book, options: Options, report: Report) -> list[str]:
        if options.account is None:
            report.accounts["seen"] = len(book.account_ids())
            return list(book.account_ids())
        if options.account not in book.account_ids():
            raise NotFound(f"The book has no account {options.account!r}.", f"accounts.csv in {book.root} lists them.")
        report.accounts["seen"] = 1
        return [options.account]

    def _changed(self, book: Book, wanted: Sequence[str], options: Options, report: Report, *, compared: bool) -> _Changed:
        """Accounts whose input or pipeline differs from what is stored. Counts records and collects problems on the way.

        What bears the mark of an earlier night is not read. What was never done, or by another pipeline, changed in any case: its
        files are read here only if what they give is to be compared with the last run (`compared`) or shown (a dry run).
        """
        self.progress.stage("Reading", len(wanted))
        found = _Changed()
        sources, revenue = Sources(), revenue_of(book.accounts)
        for some, units in looked_up(self.store, wanted, self.pipeline.version):
            marks: dict[str, tuple[str, dict[str, Any]]] = {}
            for account_id in some:
                self.progress.advance(account_id)
                mark = mark_of(book, account_id, options, revenue, self.pipeline.version)
                known = units.unchanged(account_id, mark)
                if known is not None:
                    sources += known
                    continue
                if not (compared or options.dry_run or units.comparable(account_id)):
                    found.accounts.append(account_id)
                    found.unread.add(account_id)
                    continue
                try:
                    inputs, problems = inputs_of(book, account_id, options, revenue)
                except EarnedError:
                    raise
                except Exception as error:  # noqa: BLE001 - one account's broken files must not stop the night
                    report.failures[account_id] = explain(error)
                    continue
                report.quarantined += problems
                own = sources_of(inputs.records, problems)
                sources += own
                now = input_hash(inputs)
                if not units.done(account_id, now):
                    found.accounts.append(account_id)
                elif not problems:
                    marks[account_id] = bound(mark, now), own.to_json()
            if marks and not options.dry_run:
                with self.store.write() as conn:
                    accounts.save_marks(conn, marks)
        report.observed = observed(book, sources)
        report.records.update(sources.records)
        report.accounts["changed"] = len(found.accounts)
        report.accounts["failed"] = len(report.failures)
        report.accounts["unchanged"] = len(wanted) - len(found.accounts) - len(report.failures)
        return found

    def _process(self, book: Book, found: _Changed, options: Options, report: Report) -> None:
        """Claim, work and store, here or by a crew; then add up what came of it."""
        self.progress.stage("Working", len(found.accounts))
        if found.accounts:
            with self.store.write(shared=True) as conn:
                leases.post(conn, report.run_id, found.accounts)
            stopped = (
                self._alone(book, options, report) if self.crew is None else self._by_crew(self.crew, options, report, found)
            )
            while self._reap(report, found, told=self.crew is not None):
                pass
            self._left_over(report, stopped)
        report.add_bill(self.meter.bill())

    def _alone(self, book: Book, options: Options, report: Report) -> str | None:
        ends = None if options.deadline is None else time.monotonic() + options.deadline
        worker = Worker(
            self.store, self.pipeline, book, options, report.run_id,
            threads=self.workers, meter=self.meter, progress=self.progress, terms=self.terms, ends=ends, clock=self.clock,
        )  # fmt: skip
        try:
            return worker.run()
        finally:
            report.add("store", worker.storing)

    def _by_crew(self, crew: Crew, options: Options, report: Report, found: _Changed) -> str | None:
        """Have the accounts worked off by others. Raises what the first of them ran into where none of them could begin."""
        with self.store.write(shared=True) as conn:
            budgets.enter(conn, report.run_id, "before", spent_of(self.meter.bill()), ended=True)
            ends = None if options.deadline is None else (conn.scalar(select(leases.now(conn))) or 0.0) + options.deadline
        job = Job(
            report.run_id, self.store.home, not self.store.is_file, options, self.pipeline.version, crew.toolbox, crew.size,
            self.terms, ends,
        )  # fmt: skip
        with crew.begin(job) as hands:
            troubles = self._watched(hands, report, found)
        with self.store.read() as conn:
            ended = [row for row in budgets.workers(conn, report.run_id) if row.figures]
            begun = leases.begun(conn, report.run_id)
        for row in ended:
            report.add_worker(row.name, row.figures)
        if troubles and not report.workers and not begun:
            raise StoreError(f"No worker could work: {troubles[0].what}", troubles[0].remedy)
        return next((row.stopped for row in ended if row.stopped), None)

    def _watched(self, hands: Hands, report: Report, found: _Changed) -> list[Trouble]:
        """Until all have ended: what they finished goes into the report, what a dead one had is lent anew."""
        troubles = []
        while True:
            working = hands.working()
            for name, trouble in hands.ended():
                if trouble is None:
                    continue
                troubles.append(trouble)
                with self.store.write(shared=True) as conn:
                    leases.expire(conn, report.run_id, name)
                report.warnings.append(f"{name}: {trouble.what.rstrip('.')}. {trouble.remedy}".strip())
            if not self._reap(report, found, told=True):
                if not working:
                    return troubles
                time.sleep(LOOK)

    def _reap(self, report: Report, found: _Changed, *, told: bool) -> int:
        """Take accounts that have their outcome into the report; how many. `told`: whoever watches has not heard of them yet."""
        with self.store.write(shared=True) as conn:
            ended = leases.harvest(conn, report.run_id)
        for one in ended:
            report.add_account(one, unread=one.account_id in found.unread, crew=self.crew is not None)
            if told:
                self.progress.begin(one.account_id)
                self.progress.advance(one.account_id)
        return len(ended)

    def _left_over(self, report: Report, stopped: str | None) -> None:
        """Accounts that have no outcome: a budget or the deadline came first, or every worker died."""
        with self.store.read() as conn:
            report.left = leases.left(conn, report.run_id)
        if not report.left:
            return
        report.accounts["changed"] -= len(report.left)
        if stopped:
            report.stopped = stopped
            report.warnings.append(f"{len(report.left)} accounts were left for the next run: {stopped} was reached.")
            return
        report.accounts["failed"] += len(report.left)
        report.failures |= dict.fromkeys(report.left, "no worker was left to do it; the next run does")
        report.left = []

    def _close(self, book: Book, report: Report) -> None:
        with self.store.write() as conn:
            gone = [account_id for account_id in accounts.each_id(conn) if not book.knows(account_id)]
            if gone:
                report.warnings.append(f"{len(gone)} stored accounts are no longer in the book: {', '.join(gone[:5])}.")
            report.by_grade = hypotheses.by_grade(conn)
            standing = report.by_grade.total()
            report.hypotheses["unchanged"] = standing - report.hypotheses["new"] - report.hypotheses["revised"]
            report.decisions = decisions.head_hash(conn)
            report.finished = self._now()
            leases.clear(conn)
            status = "partial" if report.partial or report.stopped else "done"
            runs.finish(conn, report.run_id, finished=report.finished, status=status, report=report.to_json())

    def _now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seen(report: dict[str, Any]) -> dict[str, Any]:
    """What a run observed; of one before there were data checks, its counts."""
    return dict(report.get("observed") or {"sources": {"records": report["records"]}})
