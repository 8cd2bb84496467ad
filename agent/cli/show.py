"""`earned show`: one hypothesis as a page."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import Exit
from agent.pages import page
from agent.queue import Card, Queue


def run(options: Namespace) -> int:
    cards = Queue(context.opened(options), context.actor(options)).cards(options.id)
    if options.json:
        context.print_json(_row(card) for card in cards)
        return Exit.OK
    from rich.padding import Padding
    from rich.text import Text

    console = context.console()
    for card in cards:
        for style, indent, line in page(card):
            console.print(Padding(Text(context.safe(line), style=style, overflow="fold"), (0, 0, 0, indent), expand=False))
    return Exit.OK


def _row(card: Card) -> dict[str, object]:
    evidence = {key: signal.to_json() for key, signal in card.signals.items()}
    return {**card.hypothesis.to_json(), "evidence": evidence}
