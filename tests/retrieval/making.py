"""Records, stores and a fast deterministic embedder for the tests of retrieval."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from retrieval import store
from retrieval.embeddings import Embedder, normalised
from retrieval.lexical import tokens
from retrieval.passages import passages_of
from retrieval.records import Record, Visibility, Voice


class WordBagEmbedder:
    """A vector per stem, summed: texts that share words are near each other, and nothing has to be loaded."""

    name = "word-bag-1"
    dimensions = 48

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for i, text in enumerate(texts):
            for token in tokens(text):
                seed = int.from_bytes(hashlib.sha256(token.encode()).digest()[:8])
                rows[i] += np.random.default_rng(seed).normal(size=self.dimensions)
        return normalised(rows)


def record(
    record_id: str,
    text: str,
    *,
    account_id: str = "acc-1",
    document: str = "ticket:1",
    position: int = 0,
    speaker: str | None = "Dana Ruiz",
    voice: Voice = Voice.CUSTOMER,
    voice_reason: str = "in the contacts",
    occurred_at: str = "2026-05-01",
    context: Mapping[str, str] | None = None,
    source: str | None = None,
) -> Record:
    return Record(
        record_id=record_id,
        account_id=account_id,
        source=source or (document if document.startswith(("transcript:", "usage:")) else f"{document}/comment:{record_id}"),
        locator=f"part {position}",
        document=document,
        occurred_at=occurred_at,
        speaker=speaker,
        speaker_email=None,
        voice=voice,
        voice_reason=voice_reason,
        visibility=Visibility.PUBLIC,
        text=text,
        position=position,
        context=dict(context or {}),
    )


def call(texts: Iterable[str], *, account_id: str = "acc-1", name: str = "2026-05-19-review") -> list[Record]:
    return [
        record(f"{account_id}-{name}-{i}", text, account_id=account_id, document=f"transcript:{name}", position=i)
        for i, text in enumerate(texts)
    ]


def fill(connection: Connection, records: Iterable[Record], embedder: Embedder | None = None) -> None:
    """Store the records by account with their passages, and embed what is new."""
    by_account: dict[str, list[Record]] = {}
    for item in records:
        by_account.setdefault(item.account_id, []).append(item)
    for account_id, items in by_account.items():
        store.replace_account(connection, account_id, items, passages_of(items))
    if embedder is not None:
        embed_missing(connection, embedder)


def embed_missing(connection: Connection, embedder: Embedder) -> None:
    missing = store.missing_vectors(connection, embedder.name)
    vectors = embedder.embed([item.text for item in missing])
    store.save_vectors(connection, embedder.name, {item.text_sha256: row for item, row in zip(missing, vectors, strict=True)})
