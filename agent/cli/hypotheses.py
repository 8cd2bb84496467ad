"""`earned hypotheses`: what stands, best first."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.cli import context
from agent.errors import Exit
from agent.hypotheses import Grade
from agent.queue import Queue
from agent.store.hypotheses import Hypothesis

if TYPE_CHECKING:
    from rich.table import Table

STYLES = {Grade.EARNED: "bold green", Grade.PROMISING: "cyan", Grade.WISH: "dim", Grade.BLOCKED: "red"}


def run(options: Namespace) -> int:
    items = Queue(context.opened(options), context.actor(options)).items(owner=options.owner, state=options.state)
    if options.account:
        items = [item for item in items if item.account_id == options.account]
    if options.json:
        context.print_json(item.to_json() for item in items)
    elif items:
        context.console().print(table(items))
    else:
        context.say("No hypothesis matches. `earned hypotheses` without filters lists all of them.")
    return Exit.OK


def table(items: Sequence[Hypothesis]) -> Table:
    """One line a hypothesis."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("grade", "hypothesis", "state", "missing proof or blockers", "id"):
        made.add_column(name, overflow="fold", no_wrap=name in ("grade", "id"))
    for item in items:
        draft = item.draft
        lacking = [blocker.kind for blocker in draft.blockers] or [
            part for part in draft.missing_proof if part != "adoption_risk"
        ]
        made.add_row(
            Text(draft.grade.value, style=STYLES[draft.grade]),
            Text(context.safe(draft.title)),
            Text(item.state.value + (" (changed)" if item.changed else "")),
            Text(", ".join(lacking).replace("_", " ")),
            Text(item.id, style="dim"),
        )
    return made
