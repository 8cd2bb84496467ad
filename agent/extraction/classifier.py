"""Two linear models over a sentence, one of its meaning and one of its words, averaged: small, shipped as data.

Both are logistic regressions, one a kind, trained by `evals.training`. The file holds `numpy` arrays only (no pickle) and is
checked against its card's sha256 when it is loaded.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agent.errors import ConfigurationError
from agent.extraction.candidates import Candidate
from agent.extraction.features import Matrix, names
from agent.extraction.weighing import CONSTANT, Weigher, proof_columns, risk_columns
from agent.extraction.words import Vocabulary
from agent.kinds import TEXT_KINDS

CLIP: Final = 9.0
"""A model's log-odds are cut here before they are averaged, so that neither can overrule the other alone."""


@dataclass(frozen=True, slots=True)
class Classifier:
    kinds: tuple[str, ...]
    weights: Matrix
    """Of the embeddings and flags, shape (features, kinds)."""
    bias: Matrix
    vocabulary: Vocabulary
    word_weights: Matrix
    """Of the terms and then the flags, shape (terms + flags, kinds)."""
    word_bias: Matrix
    thresholds: Matrix
    """Probability from which a kind is proposed, chosen on held-out accounts."""
    firm: Matrix
    """Probability from which it is more than a hint: below, it neither proves nor blocks (`weak`)."""
    strong: Matrix
    """Probability from which it counts as strong."""
    weigher: Weigher
    """What it makes of an account's sentences together."""
    version: str
    embedder: str
    """The embedder whose vectors it was trained on; another one's are meaningless to it."""

    def probabilities(self, items: Sequence[Candidate], rows: Matrix) -> Matrix:
        """Shape (n, kinds), each between 0 and 1; the kinds are scored independently. `rows`: `features(items, ...)`."""
        if not items:
            return np.zeros((0, len(self.kinds)), dtype=np.float32)
        meaning = rows @ self.weights + self.bias
        worded = rows[:, -len(names()) :] @ self.word_weights[-len(names()) :] + self.word_bias
        for number, item in enumerate(items):
            columns, values = self.vocabulary.row(item)
            worded[number] += values @ self.word_weights[columns]
        return combined(meaning, worded)


def combined(meaning: Matrix, worded: Matrix) -> Matrix:
    """The probability of the mean of both models' log-odds."""
    mean = (np.clip(meaning, -CLIP, CLIP) + np.clip(worded, -CLIP, CLIP)) / 2
    return np.asarray(1.0 / (1.0 + np.exp(-mean)), dtype=np.float32)


@cache
def shipped() -> Classifier:
    """The classifier that comes with the package. Raises ConfigurationError where the file is damaged or of other features."""
    folder = resources.files("agent.extraction").joinpath("weights")
    card: dict[str, Any] = json.loads(folder.joinpath("card.json").read_text("utf-8"))
    return verified(folder.joinpath("signals.npz").read_bytes(), card)


def verified(raw: bytes, card: dict[str, Any]) -> Classifier:
    """The classifier in `raw`, if it is what its card says. Raises ConfigurationError."""
    if hashlib.sha256(raw).hexdigest() != card["sha256"]:
        raise ConfigurationError("The signal classifier's weights are damaged.", "Reinstall earned.")
    columns = {
        "features": names(),
        "kinds": TEXT_KINDS,
        "risk": (*risk_columns(), CONSTANT),
        "proof": (*proof_columns(), CONSTANT),
    }
    if any(tuple(card.get(part, ())) != expected for part, expected in columns.items()):
        raise ConfigurationError("The signal classifier was trained on other features.", "Train it again: see evals/training.")
    return unpack(raw, card["kinds"], card["version"], card["embedder"])


def pack(model: Classifier) -> bytes:
    """The file's bytes: the same model always gives the same bytes."""
    terms = "\n".join(sorted(model.vocabulary.columns, key=lambda term: model.vocabulary.columns[term]))
    arrays: dict[str, NDArray[Any]] = {
        "weights": model.weights.astype(np.float16),
        "bias": model.bias,
        "terms": np.frombuffer(terms.encode("utf-8"), dtype=np.uint8),
        "rarity": model.vocabulary.rarity.astype(np.float16),
        "word_weights": model.word_weights.astype(np.float16),
        "word_bias": model.word_bias,
        "thresholds": model.thresholds,
        "firm": model.firm,
        "strong": model.strong,
        "risk": model.weigher.risk,
        "proof": model.weigher.proof,
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def unpack(raw: bytes, kinds: Sequence[str], version: str, embedder: str) -> Classifier:
    with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
        terms = arrays["terms"].tobytes().decode("utf-8").split("\n")
        numbers = {name: arrays[name].astype(np.float32) for name in arrays.files if name != "terms"}
    return Classifier(
        kinds=tuple(kinds),
        weights=numbers["weights"],
        bias=numbers["bias"],
        vocabulary=Vocabulary({term: column for column, term in enumerate(terms)}, numbers["rarity"]),
        word_weights=numbers["word_weights"],
        word_bias=numbers["word_bias"],
        thresholds=numbers["thresholds"],
        firm=numbers["firm"],
        strong=numbers["strong"],
        weigher=Weigher(numbers["risk"], numbers["proof"]),
        version=version,
        embedder=embedder,
    )
