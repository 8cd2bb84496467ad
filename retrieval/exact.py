"""Nearest vectors by reading all of them from SQL: the fallback that always works, and the oracle of the index's tests."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from retrieval.tables import passages, vectors


class IndexTrouble(RuntimeError):
    """Something about the derived index: `what` happened and the `remedy`."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


class IndexUnavailable(IndexTrouble):
    """The derived index is missing, damaged, behind, or being written. Exact search answers instead."""


class IndexLocked(IndexTrouble):
    """Another process writes to the derived index."""


class VectorIndex(Protocol):
    """What answers a vector over the whole estate, or over one account of it."""

    def query(self, vector: NDArray[np.float32], k: int, account_id: str | None = None) -> list[tuple[str, float]]:
        """`(passage_id, cosine similarity)` of the `k` nearest, best first. Raises IndexUnavailable."""


class ExactIndex:
    """A scan of the vectors in SQL. Exact; reading dominates, about a second for 100,000 passages."""

    rows_at_once = 4096

    def __init__(self, connection: Connection, embedder: str) -> None:
        self._connection = connection
        self._embedder = embedder

    def query(self, vector: NDArray[np.float32], k: int, account_id: str | None = None) -> list[tuple[str, float]]:
        """`(passage_id, cosine similarity)` of the `k` nearest, best first; ties fall by id."""
        query = embedded(self._embedder, vectors.c.vector).execution_options(yield_per=self.rows_at_once)
        if account_id is not None:
            query = query.where(passages.c.account_id == account_id)
        best: list[tuple[str, float]] = []
        for rows in self._connection.execute(query).partitions():
            matrix = np.frombuffer(b"".join(row.vector for row in rows), dtype="<f4").reshape(len(rows), -1)
            best.extend((row.passage_id, float(near)) for row, near in zip(rows, matrix @ vector, strict=True))
            best = sorted(best, key=lambda item: (-item[1], item[0]))[:k]
        return best


def embedded(embedder: str, *more: Any) -> Select[Any]:
    """`passage_id, account_id, indexed_sha256` and `more` of every passage that has a vector of `embedder`."""
    columns = (passages.c.passage_id, passages.c.account_id, passages.c.indexed_sha256, *more)
    joined = passages.join(vectors, vectors.c.text_sha256 == passages.c.indexed_sha256)
    return select(*columns).select_from(joined).where(vectors.c.embedder == embedder)
