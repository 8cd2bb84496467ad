"""`earned plan`: the account plan of a hypothesis, to take along."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import Exit, NotFound
from agent.queue import Queue
from agent.reports.markup import markdown, page
from agent.reports.plan import plan


def run(options: Namespace) -> int:
    queue = Queue(context.opened(options), context.actor(options))
    keys = [item.id for item in queue.items() if options.id in (item.id, item.account_id)] or [options.id]
    try:
        cards = [queue.card(key) for key in keys]
    except NotFound as error:
        raise NotFound(error.what, "Give an id of `earned hypotheses`, or an account id.") from error
    blocks = [block for card in cards for block in plan(card)]
    text = page(f"Account plan: {cards[0].account.name}", blocks) if options.format == "html" else markdown(blocks)
    print(context.safe(text), end="")
    return Exit.OK
