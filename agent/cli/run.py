"""`earned run`: one nightly pass."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.cli import context
from agent.cli.crew import crew
from agent.cli.progress import watched
from agent.errors import EarnedError, InputAnomaly, UsageError
from agent.nightly import Metered, Options, Report, Runner
from agent.observability import prometheus
from agent.observability.depth import cap_warnings, depths
from agent.observability.log import LoggedProgress, RunLog, opened
from agent.observability.otel import traced
from agent.store import Store

if TYPE_CHECKING:
    from agent.models import Session
    from agent.pipeline import Pipeline


def run(options: Namespace) -> int:
    """Exit 0 done or nothing new, 3 with part set aside or not answered, 4 an anomaly, 75 locked, 76 a budget or the deadline."""
    from agent.economics.inputs import answers_for, rates_for

    home = context.home(options)
    report = nightly(
        options,
        Options(
            book=options.book,
            account=options.account,
            as_of=options.as_of,
            dry_run=options.dry_run,
            accept_anomaly=options.accept_anomaly,
            deadline=options.deadline,
            rates=rates_for(home, options.rates),
            answers=answers_for(home, options.answers),
        ),
    )
    if options.json:
        context.print_json(report.to_json())
    else:
        summarise(report)
    return report.exit_code


def nightly(options: Namespace, what: Options) -> Report:
    """Run a pass with the configured tools, showing progress on a terminal, and leave its log and metrics where asked."""
    from retrieval.readers.book import BookError

    with ExitStack() as stack:
        progress = stack.enter_context(watched())
        lines = _log(options, stack)
        trace = stack.enter_context(traced())
        progress = LoggedProgress(progress, lines) if lines else progress
        store = stack.enter_context(closing(context.opened(options, create=True)))
        session = stack.enter_context(context.session(options, store))
        pipeline = context.pipeline(store, session)
        several = stack.enter_context(crew(options))
        runner = Runner(
            store,
            pipeline,
            context.model(options),
            index=_indexer(options, store),
            progress=trace.watching(progress) if trace else progress,
            crew=several,
            **_with_model(session, pipeline, batch=getattr(options, "batch", False)),
        )
        with _counted(options, store) as told:
            try:
                report = runner.run(what)
            except BookError as error:
                raise InputAnomaly(str(error), "Give the folder that holds accounts.csv.") from error
            if lines:
                lines.finished(report.to_json())
                report.warnings += [lines.trouble] if lines.trouble else []
            told(report)
        if trace:
            trace.finished(report.to_json(), report.exit_code)
        return report


def _with_model(session: Session | None, pipeline: Pipeline, *, batch: bool) -> dict[str, Any]:
    """What a Runner needs beside its pipeline where a model is asked."""
    if session is None:
        if batch:
            raise UsageError("--batch asks a model, and this run is offline.", "Give --model openai:NAME, or leave --batch out.")
        return {}
    more: dict[str, Any] = {"meter": Metered(session), "workers": context.under_way(session)}
    if batch:
        from agent.extraction.model import ModelExtractor
        from agent.models.ahead import batches

        extractor, ask = pipeline.extractor, batches(session)
        assert isinstance(extractor, ModelExtractor)
        more["ahead"] = lambda readings: ask(question for reading in readings for question in extractor.questions(reading))
    return more


def _log(options: Namespace, stack: ExitStack) -> RunLog | None:
    path = getattr(options, "log", None)
    return stack.enter_context(opened(path)) if path else None


@contextmanager
def _counted(options: Namespace, store: Store) -> Iterator[Callable[[Report], None]]:
    """Write the Prometheus textfile, if one is asked for: after a run its figures, after a failure that it failed."""
    path: Path | None = getattr(options, "metrics_file", None)

    def told(report: Report) -> None:
        with store.read() as conn:
            queues = depths(conn)
        report.warnings += cap_warnings(queues)
        if path:
            now, code = datetime.now(UTC), report.exit_code
            prometheus.write(path, prometheus.textfile(report.to_json(), queues, now=now, exit_code=code))

    try:
        yield told
    except EarnedError as error:
        if path:
            before = path.read_text("utf-8") if path.exists() else ""
            prometheus.write(path, prometheus.after_failure(before, now=datetime.now(UTC), exit_code=error.exit_code))
        raise


def _indexer(options: Namespace, store: Store) -> Callable[[Sequence[str]], list[str]]:
    from agent.indexing import update

    folder: Path = context.home(options)

    def index(accounts: Sequence[str]) -> list[str]:
        return update(folder, store, context.embedder().name, accounts)

    return index


def _bill(llm: Mapping[str, Any]) -> str:
    cost = "at an unknown price" if llm["cost"] is None else f"for ${llm['cost']:.4f}"
    tokens = (
        f"{llm['prompt_tokens']:,} tokens read ({llm['cached_tokens']:,} of them cached), {llm['completion_tokens']:,} written"
    )
    return f"Model: {llm['calls']} calls {cost}, {tokens}; {llm['cache_hits']} answers were paid for before."


def summarise(report: Report) -> None:
    """The report for people, on stderr."""
    done = report.accounts
    say = context.say
    if report.dry_run:
        say(f"Would work on {done['changed']} of {done['seen']} accounts; nothing was done.")
        return
    if report.nothing_new:
        say(f"Nothing new: {done['unchanged']} accounts are unchanged. No model was called, nothing was written to the queue.")
    else:
        say(f"{done['seen']} accounts seen: {done['changed']} changed, {done['unchanged']} unchanged, {done['failed']} failed.")
        outcome = report.hypotheses
        say(f"Hypotheses: {outcome['new']} new, {outcome['revised']} revised, {outcome['unchanged']} unchanged.")
        say(
            f"Signals: {sum(report.signals_by_kind.values())}; quotes verified {report.verified}, rejected {report.rejected.total()}."
        )
    for name, own in report.workers.items():
        say(f"Worker {name}: {own['accounts']} accounts, {own['taken_over']} of them taken over.")
    for account in (*report.incomplete, *report.dropped):
        for why in report.incomplete.get(account) or report.dropped[account]:
            say(f"{'Not answered' if account in report.incomplete else 'Dropped'}: {account}: {context.safe(why)}")
    if report.llm["calls"] or report.llm["cache_hits"]:
        say(_bill(report.llm))
    for account, why in report.failures.items():
        say(f"Failed: {account}: {context.safe(why)}")
    for problem in report.quarantined[:20]:
        say(f"Set aside: {context.safe(str(problem))}")
    if len(report.quarantined) > 20:
        say(f"... and {len(report.quarantined) - 20} more; `earned run --json` lists them all.")
    for warning in report.warnings:
        say(f"Warning: {context.safe(warning)}")
