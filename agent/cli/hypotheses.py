"""`earned hypotheses`: what stands, best first."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from agent.cli import context
from agent.errors import Exit
from agent.hypotheses import Grade, State
from agent.queue import Queue
from agent.store.hypotheses import Hypothesis

if TYPE_CHECKING:
    from rich.table import Table

STYLES = {Grade.EARNED: "bold green", Grade.PROMISING: "cyan", Grade.WISH: "dim", Grade.BLOCKED: "red"}


def run(options: Namespace) -> int:
    queue = Queue(context.opened(options), context.actor(options))
    context.check_account(options.account, queue.account_names())
    items = queue.items(owner=options.owner, state=options.state)
    if options.account:
        items = [item for item in items if item.account_id == options.account]
    if options.json:
        context.print_json(item.to_json() for item in items)
    elif items:
        context.console().print(listing(items, queue.account_names()))
    else:
        context.say("No hypothesis matches. `earned hypotheses` without filters lists all of them.")
    return Exit.OK


def listing(items: Sequence[Hypothesis], names: Mapping[str, str]) -> Table:
    """Two lines a hypothesis: what it is, and what has to happen next."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, show_edge=False, show_header=False)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold", ratio=1)
    made.add_column(no_wrap=True)
    for item in items:
        draft = item.draft
        state = "" if item.state is State.OPEN else f" [{item.state.value}{', changed since' if item.changed else ''}]"
        title = Text(context.safe(f"{names.get(item.account_id, item.account_id)}: {draft.title}") + state)
        made.add_row(Text(draft.grade.value, style=STYLES[draft.grade]), title, Text(item.id, style="dim"))
        made.add_row("", Text(f"Next: {context.safe(draft.next_customer_action)}", style="dim"), "")
    return made
