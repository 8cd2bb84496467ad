"""One nightly pass: read, compare with what is stored, and redo the accounts that changed. Resumable at any instant.

A unit of work is (account, input hash, pipeline version). Its signals, drafts and the mark that it is done are one transaction, so
a run that is killed redoes at most the units it was in, and a run over an unchanged book does nothing (invariants 6 and 7).
Accounts are read and drafted by as many threads as the model allows, and stored by one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any

from agent import store as stores
from agent.anomalies import Observed, Sources, enforce, findings, observed, sources_of
from agent.checks import read_checks
from agent.economics.book import revenue_of
from agent.errors import EarnedError, InputAnomaly, NotFound
from agent.extraction.proposals import Reading
from agent.lock import run_lock
from agent.models import unordered
from agent.nightly.inputs import Options, input_hash, inputs_of
from agent.nightly.report import Report
from agent.nightly.unchanged import bound, looked_up, mark_of
from agent.nightly.watching import Free, Meter, Progress, Silent
from agent.pipeline import Inputs, Outcome, Pipeline, reading_of
from agent.proving.library import Vectors
from agent.store import accounts, decisions, hypotheses, runs, signals
from retrieval import store as texts
from retrieval.passages import Passage, indexed_text, passages_of
from retrieval.readers.book import Book, open_book
from retrieval.records import Problem, Record, stable_id, text_sha256

INCOMPLETE = "/incomplete"
"""Added to the pipeline's version of a unit that a model did not read or write whole: the next run does it again."""


@dataclass(frozen=True, slots=True)
class _Worked:
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
                    report.failures[account_id] = _explain(error)
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
        changed = found.accounts
        self.progress.stage("Working", len(changed))
        reading, revenue = Lock(), revenue_of(book.accounts)  # files are read by one thread at a time
        begun: set[str] = set()

        def work(account_id: str) -> _Worked:
            self.progress.begin(account_id)
            with reading:
                mark = mark_of(
                    book, account_id, options, revenue, self.pipeline.version
                )  # before the files: what changes later is seen
                inputs, problems = inputs_of(book, account_id, options, revenue)
            return self._work(inputs, problems, mark, report.run_id)

        for account_id, worked in unordered(self._until_stopped(changed, begun, options, report), work, self.workers):
            if isinstance(worked, EarnedError):
                raise worked
            if isinstance(worked, Exception):  # per-account isolation: reported, and the rest goes on
                report.failures[account_id] = _explain(worked)
                report.accounts["changed"] -= 1
                report.accounts["failed"] += 1
            elif not worked.outcome.complete and self.meter.stopped():
                begun.discard(account_id)  # half read because the budget ended: yesterday's draft is the better one
            else:
                own = sources_of(worked.inputs.records, worked.problems)
                self._store(account_id, worked, own, report)
                if account_id in found.unread:
                    report.quarantined += worked.problems
                    report.records.update(own.records)
                    report.observed = replace(report.observed, sources=report.observed.sources + own)
            self.progress.advance(account_id)
        report.llm = dict(self.meter.bill())
        report.left = [account_id for account_id in changed if account_id not in begun]
        if report.left:
            report.stopped = report.stopped or self.meter.stopped()
            report.accounts["changed"] -= len(report.left)
            report.warnings.append(f"{len(report.left)} accounts were left for the next run: {report.stopped} was reached.")

    def _until_stopped(self, changed: Sequence[str], begun: set[str], options: Options, report: Report) -> Iterator[str]:
        """The accounts to begin, until a budget or the deadline is reached."""
        started = time.monotonic()
        for account_id in changed:
            if options.deadline is not None and time.monotonic() - started >= options.deadline:
                report.stopped = f"the deadline of {options.deadline:g} s"
            if report.stopped or self.meter.stopped():
                return
            begun.add(account_id)
            yield account_id

    def _work(self, inputs: Inputs, problems: list[Problem], mark: str, run_id: str) -> _Worked:
        """Everything of an account that does not touch what is stored of it. Called from `workers` threads."""
        started = time.perf_counter()
        passages = passages_of(inputs.records)
        vectors = self._embed(inputs.records, passages)
        embedded = time.perf_counter()
        outcome = self.pipeline.run(replace(inputs, vectors=vectors), run=run_id)
        done = time.perf_counter()
        seconds = {"embed": embedded - started, "extract and draft": done - embedded}
        return _Worked(inputs, problems, mark, input_hash(inputs), passages, outcome, seconds)

    def _store(self, account_id: str, worked: _Worked, own: Sources, report: Report) -> None:
        now, inputs, outcome = self._now(), worked.inputs, worked.outcome
        with report.timed("store"), self.store.write(shared=True) as conn:
            texts.replace_account(conn, account_id, inputs.records, worked.passages)
            signals.replace(conn, account_id, outcome.ledger, report.run_id)
            saved = hypotheses.save(conn, account_id, outcome.drafts, run_id=report.run_id, now=now, today=now[:10])
            runs.set_aside(conn, report.run_id, account_id, worked.problems)
            accounts.save(
                conn,
                inputs.account,
                inputs.contacts,
                input_hash=worked.input_hash,
                pipeline=self.pipeline.version + ("" if outcome.complete else INCOMPLETE),
                run_id=report.run_id,
                mark=bound(worked.mark, worked.input_hash) if worked.whole else None,
                sources=own.to_json() if worked.whole else None,
            )
        for stage, seconds in worked.seconds.items():
            report.add(stage, seconds)
        report.windows["planned"] += outcome.coverage.planned
        report.windows["read"] += outcome.coverage.read
        report.windows["failed"] += len(outcome.coverage.missed)
        if outcome.notes:
            (report.dropped if outcome.complete else report.incomplete)[account_id] = list(outcome.notes)
        report.hypotheses.update(saved.values())
        report.signals_by_kind.update(signal.kind for signal in outcome.ledger)
        report.verified += outcome.tally.verified
        report.repaired += outcome.tally.repaired
        report.rejected += outcome.tally.rejected

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
        with self.store.write() as conn:
            texts.save_vectors(conn, name, fresh)
        return known | fresh

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
            status = "partial" if report.partial or report.stopped else "done"
            runs.finish(conn, report.run_id, finished=report.finished, status=status, report=report.to_json())

    def _now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seen(report: dict[str, Any]) -> dict[str, Any]:
    """What a run observed; of one before there were data checks, its counts."""
    return dict(report.get("observed") or {"sources": {"records": report["records"]}})


def _explain(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
