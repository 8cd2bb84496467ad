"""`earned backup FILE` and `earned restore FILE`."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import Exit, UsageError
from agent.retention.backup import backup
from agent.retention.restore import restore


def run(options: Namespace) -> int:
    return _restore(options) if options.restoring else _backup(options)


def _backup(options: Namespace) -> int:
    store = context.opened(options)
    try:
        made = backup(store, options.file, force=options.force)
    finally:
        store.close()
    if options.json:
        context.print_json(made.to_json())
    else:
        context.say(
            f"Written and verified: {made.file}, {made.bytes:,} bytes, {made.accounts:,} accounts, {made.decisions:,} decisions."
        )
        context.say(f"Decisions end with {made.head[:16] or 'none'}. The checksum is beside it; the search index is not in it.")
    return Exit.OK


def _restore(options: Namespace) -> int:
    """Exit 0, or 3 where something needs a hand afterwards."""
    from agent.indexing import rebuild

    if context.database(options):
        raise UsageError(
            "EARNED_DATABASE is set: a PostgreSQL database is backed up and restored with PostgreSQL's own tools.",
            "Use pg_dump --format=custom and pg_restore, or unset it to restore this home's own file.",
        )
    home = context.home(options)

    def index() -> object:
        store = context.opened(options)
        try:
            return rebuild(home, store, context.embedder())
        finally:
            store.close()

    done = restore(home, options.file, force=options.force, rebuild=index)
    if options.json:
        context.print_json(done.to_json())
    else:
        context.say(f"Restored: {done.contents.accounts:,} accounts, {done.contents.decisions:,} decisions.")
        if done.kept:
            context.say(f"What was there is in {done.kept}; delete it when it is not needed any more.")
        if done.lost_decisions:
            context.say(f"{done.lost_decisions} decisions were taken after the backup; they are only in that copy.")
        for warning in done.warnings:
            context.say(f"Warning: {context.safe(warning)}")
    return Exit.PARTIAL if done.warnings else Exit.OK
