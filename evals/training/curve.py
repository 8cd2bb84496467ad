"""`python -m evals.training.curve`: what more labelled accounts are worth, and the figures on unseen accounts and unseen books.

The learning curve trains on growing random sets of accounts and scores the rest, so that its points can be compared with each
other; every point is the mean of `REPEATS` draws. Nothing is written.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from evals.tools import Memo
from evals.training.corpus import TRAINING, Labelled, Rows, read, written
from evals.training.validation import Graded, best, by_account, by_book, grade, held_out, learn, with_thresholds
from retrieval.embeddings import embedder

SIZES = (12, 24, 36, 48, 60)
REPEATS = 2


def points(accounts: Sequence[Labelled], extra: Rows, sizes: Sequence[int] = SIZES) -> Iterator[tuple[int, float]]:
    """(accounts learned from, F1 of the text kinds on the others)."""
    for size in sizes:
        found: list[float] = []
        for repeat in range(REPEATS):
            order = np.random.default_rng(repeat).permutation(len(accounts))
            model = learn([accounts[i] for i in order[:size]], extra)
            rest = [accounts[i] for i in order[size:]]
            found.append(best([model.probabilities(a.items, a.rows) for a in rest], rest).f1)
        yield size, float(np.mean(found))


def show(name: str, result: Graded) -> str:
    """One validation as text: all kinds, then grades, rows gold and columns said."""
    score = result.overall
    lines = [f"{name}: precision {score.precision:.2f}, recall {score.recall:.2f}, F1 {score.f1:.2f} over all kinds"]
    lines += [
        f"  {kind:24} {s.gold:5} {s.predicted:5} {s.precision:6.2f} {s.recall:6.2f} {s.f1:6.2f}"
        for kind, s in result.kinds.items()
    ]
    lines += [f"  {gold:10} " + "  ".join(f"{said} {n:2}" for said, n in row.items()) for gold, row in result.grades.items()]
    false = ", ".join(result.false_earned) or "none"
    lines.append(f"  balanced accuracy {result.balanced:.2f}; false earned: {false}; grounded {result.grounded}/{result.quotes}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="a folder that keeps computed features between calls")
    options = parser.parse_args()
    tool = Memo(embedder("minilm"))
    accounts = read(TRAINING, tool, cache=options.cache)
    extra = written(accounts, tool, cache=options.cache)
    scores = held_out(accounts, extra, by_account(accounts))
    model = with_thresholds(learn(accounts, extra, tool.name), best(scores, accounts).threshold)
    print(show("Unseen accounts", grade(accounts, scores, model, tool)), flush=True)
    scores = held_out(accounts, extra, by_book(accounts))
    print(show("Unseen books", grade(accounts, scores, model, tool)), flush=True)
    for size, f1 in points(accounts, extra):
        print(f"{size:3} accounts: F1 {f1:.3f}", flush=True)


if __name__ == "__main__":
    main()
