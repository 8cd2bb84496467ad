"""`earned demo`: the whole pipeline on the sample book that ships with the package."""

from __future__ import annotations

import shlex
import sys
from argparse import Namespace
from importlib import resources
from pathlib import Path

from agent.cli import context
from agent.cli.hypotheses import listing
from agent.cli.run import nightly, summarise
from agent.errors import Exit
from agent.nightly import Options
from agent.queue import Queue

LAST_DAY = "2026-11-01"
"""Of the sample book: its exports are no staler than on the day after they were made."""


def run(options: Namespace) -> int:
    """Builds or refreshes the home, then prints the queue and what to type next."""
    options.model = context.OFFLINE  # whatever EARNED_MODEL says: a first look costs nothing and sends nothing
    options.database = ""  # nor does EARNED_DATABASE: the sample book is nobody's team's
    with resources.as_file(resources.files("evals").joinpath("datasets", "tessellate")) as book:
        report = nightly(options, Options(Path(book), as_of=LAST_DAY))
    store = context.opened(options)
    queue = Queue(store, context.actor(options))
    items = queue.items()
    if options.json:
        context.print_json({**report.to_json(), "queue": [item.to_json() for item in items]})
        return Exit.OK
    summarise(report)
    context.say()
    sys.stderr.flush()
    context.console().print(listing(items, queue.account_names()))
    flag = f" --home {shlex.quote(str(options.home))}" if options.home else ""
    context.say(f"\n{len(items)} accounts graded, offline, from the customers' own words. Next:")
    context.say(f"  earned review{flag}                 the queue in this terminal")
    context.say(f"  earned show{flag} {items[0].id}     one hypothesis, every quote with its source")
    context.say(f"  earned run{flag} --book DIR         the same on your own exports (README: the shapes they take)")
    return Exit.OK
