"""`python -m evals.recorded`: the model path on the sample book, from recorded answers, beside the offline reader and two people.

Writes its table into README.md between `<!-- recorded -->` and `<!-- /recorded -->`; `--check` only compares. No network, no key.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from agent.errors import Exit
from agent.models import open_session
from agent.store import open_store
from evals.agreement import agreement
from evals.cases import SAMPLE, dataset
from evals.measures import MEASURES, table
from evals.metrics import stats
from evals.offline import pipeline as offline
from evals.runs import Run, execute

TAPES: Final = Path(__file__).parent / "recorded_answers"
README: Final = Path(__file__).resolve().parents[1] / "README.md"
_BLOCK = re.compile(r"<!-- recorded -->\n.*?<!-- /recorded -->", re.DOTALL)


def replayed(tape: Path, name: str = "recorded") -> Run:
    """The sample book by the whole model path. Raises EvalIncomplete where the tape has no answer."""
    from agent.cli.context import pipeline

    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(Path(folder), create=True)) as store,
        open_session(f"replay:{tape}", environment={}) as session,
    ):
        return execute(dataset([SAMPLE]), pipeline(store, session), model=session.model, name=name, bill=session.bill)


def block(model: Run, without: Run) -> str:
    """Measures of both runs with their intervals, the grades, and the ceiling."""
    lines = ["| sample book, 12 accounts | offline | with a model (recorded) |", "| --- | ---: | ---: |"]
    for measure in MEASURES:
        cells = []
        for run in (without, model):
            _, counts = table(measure, run.cases)
            low, high = stats.bootstrap(counts, measure.statistic)
            cells.append(f"{stats.pooled(counts, measure.statistic):.2f} ({low:.2f} to {high:.2f})")
        lines.append(f"| {measure.name} | {' | '.join(cells)} |")
    right = [sum(gold == said for gold, said in (case.grade for case in run.cases)) for run in (without, model)]
    false = [sum(case.false_earned for case in run.cases) for run in (without, model)]
    lines.append(f"| grades right | {right[0]} of 12 | {right[1]} of 12 |")
    lines.append(f"| wish or blocked graded earned | {false[0]} | {false[1]} |")
    people = agreement().to_json()
    said = (
        f"Two careful people who read twelve training accounts apart from each other agree at signal F1 {people['f1']:.2f} and on "
        f"{people['grades_equal']} of {people['accounts']} grades (`python -m evals.agreement`): no reader can be shown to be better."
    )
    return "\n".join([*lines, "", said])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 6 if the table is out of date")
    options = parser.parse_args()
    text = block(replayed(TAPES / "tessellate"), execute(dataset([SAMPLE]), offline()))
    old = README.read_text("utf-8")
    new = _BLOCK.sub(lambda _: f"<!-- recorded -->\n{text}\n<!-- /recorded -->", old, count=1)
    if options.check:
        print("up to date" if new == old else "out of date: run python -m evals.recorded")
        return Exit.OK if new == old else Exit.GATE
    README.write_text(new, "utf-8")
    print(text)
    return Exit.OK


if __name__ == "__main__":
    raise SystemExit(main())
