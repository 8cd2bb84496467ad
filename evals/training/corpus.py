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
from evals.labels import DATASETS, locate, read_gold
from retrieval.embeddings import Embedder
from retrieval.readers.book import open_book

TRAINING = ("corvane", "halyard", "mirrowell", "quillstone")
"""Books whose labels may be learned from. Tessellate is never among them: it is what the README reports."""
OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Corpus:
    """Aligned rows: `labels[i, k]` is whether sentence i was labelled with `TEXT_KINDS[k]`."""

    items: list[Candidate]
    rows: Matrix
    labels: NDArray[np.bool_]
    accounts: NDArray[np.str_]
    missed: int
    """Labelled quotes that no candidate sentence covers: the ceiling that sentence splitting sets."""


def read(books: tuple[str, ...], embedder: Embedder, *, cache: Path | None = None) -> Corpus:
    """Read books into rows. `cache`: a folder that keeps computed features between calls, keyed by what they depend on."""
    parts = [_book(DATASETS / book, embedder, cache) for book in books]
    return Corpus(
        items=[item for part in parts for item in part.items],
        rows=np.vstack([part.rows for part in parts]),
        labels=np.vstack([part.labels for part in parts]),
        accounts=np.concatenate([part.accounts for part in parts]),
        missed=sum(part.missed for part in parts),
    )


def _book(path: Path, embedder: Embedder, cache: Path | None) -> Corpus:
    book, gold = open_book(path), read_gold(path)
    items: list[Candidate] = []
    rows: list[Matrix] = []
    labels: list[NDArray[np.bool_]] = []
    accounts: list[str] = []
    missed = 0
    for account in book.accounts:
        key = account.account_id
        records = list(book.records(key).records)
        found = list(candidates(records, [c for c in book.contacts if c.account_id == key]))
        marked = np.zeros((len(found), len(TEXT_KINDS)), dtype=np.bool_)
        for signal in gold[key].signals:
            span = locate(signal, records)
            if span is None or signal.kind not in TEXT_KINDS:
                continue
            hit = [i for i, c in enumerate(found) if c.record.record_id == span.record_id and _iou(c, span.start, span.end) >= OVERLAP]
            missed += not hit
            marked[hit, TEXT_KINDS.index(signal.kind)] = True
        items += found
        rows.append(_features(found, book, account.plan, embedder, cache))
        labels.append(marked)
        accounts += [key] * len(found)
    return Corpus(items, np.vstack(rows), np.vstack(labels), np.asarray(accounts), missed)


def _features(found: list[Candidate], book: object, plan: str, embedder: Embedder, cache: Path | None) -> Matrix:
    from retrieval.readers.book import Book

    assert isinstance(book, Book)
    if cache is None:
        return features(found, book.catalog, plan, embedder)
    seen = repr([(c.before, c.text, c.record.context, c.role, sorted(cue_hits(c.text))) for c in found]) + repr(names()) + embedder.name + plan
    file = cache / f"{hashlib.sha256(seen.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(file, features(found, book.catalog, plan, embedder))
    return np.asarray(np.load(file), dtype=np.float32)


def _iou(item: Candidate, start: int, end: int) -> float:
    shared = min(item.end, end) - max(item.start, start)
    return max(0, shared) / (max(item.end, end) - min(item.start, start))
