"""Words that match words: exact BM25 inside one account, and full-text candidates across accounts.

Inside an account the ranking is computed over that account's passages alone, so no other customer's vocabulary can shift it.
Across accounts the database's own index proposes candidates: FTS5 on SQLite, tsvector on PostgreSQL. What differs between the
two is in `_DIALECTS` and nowhere else.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

if TYPE_CHECKING:  # numpy takes as long to load as a database to answer: only what computes with it waits for it
    import numpy as np
    from numpy.typing import NDArray

K1 = 1.2
B = 0.75
TOKENS_VERSION = "en-snowball-1"
"""Changes whenever `tokens` would answer differently; stored rows of another version are made anew."""
TABLE = "passages_fts"
MAX_TERMS = 64

_TOKEN = re.compile(r"\w\w+")
_LUCENE_ENGLISH = (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was "
    "will with"
)
_STOP_WORDS = frozenset(_LUCENE_ENGLISH.split())


def tokens(written: str) -> list[str]:
    """Lower-case English stems of the words of two letters or more that are not stop words, in order."""
    plain = _encodable(unicodedata.normalize("NFKC", written)).lower()
    return list(_stemmer().stemWords([word for word in _TOKEN.findall(plain) if word not in _STOP_WORDS]))


class AccountBM25:
    """BM25 (Lucene's variant, k1 1.2, b 0.75) over the tokens of one account's passages."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._size = len(documents)
        self._index: Any = None
        if any(documents):
            import bm25s

            self._index = bm25s.BM25(k1=K1, b=B)
            self._index.index([list(document) for document in documents], show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """Shape `(passages,)`; 0 where no word matches."""
        import numpy as np

        found = [token for token in tokens(query) if self._index is not None and token in self._index.vocab_dict]
        if not found:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._index.get_scores(found), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Dialect:
    create: tuple[str, ...]
    drop: tuple[str, ...]
    insert: str
    delete: str
    match: str
    term: str
    """How one word is written in a query, so that it can only be a word."""
    joiner: str


_DIALECTS = {
    "sqlite": _Dialect(
        create=(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5"
            "(passage_id UNINDEXED, account_id UNINDEXED, body, tokenize = 'porter unicode61')",
        ),
        drop=(f"DROP TABLE IF EXISTS {TABLE}",),
        insert=f"INSERT OR REPLACE INTO {TABLE} (rowid, passage_id, account_id, body) "
        "VALUES (:row, :passage_id, :account_id, :body)",
        delete=f"DELETE FROM {TABLE} WHERE rowid = :row",
        match=f"SELECT passage_id, -bm25({TABLE}) FROM {TABLE} WHERE {TABLE} MATCH :query "
        f"ORDER BY bm25({TABLE}), passage_id LIMIT :limit",
        term='"{}"',
        joiner=" OR ",
    ),
    "postgresql": _Dialect(
        create=(
            f"CREATE TABLE IF NOT EXISTS {TABLE} (passage_id text PRIMARY KEY, account_id text NOT NULL, body tsvector NOT NULL)",
            f"CREATE INDEX IF NOT EXISTS ix_{TABLE}_body ON {TABLE} USING gin (body)",
            f"CREATE INDEX IF NOT EXISTS ix_{TABLE}_account_id ON {TABLE} (account_id)",  # an owner's own rows, without the rest
        ),
        drop=(f"DROP TABLE IF EXISTS {TABLE}",),
        insert=f"INSERT INTO {TABLE} (passage_id, account_id, body) "
        "VALUES (:passage_id, :account_id, to_tsvector('english', :body)) "
        "ON CONFLICT (passage_id) DO UPDATE SET account_id = excluded.account_id, body = excluded.body",
        delete=f"DELETE FROM {TABLE} WHERE passage_id = :passage_id",
        match="SELECT passage_id, ts_rank_cd(body, q) FROM "
        f"{TABLE}, to_tsquery('english', :query) AS q WHERE body @@ q ORDER BY 2 DESC, passage_id LIMIT :limit",
        term="{}",
        joiner=" | ",
    ),
}


def create_statements(dialect: str) -> tuple[str, ...]:
    """The DDL of the full-text table, for migrations; `drop_statements` undoes it. Raises ValueError for other databases."""
    return _dialect(dialect).create


def drop_statements(dialect: str) -> tuple[str, ...]:
    return _dialect(dialect).drop


def add(connection: Connection, rows: Iterable[tuple[str, str, str]]) -> None:
    """Index `(passage_id, account_id, indexed text)` rows; an id that is there already is replaced."""
    values = [
        {"passage_id": passage_id, "account_id": account_id, "body": _encodable(body), "row": _row_number(passage_id)}
        for passage_id, account_id, body in rows
    ]
    _execute(connection, _dialect(connection.dialect.name).insert, values)


def remove(connection: Connection, passage_ids: Iterable[str]) -> None:
    values = [{"passage_id": passage_id, "row": _row_number(passage_id)} for passage_id in passage_ids]
    _execute(connection, _dialect(connection.dialect.name).delete, values)


def clear(connection: Connection) -> None:
    connection.execute(text(f"DELETE FROM {TABLE}"))


def candidates(connection: Connection, query: str, limit: int) -> list[tuple[str, float]]:
    """`(passage_id, score)` of the best matches of any word of `query` in any account, best first; higher is better.

    The query is words, never syntax: operators, quotes and column names in it are matched as the words that they are.
    """
    dialect = _dialect(connection.dialect.name)
    terms = query_terms(query)
    if not terms:
        return []
    written = dialect.joiner.join(dialect.term.format(term) for term in terms)
    rows = connection.execute(text(dialect.match), {"query": written, "limit": limit})
    return [(str(passage_id), float(score)) for passage_id, score in rows]


def query_terms(query: str) -> list[str]:
    """The distinct words of `query`, letters and digits only, without stop words (unless it has nothing else)."""
    words = re.findall(r"[^\W_]+", _encodable(unicodedata.normalize("NFKC", query)).lower())
    distinct = list(dict.fromkeys(words))
    return ([word for word in distinct if word not in _STOP_WORDS] or distinct)[:MAX_TERMS]


def _dialect(name: str) -> _Dialect:
    if name not in _DIALECTS:
        raise ValueError(f"No full-text search is written for {name}; use SQLite or PostgreSQL.")
    return _DIALECTS[name]


def _execute(connection: Connection, statement: str, values: list[dict[str, Any]]) -> None:
    if values:
        wanted = re.findall(r"(?<!:):(\w+)", statement)
        connection.execute(text(statement), [{name: row[name] for name in wanted} for row in values])


def _row_number(passage_id: str) -> int:
    """A row id of 63 bits: FTS5 finds rows by number only, and searching its text columns would read the whole table."""
    return int.from_bytes(hashlib.sha256(passage_id.encode("utf-8", "surrogatepass")).digest()[:8]) >> 1


def _encodable(written: str) -> str:
    return written.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
