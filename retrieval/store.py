"""Records, passages and vectors in SQL: the one place where texts are kept. Every index is derived from these tables.

All functions take a `Connection` and leave the transaction to the caller. SQLite and PostgreSQL alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, RowMapping, Table, and_, delete, insert, select

from retrieval import lexical
from retrieval.passages import Passage, indexed_text
from retrieval.records import Record, Visibility, Voice, text_sha256
from retrieval.tables import contents, metadata, passages, records, vectors

if TYPE_CHECKING:  # the review queue reads records and no vectors: numpy would cost it a quarter of its start
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Counts",
    "Replaced",
    "Unembedded",
    "account_ids",
    "account_passages",
    "account_passages_with_tokens",
    "account_records",
    "account_vectors",
    "contents_digest",
    "document_records",
    "drop_orphan_vectors",
    "load_vectors",
    "metadata",
    "missing_vectors",
    "passage_vectors",
    "passages_by_id",
    "record",
    "remove_account",
    "replace_account",
    "save_vectors",
]


@dataclass(frozen=True, slots=True)
class Counts:
    added: int = 0
    kept: int = 0
    removed: int = 0
    """A row whose content changed under the same id counts as removed and added."""


@dataclass(frozen=True, slots=True)
class Replaced:
    records: Counts
    passages: Counts

    @property
    def changed(self) -> bool:
        return any(count.added or count.removed for count in (self.records, self.passages))


@dataclass(frozen=True, slots=True)
class Unembedded:
    text_sha256: str
    text: str


def replace_account(
    connection: Connection, account_id: str, new_records: Sequence[Record], new_passages: Sequence[Passage]
) -> Replaced:
    """Make the store say exactly this about the account, touching only what differs; the lexical index follows.

    Raises ValueError for a record or passage of another account, a repeated id, or a passage of records not given.
    """
    strangers = ({item.account_id for item in new_records} | {item.account_id for item in new_passages}) - {account_id}
    if strangers:
        raise ValueError(f"Records or passages of {sorted(strangers)} were given as those of {account_id!r}.")
    by_id = {record.record_id: record for record in new_records}
    bodies = {passage.passage_id: indexed_text(passage, by_id) for passage in new_passages}
    record_rows = {record.record_id: _record_row(record) for record in new_records}
    passage_rows = {passage.passage_id: _passage_row(passage, bodies[passage.passage_id]) for passage in new_passages}
    for rows, items, what in ((record_rows, new_records, "record"), (passage_rows, new_passages, "passage")):
        if len(rows) != len(items):
            raise ValueError(f"Account {account_id!r} has two {what}s with the same id; ids must be unique within an account.")
    record_counts, _, _ = _replace(connection, records, records.c.record_id, account_id, record_rows)
    passage_counts, gone, fresh = _replace(connection, passages, passages.c.passage_id, account_id, passage_rows)
    lexical.remove(connection, gone)
    lexical.add(connection, ((key, account_id, bodies[key]) for key in fresh))
    if gone or fresh:
        connection.execute(delete(contents).where(contents.c.account_id == account_id))
        digest = _digest(sorted(row["digest"] for row in passage_rows.values()))
        connection.execute(insert(contents).values(account_id=account_id, digest=digest))
    return Replaced(record_counts, passage_counts)


def remove_account(connection: Connection, account_id: str) -> Replaced:
    """Forget the account's records, passages and the vectors that nobody else's text shares."""
    replaced = replace_account(connection, account_id, [], [])
    connection.execute(delete(contents).where(contents.c.account_id == account_id))
    drop_orphan_vectors(connection)
    return replaced


def account_ids(connection: Connection) -> list[str]:
    """Accounts with at least one record, sorted."""
    return sorted(connection.scalars(select(records.c.account_id).distinct()))


def account_records(connection: Connection, account_id: str) -> list[Record]:
    """By document, position and id."""
    query = select(records).where(records.c.account_id == account_id)
    return [_record(row) for row in connection.execute(query.order_by(*_RECORD_ORDER)).mappings()]


def document_records(connection: Connection, account_id: str, document: str) -> list[Record]:
    """One conversation in order."""
    query = select(records).where(records.c.account_id == account_id, records.c.document == document)
    return [_record(row) for row in connection.execute(query.order_by(*_RECORD_ORDER)).mappings()]


def record(connection: Connection, record_id: str, account_id: str | None = None) -> Record | None:
    """The record, or None. Raises LookupError if several accounts have one of that id and none is named."""
    query = select(records).where(records.c.record_id == record_id)
    if account_id is not None:
        query = query.where(records.c.account_id == account_id)
    rows = connection.execute(query.limit(2)).mappings().all()
    if len(rows) > 1:
        raise LookupError(f"Several accounts have a record {record_id!r}; name the account.")
    return _record(rows[0]) if rows else None


def account_passages(connection: Connection, account_id: str) -> list[Passage]:
    """By document and position."""
    return account_passages_with_tokens(connection, account_id)[0]


def account_passages_with_tokens(connection: Connection, account_id: str) -> tuple[list[Passage], list[list[str]]]:
    """The account's passages, and the lexical tokens of each, aligned."""
    query = select(passages).where(passages.c.account_id == account_id).order_by(*_PASSAGE_ORDER)
    rows = connection.execute(query).mappings().all()
    return [_passage(row) for row in rows], [row["tokens"].split() for row in rows]


def passages_by_id(connection: Connection, passage_ids: Iterable[str]) -> dict[str, Passage]:
    """Those that exist, whatever account they belong to."""
    found: dict[str, Passage] = {}
    for chunk in _chunks(list(passage_ids)):
        query = select(passages).where(passages.c.passage_id.in_(chunk))
        found.update((row["passage_id"], _passage(row)) for row in connection.execute(query).mappings())
    return found


def contents_digest(connection: Connection, account_id: str) -> str:
    """Changes exactly when the account's passages do; "" for an account without any."""
    return connection.scalar(select(contents.c.digest).where(contents.c.account_id == account_id)) or ""


def missing_vectors(connection: Connection, embedder: str, account_ids: Iterable[str] | None = None) -> list[Unembedded]:
    """Texts of passages (of these accounts, or of all) that have no vector of that embedder yet, each once."""
    has = and_(vectors.c.text_sha256 == passages.c.indexed_sha256, vectors.c.embedder == embedder)
    lacking = select(passages.c.account_id, passages.c.indexed_sha256).select_from(passages.outerjoin(vectors, has))
    lacking = lacking.where(vectors.c.text_sha256.is_(None))
    only = None if account_ids is None else set(account_ids)
    wanted: dict[str, set[str]] = {}
    for account_id, key in connection.execute(lacking):
        if only is None or account_id in only:
            wanted.setdefault(account_id, set()).add(key)
    missing: dict[str, str] = {}
    for account_id in sorted(wanted):
        by_id = {item.record_id: item for item in account_records(connection, account_id)}
        for passage in account_passages(connection, account_id):
            body = indexed_text(passage, by_id)
            key = text_sha256(body)
            if key in wanted[account_id]:
                missing.setdefault(key, body)
    return [Unembedded(key, body) for key, body in missing.items()]


def save_vectors(connection: Connection, embedder: str, found: Mapping[str, NDArray[np.float32]]) -> None:
    """Keep vectors by text sha256; one that is there already is left alone."""
    import numpy as np
    from sqlalchemy.dialects import postgresql, sqlite

    rows = [
        {"text_sha256": key, "embedder": embedder, "vector": np.asarray(vector, dtype="<f4").tobytes()}
        for key, vector in found.items()
    ]
    if rows:
        build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(build(vectors).on_conflict_do_nothing(), rows)


def load_vectors(connection: Connection, embedder: str, keys: Iterable[str]) -> dict[str, NDArray[np.float32]]:
    """Vectors by text sha256, shape `(dimensions,)` each; keys without one are left out."""
    import numpy as np

    found: dict[str, NDArray[np.float32]] = {}
    for chunk in _chunks(list(dict.fromkeys(keys))):
        query = select(vectors.c.text_sha256, vectors.c.vector)
        query = query.where(vectors.c.embedder == embedder, vectors.c.text_sha256.in_(chunk))
        found.update((key, np.frombuffer(blob, dtype="<f4")) for key, blob in connection.execute(query))
    return found


def account_vectors(connection: Connection, account_id: str, embedder: str) -> dict[str, NDArray[np.float32]]:
    """Vectors by passage id, for those passages of the account that have one."""
    import numpy as np

    rows = connection.execute(_VECTOR_OF_PASSAGE.where(passages.c.account_id == account_id, vectors.c.embedder == embedder))
    return {passage_id: np.frombuffer(blob, dtype="<f4") for passage_id, blob in rows}


def passage_vectors(connection: Connection, passage_ids: Sequence[str], embedder: str) -> dict[str, NDArray[np.float32]]:
    """Vectors by passage id, for those of these passages that have one."""
    import numpy as np

    found: dict[str, NDArray[np.float32]] = {}
    for chunk in _chunks(passage_ids):
        query = _VECTOR_OF_PASSAGE.where(passages.c.passage_id.in_(chunk), vectors.c.embedder == embedder)
        found.update((passage_id, np.frombuffer(blob, dtype="<f4")) for passage_id, blob in connection.execute(query))
    return found


def drop_orphan_vectors(connection: Connection) -> int:
    """Delete vectors of texts that no passage has any more; how many. Part of erasing an account or a person."""
    used = select(passages.c.indexed_sha256).where(passages.c.indexed_sha256 == vectors.c.text_sha256)
    return connection.execute(delete(vectors).where(~used.exists())).rowcount


_RECORD_ORDER = (records.c.document, records.c.position, records.c.record_id)
_PASSAGE_ORDER = (passages.c.document, passages.c.position, passages.c.passage_id)
_VECTOR_OF_PASSAGE = select(passages.c.passage_id, vectors.c.vector).join_from(
    passages, vectors, vectors.c.text_sha256 == passages.c.indexed_sha256
)
_CHUNK = 500


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    """SQLite builds exist that take no more than 999 parameters in a statement."""
    return (items[at : at + _CHUNK] for at in range(0, len(items), _CHUNK))


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()


def _replace(
    connection: Connection, table: Table, key: Column[Any], account_id: str, rows: Mapping[str, dict[str, Any]]
) -> tuple[Counts, list[str], list[str]]:
    """`(counts, ids deleted, ids inserted)`; a changed row is deleted and inserted."""
    query = select(key, table.c.digest).where(table.c.account_id == account_id)
    stored: dict[str, str] = {row[0]: row[1] for row in connection.execute(query)}
    gone = [item for item, digest in stored.items() if item not in rows or rows[item]["digest"] != digest]
    fresh = [item for item, row in rows.items() if stored.get(item) != row["digest"]]
    for chunk in _chunks(gone):
        connection.execute(delete(table).where(table.c.account_id == account_id, key.in_(chunk)))
    if fresh:
        connection.execute(insert(table), [rows[item] for item in fresh])
    return Counts(added=len(fresh), kept=len(rows) - len(fresh), removed=len(gone)), gone, fresh


def _record_row(item: Record) -> dict[str, Any]:
    row = {field.name: getattr(item, field.name) for field in fields(item)}
    row.update(voice=item.voice.value, visibility=item.visibility.value, context=dict(item.context))
    return {**row, "digest": _digest(row)}


def _record(row: RowMapping) -> Record:
    values = {key: value for key, value in row.items() if key != "digest"}
    values.update(
        voice=Voice(values["voice"]),
        visibility=Visibility(values["visibility"]),
        context=MappingProxyType(dict(values["context"])),
    )
    return Record(**values)


def _passage_row(item: Passage, body: str) -> dict[str, Any]:
    row: dict[str, Any] = {field.name: getattr(item, field.name) for field in fields(item)}
    row.update(record_ids=list(item.record_ids), voices=[voice.value for voice in item.voices], indexed_sha256=text_sha256(body))
    return {**row, "tokens": " ".join(lexical.tokens(body)), "digest": _digest([row, lexical.TOKENS_VERSION])}


def _passage(row: RowMapping) -> Passage:
    values = {field.name: row[field.name] for field in fields(Passage)}
    values.update(record_ids=tuple(row["record_ids"]), voices=tuple(Voice(voice) for voice in row["voices"]))
    return Passage(**values)
