"""What a night knows of accounts without reading them: an account whose files, facts and pipeline are as they were has nothing new.

A mark is made of the book's fingerprint of the account (`retrieval.readers.book.Book.fingerprint`) and of whatever else a run is
given. It is kept for accounts that were read whole, without a problem, and stored; it stands for their input hash. Losing the marks
costs one night of reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from agent.anomalies import Sources
from agent.economics.book import BookRevenue, share_shown
from agent.nightly.inputs import Options
from agent.store import accounts
from retrieval.readers.book import Book
from retrieval.records import stable_id

FACT: Final = "marks"


@dataclass(frozen=True, slots=True)
class Mark:
    mark: str
    input_hash: str
    sources: Sources
    """What the account's files gave, for the report and its checks."""


@dataclass(slots=True)
class Marks:
    """The marks of the last nights, and those of this one."""

    pipeline: str
    kept: dict[str, Mark]
    units: Mapping[str, accounts.Unit]
    fresh: dict[str, Mark] = field(default_factory=dict)

    @classmethod
    def load(cls, conn: Connection, pipeline: str) -> Marks:
        rows = accounts.fact(conn, FACT) or {}
        return cls(pipeline, {key: Mark(row[0], row[1], Sources(**row[2])) for key, row in rows.items()}, accounts.units(conn))

    def unchanged(self, account_id: str, mark: str) -> Mark | None:
        """The account's mark if it is this one and stands for what is stored."""
        kept, unit = self.kept.get(account_id), self.units.get(account_id)
        if kept is None or unit is None or kept.mark != mark:
            return None
        return kept if (unit.input_hash, unit.pipeline) == (kept.input_hash, self.pipeline) else None

    def add(self, account_id: str, mark: str, input_hash: str, sources: Sources) -> None:
        self.fresh[account_id] = Mark(mark, input_hash, sources)

    def save(self, conn: Connection) -> None:
        """Nothing is written where nothing is new."""
        if self.fresh:
            rows = {key: [m.mark, m.input_hash, m.sources.to_json()] for key, m in sorted({**self.kept, **self.fresh}.items())}
            accounts.save_fact(conn, FACT, rows)


def mark_of(book: Book, account_id: str, options: Options, revenue: BookRevenue, pipeline: str) -> str:
    """Raises KeyError for an account that the book does not list."""
    answered = [answer for answer in options.answers.rows if answer.account_id in (account_id, "*")]
    share = share_shown(book.account(account_id), revenue, options.rates)
    given = (options.as_of, options.rates, answered, share)
    return stable_id(book.fingerprint(account_id), pipeline, *map(repr, given), length=32)
