"""`earned reindex`: the derived indexes, made again from the store."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import ConfigurationError, Exit


def run(options: Namespace) -> int:
    from agent.indexing import explained, rebuild

    store = context.opened(options)
    if not store.sees_all:
        raise ConfigurationError("An owner's search reads the database itself and needs no index.", "The team's night keeps one.")
    with store.alone(), explained(context.home(options)):
        count = rebuild(context.home(options), store, context.embedder())
    if options.json:
        context.print_json({"passages": count})
    else:
        context.say(f"Indexed {count} passages again.")
    return Exit.OK
