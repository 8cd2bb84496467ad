"""The tables that hold what was read: records, passages, and the vectors of what is embedded. SQLite and PostgreSQL alike."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    event,
    text,
)
from sqlalchemy.types import TypeDecorator

from retrieval import lexical

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_MARK = "\ue0f8"
_UNSTORABLE = re.compile(f"[\x00\ud800-\udfff{_MARK}]")


class ExactText(TypeDecorator[str]):
    """Text that comes back code point for code point: NUL and lone surrogates, which databases refuse, are escaped."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _UNSTORABLE.sub(lambda m: f"{_MARK}{ord(m[0]):x}{_MARK}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or _MARK not in value:
            return value
        return re.sub(f"{_MARK}([0-9a-f]+){_MARK}", lambda m: chr(int(m[1], 16)), value)


class ExactString(ExactText):
    """The same for columns that were made as VARCHAR."""

    impl = String  # type: ignore[assignment]
    cache_ok = True


records = Table(
    "records",
    metadata,
    Column("account_id", ExactText, primary_key=True),
    Column("record_id", ExactText, primary_key=True),
    Column("source", ExactText, nullable=False),
    Column("locator", ExactText, nullable=False),
    Column("document", ExactText, nullable=False),
    Column("occurred_at", String(40), nullable=False),
    Column("speaker", ExactText),
    Column("speaker_email", ExactText),
    Column("voice", String(16), nullable=False),
    Column("voice_reason", ExactText, nullable=False),
    Column("visibility", String(16), nullable=False),
    Column("text", ExactText, nullable=False),
    Column("position", Integer, nullable=False),
    Column("start_time", Float),
    Column("end_time", Float),
    Column("context", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Index(None, "record_id"),
    Index(None, "account_id", "document", "position"),
)

passages = Table(
    "passages",
    metadata,
    Column("passage_id", String(64), primary_key=True),
    Column("account_id", ExactText, nullable=False),
    Column("document", ExactText, nullable=False),
    Column("source", ExactText, nullable=False),
    Column("locator", ExactText, nullable=False),
    Column("record_ids", JSON, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", ExactText, nullable=False),
    Column("position", Integer, nullable=False),
    Column("voices", JSON, nullable=False),
    Column("occurred_at", String(40), nullable=False),
    Column("indexed_sha256", String(64), nullable=False),
    Column("tokens", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Index(None, "account_id", "document", "position"),
    Index(None, "indexed_sha256"),
)

contents = Table(
    "account_contents",
    metadata,
    Column("account_id", ExactText, primary_key=True),
    Column("digest", String(64), nullable=False),
)
"""One line for each account: changes exactly when its passages do."""

vectors = Table(
    "vectors",
    metadata,
    Column("text_sha256", String(64), primary_key=True),
    Column("embedder", String(200), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""Little-endian float32, keyed by what was embedded and by whom, so that nothing is embedded twice."""


@event.listens_for(metadata, "after_create")
def _create_full_text(_target: MetaData, connection: Connection, **_: Any) -> None:
    for statement in lexical.create_statements(connection.dialect.name):
        connection.execute(text(statement))


@event.listens_for(metadata, "before_drop")
def _drop_full_text(_target: MetaData, connection: Connection, **_: Any) -> None:
    for statement in lexical.drop_statements(connection.dialect.name):
        connection.execute(text(statement))
