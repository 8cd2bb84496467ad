"""`earned plan`: the account plan of a hypothesis, to take along."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import Exit
from agent.queue import Queue
from agent.reports.markup import markdown, page
from agent.reports.plan import plan


def run(options: Namespace) -> int:
    cards = Queue(context.opened(options), context.actor(options)).cards(options.id)
    blocks = [block for card in cards for block in plan(card)]
    text = page(f"Account plan: {cards[0].account.name}", blocks) if options.format == "html" else markdown(blocks)
    print(context.safe(text), end="")
    return Exit.OK
