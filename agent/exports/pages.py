"""Approved revisions as account plans, for people: one page, Markdown or HTML, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.exports.approved import Approved
from agent.reports.markup import Block, Heading, Paragraph
from agent.reports.plan import plan


def blocks(items: Iterable[Approved]) -> Iterator[Block]:
    """The plans one after another, each with who approved it and what has changed since."""
    empty = True
    for item in items:
        empty = False
        yield from plan(item.card)
        note = f" Note: {item.decision.note}" if item.decision.note else ""
        yield Paragraph(f"Approved by {item.decision.actor} at {item.decision.at}, revision {item.decision.revision}.{note}")
        if item.changed_since:
            yield Paragraph(f"Changed since: revision {item.newest} waits for review; this page is what was approved.")
        if item.withdrawn_quotes:
            yield Paragraph(f"{len(item.withdrawn_quotes)} quotes are left out: their source is gone or was redacted.")
    if empty:
        yield Heading("Account plans", 1)
        yield Paragraph("Nothing is approved.")
