"""`earned migrate`: a home's own store into a team's PostgreSQL database."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import Exit, UsageError


def run(options: Namespace) -> int:
    from agent.store import open_store
    from agent.store.moving import move

    database = options.to or context.database(options)
    if not database:
        raise UsageError(
            "There is no database to go to.", "Set EARNED_DATABASE, or give it with --to URL (others see passwords in it)."
        )
    home = context.home(options)
    source = open_store(home)
    try:
        target = open_store(home, create=True, database=database)
        try:
            moved = move(source, target, lambda table, rows: context.say(f"  {table}: {rows:,} rows"))
        finally:
            target.close()
    finally:
        source.close()
    if options.json:
        context.print_json(moved.to_json())
    else:
        rows = sum(part.rows for part in moved.tables)
        context.say(
            f"{rows:,} rows are in {moved.database}; read back, every table is the same, and so is the chain of decisions."
        )
        context.say("From now on set EARNED_DATABASE wherever earned runs: what is decided on the old file stays there.")
        context.say("`earned team init` closes the database to everybody, `earned team grant` lets people in.")
    return Exit.OK
