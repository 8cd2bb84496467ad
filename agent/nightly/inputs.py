"""What a run is asked to do, and what it reads of one account."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.economics.book import BookRevenue, share_shown
from agent.economics.inputs import Answers
from agent.economics.money import Rates
from agent.pipeline import Inputs
from retrieval.readers.book import Book
from retrieval.records import Problem, Record, stable_id


@dataclass(frozen=True, slots=True)
class Options:
    book: Path
    account: str | None = None
    as_of: str | None = None
    """Leave out what happened after this day (`YYYY-MM-DD`)."""
    dry_run: bool = False
    accept_anomaly: bool = False
    deadline: float | None = None
    """Seconds after which no further account is begun."""
    rates: Rates | None = None
    answers: Answers = field(default_factory=Answers)
    """Exchange rates and people's answers for the economics; new ones revise what stood on them."""


def inputs_of(book: Book, account_id: str, options: Options, revenue: BookRevenue) -> tuple[Inputs, list[Problem]]:
    """What the pipeline reads of one account, and what of its files could not be read. `revenue`: of the whole book, added up once."""
    read = book.records(account_id)
    records = tuple(r for r in (_until(record, options.as_of) for record in read.records) if r is not None)
    account = book.account(account_id)
    contacts = book.contacts_of(account_id)
    inputs = Inputs(account, contacts, book.team, book.catalog, records, revenue, options.rates, options.answers)
    return inputs, list(read.problems)


def _until(record: Record, day: str | None) -> Record | None:
    """The record as it stood on that day: a usage series loses its later rows, anything else that is later is left out."""
    if day is None or not record.source.startswith("usage:"):
        return record if day is None or record.date <= day else None
    rows = [line for line in record.text.split("\n") if line[:10] <= day]
    return replace(record, text="\n".join(rows), occurred_at=rows[-1][:10]) if rows else None


def input_hash(inputs: Inputs) -> str:
    """Everything that the pipeline reads of an account; equal hashes mean that there is nothing to do."""
    answered = [answer for answer in inputs.answers.rows if answer.account_id in (inputs.account.account_id, "*")]
    share = share_shown(inputs.account, inputs.book, inputs.rates)
    facts = [repr(fact) for fact in (inputs.account, inputs.contacts, inputs.team, inputs.catalog, inputs.rates, answered, share)]
    return stable_id(*facts, *(f"{r.to_json()}" for r in inputs.records), length=64)
