"""A card, its quotes and their sources as sentences that read well aloud: no layout, and no meaning that hangs on a position. Pure."""

from __future__ import annotations

from datetime import date, datetime

from agent.decisions import Action, Decision
from agent.economics import said as figure
from agent.hypotheses import State
from agent.kinds import Stance
from agent.queue import Conversation, Row
from review_tui.money import plain
from review_tui.plot import figures, series_of
from review_tui.quotes import EXACTNESS, WORDS, Quote
from review_tui.source import SIDES
from review_tui.text import safe
from review_tui.view import NAMES, View
from review_tui.why import STATE_WORDS, now_reasons, short

AROUND = 2
"""Records read before and after the one with the quote."""
NEAR = 600
"""Characters of a record read on either side of the quote."""


def list_line(number: int, item: Row, returned: Decision | None, now: datetime) -> str:
    state = "" if item.state is State.OPEN else f", {STATE_WORDS[item.state]}"
    counts = f"{item.supports} for, {item.counters} against, {item.missing} missing"
    why = short(item, returned, now)
    return f"{number}. {safe(item.account)}: {safe(item.title)}. {item.grade.value}{state}. {counts}. {why}."


def card(view: View, number: int, total: int) -> list[str]:
    """The whole card; counter-evidence and missing proof are always in it, the grade comes last."""
    draft = view.draft
    told = [f"Card {number} of {total}. {safe(view.row.account)}: {safe(draft.title)}."]
    told += [f"Changed since the decision: {text}" for text in view.changes]
    told += _claims(view)
    told.append(f"Why now. {view.why} {' '.join(now_reasons(view.card, view.now.date()))}")
    told.append(f"Next step. {safe(draft.next_customer_action)}")
    told += [quote_line(quote, view) for quote in view.quotes]
    if not view.of(Stance.OPPOSES):
        told.append("Counter-evidence: none was found.")
    for name in draft.missing_proof:
        part = draft.components.get(name)
        told.append(f"Missing: {NAMES.get(name, safe(name))}. {safe(part.gap or '') if part else ''}")
    if not draft.missing_proof:
        told.append("Missing: nothing, all five components are met.")
    told += [f"Pretended: {safe(item.text)}" for item in draft.pretended]
    told += [f"Figure. {plain(name)}: {safe(figure(value))}." for name, value in draft.economics.items()]
    state = view.card.hypothesis.state
    return [*told, f"Grade: {draft.grade.value}." + ("" if state is State.OPEN else f" It is {STATE_WORDS[state]}.")]


def _claims(view: View) -> list[str]:
    by_id = {quote.signal.id: quote.number for quote in view.quotes}
    told = []
    for number, claim in enumerate(view.draft.claims, start=1):
        guess = "Inferred: " if claim.kind == "inferred" else ""
        stands = ", ".join(str(by_id[key]) for key in claim.signals if key in by_id)
        told.append(f"Claim {number}. {guess}{safe(claim.text)} Stands on quote {stands or 'none'}.")
    return told or ["No claim: there is no customer evidence for one."]


def quote_line(quote: Quote, view: View) -> str:
    head = f"Quote {quote.number} of {len(view.quotes)}, {WORDS[quote.signal.stance]}, {quote.signal.info.label}."
    mark = {Action.CHECK: " Checked.", Action.FLAG: " Flagged as not supporting."}.get(quote.mark or Action.UNDO, "")
    measured = quote.signal.measurement
    words = f"{safe(measured.formula)}." if measured is not None else quote.words
    return f"{head} {words} {quote.who()}, {quote.when(view.now.date())}, {quote.status(brief=True)}.{mark}"


def source(quote: Quote, total: int, found: Conversation, today: date) -> list[str]:
    """The quote among the words around it, or the series behind a computed one."""
    measured = quote.signal.measurement
    if measured is not None:
        return [
            f"Quote {quote.number} is computed: {safe(measured.formula)}. Rows: {safe(measured.window)}.",
            f"The series: {figures(series_of(found.record)[-12:], today)}.",
        ]
    told = [f"Quote {quote.number} of {total}, {safe(quote.signal.source)}, {EXACTNESS[quote.signal.status]}."]
    start, end = quote.signal.start, quote.signal.end
    for at in range(max(0, found.at - AROUND), min(len(found.records), found.at + AROUND + 1)):
        record = found.records[at]
        text = record.text[:NEAR]
        if at == found.at:
            if record.text[start:end] != quote.signal.quote:
                told.append("The words at this place are not the quote any more: the source has changed.")
            around = record.text[max(0, start - NEAR) : start], record.text[end : end + NEAR]
            text = f"{around[0]}>>{record.text[start:end]}<<{around[1]}"
        told.append(f"{safe(record.speaker or 'Unknown speaker')}, {SIDES[record.voice]}: {safe(text)}")
    return told
