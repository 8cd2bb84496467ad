"""`python -m evals.training.curve`: what more labelled accounts are worth, by cross-validation over accounts.

Each account of the training books is held out once, and scored by models that learned from growing random sets of the others, so
that every point is of the same accounts. F1 is of sentences and the kinds that words can carry, after the rules of voice and
meaning; the threshold of a point is the one of the best F1 at the precision that training asks for, as in `train`, and so is mildly
optimistic at every point alike. The points go to `evals/baselines/learning_curve.json` and into evals/README.md, and reports draw them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.extraction.features import Matrix
from evals.learning import FILE, README, Curve, Point, fill, table
from evals.metrics.stats import bootstrap
from evals.tools import Memo
from evals.training.corpus import TRAINING, Labelled, Rows, read, written
from evals.training.validation import (
    PRECISION,
    allowed,
    by_account,
    learn,
)
from retrieval.embeddings import embedder

SIZES = (6, 12, 24, 48, 90)
"""Accounts learned from; the largest that six groups of 108 leave."""
THRESHOLDS = np.arange(0.06, 0.80, 0.01)


@dataclass(frozen=True, slots=True)
class Held:
    """A held-out account at every threshold: hits, found and labelled sentences."""

    hits: NDArray[np.int64]
    found: NDArray[np.int64]
    labelled: int


def points(accounts: Sequence[Labelled], extra: Rows, sizes: Sequence[int] = SIZES, seed: int = 0) -> Iterator[Point]:
    """One for each size, smallest first. Sizes that the smallest training part cannot fill are left out."""
    groups = by_account(accounts, seed)
    stands = allowed(accounts)
    order = np.random.default_rng(seed).permutation(len(accounts))
    for size in sizes:
        if size > len(accounts) - max(map(len, groups)):
            continue
        held: list[Held] = []
        for group in groups:
            pool = [int(i) for i in order if int(i) not in set(group)]
            model = learn([accounts[i] for i in pool[:size]], extra)
            held += [_held(model.probabilities(accounts[i].items, accounts[i].rows) * stands[i], accounts[i]) for i in group]
        yield point(size, held)


def point(size: int, held: Sequence[Held]) -> Point:
    """F1 at the threshold that is best among those of enough precision, with its interval by account."""
    hits, found = np.sum([h.hits for h in held], axis=0), np.sum([h.found for h in held], axis=0)
    labelled = sum(h.labelled for h in held)
    precision = hits / np.maximum(1, found)
    f1 = 2 * hits / np.maximum(1, found + labelled)
    enough = precision >= PRECISION
    at = int(np.argmax(np.where(enough, f1, -1.0))) if enough.any() else int(np.argmax(precision))
    low, high = bootstrap([[2 * h.hits[at], h.found[at] + h.labelled] for h in held])
    return Point(
        size,
        round(float(f1[at]), 3),
        round(low, 3),
        round(high, 3),
        round(float(precision[at]), 3),
        round(hits[at] / max(1, labelled), 3),
    )


def _held(scores: Matrix, account: Labelled) -> Held:
    said = scores[None, :, :] >= THRESHOLDS[:, None, None]
    return Held((said & account.labels).sum(axis=(1, 2)), said.sum(axis=(1, 2)), int(account.labels.sum()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, help="a folder that keeps computed features between calls")
    parser.add_argument("--out", type=Path, default=FILE, help="the file of the points; evals/README.md follows the default one")
    options = parser.parse_args()
    tool = Memo(embedder("minilm"))
    accounts = read(TRAINING, tool, cache=options.cache)
    extra = written(accounts, tool, cache=options.cache)
    found: list[Point] = []
    for one in points(accounts, extra):
        print(
            f"{one.accounts:3} accounts: F1 {one.f1:.3f} [{one.low:.3f}, {one.high:.3f}], precision {one.precision:.3f}",
            flush=True,
        )
        found.append(one)
    curve = Curve(len(TRAINING), len(accounts), sum(len(a.items) for a in accounts), tuple(found))
    options.out.write_text(json.dumps(asdict(curve), indent=1) + "\n", "utf-8")
    if options.out == FILE:
        README.write_text(fill(README.read_text("utf-8"), table(curve)), "utf-8")


if __name__ == "__main__":
    main()
