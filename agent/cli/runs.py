"""`earned runs list|show|diff`: the nights so far, and what changed between two of them."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import Exit, UsageError
from agent.observability import diff as differences
from agent.observability import history
from agent.reports.last_run import last_run
from agent.reports.markup import markdown
from agent.store import Store

WANTED = {"list": 0, "show": 1, "diff": 2}


def run(options: Namespace) -> int:
    if len(options.ids) != WANTED[options.what]:
        asked = {"list": "no run", "show": "one run", "diff": "two runs"}[options.what]
        raise UsageError(
            f"`earned runs {options.what}` takes {asked}.", "`earned runs list` lists them; `last` and `previous` work too."
        )
    store = context.opened(options)
    try:
        {"list": _list, "show": _show, "diff": _diff}[options.what](options, store)
    finally:
        store.close()
    return Exit.OK


def _list(options: Namespace, store: Store) -> None:
    with store.read() as conn:
        found = history.latest(conn, max(1, options.n))
    if options.json:
        context.print_json(one.head() for one in found)
        return
    if not found:
        context.say("No run yet. `earned run --book DIR` makes one.")
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("run", "started", "status", "accounts", "changed", "failed", "new", "revised", "cost", "warnings"):
        table.add_column(name, justify="left" if name in ("run", "started", "status") else "right")
    for one in found:
        row = one.head()
        numbers = (row["accounts"].get(n, "") for n in ("seen", "changed", "failed"))
        outcome = (row["hypotheses"].get(n, "") for n in ("new", "revised"))
        cells = (one.id, one.started, one.status, *numbers, *outcome, f"{row['cost']:.2f}", row["warnings"])
        table.add_row(*(str(cell) for cell in cells))
    context.console().print(table)


def _show(options: Namespace, store: Store) -> None:
    with store.read() as conn:
        one = history.find(conn, options.ids[0])
    if options.json:
        context.print_json({**one.head(), "report": one.report})
    elif one.report is None:
        context.say(f"Run {one.id} began {one.started} and has no report: {one.status}. Its finished accounts were kept.")
    else:
        print(context.safe(markdown(list(last_run(one.report)))), end="")


def _diff(options: Namespace, store: Store) -> None:
    with store.read() as conn:
        a, b = (history.find(conn, name) for name in options.ids)
        found = differences.diff(a, b, history.stood_after(conn, a), history.stood_after(conn, b))
    if options.json:
        context.print_json(found)
    else:
        print(context.safe(markdown(list(differences.page(found)))), end="")
