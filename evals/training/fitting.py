"""Rows and labels to a `Classifier`: the two logistic regressions. Needs scikit-learn (`pip install earned[train]`). Deterministic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.extraction.candidates import Candidate
from agent.extraction.classifier import Classifier
from agent.extraction.features import Matrix, names
from agent.extraction.words import Vocabulary, build
from agent.kinds import TEXT_KINDS
from evals.training.whole import blank

PENALTY = 1.0
"""On the squared weights of the meaning model."""
STEPS = 30
"""It is stopped early, which the held-out figures like better than convergence."""
INVERSE_PENALTY = 20.0
"""Of the word model: rare terms need room. 1, 3, 10, 20 and 30 were tried; F1 grows up to 20."""
MEANING_FLAGS, WORD_FLAGS = 0.5, 0.3
"""Flags are 0 or 1 beside unit-length rows; shrinking them balances the penalty."""
FEWEST = 3
"""A kind with fewer examples is never proposed."""

Labels = NDArray[np.bool_]


def fit(items: Sequence[Candidate], rows: Matrix, labels: Labels, *, embedder: str) -> Classifier:
    """Both models on these rows. Thresholds are left at 1: they have to come from rows that were not learned from."""
    weights, bias = _meaning(rows, labels)
    vocabulary = build([(item.text, item.before, item.after) for item in items])
    word_weights, word_bias = _words(items, rows[:, -len(names()) :], labels, vocabulary)
    never = np.where(labels.sum(axis=0) < FEWEST, -100.0, 0.0).astype(np.float32)
    nothing = np.ones(len(TEXT_KINDS), dtype=np.float32)
    return Classifier(
        kinds=TEXT_KINDS,
        weights=weights,
        bias=bias + never,
        vocabulary=vocabulary,
        word_weights=word_weights,
        word_bias=word_bias + never,
        thresholds=nothing,
        firm=nothing,
        strong=nothing,
        weigher=blank(),
        version="unpacked",
        embedder=embedder,
    )


def _meaning(rows: Matrix, labels: Labels) -> tuple[Matrix, Matrix]:
    """All kinds at once by L-BFGS on rows turned so that the penalty's curvature is even: some twenty times faster."""
    from scipy.optimize import minimize  # type: ignore[import-untyped, unused-ignore]

    scale = np.ones(rows.shape[1], dtype=np.float32)
    scale[-len(names()) :] = MEANING_FLAGS
    scaled, truth = rows * scale, labels.astype(np.float32)
    count, wide, kinds = len(rows), rows.shape[1], labels.shape[1]
    even = 0.03  # about p (1 - p) of a rare kind
    curvature = (scaled.T @ scaled).astype(np.float64) * even + PENALTY * np.eye(wide)
    turn = np.linalg.inv(np.linalg.cholesky(curvature)).T.astype(np.float32)
    turned, unit = scaled @ turn, np.sqrt(count * even)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        point = flat.reshape(wide + 1, kinds).astype(np.float32)
        real = turn @ point[:-1]
        scores = turned @ point[:-1] + point[-1] / unit
        error = 1 / (1 + np.exp(-np.clip(scores, -30, 30))) - truth
        each = np.maximum(scores, 0) + np.log1p(np.exp(-np.abs(scores))) - truth * scores
        slope = np.vstack([turned.T @ error + PENALTY * (turn.T @ real), error.sum(axis=0, keepdims=True) / unit])
        return float(each.sum(dtype=np.float64)) + 0.5 * PENALTY * float((real**2).sum()), slope.ravel().astype(np.float64)

    share = (truth.mean(axis=0) + 1e-4) / (1 - truth.mean(axis=0))
    start = np.vstack([np.zeros((wide, kinds)), np.log(share) * unit]).ravel()
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x.reshape(wide + 1, kinds)
    weights = (turn @ found[:-1].astype(np.float32)) * scale[:, None]
    return weights, np.asarray(found[-1] / unit, dtype=np.float32)


def _words(items: Sequence[Candidate], flags: Matrix, labels: Labels, vocabulary: Vocabulary) -> tuple[Matrix, Matrix]:
    from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped, unused-ignore]
    from sklearn.linear_model import LogisticRegression

    sparse = [vocabulary.row(item) for item in items]
    ends = np.cumsum([0, *(len(columns) for columns, _ in sparse)])
    terms = csr_matrix(
        (np.concatenate([v for _, v in sparse]), np.concatenate([c for c, _ in sparse]), ends),
        shape=(len(items), len(vocabulary.columns)),
    )
    rows: Any = hstack([terms, csr_matrix(flags * WORD_FLAGS)]).tocsr()
    weights, bias = np.zeros((rows.shape[1], labels.shape[1])), np.zeros(labels.shape[1])
    for k in np.flatnonzero(labels.sum(axis=0) >= FEWEST):
        model = LogisticRegression(C=INVERSE_PENALTY, solver="liblinear", random_state=0).fit(rows, labels[:, k])
        weights[:, k], bias[k] = model.coef_[0], model.intercept_[0]
    weights[-flags.shape[1] :] *= WORD_FLAGS
    return weights.astype(np.float32), bias.astype(np.float32)
