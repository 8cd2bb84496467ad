"""What is asked before a decision, and in which words. Pure."""

from __future__ import annotations

from agent.decisions import Action
from agent.hypotheses import Grade
from agent.queue import Row
from review_tui.card import NAMES, View
from review_tui.lines import Line, line
from review_tui.text import safe


def approval_doubts(view: View, unseen: int) -> list[str]:
    """Why an approval should be thought over once more; empty where one key is enough."""
    doubts = []
    if view.draft.grade is Grade.BLOCKED:
        kinds = ", ".join(quote.signal.info.label for quote in view.quotes if quote.signal.blocks) or "an open risk"
        doubts.append(f"It is blocked: {kinds}.")
    if view.draft.grade is Grade.WISH:
        doubts.append("It is a wish: the customer's side of the evidence is missing.")
    if unseen:
        doubts.append(f"{unseen} counter-quote{'s' if unseen > 1 else ''} not read yet: n leaves, c shows.")
    flagged = [str(quote.number) for quote in view.quotes if quote.mark is Action.FLAG]
    if flagged:
        doubts.append(f"Flagged as not supporting: quote {', '.join(flagged)}.")
    return doubts


def batch_lines(kept: list[Row], unread: list[Row], taken: list[Row]) -> list[Line]:
    """What a batch will do, by account, and what it leaves out."""
    counts: dict[str, int] = {}
    for item in kept:
        counts[item.account] = counts.get(item.account, 0) + 1
    lines = [line(", ".join(f"{safe(name)} {count}" for name, count in counts.items()))]
    not_opened = sum(item in kept for item in unread)
    lines.append(line(f"{len(kept) - not_opened} opened, {not_opened} not opened", "missing" if not_opened else "dim"))
    if taken:
        names = ", ".join(safe(item.account) for item in taken)
        lines.append(line(f"Left out, because unread, blocked or a wish: {names}", "missing"))
    return lines


def question(view: View, name: str) -> str:
    """What has to be found out for a component of the proof."""
    part = view.draft.components.get(name)
    return safe(part.gap) if part is not None and part.gap else f"what proves {NAMES.get(name, name)}?"
