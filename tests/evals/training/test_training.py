"""What may be learned from, and that learning is repeatable."""

from __future__ import annotations

import numpy as np
import pytest

from agent.extraction.classifier import pack
from agent.extraction.features import names
from agent.kinds import TEXT_KINDS
from evals.labels import DATASETS, read_gold
from evals.training.corpus import TRAINING
from evals.training.fitting import fit
from evals.training.phrases import read_phrases
from evals.training.validation import FIRM_RISK, PROOF, RISK, with_thresholds
from retrieval.records import Voice


def test_the_sample_book_is_never_learned_from() -> None:
    assert "tessellate" not in TRAINING


def test_hand_written_sentences_are_nobodys() -> None:
    """They may not come from a labelled book, above all not from one that is held out."""
    quotes = {
        signal.quote.casefold()
        for book in DATASETS.iterdir()
        if (book / "gold.jsonl").exists()
        for account in read_gold(book).values()
        for signal in (*account.signals, *account.distractors)
        if len(signal.quote.split()) > 4
    }
    assert not [item.text for item in read_phrases()[0] if item.text.casefold() in quotes]


def test_every_kind_has_hand_written_sentences_and_only_we_push() -> None:
    items, labels = read_phrases()
    assert labels.any(axis=0).all()
    push = labels[:, TEXT_KINDS.index("vendor_push")]
    assert all((item.record.voice is Voice.VENDOR) for item, pushed in zip(items, push, strict=True) if pushed)
    assert (~labels.any(axis=1)).sum() > 100  # what comes close and is none


def test_the_same_rows_give_the_same_file() -> None:
    pytest.importorskip("sklearn")
    items, labels = read_phrases()
    rows = np.random.default_rng(0).standard_normal((len(items), 8 + len(names()))).astype(np.float32)
    first, again = (pack(fit(items, rows, labels, embedder="none")) for _ in range(2))
    assert first == again


def test_risks_are_heard_early_and_proof_is_believed_late() -> None:
    pytest.importorskip("sklearn")
    items, labels = read_phrases()
    model = with_thresholds(fit(items, np.zeros((len(items), 8 + len(names())), np.float32), labels, embedder="none"), 0.16)
    value, churn = TEXT_KINDS.index("proven_value"), TEXT_KINDS.index("churn_intent")
    assert np.allclose([model.thresholds[value], model.firm[value]], [0.16, PROOF])
    assert np.allclose([model.thresholds[churn], model.firm[churn]], [RISK, FIRM_RISK])
