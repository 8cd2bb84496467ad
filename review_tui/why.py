"""Why an item is in front of its owner today. Pure: the words come from the log and the dates, never from a model."""

from __future__ import annotations

from datetime import date, datetime

from agent.decisions import Action, Decision
from agent.hypotheses import State
from agent.queue import Card, Row
from agent.signals import Signal
from retrieval.records import Voice
from review_tui.dates import age, day, parsed, until
from review_tui.text import safe

STATE_LETTERS = {
    State.OPEN: " ",
    State.APPROVED: "A",
    State.REJECTED: "R",
    State.PROOF_ASKED: "P",
    State.SNOOZED: "Z",
}
STATE_WORDS = {
    State.OPEN: "open",
    State.APPROVED: "approved",
    State.REJECTED: "rejected",
    State.PROOF_ASKED: "proof asked",
    State.SNOOZED: "snoozed",
}


def short(item: Row, returned: Decision | None, now: datetime) -> str:
    """At most ten columns for the end of a list line."""
    if item.state is State.SNOOZED and item.until:
        return f"to {day(item.until, now.date())}"
    if item.state is not State.OPEN:
        return "changed" if item.changed else STATE_WORDS[item.state]
    if returned is not None:
        return {Action.SNOOZE: "back", Action.PROOF: "proof came", Action.REJECT: "new kind"}.get(returned.action, "reopened")
    word, old = "new" if item.revision == 1 else "rev", age(item.drafted_at, now)
    return f"{word} {old}" if old != "now" else f"{word} today"


def sentence(item: Row, returned: Decision | None, now: datetime) -> str:
    """The same in words, for the card."""
    today = now.date()
    drafted = f"{age(item.drafted_at, now)} ago" if age(item.drafted_at, now) not in ("", "now") else "just now"
    if item.state is not State.OPEN:
        word = STATE_WORDS[item.state]
        return f"Changed since it was {word}: h shows the difference." if item.changed else f"It is {word}."
    if returned is not None:
        when = day(returned.at, today)
        if returned.action is Action.SNOOZE:
            return f"Snoozed on {when} until {day(returned.until or '', today)}: that day has come."
        if returned.action is Action.PROOF:
            return f"The proof asked for on {when} has arrived: {safe(returned.note or '')}"
        if returned.action is Action.REJECT:
            return f"Rejected on {when}; since then the customer gave evidence of a new kind."
        return f"Open again since {when}."
    if item.revision == 1:
        return f"New: drafted {drafted}."
    return f"Revised {drafted}, on new evidence; nobody has decided yet (revision {item.revision})."


def now_reasons(card: Card, today: date) -> list[str]:
    """What makes the case timely: the newest customer words, the renewal, usage, events. Facts with their dates."""
    reasons: list[str] = []
    signals = list(card.signals.values())
    newest = max((s for s in signals if s.voice is Voice.CUSTOMER), key=lambda s: s.date, default=None)
    if newest is not None:
        who = safe(newest.stakeholder or newest.speaker or "the customer")
        reasons.append(f"Last heard {day(newest.date, today)} from {who}: {newest.info.label}.")
    renewal = card.account.renewal_date
    if parsed(renewal):
        reasons.append(f"Renewal {day(renewal, today)} ({until(renewal, today)}).")
    reasons += [f"{info_of(s)} ({day(s.date, today)})." for s in signals if s.info.origin == "event"]
    return reasons


def info_of(signal: Signal) -> str:
    """A signal that has no quote, in words: what was measured, or the event."""
    if signal.measurement is not None:
        return f"{signal.info.label}: {safe(signal.measurement.formula)}"
    return f"{signal.info.label}: {safe(signal.quote)}" if signal.quote else signal.info.label
