"""`earned report`: the weekly inspection, likely expanders, the last run, outcomes, playbooks that fire, a business review."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from agent.cli import context
from agent.cli.metrics import written
from agent.errors import Exit, NotFound, UsageError
from agent.hypotheses import State
from agent.queue import Queue
from agent.reports.last_run import last_run
from agent.reports.manager import manager, summary
from agent.reports.markup import Block, markdown, page
from agent.store import Store, runs


def run(options: Namespace) -> int:
    """Raises UsageError where an id is given and not wanted, or wanted and not given."""
    if (options.id is None) is (options.what == "review"):
        needs = "needs an" if options.id is None else "takes no"
        raise UsageError(
            f"`earned report {options.what}` {needs} id.", "`earned report review ID` is about one account, the others about all."
        )
    pages = {
        "manager": _manager,
        "run": _run,
        "expanders": _expanders,
        "outcomes": _outcomes,
        "playbooks": _playbooks,
        "review": _review,
    }
    return pages[options.what](options, context.opened(options))


def _manager(options: Namespace, store: Store) -> int:
    from agent.store import accounts

    items = Queue(store, context.actor(options)).items()
    if options.json:
        context.print_json(summary(items))
    if options.html or not options.json:
        with store.read() as conn:
            names = accounts.names(conn)
        _give(options, "Weekly inspection", list(manager(items, names)))
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


def _expanders(options: Namespace, store: Store) -> int:
    from agent.outcomes.cases import cases
    from agent.reports import expanders
    from agent.store import accounts, signals

    items = Queue(store, context.actor(options)).items()
    with store.read() as conn:
        names = accounts.names(conn)
        wanted = sorted({item.account_id for item in items if item.draft.grade in expanders.RANKED})
        ledgers = {account_id: signals.ledger(conn, account_id) for account_id in wanted}
    ranked, followed = expanders.likely(items, names, ledgers), cases(store)
    if options.json:
        context.print_json(expanders.summary(ranked, items, followed))
    if options.html or not options.json:
        _give(options, "Likely expanders", list(expanders.expanders(ranked, items, names, ledgers, followed)))
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


def _review(options: Namespace, store: Store) -> int:
    """With --html two files are written, so that ours is never sent along: OUT for the customer, and OUT with `.ours` before its end."""
    from agent.reports.account import account_review
    from agent.reports.customer_page import customer_page
    from agent.reports.review import both, review_page, summary

    found = account_review(Queue(store, context.actor(options)), options.id)
    if options.json:
        context.print_json(summary(found))
    if not any(card.hypothesis.state is State.APPROVED for card in found.cards):
        context.say("Nobody has approved a case of this account: read every line before the customer does.")
    if options.html:
        name = found.account.name
        ours = options.html.with_name(f"{options.html.stem}.ours{options.html.suffix}")
        written(options.html, page(f"Review with {name}", list(customer_page(found))))
        written(ours, page(f"Business review, for us: {name}", list(review_page(found))))
    elif not options.json:
        print(context.safe(markdown(both(found))), end="")
    return Exit.OK


def _give(options: Namespace, title: str, blocks: Sequence[Block]) -> None:
    if options.html:
        written(options.html, page(title, blocks))
    else:
        print(context.safe(markdown(blocks)), end="")
