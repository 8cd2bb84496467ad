"""`earned report`: the weekly inspection, the last run, what became of hypotheses, playbooks that fire, a business review."""

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
    pages = {"manager": _manager, "run": _run, "outcomes": _outcomes, "playbooks": _playbooks}
    return pages[options.what](options, context.opened(options))


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


def _outcomes(options: Namespace, store: Store) -> int:
    from agent.outcomes.cases import cases
    from agent.reports import outcomes

    queue = Queue(store, context.actor(options))
    found = cases(store)
    waiting = outcomes.approved([queue.card(item.id) for item in queue.items(state="approved")], found)
    if options.json:
        context.print_json(outcomes.summary(found, waiting))
    if options.html or not options.json:
        _give(options, "What became of it", list(outcomes.outcomes(found, waiting)))
    return Exit.OK


def _playbooks(options: Namespace, store: Store) -> int:
    from agent.playbooks.firing import fired
    from agent.playbooks.reading import chosen
    from agent.playbooks.situations import situations
    from agent.reports import playbooks

    books = chosen(store.home, options.playbooks)
    found = fired(books.playbooks, situations(store), Queue(store, context.actor(options)).today)
    if options.json:
        context.print_json(playbooks.summary(books, found))
    if options.html or not options.json:
        _give(options, "Playbooks that fire", list(playbooks.playbooks(books, found)))
    return Exit.OK


def _give(options: Namespace, title: str, blocks: Sequence[Block]) -> None:
    if options.html:
        written(options.html, page(title, blocks))
    else:
        print(context.safe(markdown(blocks)), end="")
