"""The extractor on accounts it has not learned from: sentence scores, thresholds, and the grades that would come of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agent.extraction.classifier import Classifier
from agent.extraction.features import Matrix, cue_hits
from agent.extraction.offline import may_stand, proposals
from agent.extraction.proposals import Proposal, Proposer, Reading
from agent.extraction.weighing import BLOCKING
from agent.hypotheses import Grade
from agent.kinds import KINDS, TEXT_KINDS
from agent.pipeline import Pipeline
from agent.signals import Signal
from evals.labels import locate
from evals.metrics.agreement import balanced_accuracy, confusion
from evals.metrics.spans import Marked, Score, by_kind
from evals.training.corpus import Labelled, Rows, stack
from evals.training.fitting import fit
from evals.training.whole import held_out_weighers
from retrieval.embeddings import Embedder

FOLDS = 6
PRECISION = 0.60
"""The threshold is the one of the best F1 among those of at least this precision on held-out accounts."""
STRONG = 0.35
"""Probability from which a signal counts as strong."""
PROOF = 0.25
"""Probability from which a supporting signal may prove anything: below, it is shown as a hint."""
RISK = 0.12
"""Risks that block are proposed earlier than other kinds: what the account as a whole makes of them decides what they do."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Sentence-level, text kinds only, after the rules of voice and meaning."""

    threshold: float
    precision: float
    recall: float
    f1: float


def by_account(accounts: Sequence[Labelled], seed: int = 0) -> list[list[int]]:
    """Groups of accounts (as indices) to hold out together: every book is in training, the account is not."""
    order = np.random.default_rng(seed).permutation(len(accounts))
    return [sorted(int(i) for i in group) for group in np.array_split(order, FOLDS)]


def by_book(accounts: Sequence[Labelled]) -> list[list[int]]:
    """One group a book: another vendor, other customers, another author's language."""
    return [[i for i, a in enumerate(accounts) if a.book == book] for book in dict.fromkeys(a.book for a in accounts)]


def held_out(accounts: Sequence[Labelled], extra: Rows, groups: Sequence[Sequence[int]]) -> list[Matrix]:
    """Per account the probabilities (sentences, kinds) by a model that learned from the accounts of the other groups."""
    found: list[Matrix] = [np.zeros((0, len(TEXT_KINDS)), dtype=np.float32)] * len(accounts)
    for group in groups:
        model = learn([a for i, a in enumerate(accounts) if i not in set(group)], extra)
        for i in group:
            found[i] = model.probabilities(accounts[i].items, accounts[i].rows)
    return found


def learn(accounts: Sequence[Labelled], extra: Rows, embedder: str = "") -> Classifier:
    """A classifier of these accounts and the hand-written sentences, without thresholds."""
    seen = stack(list(accounts))
    return fit(
        [*seen.items, *extra.items],
        np.vstack([seen.rows, extra.rows]),
        np.vstack([seen.labels, extra.labels]),
        embedder=embedder,
    )


def allowed(accounts: Sequence[Labelled]) -> list[NDArray[np.bool_]]:
    """Per account which kinds the rules let stand for each sentence."""
    return [np.array([[may_stand(k, item, cue_hits(item.text)) for k in TEXT_KINDS] for item in a.items]) for a in accounts]


def standing(scores: Sequence[Matrix], accounts: Sequence[Labelled]) -> list[Matrix]:
    """Per account the scores, 0 where a rule forbids the kind."""
    return [chances * may for chances, may in zip(scores, allowed(accounts), strict=True)]


def best(stands: Sequence[Matrix], accounts: Sequence[Labelled]) -> Quality:
    """`stands`: see `standing`. The best F1 among thresholds that keep `PRECISION`, or the most precise one where none does."""
    labels = np.vstack([a.labels for a in accounts])
    rows = np.vstack(stands)
    tried = [_quality(rows, labels, float(t)) for t in np.arange(0.06, 0.80, 0.01)]
    precise = [q for q in tried if q.precision >= PRECISION]
    return max(precise, key=lambda q: q.f1) if precise else max(tried, key=lambda q: q.precision)


def _quality(scores: Matrix, labels: NDArray[np.bool_], threshold: float) -> Quality:
    found = scores >= threshold
    hits = int((found & labels).sum())
    precision, recall = hits / max(1, int(found.sum())), hits / max(1, int(labels.sum()))
    return Quality(round(threshold, 2), precision, recall, 2 * hits / max(1, int(found.sum() + labels.sum())))


def with_thresholds(model: Classifier, threshold: float) -> Classifier:
    """The model proposing from this probability on (risks that always block: from `RISK` on), with its levels of strength."""

    blocking = np.array([kind in BLOCKING for kind in model.kinds])
    proving = np.array([KINDS[kind].component is not None for kind in model.kinds])
    return replace(
        model,
        thresholds=np.where(blocking, min(RISK, threshold), threshold).astype(np.float32),
        firm=np.where(proving, PROOF, 0.0).astype(np.float32),
        strong=np.full(len(model.kinds), STRONG, dtype=np.float32),
    )


@dataclass(frozen=True, slots=True)
class _Given(Proposer):
    """An extractor that has read already."""

    found: Sequence[Proposal]
    version: str = "held-out"

    def propose(self, reading: Reading) -> Sequence[Proposal]:
        return self.found


@dataclass(frozen=True, slots=True)
class Graded:
    """The whole pipeline on held-out accounts: signals of every kind, telemetry included, and grades."""

    kinds: Mapping[str, Score]
    verdicts: Mapping[str, tuple[str, str]]
    """Account -> (gold grade, grade said)."""
    quotes: int
    grounded: int

    @property
    def overall(self) -> Score:
        return sum(self.kinds.values(), Score(0, 0, 0))

    @property
    def grades(self) -> dict[str, dict[str, int]]:
        return confusion(self.verdicts.values(), [grade.value for grade in Grade])

    @property
    def balanced(self) -> float:
        return balanced_accuracy(self.grades)

    @property
    def false_earned(self) -> list[str]:
        """Wishes and blocked accounts that came out as earned: there must be none."""
        return [key for key, (gold, said) in self.verdicts.items() if said == "earned" and gold in ("wish", "blocked")]


def grade(
    accounts: Sequence[Labelled], stands: Sequence[Matrix], groups: Sequence[Sequence[int]], model: Classifier, embedder: Embedder
) -> Graded:
    """What the pipeline makes of held-out probabilities (`stands`: see `standing`). `model` gives the thresholds; what an account makes
    of its sentences is learned anew for each group, from the others."""
    weighers = held_out_weighers(accounts, stands, groups)
    kinds: dict[str, Score] = {}
    verdicts: dict[str, tuple[str, str]] = {}
    quotes = grounded = 0
    for account, chances, weigher in zip(accounts, stands, weighers, strict=True):
        pipeline = Pipeline(_Given(proposals(account.items, chances, replace(model, weigher=weigher))), embedder, embedder)
        outcome = pipeline.run(account.inputs, run="held-out")
        said = [_mark(signal) for signal in outcome.ledger if signal.kind != "inefficient_usage"]  # no such label
        for kind, score in by_kind(said, _gold(account)).items():
            kinds[kind] = kinds.get(kind, Score(0, 0, 0)) + score
        verdicts[account.gold.account_id] = (account.gold.grade, outcome.drafts[0].grade.value)
        texts = {record.record_id: record.text for record in account.inputs.records}
        quoted = [s for s in outcome.ledger if s.quote]
        quotes += len(quoted)
        grounded += sum(texts[s.record_id][s.start : s.end] == s.quote for s in quoted)
    return Graded({kind: kinds[kind] for kind in sorted(kinds)}, verdicts, quotes, grounded)


def _mark(signal: Signal) -> Marked:
    return Marked(signal.record_id if signal.quote else (signal.account_id, signal.source), signal.kind, signal.start, signal.end)


def _gold(account: Labelled) -> list[Marked]:
    """The labels as places. A quote that no record holds stays in, and is missed."""
    marks: list[Marked] = []
    for signal in account.gold.signals:
        span = locate(signal, list(account.inputs.records))
        if span is not None:
            marks.append(Marked(span.record_id, signal.kind, span.start, span.end))
        else:
            marks.append(Marked((account.gold.account_id, signal.source), signal.kind, 0, len(signal.quote)))
    return marks
