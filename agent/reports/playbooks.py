"""Which playbooks fire and why. What they open is to be proved or done; no grade follows from it (R148). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agent.playbooks.firing import Fired
from agent.playbooks.playbook import Playbooks
from agent.reports.markup import Block, Heading, Items, Paragraph

TITLES = {"hypothesis": "To be proved", "task": "To be done"}
SHOWN = 3
"""Reasons shown for one playbook and account; `--json` has all."""


def summary(books: Playbooks, found: Sequence[Fired]) -> dict[str, Any]:
    """The object of `earned report playbooks --json`."""
    return {
        "file": books.file,
        "version": books.version,
        "playbooks": len(books.playbooks),
        "fired": [made.to_json() for made in found if not made.held_back],
        "held_back": [made.to_json() for made in found if made.held_back],
    }


def playbooks(books: Playbooks, found: Sequence[Fired]) -> Iterator[Block]:
    """The page."""
    opened = [made for made in found if not made.held_back]
    held = [made for made in found if made.held_back]
    yield Heading("Playbooks that fire", 1)
    yield Paragraph(
        f"{books.file}, version {books.version}: {len(books.playbooks)} playbooks. What they open has to be proved or done;"
        " full seats, growing use and news prove nothing, and no grade follows from them.",
        quiet=True,
    )
    counts = {opens: sum(made.opens == opens for made in opened) for opens in ("hypothesis", "task")}
    yield Paragraph(f"To be proved: {counts['hypothesis']}. To be done: {counts['task']}. Held back: {len(held)}.")
    for account in dict.fromkeys(made.account_id for made in opened):
        mine = [made for made in opened if made.account_id == account]
        yield Heading(f"{mine[0].account} ({account}), {mine[0].owner or 'nobody: name an owner'}", 3)
        yield Items(tuple((f"{TITLES[made.opens]}: {made.text}", tuple(_details(made))) for made in mine))
    if held:
        yield Heading(f"Held back: {len(held)}")
        yield Items(tuple((f"{made.account}: {made.playbook.replace('_', ' ')}", made.held_back[:SHOWN]) for made in held))
    if not found:
        yield Paragraph("No threshold is crossed.")


def _details(made: Fired) -> Iterator[str]:
    yield from (f"why: {words}" for words in made.why[:SHOWN])
    if len(made.why) > SHOWN:
        yield f"and {len(made.why) - SHOWN} more"
    if made.ask:
        yield f"ask: {made.ask}"
    if made.opens == "hypothesis" and made.hypotheses:
        yield f"stands already: {', '.join(made.hypotheses)}"
    yield f"{made.playbook.replace('_', ' ')}: {made.because}"
