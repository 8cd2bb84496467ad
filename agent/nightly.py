"""One nightly pass: read, compare with what is stored, and redo the accounts that changed. Resumable at any instant.

A unit of work is (account, input hash, pipeline version). Its signals, drafts and the mark that it is done are one transaction, so
a run that is killed redoes at most the unit it was in, and a run over an unchanged book does nothing (invariants 6 and 7).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from agent import store as stores
from agent.anomalies import check
from agent.economics.inputs import Answers
from agent.economics.money import Rates
from agent.errors import EarnedError, NotFound
from agent.lock import run_lock
from agent.pipeline import Inputs, Pipeline
from agent.store import accounts, decisions, hypotheses, runs, signals
from retrieval import store as texts
from retrieval.passages import Passage, indexed_text, passages_of
from retrieval.readers.book import Book, open_book
from retrieval.records import Problem, Record, stable_id, text_sha256


class Progress(Protocol):
    """How far a run is, for whoever watches: `stage` names the step and its total, `advance` one unit of it."""

    def stage(self, name: str, total: int) -> None: ...
    def advance(self, what: str) -> None: ...


class Silent:
    """Nobody watches."""

    def stage(self, name: str, total: int) -> None:
        """Nothing."""

    def advance(self, what: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Options:
    book: Path
    account: str | None = None
    as_of: str | None = None
    """Leave out what happened after this day (`YYYY-MM-DD`)."""
    dry_run: bool = False
    accept_anomaly: bool = False
    rates: Rates | None = None
    answers: Answers = field(default_factory=Answers)
    """Exchange rates and people's answers for the economics; new ones revise what stood on them."""


@dataclass(slots=True)
class Report:
    """What a run did; `to_json` is the object that `earned run --json` prints."""

    run_id: str
    started: str
    book: str
    model: str
    dry_run: bool = False
    finished: str = ""
    accounts: Counter[str] = field(default_factory=lambda: Counter(seen=0, changed=0, unchanged=0, failed=0))
    records: Counter[str] = field(default_factory=Counter)
    quarantined: list[Problem] = field(default_factory=list)
    windows: Counter[str] = field(default_factory=lambda: Counter(planned=0, read=0, failed=0))
    signals_by_kind: Counter[str] = field(default_factory=Counter)
    verified: int = 0
    repaired: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    hypotheses: Counter[str] = field(default_factory=lambda: Counter(new=0, revised=0, unchanged=0))
    by_grade: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    account: str | None = None
    """The one account that was asked for; such a run is no measure of the whole book."""
    decisions: str = ""
    """Hash of the newest decision: kept outside the log, it shows a log that was cut short."""
    failures: dict[str, str] = field(default_factory=dict)
    """Account -> what went wrong; the others went on."""

    @property
    def partial(self) -> bool:
        return bool(self.quarantined or self.failures)

    @property
    def nothing_new(self) -> bool:
        return not self.accounts["changed"] and not self.accounts["failed"]

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = round(self.seconds.get(stage, 0.0) + time.perf_counter() - begun, 3)

    def to_json(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "started": self.started,
            "finished": self.finished,
            "book": self.book,
            "model": self.model,
            "dry_run": self.dry_run,
            "accounts": dict(self.accounts),
            "records": dict(sorted(self.records.items())),
            "quarantined": [problem.to_json() for problem in self.quarantined],
            "windows": dict(self.windows),
            "signals": {
                "by_kind": dict(sorted(self.signals_by_kind.items())),
                "verified": self.verified,
                "repaired": self.repaired,
                "rejected": dict(sorted(self.rejected.items())),
            },
            "hypotheses": {**self.hypotheses, "by_grade": dict(sorted(self.by_grade.items()))},
            "llm": {"calls": 0, "prompt_tokens": 0, "cached_tokens": 0, "completion_tokens": 0, "cost": 0.0, "cache_hits": 0},
            "seconds": self.seconds,
            "warnings": self.warnings,
            "failures": self.failures,
            "account": self.account,
            "decision_head": self.decisions,
        }


@dataclass(frozen=True, slots=True)
class Runner:
    """A pass over a book into a home. `index` is the derived vector index; its failure never stops a run."""

    store: stores.Store
    pipeline: Pipeline
    model: str
    index: Callable[[Sequence[str]], list[str]] = lambda _accounts: []
    """Brings the derived index up to date for these accounts; returns warnings."""
    progress: Progress = field(default_factory=Silent)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def run(self, options: Options) -> Report:
        """Do what is new. Raises RunLocked, InputAnomaly, NotFound, or a reader's BookError; what one account raises is reported."""
        with run_lock(self.store.home):
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
            changed = self._changed(book, wanted, options, report)
            report.warnings += options.answers.doubts(book.account_ids(), book.catalog)
        with self.store.read() as conn:
            previous = runs.latest_whole(conn)
        if options.account is None:
            report.warnings += check(report.records, previous, accept=options.accept_anomaly)
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
        self._process(book, changed, options, report)
        with report.timed("index"):
            # A killed run may have stored accounts that the index has not seen.
            report.warnings += self.index(list(book.account_ids()) if killed else changed)
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

    def _changed(self, book: Book, wanted: Sequence[str], options: Options, report: Report) -> list[str]:
        """Accounts whose input or pipeline differs from what is stored. Counts records and collects problems on the way."""
        self.progress.stage("Reading", len(wanted))
        changed: list[str] = []
        with self.store.read() as conn:
            for account_id in wanted:
                self.progress.advance(account_id)
                try:
                    inputs, problems = _inputs(book, account_id, options)
                except EarnedError:
                    raise
                except Exception as error:  # noqa: BLE001 - one account's broken files must not stop the night
                    report.failures[account_id] = _explain(error)
                    continue
                report.quarantined += problems
                for record in inputs.records:
                    report.records[_source_class(record)] += 1
                done = accounts.unit(conn, account_id)
                if done is None or (done.input_hash, done.pipeline) != (_input_hash(inputs), self.pipeline.version):
                    changed.append(account_id)
        report.accounts["changed"] = len(changed)
        report.accounts["failed"] = len(report.failures)
        report.accounts["unchanged"] = len(wanted) - len(changed) - len(report.failures)
        return changed

    def _process(self, book: Book, changed: Sequence[str], options: Options, report: Report) -> None:
        self.progress.stage("Working", len(changed))
        for account_id in changed:
            try:
                self._account(book, account_id, options, report)
            except (EarnedError, KeyboardInterrupt):
                raise
            except Exception as error:  # noqa: BLE001 - per-account isolation: reported, and the rest goes on
                report.failures[account_id] = _explain(error)
                report.accounts["changed"] -= 1
                report.accounts["failed"] += 1
            self.progress.advance(account_id)

    def _account(self, book: Book, account_id: str, options: Options, report: Report) -> None:
        inputs, problems = _inputs(book, account_id, options)
        passages = passages_of(inputs.records)
        with report.timed("embed"):
            self._embed(inputs.records, passages)
        with report.timed("extract and draft"):
            outcome = self.pipeline.run(inputs, run=report.run_id)
        report.windows["planned"] += len(passages)
        report.windows["read"] += len(passages)
        now = self._now()
        with report.timed("store"), self.store.write() as conn:
            texts.replace_account(conn, account_id, inputs.records, passages)
            signals.replace(conn, account_id, outcome.ledger, report.run_id)
            saved = hypotheses.save(conn, account_id, outcome.drafts, run_id=report.run_id, now=now, today=now[:10])
            runs.set_aside(conn, report.run_id, account_id, problems)
            accounts.save(
                conn,
                inputs.account,
                inputs.contacts,
                input_hash=_input_hash(inputs),
                pipeline=self.pipeline.version,
                run_id=report.run_id,
            )
        report.hypotheses.update(saved.values())
        report.signals_by_kind.update(signal.kind for signal in outcome.ledger)
        report.verified += outcome.tally.verified
        report.repaired += outcome.tally.repaired
        report.rejected += outcome.tally.rejected

    def _embed(self, records: Sequence[Record], passages: Sequence[Passage]) -> None:
        """Vectors of passages that have none yet. They are keyed by text, so saving them early does no harm."""
        by_id = {record.record_id: record for record in records}
        wanted = {text_sha256(body): body for body in (indexed_text(passage, by_id) for passage in passages)}
        name = self.pipeline.embedder.name
        with self.store.read() as conn:
            known = texts.load_vectors(conn, name, wanted)
        missing = [key for key in wanted if key not in known]
        if not missing:
            return
        vectors = self.pipeline.embedder.embed([wanted[key] for key in missing])
        with self.store.write() as conn:
            texts.save_vectors(conn, name, dict(zip(missing, vectors, strict=True)))

    def _close(self, book: Book, report: Report) -> None:
        with self.store.write() as conn:
            gone = sorted(set(accounts.ids(conn)) - set(book.account_ids()))
            if gone:
                report.warnings.append(f"{len(gone)} stored accounts are no longer in the book: {', '.join(gone[:5])}.")
            standing = hypotheses.current(conn)
            report.by_grade = Counter(item.draft.grade.value for item in standing)
            report.hypotheses["unchanged"] = len(standing) - report.hypotheses["new"] - report.hypotheses["revised"]
            report.decisions = decisions.head_hash(conn)
            report.finished = self._now()
            status = "partial" if report.partial else "done"
            runs.finish(conn, report.run_id, finished=report.finished, status=status, report=report.to_json())

    def _now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _inputs(book: Book, account_id: str, options: Options) -> tuple[Inputs, list[Problem]]:
    read = book.records(account_id)
    records = tuple(r for r in (_until(record, options.as_of) for record in read.records) if r is not None)
    contacts = tuple(contact for contact in book.contacts if contact.account_id == account_id)
    account = book.account(account_id)
    inputs = Inputs(account, contacts, book.team, book.catalog, records, book.accounts, options.rates, options.answers)
    return inputs, list(read.problems)


def _until(record: Record, day: str | None) -> Record | None:
    """The record as it stood on that day: a usage series loses its later rows, anything else that is later is left out."""
    if day is None or not record.source.startswith("usage:"):
        return record if day is None or record.date <= day else None
    rows = [line for line in record.text.split("\n") if line[:10] <= day]
    return replace(record, text="\n".join(rows), occurred_at=rows[-1][:10]) if rows else None


def _input_hash(inputs: Inputs) -> str:
    """Everything that the pipeline reads of an account; equal hashes mean that there is nothing to do."""
    answered = [answer for answer in inputs.answers.rows if answer.account_id in (inputs.account.account_id, "*")]
    facts = [repr(fact) for fact in (inputs.account, inputs.contacts, inputs.team, inputs.catalog, inputs.rates, answered)]
    return stable_id(*facts, *(f"{r.to_json()}" for r in inputs.records), length=64)


def _source_class(record: Record) -> str:
    return record.source.partition(":")[0]


def _explain(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
