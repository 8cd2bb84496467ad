"""Learning what an account as a whole makes of its sentences: labels of open blockers and missing proof to an `agent` `Weigher`.

It learns from probabilities that the sentence classifier gave to accounts that it had not seen: those that it learned from it knows
too well. Needs scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agent.extraction.features import Matrix
from agent.extraction.weighing import BLOCKING, View, Weigher, proof_columns, risk_columns, view
from agent.kinds import CORE
from evals.training.corpus import Labelled

RISK_ROOM, PROOF_ROOM = 0.1, 0.3
"""Inverse penalties. Half and twice as much change no held-out grade in twenty."""


def blank() -> Weigher:
    """One that has learned nothing: every chance is a half."""
    return Weigher(*(np.zeros(len(columns) + 1, dtype=np.float32) for columns in (risk_columns(), proof_columns())))


def views(accounts: Sequence[Labelled], stands: Sequence[Matrix]) -> list[View]:
    """Each account with its held-out probabilities (0 where a rule forbids the kind)."""
    return [view(account.items, chances) for account, chances in zip(accounts, stands, strict=True)]


def weigher(accounts: Sequence[Labelled], seen: Sequence[View]) -> Weigher:
    """From the labels of these accounts. `seen`: the same accounts as `views` gives them."""
    risks = [account.risk(kind) for account in seen for kind in BLOCKING]
    blocks = [kind in account.gold.verdict["blockers"] for account in accounts for kind in BLOCKING]
    proofs = [account.proof(part) for account in seen for part in CORE]
    held = [part.value not in account.gold.verdict["missing_proof"] for account in accounts for part in CORE]
    return Weigher(_fit(np.array(risks), blocks, RISK_ROOM), _fit(np.array(proofs), held, PROOF_ROOM))


def held_out_weighers(accounts: Sequence[Labelled], stands: Sequence[Matrix], groups: Sequence[Sequence[int]]) -> list[Weigher]:
    """For each account one that learned from the accounts of the other groups."""
    seen = views(accounts, stands)
    found = [blank()] * len(accounts)
    for group in groups:
        rest = [i for i in range(len(accounts)) if i not in set(group)]
        learned = weigher([accounts[i] for i in rest], [seen[i] for i in rest])
        for i in group:
            found[i] = learned
    return found


def _fit(rows: NDArray[np.float64], truth: Sequence[bool], room: float) -> Matrix:
    """Weights of the raw columns and the constant. The penalty is on columns of equal spread."""
    from sklearn.linear_model import LogisticRegression

    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread < 1e-6] = 1.0  # a column that is always the same, but for rounding, says nothing
    model = LogisticRegression(C=room, max_iter=3000).fit((rows - middle) / spread, np.array(truth))
    weights = model.coef_[0] / spread
    return np.asarray([*weights, model.intercept_[0] - float(weights @ middle)], dtype=np.float32)
