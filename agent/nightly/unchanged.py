"""What a night knows of accounts without reading them: an account whose files, facts and pipeline are as they were has nothing new.

A mark is made of the book's fingerprint of the account (`retrieval.readers.book.Book.fingerprint`) and of whatever else a run is
given. It is kept in the account's row, in the same transaction as its results, for accounts that were read whole and without a
problem: a night that is killed leaves the marks of what it finished. It is bound to the input hash that it stands for; whatever
changes that (a purge, a restored backup) makes the mark void. Losing the marks costs one night of reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from agent.anomalies import Sources
from agent.economics.book import BookRevenue, share_shown
from agent.nightly.inputs import Options
from agent.store import Store, accounts
from retrieval.readers.book import Book
from retrieval.records import stable_id

AT_ONCE: Final = 500
"""Accounts that are looked up together: what a night holds of the unchanged ones."""


@dataclass(frozen=True, slots=True)
class Units:
    """Some accounts' stored units, and whether they stand for what lies in the book now."""

    pipeline: str
    stored: Mapping[str, accounts.Unit]

    def unchanged(self, account_id: str, mark: str) -> Sources | None:
        """What the account's files gave when they were read, if they are as they were then; None: they have to be read."""
        unit = self.stored.get(account_id)
        if unit is None or unit.pipeline != self.pipeline or unit.sources is None:
            return None
        return Sources(**unit.sources) if unit.mark == bound(mark, unit.input_hash) else None

    def comparable(self, account_id: str) -> bool:
        """Whether this pipeline has done the account: only then can its files show that nothing is new."""
        unit = self.stored.get(account_id)
        return unit is not None and unit.pipeline == self.pipeline

    def done(self, account_id: str, input_hash: str) -> bool:
        """Whether the account was done with this input by this pipeline."""
        unit = self.stored.get(account_id)
        return unit is not None and (unit.input_hash, unit.pipeline) == (input_hash, self.pipeline)


def looked_up(store: Store, wanted: Sequence[str], pipeline: str) -> Iterator[tuple[list[str], Units]]:
    """`wanted`, some at a time, with their units: memory does not depend on how many accounts there are."""
    coming = iter(wanted)
    while some := list(islice(coming, AT_ONCE)):
        with store.read() as conn:
            units = Units(pipeline, accounts.units(conn, some))
        yield some, units


def bound(mark: str, input_hash: str) -> str:
    """The mark as it is stored beside the input hash that it stands for."""
    return stable_id(mark, input_hash, length=32)


def mark_of(book: Book, account_id: str, options: Options, revenue: BookRevenue, pipeline: str) -> str:
    """Raises KeyError for an account that the book does not list."""
    answered = [answer for answer in options.answers.rows if answer.account_id in (account_id, "*")]
    share = share_shown(book.account(account_id), revenue, options.rates)
    given = (options.as_of, options.rates, answered, share)
    return stable_id(book.fingerprint(account_id), pipeline, *map(repr, given), length=32)
