"""Which playbooks fire, on what, and what holds one back. Pure.

Signals count only where the customer, telemetry or an outside event speaks, open ones of more than a hint; our own words open nothing,
though they may hold something back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.economics import reading
from agent.hypotheses import State
from agent.outcomes.facts import Outcome, effective
from agent.playbooks.playbook import Condition, Opens, Playbook
from agent.signals import Signal
from agent.store.hypotheses import Hypothesis
from retrieval.accounts import Account
from retrieval.records import Voice


@dataclass(frozen=True, slots=True)
class Situation:
    """One account as it stands."""

    account: Account
    signals: tuple[Signal, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    """Of all of its hypotheses, in order of the log."""
    decided: tuple[tuple[str, str], ...] = ()
    """(hypothesis, day of the decision that holds)."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A playbook whose conditions hold in an account. With `held_back` it opens nothing, and says why."""

    playbook: str
    opens: Opens
    account_id: str
    account: str
    owner: str
    text: str
    ask: str
    because: str
    why: tuple[str, ...]
    """What crossed which threshold, each with its source."""
    signals: tuple[str, ...]
    held_back: tuple[str, ...] = ()
    hypotheses: tuple[str, ...] = ()
    """Hypotheses that stand in the account already: their grades are theirs, a playbook adds nothing to them."""

    def to_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value := getattr(self, name), tuple) else value for name in self.__slots__}


def fired(playbooks: Iterable[Playbook], situations: Sequence[Situation], today: date) -> list[Fired]:
    """Every playbook that fires in every account, in the order of the accounts and of the file."""
    books = tuple(playbooks)
    return [made for situation in situations for book in books if (made := _fire(book, situation, today)) is not None]


def _fire(book: Playbook, situation: Situation, today: date) -> Fired | None:
    account = situation.account
    if book.segments and account.segment not in book.segments:
        return None
    held = [list(_holds(condition, situation, today)) for condition in book.when]
    if not all(held):
        return None
    against = [list(_holds(condition, situation, today, ours=True)) for condition in book.unless]
    crossed = [found for one in held for found in one]
    why = tuple(dict.fromkeys(words for words, _ in crossed))
    values = {
        "account": account.name,
        "id": account.account_id,
        "owner": account.owner_email or "nobody",
        "plan": account.plan or "unknown",
    }
    return Fired(
        playbook=book.name,
        opens=book.opens,
        account_id=account.account_id,
        account=account.name,
        owner=account.owner_email,
        text=book.text.format_map({**values, "evidence": why[0]}),
        ask=book.ask,
        because=book.because,
        why=why,
        signals=tuple(dict.fromkeys(key for _, key in crossed if key)),
        held_back=tuple(dict.fromkeys(words for one in against for words, _ in one)),
        hypotheses=tuple(f"{item.id} ({item.draft.grade.value})" for item in situation.hypotheses),
    )


def _holds(condition: Condition, situation: Situation, today: date, *, ours: bool = False) -> Iterator[tuple[str, str]]:
    """(what crossed it in words, id of the signal or nothing) for each thing by which a condition holds; nothing where it does not."""
    match condition.subject:
        case "signal":
            found = [s for s in situation.signals if _counts(s, condition, today, ours)]
            if len(found) >= condition.count:
                yield from ((_said(signal), signal.id) for signal in sorted(found, key=lambda s: (s.date, s.id), reverse=True))
        case "figure":
            yield from ((words, "") for item in situation.hypotheses if (words := _figure(condition, item)))
        case "outcome":
            yield from ((words, "") for words in _outcomes(condition, situation, today))
        case "state":
            yield from ((words, "") for words in _states(condition, situation, today))
        case _:
            for item in situation.hypotheses:
                draft = item.draft
                values = {"grade": draft.grade.value, "growth": draft.quality.class_, "pull": draft.push_or_pull}
                if values[condition.subject] == condition.name:
                    marks = [mark for mark in draft.quality.marks if mark.signals] if condition.subject == "growth" else []
                    more = f": {marks[0].text}" if marks else ""
                    yield f"{condition.subject} is {condition.name}{more} ({item.id})", ""


def _counts(signal: Signal, condition: Condition, today: date, ours: bool) -> bool:
    if signal.kind != condition.name or signal.resolved or signal.voice is Voice.UNKNOWN:
        return False
    if signal.voice is Voice.VENDOR and not ours:
        return False
    if signal.strength == "weak" and signal.voice is not Voice.EXTERNAL:
        return False
    if condition.within_days is not None and not 0 <= _days(signal.date, today) <= condition.within_days:
        return False
    if condition.at_least is None and condition.at_most is None:
        return True
    return signal.measurement is not None and _within(signal.measurement.value, signal.measurement.value, condition)


def _figure(condition: Condition, item: Hypothesis) -> str:
    """A figure crosses a limit only where the whole of its interval does: what is uncertain fires nothing."""
    low, high = reading.bounds(item.draft.economics, condition.name)
    if not _within(low, high, condition):
        return ""
    value = reading.middle(item.draft.economics, condition.name)
    shown = f"{value:,.2f}".rstrip("0").rstrip(".") if value is not None else f"{low} to {high}"
    unit = reading.unit(item.draft.economics, condition.name)
    said = f"{shown} {unit}" if condition.name.split("_")[0] in unit else f"{condition.name.replace('_', ' ')} is {shown} {unit}"
    return f"{said.strip()} ({item.id})"


def _within(low: float | None, high: float | None, condition: Condition) -> bool:
    above = condition.at_least is None or (low is not None and low >= condition.at_least)
    return above and (condition.at_most is None or (high is not None and high <= condition.at_most))


def _outcomes(condition: Condition, situation: Situation, today: date) -> Iterator[str]:
    for entry in effective(situation.outcomes):
        if entry.what.value == condition.name and _days(entry.on_day, today) >= condition.for_days:
            yield f"{entry.what.value} on {entry.on_day} ({entry.hypothesis_id})"


def _states(condition: Condition, situation: Situation, today: date) -> Iterator[str]:
    since = dict(situation.decided)
    for item in situation.hypotheses:
        day = since.get(item.id)
        waited = _days(day, today) if day else 0
        if item.state.value == condition.name and waited >= condition.for_days:
            action = f"; {item.draft.next_customer_action}" if item.state is State.APPROVED else ""
            yield f"{item.state.value.replace('_', ' ')}{f' on {day}' if day else ''}{action} ({item.id})"


def _days(day: str, today: date) -> int:
    return (today - date.fromisoformat(day[:10])).days


def _said(signal: Signal) -> str:
    words = f"“{signal.quote}”" if signal.quote else signal.measurement.formula if signal.measurement else ""
    return f"{signal.info.label}: {words} - {signal.speaker or signal.voice.value}, {signal.source}, {signal.date}"
