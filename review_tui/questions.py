"""What is asked before a decision, in which words, and what can be answered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from agent.decisions import REASONS, Action
from agent.hypotheses import Grade
from agent.queue import Row
from review_tui.dates import parsed
from review_tui.lines import Line, line
from review_tui.text import safe
from review_tui.view import NAMES, View


@dataclass(frozen=True, slots=True)
class Option:
    """`value` is handed back; with `ask`, after words have been typed, starting from `start`."""

    value: str
    label: str
    ask: bool = False
    start: str = ""
    off: str = ""
    """Why it cannot be chosen now; empty where it can."""


@dataclass(frozen=True, slots=True)
class Picked:
    value: str
    text: str = ""


def approval_doubts(view: View, unseen: int) -> list[str]:
    """Why an approval should be thought over once more; empty where one key is enough."""
    doubts = []
    if view.draft.grade is Grade.BLOCKED:
        open_risks = dict.fromkeys(quote.signal.info.label for quote in view.quotes if quote.signal.blocks)
        kinds = ", ".join(open_risks) or "an open risk"
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


ASKED = {
    "proven_value": "which outcome do they state, in a figure of their own?",
    "account_learning": "which problem of theirs does what they have not solve?",
    "stakeholder_pull": "who there asks for it, and which next step do they take?",
    "next_adjacency": "which item of the catalogue would meet the need?",
    "adoption_risk": "is what was heard settled, and who there says so?",
}


def question(view: View, name: str) -> str:
    """What has to be found out for a component of the proof."""
    part = view.draft.components.get(name)
    gap = safe(part.gap) if part is not None and part.gap else ""
    return gap or ASKED.get(name, f"what proves {safe(name)}?")


def reject_options() -> list[Option]:
    return [Option(code, label, ask=code == "other") for code, label in REASONS.items()]


def proof_options(view: View, today: date) -> list[Option]:
    """The missing components as questions, ready to be completed: what, of whom, by when."""
    day = today + timedelta(days=14)
    whom = safe(next((contact.name for contact in view.card.contacts), "")) or "the customer"
    tail = f" - {whom}, by {day:%-d %b}"
    gaps = view.draft.missing_proof or tuple(view.draft.components)
    options = [
        Option(name, f"{NAMES.get(name, name)}: {question(view, name)}", ask=True, start=question(view, name) + tail)
        for name in gaps
    ]
    return [*options, Option("own", "something else, in your words", ask=True, start=tail)]


def snooze_options(view: View, today: date) -> list[Option]:
    """Days to snooze until; `off` says why 60 days before the renewal is none."""
    days = snooze_days(view, today)
    before = days["renewal"]
    off = "no renewal date" if before is None else "" if before > today else "that day is past"
    named = {"tomorrow": "tomorrow", "monday": "next Monday", "twoweeks": "in two weeks"}
    options = [Option(when.isoformat(), f"{label} ({when:%a %-d %b})") for name, label in named.items() if (when := days[name])]
    words = f"60 days before the renewal{f' ({before:%a %-d %b %Y})' if before else ''}"
    options.append(Option(before.isoformat() if before else "", words, off=off))
    return [*options, Option("own", "another day", ask=True, start=f"{today.year}-")]


def snooze_days(view: View, today: date) -> dict[str, date | None]:
    """The days that have names: tomorrow, monday, twoweeks, and renewal (60 days before it) where that is known."""
    renewal = parsed(view.card.account.renewal_date)
    return {
        "tomorrow": today + timedelta(days=1),
        "monday": today + timedelta(days=7 - today.weekday()),
        "twoweeks": today + timedelta(days=14),
        "renewal": renewal - timedelta(days=60) if renewal is not None else None,
    }


def day_problem(text: str, today: date) -> str:
    """Why a text is no day to snooze until; empty where it is one."""
    try:
        when = date.fromisoformat(text.strip())
    except ValueError:
        return f"{safe(text)!r} is not a day; write YYYY-MM-DD."
    return "" if when > today else "That day is not in the future."
