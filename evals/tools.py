"""Parts that make many runs over nearly the same text cheap: what was embedded or read once is kept in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from retrieval.embeddings import Embedder, Vectors
from retrieval.records import text_sha256


class Memo:
    """An embedder that asks another one only about texts that it has not seen. Same name: the vectors are the same to 1e-5."""

    def __init__(self, embedder: Embedder, seen: Mapping[str, Vectors] | None = None) -> None:
        self._embedder = embedder
        self.seen: dict[str, Vectors] = dict(seen or {})
        """What is known, by the text's sha256."""

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        keys = [text_sha256(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.seen}
        if new:
            self.seen.update(zip(new, self._embedder.embed(list(new.values())), strict=True))
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return np.stack([self.seen[key] for key in keys])


class Notes:
    """Finished readings by key, for `agent.extraction.remembered.Remembered`."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def recall(self, keys: Sequence[str]) -> Mapping[str, Any]:
        return {key: self._known[key] for key in keys if key in self._known}

    def remember(self, found: Mapping[str, Any]) -> None:
        self._known.update(found)
