"""`earned outcome`: what became of a hypothesis, in a line for the log."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from datetime import UTC, datetime

from agent.cli import context
from agent.errors import Exit, UsageError
from agent.outcomes.facts import What
from agent.outcomes.recording import record

SAID = {
    What.DONE: "the customer acted",
    What.REFUSED: "not earned, and a finding worth keeping",
    What.CLOSED: "bought; record margin, support and, after twelve months, kept or left",
    What.LOST: "not bought",
    What.MARGIN: "the margin after it",
    What.SUPPORT: "the support load after it",
    What.KEPT: "still paid for",
    What.LEFT: "gone",
    What.UNDO: "the newest outcome is taken back; the log keeps both",
}


def run(options: Namespace) -> int:
    """Raises UsageError without the day on which it happened; only an undo happens today."""
    day = options.on or (datetime.now(UTC).date() if options.what == What.UNDO else None)
    if day is None:
        raise UsageError("An outcome needs the day on which it happened.", "Add --on YYYY-MM-DD.")
    value = tuple(options.value) if options.value else None
    entry = record(
        context.opened(options),
        options.id,
        What(options.what),
        day,
        actor=context.actor(options),
        value=value,
        note=options.note,
    )
    if options.json:
        context.print_json(asdict(entry))
    else:
        amount = "" if entry.amount is None else f" {entry.amount:g} {entry.unit}"
        context.say(f"{entry.hypothesis_id} {entry.what.value}{amount} on {entry.on_day}: {SAID[entry.what]}.")
    return Exit.OK
