"""What may be learned from, and that learning is repeatable."""

from __future__ import annotations

import numpy as np
import pytest

from agent.extraction.candidates import Candidate
from agent.extraction.classifier import pack
from agent.extraction.features import Matrix, names
from agent.kinds import TEXT_KINDS, Component
from agent.pipeline import Inputs
from evals.labels import DATASETS, GoldAccount, read_gold
from evals.training.corpus import TRAINING, Labelled
from evals.training.fitting import fit
from evals.training.phrases import read_phrases
from evals.training.validation import PROOF, RISK, with_thresholds
from evals.training.whole import held_out_weighers, views, weigher
from retrieval.accounts import Account, Catalog
from retrieval.records import Voice
from tests.retrieval.making import record


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
    assert np.allclose([model.thresholds[churn], model.firm[churn]], [RISK, 0.0])


def test_what_an_account_makes_of_its_sentences_is_learned_from_open_blockers_and_missing_proof() -> None:
    pytest.importorskip("sklearn")
    accounts = [labelled(f"a-{n}", blocked=n % 2 == 0) for n in range(12)]
    learned = weigher(accounts, views(accounts, [stands(a) for a in accounts]))
    troubled, sound = views(
        [labelled("a-98", blocked=True), labelled("a-99", blocked=False)], [stands(accounts[0]), stands(accounts[1])]
    )
    assert learned.open(troubled, "churn_intent") > 0.5 > learned.open(sound, "churn_intent")
    assert learned.held(sound, Component.PROVEN_VALUE) > 0.5 > learned.held(troubled, Component.PROVEN_VALUE)


def test_an_account_is_weighed_by_what_others_taught() -> None:
    """Labels turned round in one group must not be felt by that group, only by the other."""
    pytest.importorskip("sklearn")
    accounts = [labelled(f"a-{n}", blocked=n % 2 == 0) for n in range(12)]
    groups = [range(6), range(6, 12)]
    turned = [labelled(f"a-{n}", blocked=n % 2 == 1) if n in groups[0] else a for n, a in enumerate(accounts)]
    shown = [stands(a) for a in accounts]
    before, after = (held_out_weighers(book, shown, groups) for book in (accounts, turned))
    assert (before[0].risk == after[0].risk).all()
    assert (before[6].risk != after[6].risk).any()


def labelled(key: str, *, blocked: bool) -> Labelled:
    """An account whose customer either says twice that they leave, or twice what they gained."""
    rows = [
        record(f"{key}-{month}", "What they say.", account_id=key, document=f"ticket:{month}", occurred_at=f"2026-0{month}-01")
        for month in (4, 6)
    ]
    verdict = {"blockers": ["churn_intent"] if blocked else [], "missing_proof": ["proven_value"] if blocked else []}
    nothing = np.zeros((2, 1), dtype=np.float32)
    return Labelled(
        "book",
        Inputs(Account(key, key), (), (), Catalog(), tuple(rows)),
        GoldAccount(key, (), (), verdict),
        [Candidate(row, 0, len(row.text), "", "", "", 0, 1) for row in rows],
        nothing,
        nothing > 0,
        0,
    )


def stands(account: Labelled) -> Matrix:
    chances = np.zeros((2, len(TEXT_KINDS)), dtype=np.float32)
    chances[:, TEXT_KINDS.index("churn_intent" if account.gold.verdict["blockers"] else "proven_value")] = 0.7
    return chances
