"""`python -m evals.training.train`: learn the offline extractor's classifier from the training books and write it with its card.

One logistic regression a kind over the features of `agent.extraction.features`. The threshold is chosen on held-out accounts
(account-wise cross-validation), never on the rows that were learned from. Needs scikit-learn (`pip install earned[train]`).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import agent.extraction
from agent.extraction.features import Matrix, cue_hits, names
from agent.extraction.offline import may_stand
from agent.kinds import TEXT_KINDS
from evals.training.corpus import TRAINING, Corpus, read
from retrieval.embeddings import embedder

INVERSE_PENALTY = 1.0
FLAG_SCALE = 0.5
"""Flags are 0 or 1 beside unit-length embeddings; halving them balances the penalty."""
FOLDS = 6
PRECISION = 0.60
"""The threshold is the one of the best F1 among those of at least this precision on held-out accounts."""

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quality:
    """Sentence-level, text kinds only, on held-out accounts, after the rules of voice and meaning."""

    threshold: float
    precision: float
    recall: float
    f1: float


def fit(rows: Matrix, labels: NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
    """Weights (features, kinds) and bias (kinds,). A kind with fewer than three examples is never proposed."""
    from sklearn.linear_model import LogisticRegression

    scale = _scale(rows.shape[1])
    weights, bias = np.zeros((rows.shape[1], labels.shape[1])), np.full(labels.shape[1], -30.0)
    for k in range(labels.shape[1]):
        if labels[:, k].sum() >= 3:
            model = LogisticRegression(C=INVERSE_PENALTY, max_iter=400).fit(rows * scale, labels[:, k])
            weights[:, k], bias[k] = model.coef_[0] * scale, model.intercept_[0]
    return weights.astype(np.float32), bias.astype(np.float32)


def held_out(corpus: Corpus, seed: int = 0) -> Scores:
    """Every row's probabilities by a model that has not seen its account. Shape (n, kinds)."""
    accounts = np.array(sorted(set(corpus.accounts)))
    np.random.default_rng(seed).shuffle(accounts)
    scores = np.zeros(corpus.labels.shape)
    for group in np.array_split(accounts, FOLDS):
        test = np.isin(corpus.accounts, group)
        weights, bias = fit(corpus.rows[~test], corpus.labels[~test])
        scores[test] = 1 / (1 + np.exp(-(corpus.rows[test] @ weights + bias)))
    return scores * allowed(corpus)


def allowed(corpus: Corpus) -> NDArray[np.bool_]:
    """Which kinds the rules let stand for each row. Shape (n, kinds)."""
    return np.array([[may_stand(kind, item, cue_hits(item.text)) for kind in TEXT_KINDS] for item in corpus.items])


def quality(scores: Scores, labels: NDArray[np.bool_], threshold: float) -> Quality:
    found = scores >= threshold
    hits = int((found & labels).sum())
    precision, recall = hits / max(1, int(found.sum())), hits / max(1, int(labels.sum()))
    return Quality(threshold, precision, recall, 2 * hits / max(1, int(found.sum() + labels.sum())))


def best(scores: Scores, labels: NDArray[np.bool_]) -> Quality:
    """The best F1 among thresholds that keep `PRECISION`, or the most precise one where none does."""
    tried = [quality(scores, labels, float(t)) for t in np.arange(0.06, 0.80, 0.01)]
    precise = [q for q in tried if q.precision >= PRECISION]
    return max(precise, key=lambda q: q.f1) if precise else max(tried, key=lambda q: q.precision)


def _scale(columns: int) -> Matrix:
    scale = np.ones(columns, dtype=np.float32)
    scale[columns - len(names()) :] = FLAG_SCALE
    return scale


def write(corpus: Corpus, found: Quality, model: str, folder: Path) -> dict[str, Any]:
    """Train on everything and write weights and card into `folder`. Returns the card."""
    weights, bias = fit(corpus.rows, corpus.labels)
    kinds = len(TEXT_KINDS)
    arrays = {
        "weights": weights.astype(np.float16),
        "bias": bias,
        "thresholds": np.full(kinds, found.threshold, dtype=np.float32),
        "strong": np.full(kinds, min(0.9, 2 * found.threshold), dtype=np.float32),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    raw = buffer.getvalue()
    digest = hashlib.sha256(raw).hexdigest()
    card = {
        "what": "One logistic regression a signal kind over sentence embeddings and cues; see evals/training.",
        "version": digest[:12],
        "sha256": digest,
        "embedder": model,
        "books": list(TRAINING),
        "sentences": len(corpus.items),
        "labels": int(corpus.labels.sum()),
        "held_out": {"threshold": found.threshold, "precision": found.precision, "recall": found.recall, "f1": found.f1},
        "kinds": list(TEXT_KINDS),
        "features": list(names()),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "signals.npz").write_bytes(raw)
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    return card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="a folder that keeps computed features between calls")
    parser.add_argument("--out", type=Path, default=Path(agent.extraction.__file__).parent / "weights")
    options = parser.parse_args()
    tool = embedder("minilm")
    corpus = read(TRAINING, tool, cache=options.cache)
    found = best(held_out(corpus), corpus.labels)
    card = write(corpus, found, tool.name, options.out)
    print(json.dumps({key: card[key] for key in ("version", "books", "sentences", "labels", "held_out")}, indent=1))


if __name__ == "__main__":
    main()
