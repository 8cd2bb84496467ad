"""`earned records`: what the readers make of a file or a book."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent.cli import context
from agent.errors import Exit, NotFound

if TYPE_CHECKING:
    from retrieval.records import Problem, Record


def run(options: Namespace) -> int:
    """Exit 3 where something could not be read; each such thing is named on stderr."""
    from retrieval.readers import read_parts

    if not options.path.exists():
        raise NotFound(f"There is no {options.path}.", "Give an export file, or a folder with accounts.csv.")
    count = 0
    problems: list[Problem] = []
    for records, trouble in read_parts(options.path):  # printed as they come: a large book is never held whole
        if options.json:
            context.print_json(record.to_json() for record in records)
        else:
            _print(records)
        count += len(records)
        problems += trouble
    for problem in problems:
        context.say(f"Set aside: {context.safe(str(problem))}")
    context.say(f"{count} records, {len(problems)} set aside.")
    return Exit.PARTIAL if problems else Exit.OK


def _print(records: Sequence[Record]) -> None:
    from rich.text import Text

    console = context.console()
    for record in records:
        console.print(Text(context.safe(f"{record.source}  {record.locator}  {record.date}"), style="bold"))
        who = context.safe(record.speaker or "nobody named")
        console.print(Text(f"  {record.voice.value}: {who} ({context.safe(record.voice_reason)})", style="dim"))
        console.print(Text("  " + context.safe(record.text).replace("\n", "\n  ")))
