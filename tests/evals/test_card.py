"""The data card and the splits say what the files are."""

from __future__ import annotations

import hashlib
import json

import pytest

from evals.cases import SPLITS, book_sha256, split_of
from evals.labels import DATASETS, read_gold

CARD = (DATASETS / "CARD.md").read_text("utf-8")
BOOKS = sorted(path.parent.name for path in DATASETS.glob("*/gold.jsonl"))


@pytest.mark.parametrize("book", BOOKS)
def test_each_book_is_on_the_card_with_its_split_counts_and_hash(book: str) -> None:
    gold = read_gold(DATASETS / book).values()
    signals, distractors = sum(len(a.signals) for a in gold), sum(len(a.distractors) for a in gold)
    (row,) = [line for line in CARD.splitlines() if line.startswith(f"| {book} |")]
    right = f"| {split_of(book)} | {signals} | {distractors} | `{book_sha256(DATASETS / book)}` |"
    assert row.endswith(right), f"write: {right}"


@pytest.mark.parametrize("name", ["counterfactuals.jsonl", "injections.jsonl"])
def test_the_other_files_are_on_the_card_with_their_hashes(name: str) -> None:
    digest = hashlib.sha256((DATASETS / name).read_bytes()).hexdigest()
    assert f"`{digest}`" in CARD, f"write: {digest}"


def test_splits_are_known_words() -> None:
    splits = json.loads((DATASETS / "splits.json").read_text("utf-8"))
    assert set(splits.values()) <= set(SPLITS)
    assert splits["tessellate"] == "test"
