"""Labelled books as rows: one candidate sentence, its features, and which kinds a careful reader gave it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.extraction.candidates import Candidate, candidates
from agent.extraction.features import Matrix, cue_hits, features, names
from agent.kinds import TEXT_KINDS
from agent.pipeline import Inputs
from evals.labels import DATASETS, GoldAccount, locate, read_gold
from evals.training.phrases import read_phrases
from retrieval.accounts import Catalog
from retrieval.embeddings import Embedder
from retrieval.readers.book import Book, open_book

TRAINING = ("corvane", "halyard", "mirrowell", "quillstone", "ostrava", "brackenfold", "penhallow", "lindqvist", "marwick")
"""Books whose labels may be learned from. Tessellate is never among them: it is what the README reports."""
OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Labelled:
    """One account: what the pipeline reads of it, its sentences as rows, and what they were labelled."""

    book: str
    inputs: Inputs
    gold: GoldAccount
    items: list[Candidate]
    rows: Matrix
    labels: NDArray[np.bool_]
    """`labels[i, k]`: sentence i was labelled with `TEXT_KINDS[k]`."""
    missed: int
    """Labelled quotes that no candidate sentence covers: the ceiling that sentence splitting sets."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Sentences of several accounts, or the hand-written ones."""

    items: list[Candidate]
    rows: Matrix
    labels: NDArray[np.bool_]


def read(books: tuple[str, ...], embedder: Embedder, *, cache: Path | None = None) -> list[Labelled]:
    """Accounts of the books. `cache`: a folder that keeps computed features between calls, keyed by what they depend on."""
    return [account for book in books for account in _book(DATASETS / book, embedder, cache)]


def stack(accounts: list[Labelled]) -> Rows:
    items = [item for account in accounts for item in account.items]
    return Rows(items, np.vstack([a.rows for a in accounts]), np.vstack([a.labels for a in accounts]))


def written(accounts: list[Labelled], embedder: Embedder, *, cache: Path | None = None) -> Rows:
    """The hand-written sentences. They know no catalogue: its columns are what they are on average in the accounts."""
    items, labels = read_phrases()
    rows = _features(items, Catalog(), "", embedder, cache).copy()
    rows[:, -2:] = np.mean([a.rows[:, -2:].mean(axis=0) for a in accounts], axis=0)
    return Rows(items, rows, labels)


def _book(path: Path, embedder: Embedder, cache: Path | None) -> list[Labelled]:
    book, gold = open_book(path), read_gold(path)
    return [_account(path.name, book, account.account_id, gold[account.account_id], embedder, cache) for account in book.accounts]


def _account(name: str, book: Book, key: str, gold: GoldAccount, embedder: Embedder, cache: Path | None) -> Labelled:
    account = next(a for a in book.accounts if a.account_id == key)
    contacts = tuple(c for c in book.contacts if c.account_id == key)
    records = tuple(book.records(key).records)
    items = list(candidates(records, contacts))
    labels, missed = np.zeros((len(items), len(TEXT_KINDS)), dtype=np.bool_), 0
    for signal in gold.signals:
        span = locate(signal, list(records))
        if span is None or signal.kind not in TEXT_KINDS:
            continue
        near = (i for i, item in enumerate(items) if item.record.record_id == span.record_id)
        hit = [i for i in near if _iou(items[i], span.start, span.end) >= OVERLAP]
        missed += not hit
        labels[hit, TEXT_KINDS.index(signal.kind)] = True
    rows = _features(items, book.catalog, account.plan, embedder, cache)
    return Labelled(name, Inputs(account, contacts, book.team, book.catalog, records), gold, items, rows, labels, missed)


def _features(items: list[Candidate], catalog: Catalog, plan: str, embedder: Embedder, cache: Path | None) -> Matrix:
    if cache is None:
        return features(items, catalog, plan, embedder)
    seen = repr([(c.before, c.text, c.record.context, c.role, c.index, c.count, sorted(cue_hits(c.text))) for c in items])
    seen += repr((names(), embedder.name, plan, catalog))
    file = cache / f"{hashlib.sha256(seen.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(file, features(items, catalog, plan, embedder))
    return np.asarray(np.load(file), dtype=np.float32)


def _iou(item: Candidate, start: int, end: int) -> float:
    shared = min(item.end, end) - max(item.start, start)
    return max(0, shared) / (max(item.end, end) - min(item.start, start))
