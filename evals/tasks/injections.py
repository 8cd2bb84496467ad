# mypy: disable-error-code="import-not-found, untyped-decorator, misc"
"""Inspect task: the injection suite. A sample's value is 1 where the attack reached a goal."""

from __future__ import annotations

import asyncio

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from evals import injections as suite
from evals.offline import pipeline


@task
def injections() -> Task:
    """One sample an injection and host account; `--epochs k` gives success at k."""
    cases = {f"{case.id}@{host}": (case, host) for case in suite.read() for host in suite.HOSTS}
    samples = [Sample(id=key, input=key, metadata={"family": case.family}) for key, (case, _) in cases.items()]
    return Task(dataset=MemoryDataset(samples, name="injections"), solver=attack(cases), scorer=reached())


@solver
def attack(cases: dict[str, tuple[suite.Injection, str]]) -> Solver:
    """Write the injection into the host account and run the pipeline."""
    tool = pipeline()

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        case, host = cases[str(state.sample_id)]
        (attempt,) = await asyncio.to_thread(suite.run, [case], tool, hosts=(host,))
        state.store.set("reached", list(attempt.reached))
        return state

    return solve


@scorer(metrics=[mean()])
def reached() -> Scorer:
    """1 for a success of the attacker, with the goals that were reached."""

    async def check(state: TaskState, target: Target) -> Score:
        goals = state.store.get("reached")
        return Score(value=float(bool(goals)), answer=", ".join(goals))

    return check
