"""`earned export`: what was approved, for a CRM, a program or a reader."""

from __future__ import annotations

import sys
from argparse import Namespace

from agent.cli import context
from agent.errors import Exit
from agent.exports import Approvals, approved, blocks, csv_text, json_text, write_atomic
from agent.reports.markup import markdown, page


def run(options: Namespace) -> int:
    """Exit 0, also where nothing is approved; 3 where an approved revision cannot be read."""
    store = context.opened(options)
    try:
        with store.read() as conn:
            found = approved(conn, owner=options.owner, since=options.since)
    finally:
        store.close()
    text = _text(options.format, found)
    if options.out is not None:
        write_atomic(options.out, text)
        context.say(f"Written: {options.out}")
    else:
        sys.stdout.write(text)
    _say(found)
    return Exit.PARTIAL if found.unreadable else Exit.OK


def _text(form: str, found: Approvals) -> str:
    match form:
        case "crm-csv":
            return csv_text(found.items)
        case "jsonl":
            return json_text(found.items)
        case "html":
            return page("Account plans", list(blocks(found.items)))
        case _:
            return markdown(list(blocks(found.items)))


def _say(found: Approvals) -> None:
    if not found.items:
        context.say("Nothing is approved. `earned review` opens the queue.")
    else:
        context.say(f"{len(found.items)} approved {'hypothesis' if len(found.items) == 1 else 'hypotheses'} exported.")
    if found.changed:
        context.say(
            f"{found.changed} changed since the approval; what was approved is exported. `earned review` shows what is new."
        )
    if found.without_source:
        context.say(f"{found.without_source} cite quotes whose source is gone; those words were left out.")
    for key in found.unreadable:
        context.say(f"Not exported: the approved revision of {key} is not in the store.")
