"""The derived vector index of a home: kept in step by the run, rebuilt on demand, and never needed for correctness."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from agent.errors import ConfigurationError, DiskFull, EarnedError, RunLocked, StoreError, is_full
from agent.store import Store
from retrieval import tables
from retrieval.embeddings import Embedder
from retrieval.exact import IndexLocked, IndexTrouble
from retrieval.index import ChromaIndex
from retrieval.store import missing_vectors, save_vectors

FOLDER: Final = "index"
SERVER: Final = "EARNED_CHROMA"
CHUNK: Final = 500
"""Passages embedded between two saves: what a killed rebuild has to do again."""


def on_server() -> bool:
    """Whether the index is one that a team shares on a Chroma server."""
    return bool(os.environ.get(SERVER))


def opened(home: Path, embedder: str) -> ChromaIndex:
    """The index of a home, or the one that a team shares on the server EARNED_CHROMA; nothing is read before it is asked.

    Raises ConfigurationError for an address that is none.
    """
    server = os.environ.get(SERVER)
    if not server:
        return ChromaIndex(home / FOLDER, embedder)
    from retrieval.index_server import IndexServer

    try:
        return ChromaIndex(IndexServer(server, home / FOLDER), embedder)
    except ValueError as error:
        raise ConfigurationError(
            f"EARNED_CHROMA cannot be used: {error}.", "Write it like http://127.0.0.1:8000, or unset it."
        ) from error


def update(home: Path, store: Store, embedder: str, accounts: Sequence[str]) -> list[str]:
    """Bring the index up to date for these accounts. Returns warnings: a broken index stops nothing (design section 8)."""
    if not accounts:
        return []
    index = opened(home, embedder)
    try:
        with store.read() as conn:
            index.sync(conn, accounts)
    except (IndexTrouble, OSError) as error:
        said = str(_trouble(error, home).what).rstrip(".")
        return [f"The search index was not updated: {said}. Search goes on without it; `earned reindex` builds it again."]
    finally:
        index.close()
    return []


def rebuild(home: Path, store: Store, embedder: Embedder) -> int:
    """Embed what has no vector, and build the index anew from SQL. Returns the number of passages in the store.

    Raises IndexTrouble or OSError where the index cannot be written (`explained` says it to people); the store is whole then.
    """
    with store.read() as conn:
        missing = missing_vectors(conn, embedder.name)
    for at in range(0, len(missing), CHUNK):
        items = missing[at : at + CHUNK]
        vectors = embedder.embed([item.text for item in items])
        with store.write() as conn:
            save_vectors(conn, embedder.name, {item.text_sha256: row for item, row in zip(items, vectors, strict=True)})
    index = opened(home, embedder.name)
    with store.read() as conn:
        try:
            index.rebuild(conn)
        finally:
            index.close()
        return int(conn.scalar(select(func.count()).select_from(tables.passages)) or 0)


@contextmanager
def explained(home: Path) -> Iterator[None]:
    """Turn the index's troubles into errors that say what is safe and what to do. Raises DiskFull, RunLocked or StoreError."""
    try:
        yield
    except (IndexTrouble, OSError) as error:
        raise _trouble(error, home) from error


def _trouble(error: IndexTrouble | OSError, home: Path) -> EarnedError:
    if is_full(error) or "disk is full" in str(error) or "No space left" in str(error):
        return DiskFull(home / FOLDER, "The store is whole: the index is made from it, and search goes on without")
    if isinstance(error, IndexLocked):
        return RunLocked(error.what, error.remedy)
    what = (
        error.what
        if isinstance(error, IndexTrouble)
        else f"The search index in {home / FOLDER} cannot be written: {error.strerror}."
    )
    return StoreError(
        what,
        f"The store is whole and search goes on without the index. If it happens again, remove {home / FOLDER} and run `earned reindex`.",
    )
