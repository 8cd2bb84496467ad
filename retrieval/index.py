"""A Chroma index of the whole estate's vectors, derived from SQL: it may be lost at any time and is built anew by `rebuild`.

Chroma holds ids, accounts and vectors, never a text. Accounts are spread over hash buckets, because a filtered query costs what
its collection holds, not what it finds. One process writes, under a lock; readers notice when it wrote and open the index
again, because a Chroma client that was open before a write answers wrongly after it, without an error.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from retrieval.exact import ExactIndex, IndexLocked, IndexTrouble, IndexUnavailable, VectorIndex, embedded
from retrieval.index_files import IndexFiles, Place, State
from retrieval.store import load_vectors
from retrieval.tables import passages, vectors

__all__ = ["Check", "ChromaIndex", "ExactIndex", "IndexLocked", "IndexTrouble", "IndexUnavailable", "Synced", "VectorIndex"]

BUCKETS = 16
BUCKET_AIM = 3000
"""Vectors in a bucket on average, so that hardly any holds more than 5,000."""
BATCH = 500
HELD = 4
"""Buckets that an update has open at a time. Chroma keeps what it opened in memory until its client is closed: without a limit a build
held every vector of the estate (57,000 took 260 MB, now 135), and opening again costs no measurable CPU.
"""
HNSW = {"ef_construction": 400, "ef_search": 500, "max_neighbors": 48, "sync_threshold": 100, "batch_size": 100}
"""Far above the defaults, which lost 4 % of passages to their own vector where many texts are alike; a query costs the same.

What was written since the last `sync_threshold` rows is put into the graph again whenever a collection is opened: with the default of
1,000 that took half a second of CPU for each bucket, with this one a sixtieth, and writing is no slower.
"""
ATTEMPTS = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did to the index, in passages."""

    added: int = 0
    kept: int = 0
    removed: int = 0
    rebuilt: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """What `earned doctor` prints: `problem` is "" when the index can be trusted."""

    problem: str
    remedy: str
    in_store: int
    in_index: int = 0
    sampled: int = 0
    missed: int = 0

    @property
    def ok(self) -> bool:
        return not self.problem


class ChromaIndex:
    """The index of the vectors of the embedder named `embedder`, in the folder `root` or at another place: a server.

    Nothing is opened before it is used.
    """

    def __init__(self, root: Path | Place, embedder: str) -> None:
        self._files: Place = IndexFiles(root) if isinstance(root, Path) else root
        self._embedder = embedder
        self._opened: tuple[str, int, Any] | None = None

    def query(self, vector: NDArray[np.float32], k: int, account_id: str | None = None) -> list[tuple[str, float]]:
        """`(passage_id, cosine similarity)` of about the `k` nearest, best first. Raises IndexUnavailable."""
        state = self._ready_state()
        only = None if account_id is None else _bucket(account_id, state.buckets)
        where = None if account_id is None else {"account_id": account_id}
        found: list[tuple[str, float]] = []
        for name, held in state.collections.items():
            if only in (None, name):
                collection = self._collection(state, name)
                found.extend(self._nearest(collection, vector, k, 0 if account_id else min(k, held), where))
        if self._ready_state() != state:
            raise self._unfinished()
        return sorted(found, key=lambda item: (-item[1], item[0]))[:k]

    def sync(self, connection: Connection, account_ids: Iterable[str] | None = None) -> Synced:
        """Make the index hold exactly the vectors that SQL has for these accounts (or for all of them).

        Idempotent. Builds the index if there is none that can be used, and finishes what a killed writer left. Raises
        IndexLocked.
        """
        with self._files.writing():
            state = self._files.state()
            if state is None or state.embedder != self._embedder or not self._files.has_database(state):
                return self._rebuild(connection)
            chosen = list(dict.fromkeys(account_ids)) if account_ids is not None and state.ready else None
            self._files.save(replace(state, ready=False))
            try:
                counts, done = self._update(connection, state, chosen)
            except IndexUnavailable:
                return self._rebuild(connection)
            self._files.save(replace(state, ready=True, generation=state.generation + 1, collections=counts))
            return done

    def rebuild(self, connection: Connection) -> Synced:
        """Build the index in a new folder, swap, and delete the old one. Raises IndexLocked, IndexUnavailable.

        This is what erases: Chroma's own deletion leaves vectors in its files, a new folder has none of them.
        """
        with self._files.writing():
            return self._rebuild(connection)

    def check(self, connection: Connection, sample: int = 50) -> Check:
        """Compare with SQL: how many vectors, and whether a sample of passages find themselves. Never raises for the index."""
        stored = connection.scalar(select(func.count()).select_from(embedded(self._embedder).subquery())) or 0
        query = embedded(self._embedder, vectors.c.vector).order_by(passages.c.indexed_sha256, passages.c.passage_id)
        rows = connection.execute(query.limit(sample)).all()
        try:
            state = self._ready_state()
            held = sum(self._do(self._collection(state, name).count) for name in state.collections)
            missed = sum(not self._finds(row) for row in rows)
        except IndexUnavailable as error:
            return Check(error.what, error.remedy, stored)
        problem = ""
        if held != stored:
            problem = f"The search index holds {held} vectors, the store {stored}."
        elif missed > len(rows) // 10:  # the index is approximate; a damaged one misses most
            problem = f"{missed} of {len(rows)} sampled passages are not found by their own vector."
        return Check(problem, "Run `earned reindex`." if problem else "", stored, held, len(rows), missed)

    def close(self) -> None:
        """Let go of the files."""
        opened, self._opened = self._opened, None
        if opened is not None:
            with suppress(Exception):
                opened[2].close()

    def _nearest(
        self, collection: Any, vector: NDArray[np.float32], k: int, at_least: int, where: dict[str, str] | None = None
    ) -> list[tuple[str, float]]:
        ask = partial(collection.query, n_results=k, where=where, include=["distances"])
        answer = self._do(partial(ask, query_embeddings=[np.asarray(vector, dtype=np.float32)]))
        keys, distances = answer["ids"][0], answer["distances"][0]
        if len(keys) < at_least:
            raise IndexUnavailable(f"The search index {self._files} has lost vectors.", "Run `earned reindex`.")
        return [(_passage_id(key), 1 - float(distance)) for key, distance in zip(keys, distances, strict=True)]

    def _finds(self, row: Any) -> bool:
        near = self.query(np.frombuffer(row.vector, dtype="<f4"), 3, row.account_id)
        return any(passage_id == row.passage_id or similarity > 1 - 1e-4 for passage_id, similarity in near)

    def _rebuild(self, connection: Connection) -> Synced:
        self.close()
        total = connection.scalar(select(func.count()).select_from(embedded(self._embedder).subquery())) or 0
        state = State(self._embedder, max(BUCKETS, -(-total // BUCKET_AIM)), f"chroma-{uuid.uuid4().hex[:12]}")
        self._client(state)  # an empty estate has an index too
        counts, done = self._update(connection, state, None)
        self._files.save(replace(state, ready=True, collections=counts))
        self._files.remove_others(state)
        return replace(done, rebuilt=True)

    def _update(self, connection: Connection, state: State, account_ids: Sequence[str] | None) -> tuple[dict[str, int], Synced]:
        """Bucket by bucket, and only so many open at a time: memory does not grow with the estate."""
        asked = connection.scalars(select(passages.c.account_id).distinct()) if account_ids is None else account_ids
        owners: dict[str, list[str]] = {}
        for account_id in asked:
            owners.setdefault(_bucket(account_id, state.buckets), []).append(account_id)
        counts = dict(state.collections)
        done = Synced()
        for at, name in enumerate(sorted({*owners, *counts} if account_ids is None else owners)):
            if at and at % HELD == 0:
                self.close()
            here = None if account_ids is None else owners[name]
            rows = self._wanted(connection, owners.get(name, []))
            if not rows and name not in counts:
                continue
            collection = self._collection(state, name, create=True)
            had: set[str] = set()
            for where in [None] if here is None else [{"account_id": {"$in": list(chunk)}} for chunk in _batches(here)]:
                had.update(self._do(partial(collection.get, where=where, include=[]))["ids"])
            gone, fresh = sorted(had - rows.keys()), sorted(rows.keys() - had)
            for keys in _batches(gone):
                self._do(partial(collection.delete, ids=keys))
            for keys in _batches(fresh):
                self._upsert(connection, collection, {key: rows[key] for key in keys})
            counts[name] = self._do(collection.count)
            if counts[name]:  # ask it something: lost files show only then
                probe = self._do(partial(collection.get, limit=1, include=["embeddings"]))["embeddings"][0]
                self._nearest(collection, probe, 10, min(10, counts[name]))
            done = Synced(done.added + len(fresh), done.kept + len(had & rows.keys()), done.removed + len(gone))
        return counts, done

    def _wanted(self, connection: Connection, account_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """What the index should hold of these accounts: key to (account, hash of the text)."""
        found: dict[str, tuple[str, str]] = {}
        for chunk in _batches(account_ids):
            for row in connection.execute(embedded(self._embedder).where(passages.c.account_id.in_(chunk))):
                found[f"{row.passage_id}.{row.indexed_sha256[:12]}"] = (row.account_id, row.indexed_sha256)
        return found

    def _upsert(self, connection: Connection, collection: Any, rows: Mapping[str, tuple[str, str]]) -> None:
        found = load_vectors(connection, self._embedder, (sha256 for _, sha256 in rows.values()))
        ids = [key for key, (_, sha256) in rows.items() if sha256 in found]
        if ids:
            given = [found[rows[key][1]] for key in ids]
            accounts = [{"account_id": rows[key][0]} for key in ids]
            self._do(partial(collection.upsert, ids=ids, embeddings=given, metadatas=accounts))

    def _collection(self, state: State, name: str, *, create: bool = False) -> Any:
        client = self._client(state)
        name = self._files.name(state, name)
        if create:
            how = {"hnsw": {"space": "cosine", **HNSW}}
            return self._do(partial(client.get_or_create_collection, name, configuration=how, embedding_function=None))
        return self._do(partial(client.get_collection, name, embedding_function=None))

    def _client(self, state: State) -> Any:
        if self._opened is not None and self._opened[:2] == (state.folder, state.generation):
            return self._opened[2]
        self.close()
        if not self._files.complete(state):
            raise IndexUnavailable(f"The search index {self._files} has lost files.", "Run `earned reindex`.")

        client = self._do(partial(self._files.open, state))
        self._opened = (state.folder, state.generation, client)
        return client

    def _do(self, call: Callable[[], T]) -> T:
        """Chroma's answer, or IndexUnavailable after a few attempts, whatever it raised."""
        troubles: list[BaseException] = []
        while len(troubles) < ATTEMPTS:
            try:
                return call()
            except IndexUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - Chroma documents no exceptions; none of them may stop a search
                troubles.append(error)
            except BaseException as error:
                if type(error).__name__ != "PanicException":  # a panic of its Rust core
                    raise
                troubles.append(error)
        trouble = troubles[0]  # the later ones may only be echoes
        said = str(trouble).splitlines()[0] if str(trouble) else type(trouble).__name__
        raise IndexUnavailable(f"The search index {self._files} cannot be used ({said}).", "Run `earned reindex`.") from trouble

    def _ready_state(self) -> State:
        state = self._files.state()
        if state is None or (state.ready and not self._files.has_database(state)):
            raise IndexUnavailable(f"There is no search index {self._files}.", "Run `earned reindex`.")
        if not state.ready:
            raise self._unfinished()
        if state.embedder != self._embedder:
            raise IndexUnavailable(
                f"The search index {self._files} is of the embedder {state.embedder}, not {self._embedder}.",
                "Run `earned reindex`.",
            )
        return state

    def _unfinished(self) -> IndexUnavailable:
        return IndexUnavailable(
            f"The search index {self._files} is being written, or its writer was stopped.",
            "Wait for the run to end; if none is under way, run `earned reindex`.",
        )


def _batches(items: Sequence[str]) -> Iterator[list[str]]:
    return (list(items[at : at + BATCH]) for at in range(0, len(items), BATCH))


def _bucket(account_id: str, buckets: int) -> str:
    """The collection of an account: a hash that is the same in every process and version."""
    number = int.from_bytes(hashlib.sha256(account_id.encode("utf-8", "surrogatepass")).digest()[:8])
    return f"passages-{number % buckets:04d}"


def _passage_id(key: str) -> str:
    return key.rpartition(".")[0]
