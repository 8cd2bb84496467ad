"""`python -m evals.training.train`: learn the offline extractor's classifier from the training books and write it with its card.

The threshold is chosen on held-out accounts, never on the rows that were learned from. Needs scikit-learn (`pip install
earned[train]`); takes some minutes, most of them for embedding the books (`--cache` keeps that).
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import agent.extraction
from agent.extraction.classifier import Classifier, pack, unpack
from agent.extraction.features import Matrix, names
from agent.extraction.weighing import CONSTANT, proof_columns, risk_columns
from evals.tools import Memo
from evals.training.corpus import TRAINING, Labelled, read, written
from evals.training.validation import (
    Graded,
    Quality,
    best,
    by_account,
    by_book,
    grade,
    held_out,
    learn,
    standing,
    with_thresholds,
)
from evals.training.whole import views, weigher
from retrieval.embeddings import embedder


def card(model: Classifier, raw: bytes, accounts: list[Labelled], sentences: int, held: dict[str, Any]) -> dict[str, Any]:
    """What the file is, what it learned from, and what it is worth on accounts and books that it has not seen."""
    digest = hashlib.sha256(raw).hexdigest()
    return {
        "what": "Two logistic regressions a signal kind, over sentence embeddings and over words, averaged; see evals/training.",
        "version": digest[:12],
        "sha256": digest,
        "embedder": model.embedder,
        "books": list(TRAINING),
        "accounts": len(accounts),
        "sentences": sum(len(a.items) for a in accounts),
        "labels": sum(int(a.labels.sum()) for a in accounts),
        "written": sentences,
        "held_out": held,
        "kinds": list(model.kinds),
        "features": list(names()),
        "risk": weights(risk_columns(), model.weigher.risk),
        "proof": weights(proof_columns(), model.weigher.proof),
    }


def weights(columns: Sequence[str], values: Matrix) -> dict[str, float]:
    """For people to read: the file itself holds them."""
    return {column: round(float(value), 3) for column, value in zip((*columns, CONSTANT), values, strict=True)}


def figures(result: Graded) -> dict[str, Any]:
    """All kinds, telemetry included, and grades, by the whole pipeline on held-out accounts."""
    score = result.overall
    return {
        "precision": round(score.precision, 3),
        "recall": round(score.recall, 3),
        "f1": round(score.f1, 3),
        "balanced_accuracy": round(result.balanced, 3),
        "false_earned": result.false_earned,
        "grades": result.grades,
    }


def rounded(found: Quality) -> dict[str, float]:
    return {name: round(value, 3) for name, value in asdict(found).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="a folder that keeps computed features between calls")
    parser.add_argument("--out", type=Path, default=Path(agent.extraction.__file__).parent / "weights")
    options = parser.parse_args()
    tool = Memo(embedder("minilm"))
    accounts = read(TRAINING, tool, cache=options.cache)
    extra = written(accounts, tool, cache=options.cache)
    model = learn(accounts, extra, tool.name)
    held: dict[str, Any] = {}
    for name, groups in (("by_account", by_account(accounts)), ("by_book", by_book(accounts))):
        stands = standing(held_out(accounts, extra, groups), accounts)
        found = best(stands, accounts)
        if name == "by_account":
            model = replace(with_thresholds(model, found.threshold), weigher=weigher(accounts, views(accounts, stands)))
        held[name] = {"sentences": rounded(found), **figures(grade(accounts, stands, groups, model, tool))}
    raw = pack(model)
    page = card(model, raw, accounts, len(extra.items), held)
    unpack(raw, page["kinds"], page["version"], page["embedder"])
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "signals.npz").write_bytes(raw)
    (options.out / "card.json").write_text(json.dumps(page, indent=1) + "\n", "utf-8")
    print(json.dumps({key: value for key, value in page.items() if key not in ("kinds", "features")}, indent=1))


if __name__ == "__main__":
    main()
