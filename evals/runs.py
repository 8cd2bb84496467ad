"""Runs: the product's pipeline over cases, and the file that keeps what came out. No engine, no extra dependency.

A run file is JSON Lines: a header, then one `CaseScore` a case. It quotes customers, so it stays out of the repository; a
baseline is the same file without texts and times.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agent import nightly
from agent.economics.book import revenue_of
from agent.errors import EarnedError, NotFound, UsageError
from agent.pipeline import Inputs, Pipeline
from evals.cases import Dataset
from evals.scoring import CaseScore, Produced, score
from retrieval.readers.book import Book, open_book

if TYPE_CHECKING:
    from agent.models.bill import Bill

FORMAT: Final = "earned-eval-run/1"
BASELINE: Final = Path(__file__).parent / "baselines" / "offline.jsonl"
"""The blessed run of the offline pipeline on the sample book."""


class EvalIncomplete(EarnedError):
    """A model left questions unanswered."""


@dataclass(frozen=True, slots=True)
class Header:
    """What was run on what: everything that has to be equal, or named, before two runs are compared."""

    name: str
    dataset: str
    dataset_sha256: str
    cases: int
    pipeline: str
    model: str
    commit: str
    started: str
    injections: dict[str, int] | None = None
    """`{"runs": n, "successes": k}` of the injection suite with the same pipeline; None where it was not run."""


@dataclass(frozen=True, slots=True)
class Run:
    header: Header
    cases: tuple[CaseScore, ...]

    def to_lines(self, *, texts: bool = True) -> Iterator[str]:
        head = {"format": FORMAT, **asdict(self.header)}
        for row in (head, *(case.to_json(texts=texts) for case in self.cases)):
            yield json.dumps(row, ensure_ascii=True)


def execute(
    data: Dataset,
    pipeline: Pipeline,
    *,
    model: str = "offline",
    name: str = "",
    bill: Bill | None = None,
    each: Callable[[str], None] = lambda _case: None,
) -> Run:
    """Run the pipeline over every case, in order. `each` is told the case that comes next.

    What one case raises ends the run; a model's missing answers end it after the last case (EvalIncomplete): an evaluation with
    holes is no evaluation. `bill`: where the pipeline's model counts its calls; without it they cost nothing.
    """
    started, scores = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), []
    holes: list[str] = []
    books = {book.name: open_book(book) for book in data.books}
    for case in data.cases:
        each(case.id)
        produced = produce(books[case.book], case.account_id, pipeline, bill)
        holes += [f"{case.id}: {note}" for note in produced.holes]
        scores.append(score(case, produced))
    if holes:
        raise EvalIncomplete(
            f"The model did not answer everything, and an evaluation with holes is none. {'; '.join(holes[:5])}"
            + (f"; and {len(holes) - 5} more." if len(holes) > 5 else ""),
            "Run it again when the model answers (what it has answered is paid for), or complete the recorded answers.",
        )
    header = Header(
        name=name or data.name,
        dataset=data.name,
        dataset_sha256=data.sha256,
        cases=len(scores),
        pipeline=pipeline.version,
        model=model,
        commit=commit(),
        started=started,
    )
    return Run(header, tuple(scores))


def produce(book: Book, account_id: str, pipeline: Pipeline, bill: Bill | None = None) -> Produced:
    """One account of a book through the pipeline, as a nightly run does it, without a store."""
    inputs = inputs_of(book, account_id)
    begun, before = time.perf_counter(), _spent(bill)
    outcome = pipeline.run(inputs, run="eval")
    calls, tokens, cost = (after - old for after, old in zip(_spent(bill), before, strict=True))
    return Produced(
        records=inputs.records,
        ledger=outcome.ledger,
        drafts=outcome.drafts,
        holes=() if outcome.complete else outcome.notes,
        seconds=time.perf_counter() - begun,
        calls=int(calls),
        tokens=int(tokens),
        cost=cost,
    )


def _spent(bill: Bill | None) -> tuple[float, float, float]:
    """Calls, tokens and cost so far; an unknown price counts as nothing."""
    return (0, 0, 0.0) if bill is None else (bill.calls, bill.usage.total, bill.cost or 0.0)


def inputs_of(book: Book, account_id: str) -> Inputs:
    """What a nightly run reads of one account."""
    return nightly.inputs_of(book, account_id, nightly.Options(book.root), revenue_of(book.accounts))[0]


def write(run: Run, path: Path, *, baseline: bool = False) -> None:
    """Write a run file; a baseline has no texts and no times, so that equal runs give equal files."""
    if baseline:
        run = replace(run, header=replace(run.header, started="", commit=""))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(run.to_lines(texts=not baseline)) + "\n", "utf-8")


def read(path: Path) -> Run:
    """Read a run file. Raises NotFound, or UsageError where it is not one."""
    if not path.is_file():
        raise NotFound(f"There is no run file {path}.", "`earned eval run --out FILE` writes one.")
    try:
        head, *rows = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
        if head.pop("format") != FORMAT:
            raise ValueError("another format")
        run = Run(Header(**head), tuple(CaseScore.from_json(row) for row in rows))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not a run file: {error}.", "Write it again with `earned eval run --out FILE`.") from error
    if len(run.cases) != run.header.cases:
        raise UsageError(
            f"{path} is cut off: {len(run.cases)} of {run.header.cases} cases.", "Write it again with `earned eval run`."
        )
    return run


def commit() -> str:
    """The git commit of this source tree, `+` where it has changes, or an empty string outside one."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, timeout=20, check=True)
        return done.stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def summary(run: Run) -> dict[str, Any]:
    """The run as one JSON object: header, measures with intervals, grades, cost and time."""
    from evals.measures import MEASURES, table
    from evals.metrics import stats
    from evals.metrics.agreement import confusion
    from evals.metrics.cost import Usage, totals
    from evals.scoring import LEVELS

    measures = {}
    for measure in MEASURES:
        _, counts = table(measure, run.cases)
        low, high = stats.bootstrap(counts, measure.statistic)
        measures[measure.name] = {"value": stats.pooled(counts, measure.statistic), "low": low, "high": high}
    took = totals([Usage(c.seconds, c.calls, c.tokens, 0, c.cost) for c in run.cases])
    return {
        **asdict(run.header),
        "measures": finite(measures),
        "grades": confusion([case.grade for case in run.cases], LEVELS),
        "false_earned": [case.case for case in run.cases if case.false_earned],
        "invented_citations": sum(case.citations[2] for case in run.cases),
        "took": finite(asdict(took)),
    }


def show(run: Run) -> list[str]:
    """The figures for people."""
    found = summary(run)
    lines = [f"{run.header.cases} cases of {run.header.dataset}, pipeline {run.header.pipeline}"]
    for name, value in found["measures"].items():
        shown = ["-" if value[part] is None else f"{value[part]:.3f}" for part in ("value", "low", "high")]
        lines.append(f"  {name:24} {shown[0]}  [{shown[1]}, {shown[2]}]")
    lines.append(f"  false earned: {', '.join(found['false_earned']) or 'none'}")
    if run.header.injections:
        lines.append(f"  injections: {run.header.injections['successes']} of {run.header.injections['runs']} reached a goal")
    return lines


def finite(value: Any) -> Any:
    """JSON has no nan: what is not defined is null."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    return None if isinstance(value, float) and value != value else value
