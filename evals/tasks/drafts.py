# mypy: disable-error-code="import-not-found, untyped-decorator, misc"
"""Inspect task: labelled accounts through the pipeline. Only `evals.tasks` imports Inspect."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from evals.cases import Case, book_named, dataset
from evals.measures import BY_NAME, table
from evals.metrics import stats
from evals.offline import pipeline
from evals.runs import produce
from evals.scoring import CaseScore, score
from retrieval.readers.book import open_book


@task
def drafts(book: str = "tessellate", split: str | None = None) -> Task:
    """One sample an account. The log holds counts and no customer's words."""
    data = dataset([book_named(book)], split)
    samples = [Sample(id=case.id, input=case.id, target=case.gold.grade) for case in data.cases]
    return Task(
        dataset=MemoryDataset(samples, name=data.name),
        solver=read_account(book, {case.id: case for case in data.cases}),
        scorer=labelled(),
        metadata={"dataset_sha256": data.sha256, "pipeline": pipeline().version},
    )


@solver
def read_account(book: str, cases: dict[str, Case]) -> Solver:
    """Run the pipeline on the account that the sample names."""
    opened, tool = open_book(book_named(book)), pipeline()

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        case = cases[str(state.sample_id)]
        made = await asyncio.to_thread(produce, opened, case.account_id, tool)
        state.store.set("score", score(case, made).to_json(texts=False))
        return state

    return solve


def _pooled(name: str) -> Any:
    """A metric over all samples: the named measure of `evals.measures`, pooled as everywhere else."""

    @metric(name=name)
    def pooled() -> Any:
        def compute(scores: Sequence[SampleScore]) -> float:
            if not scores:  # Inspect asks before the first sample is done
                return float("nan")
            cases = [CaseScore.from_json(sample.score.metadata or {}) for sample in scores]
            _, counts = table(BY_NAME[name], cases)
            return stats.pooled(counts, BY_NAME[name].statistic)

        return compute

    return pooled()


@scorer(metrics=[_pooled(name) for name in BY_NAME])
def labelled() -> Scorer:
    """The account's own F1 as the value; its counts as metadata, which the metrics pool."""

    async def compare(state: TaskState, target: Target) -> Score:
        row = state.store.get("score")
        hits, predicted, gold = CaseScore.from_json(row).signals
        f1 = 2 * hits / (predicted + gold) if predicted + gold else 1.0
        return Score(value=f1, answer=row["grade"][1], metadata=row)

    return compare
