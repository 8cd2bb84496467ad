"""A linear model over sentence features, one score a kind: small, shipped as data, trained by `evals.training`.

The file holds weights only (`numpy` arrays, no pickle) and is checked against its card's sha256 when it is loaded.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.errors import ConfigurationError
from agent.extraction.features import Matrix, names
from agent.kinds import TEXT_KINDS


@dataclass(frozen=True, slots=True)
class Classifier:
    kinds: tuple[str, ...]
    weights: NDArray[np.float32]
    """Shape (features, kinds)."""
    bias: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    """Probability from which a kind is proposed, chosen on held-out accounts."""
    strong: NDArray[np.float32]
    """Probability from which it counts as strong."""
    version: str
    embedder: str
    """The embedder whose vectors it was trained on; another one's are meaningless to it."""

    def probabilities(self, rows: Matrix) -> Matrix:
        """Shape (n, kinds), each between 0 and 1; the kinds are scored independently."""
        scores = rows @ self.weights + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30))), dtype=np.float32)


@cache
def shipped() -> Classifier:
    """The classifier that comes with the package. Raises ConfigurationError where the file is damaged or of other features."""
    folder = resources.files("agent.extraction").joinpath("weights")
    card: dict[str, Any] = json.loads(folder.joinpath("card.json").read_text("utf-8"))
    raw = folder.joinpath("signals.npz").read_bytes()
    if hashlib.sha256(raw).hexdigest() != card["sha256"]:
        raise ConfigurationError("The signal classifier's weights are damaged.", "Reinstall earned.")
    if tuple(card["features"]) != names() or not set(card["kinds"]) <= set(TEXT_KINDS):
        raise ConfigurationError("The signal classifier was trained on other features.", "Train it again: see evals/training.")
    return load(raw, card["kinds"], card["version"], card["embedder"])


def load(raw: bytes, kinds: Sequence[str], version: str, embedder: str) -> Classifier:
    with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
        return Classifier(
            kinds=tuple(kinds),
            weights=arrays["weights"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
            thresholds=arrays["thresholds"].astype(np.float32),
            strong=arrays["strong"].astype(np.float32),
            version=version,
            embedder=embedder,
        )
