"""`earned run`: one nightly pass."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli import context
from agent.cli.progress import watched
from agent.errors import Exit, InputAnomaly
from agent.nightly import Options, Report, Runner

if TYPE_CHECKING:
    from agent.store import Store


def run(options: Namespace) -> int:
    """Exit 0 done or nothing new, 3 with part set aside, 4 an anomaly, 75 locked."""
    report = nightly(
        options,
        Options(options.book, options.account, options.as_of, options.dry_run, options.accept_anomaly),
    )
    if options.json:
        context.print_json(report.to_json())
    else:
        summarise(report)
    return Exit.PARTIAL if report.partial else Exit.OK


def nightly(options: Namespace, what: Options) -> Report:
    """Run a pass with the configured tools, showing progress on a terminal."""
    from retrieval.readers.book import BookError

    model = context.model(options)
    with watched() as progress:
        store = context.opened(options, create=True)
        try:
            pipeline = context.pipeline(options, store)
            return Runner(store, pipeline, model, index=_indexer(options, store), progress=progress).run(what)
        except BookError as error:
            raise InputAnomaly(str(error), "Give the folder that holds accounts.csv.") from error
        finally:
            store.close()


def _indexer(options: Namespace, store: Store) -> Callable[[Sequence[str]], list[str]]:
    from agent.indexing import update

    folder: Path = context.home(options)

    def index(accounts: Sequence[str]) -> list[str]:
        return update(folder, store, context.embedder().name, accounts)

    return index


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
    for account, why in report.failures.items():
        say(f"Failed: {account}: {context.safe(why)}")
    for problem in report.quarantined[:20]:
        say(f"Set aside: {context.safe(str(problem))}")
    if len(report.quarantined) > 20:
        say(f"... and {len(report.quarantined) - 20} more; `earned run --json` lists them all.")
    for warning in report.warnings:
        say(f"Warning: {context.safe(warning)}")
