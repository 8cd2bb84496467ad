"""Parts that make many runs over nearly the same text cheap: what was embedded or read once is kept in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from retrieval.embeddings import Embedder, Vectors


class Memo:
    """An embedder that asks another one only about texts that it has not seen. Same name: the vectors are the same to 1e-5."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._seen: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        if new:
            self._seen.update(zip(new, self._embedder.embed(new), strict=True))
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return np.stack([self._seen[text] for text in texts])


class Notes:
    """Finished readings by key, for `agent.extraction.remembered.Remembered`."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def recall(self, keys: Sequence[str]) -> Mapping[str, Any]:
        return {key: self._known[key] for key in keys if key in self._known}

    def remember(self, found: Mapping[str, Any]) -> None:
        self._known.update(found)
