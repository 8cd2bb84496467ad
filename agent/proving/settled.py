"""Risks that the customer has said are over: a model finds where, code decides whether it can be.

R084: later evidence closes a risk. The rules of `agent.resolution` know plain words of relief; people say it in a hundred other ways.
A risk is closed here only by a later record of the customer's own that is of the same conversation, the same person or the same matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from agent.drafting.case import Case
from agent.extraction.features import cue_hits
from agent.models import Failed, Message, Missed, Request, Session
from agent.proving.library import Library
from agent.signals import Signal
from prompts import fenced, prompt
from retrieval.lexical import tokens
from retrieval.records import Record, Voice

NEAR: Final = 4
"""Passages that are looked up for each risk."""
NEWEST: Final = 6
"""The customer's last words on whatever; relief often comes in passing."""
LONGEST: Final = 700
"""Characters of a record that are shown."""


class Settlement(BaseModel):
    model_config = ConfigDict(extra="forbid")

    risk: str
    turn: str


class Settlements(BaseModel):
    model_config = ConfigDict(extra="forbid")

    settled: list[Settlement]


def open_risks(case: Case) -> list[Signal]:
    """What stands against the case now, and stops it or leaves it unproven."""
    return [signal for signal in case.ledger if signal.blocks]


def candidates(risks: Sequence[Signal], library: Library) -> list[Record]:
    """Later words of the customer that could end one of the risks, in order of time."""
    theirs = [
        r for r in library.records.values() if r.voice is Voice.CUSTOMER and not cue_hits(r.text) & {"is.addresses_machine"}
    ]
    ordered = sorted(theirs, key=lambda r: (r.occurred_at, r.document, r.position))
    first = min(signal.date for signal in risks)
    near = {key for risk in risks for passage in library.near(risk.quote, NEAR) for key in passage.record_ids}
    documents = {risk.document for risk in risks}
    newest = {record.record_id for record in ordered[-NEWEST:]}
    own = {risk.record_id for risk in risks}
    return [
        record
        for record in ordered
        if record.date >= first
        and record.record_id not in own
        and (
            record.record_id in near | newest or (record.document in documents and not record.document.startswith("transcript:"))
        )
    ]


async def settle(session: Session, case: Case, library: Library) -> tuple[dict[str, str], tuple[Missed, ...]]:
    """Signal id -> the record that ends it; and the question that got no answer, if so."""
    risks = open_risks(case)
    later = candidates(risks, library) if risks else []
    if not later:
        return {}, ()
    request = _request(case, risks, later)
    outcome = await session.gateway.ask(request)
    if isinstance(outcome, Failed):
        return {}, (Missed(request.name, outcome.reason, outcome.detail),)
    by_risk = {f"R{number}": risk for number, risk in enumerate(risks, start=1)}
    by_turn = {f"T{number}": record for number, record in enumerate(later, start=1)}
    found: dict[str, str] = {}
    for row in outcome.value.settled:
        risk, record = by_risk.get(row.risk.strip("[] ")), by_turn.get(row.turn.strip("[] "))
        if risk is not None and record is not None and may_settle(risk, record, library.records):
            found[risk.id] = record.record_id
    return found, ()


def may_settle(risk: Signal, record: Record, records: Mapping[str, Record]) -> bool:
    """Whether these words can be the end of that risk, whatever a model makes of them: the customer's, later, and about it."""
    said = records[risk.record_id]
    if record.voice is not Voice.CUSTOMER or "is.addresses_machine" in cue_hits(record.text):
        return False
    if (record.occurred_at, record.document, record.position) <= (said.occurred_at, said.document, said.position):
        return False
    same_people = record.document == said.document or (record.speaker is not None and record.speaker == said.speaker)
    return same_people or bool(set(tokens(risk.quote)) & set(tokens(record.text)))


def _request(case: Case, risks: Sequence[Signal], later: Sequence[Record]) -> Request[Settlements]:
    lines = ["RISKS"]
    lines += [
        f"[R{n}] {r.kind}, {r.speaker or r.voice.value}, {r.date}: “{_line(r.quote)}”" for n, r in enumerate(risks, start=1)
    ]
    lines += ["LATER"]
    lines += [
        f"[T{n} {r.date} {(r.speaker or 'unknown').replace(']', ')')}] {_line(r.text)}" for n, r in enumerate(later, start=1)
    ]
    marker, items = fenced("\n".join(lines))
    text, account = prompt("check_settled"), case.account.account_id
    messages = tuple(Message(*said) for said in text.render(marker=marker, items=items))
    tokens_out = 40 * len(risks) + 200
    return Request("settle", f"settled risks of {account}", account, messages, Settlements, text.label, text.sha256, tokens_out)


def _line(text: str) -> str:
    plain = " ".join(text.split()).replace("[", "［")
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]} …"
