"""A home's SQLite store into an empty PostgreSQL database, without loss: copied, read back and compared in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from agent.decisions import broken_link
from agent.errors import ConfigurationError, StoreError, UsageError
from agent.lock import run_lock
from agent.store import decisions
from agent.store import tables as _tables  # noqa: F401 - its tables join the metadata
from agent.store.engine import Store
from retrieval import lexical
from retrieval import store as texts
from retrieval.passages import indexed_text
from retrieval.tables import metadata

AT_ONCE: Final = 1000
_NUMBERED: Final = (("decisions", "seq"), ("outcomes", "seq"), ("quarantine", "id"))


@dataclass(frozen=True, slots=True)
class Part:
    """One table as it was read: how many rows, and the sha256 over all of them in the order of their keys."""

    table: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Moved:
    database: str
    tables: tuple[Part, ...]
    head: str
    """The newest decision's hash, the same in both."""

    def to_json(self) -> dict[str, Any]:
        return {"database": self.database, "tables": [asdict(part) for part in self.tables], "decision_head": self.head}


def move(source: Store, target: Store, told: Callable[[str, int], None] = lambda _table, _rows: None) -> Moved:
    """Copy everything; nobody writes to either meanwhile. The source stays as it is. `told` hears of every table that was copied.

    Killed or refused at any point, the target is as empty as before. Raises UsageError for a target that is not empty,
    ConfigurationError for one that is not ours to fill, StoreError where what arrived is not what was sent, RunLocked.
    """
    if not source.is_file or target.is_file:
        raise UsageError("A store is brought from a home's file to a PostgreSQL database.", "Give the database with --to URL.")
    if target.login is None or target.login.capacity != "keeper":
        raise ConfigurationError(f"The login does not own the tables of {target}.", "Only its keeper brings a store there.")
    with run_lock(source.home), target.alone(), source.write() as old, target.write() as new:
        _refuse_what_is_filled(new, target)
        new.execute(text("ALTER TABLE public.decisions DISABLE TRIGGER decisions_chain"))  # the links come as they are
        sent = []
        for table in metadata.sorted_tables:
            sent.append(_copy(old, new, table))
            told(table.name, sent[-1].rows)
        _index_words(new)
        for name, column in _NUMBERED:
            newest = select(func.max(metadata.tables[name].c[column])).scalar_subquery()
            new.execute(select(func.setval(func.pg_get_serial_sequence(f"public.{name}", column), func.coalesce(newest, 1))))
        new.execute(text("ALTER TABLE public.decisions ENABLE ALWAYS TRIGGER decisions_chain"))
        arrived = [_read(new, table) for table in metadata.sorted_tables]
        _compare(sent, arrived, target)
        _compare_logs(old, new)
        return Moved(str(target), tuple(arrived), decisions.head_hash(new))


def _refuse_what_is_filled(new: Connection, target: Store) -> None:
    for table in metadata.sorted_tables:
        if new.execute(select(table).limit(1)).first() is not None:
            raise UsageError(
                f"The database {target} is not empty: {table.name} has rows.", "Give an empty one; two stores cannot become one."
            )


def _copy(old: Connection, new: Connection, table: Table) -> Part:
    digest, count = hashlib.sha256(), 0
    for rows in _rows(old, table):
        try:
            new.execute(insert(table), rows)
        except (DBAPIError, UnicodeError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise StoreError(
                f"A row of {table.name} cannot be brought over: {cause}.",
                "Nothing was. Mend it in the home's store, then try again.",
            ) from error
        count += len(rows)
        for row in rows:
            digest.update(_line(row))
    return Part(table.name, count, digest.hexdigest())


def _read(conn: Connection, table: Table) -> Part:
    digest, count = hashlib.sha256(), 0
    for rows in _rows(conn, table):
        count += len(rows)
        for row in rows:
            digest.update(_line(row))
    return Part(table.name, count, digest.hexdigest())


def _rows(conn: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """In the order of the keys, code point by code point on both sides (migration 0003)."""
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=AT_ONCE)
    for rows in conn.execute(query).mappings().partitions():
        yield [dict(row) for row in rows]


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=False, default=bytes.hex).encode("ascii") + b"\n"


def _index_words(new: Connection) -> None:
    """The full-text index is of the database's own kind, so it is made anew from what arrived."""
    for account_id in texts.account_ids(new):
        by_id = {record.record_id: record for record in texts.account_records(new, account_id)}
        passages = texts.account_passages(new, account_id)
        lexical.add(new, ((one.passage_id, account_id, indexed_text(one, by_id)) for one in passages))


def _compare(sent: list[Part], arrived: list[Part], target: Store) -> None:
    differing = [one.table for one, other in zip(sent, arrived, strict=True) if one != other]
    if differing:
        raise StoreError(
            f"What arrived in {target} differs from what was sent: {', '.join(differing)}.",
            "Nothing was kept there; report this.",
        )


def _compare_logs(old: Connection, new: Connection) -> None:
    if decisions.head_hash(old) != decisions.head_hash(new):
        raise StoreError("The newest decision is not the same in both.", "Nothing was kept; report this.")
    broken = broken_link(decisions.whole_log(new))
    if broken is not None:
        raise StoreError(
            f"Decision {broken.id} does not follow from the one before it, here or there.",
            "Somebody changed the log: `earned doctor --audit`, and compare with a backup.",
        )
