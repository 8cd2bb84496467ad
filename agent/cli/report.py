"""`earned report manager|run`: the weekly inspection, and the last run."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from agent.cli import context
from agent.cli.metrics import written
from agent.errors import Exit, NotFound
from agent.queue import Queue
from agent.reports.last_run import last_run
from agent.reports.manager import manager, summary
from agent.reports.markup import Block, markdown, page
from agent.store import Store, runs


def run(options: Namespace) -> int:
    store = context.opened(options)
    return _manager(options, store) if options.what == "manager" else _run(options, store)


def _manager(options: Namespace, store: Store) -> int:
    items = Queue(store, context.actor(options)).items()
    if options.json:
        context.print_json(summary(items))
    if options.html or not options.json:
        _give(options, "Weekly inspection", list(manager(items)))
    return Exit.OK


def _run(options: Namespace, store: Store) -> int:
    with store.read() as conn:
        row = runs.latest(conn)
    if row is None:
        raise NotFound("No run has finished in this home.", "`earned run --book DIR` makes one.")
    if options.json:
        context.print_json(row["report"])
    if options.html or not options.json:
        _give(options, f"Run {row['id']}", list(last_run(row["report"])))
    return Exit.OK


def _give(options: Namespace, title: str, blocks: Sequence[Block]) -> None:
    if options.html:
        written(options.html, page(title, blocks))
    else:
        print(context.safe(markdown(blocks)), end="")
