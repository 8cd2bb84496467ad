"""`python -m evals.readme`: write the figures of the offline pipeline into README.md; `--check` fails if they are out of date.

Only what stands between `<!-- figures -->` and `<!-- /figures -->` is written.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Final

from agent.errors import Exit, UsageError
from evals.cases import dataset
from evals.measures import MEASURES, table
from evals.metrics import stats
from evals.offline import pipeline, result, show
from evals.runs import Run, execute

README: Final = Path(__file__).resolve().parents[1] / "README.md"
OPEN, CLOSE = "<!-- figures -->", "<!-- /figures -->"
_BLOCK = re.compile(rf"{re.escape(OPEN)}\n.*?{re.escape(CLOSE)}", re.DOTALL)


def block(run: Run) -> str:
    """The figures as Markdown: measures with intervals, then the tables of `evals.offline`."""
    lines = ["| measure | value | 95 % interval by account | what |", "| --- | ---: | ---: | --- |"]
    for measure in MEASURES:
        _, counts = table(measure, run.cases)
        value, (low, high) = stats.pooled(counts, measure.statistic), stats.bootstrap(counts, measure.statistic)
        lines.append(f"| {measure.name} | {value:.2f} | {low:.2f} to {high:.2f} | {measure.what} |")
    head = f"{run.header.cases} accounts of the {run.header.dataset} book, pipeline `{run.header.pipeline}`:"
    return "\n".join([head, "", *lines, "", show(result(run))])


def write(path: Path, text: str) -> None:
    """Put the block between the markers. Raises UsageError where there are none."""
    path.write_text(_replaced(path, text), "utf-8")


def differs(path: Path, text: str) -> bool:
    """Whether the file holds other figures."""
    return path.read_text("utf-8") != _replaced(path, text)


def _replaced(path: Path, text: str) -> str:
    old = path.read_text("utf-8")
    if not _BLOCK.search(old):
        raise UsageError(f"{path} has no place for figures.", f"Put the lines {OPEN} and {CLOSE} where they belong.")
    return _BLOCK.sub(lambda _match: f"{OPEN}\n{text}\n{CLOSE}", old, count=1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 6 if the figures are out of date")
    options = parser.parse_args()
    try:
        _replaced(README, "")  # before the work, not after it
        text = block(execute(dataset(), pipeline()))
        if options.check:
            old = differs(README, text)
            print("The figures in README.md are " + ("out of date: run python -m evals.readme." if old else "up to date."))
            return Exit.GATE if old else Exit.OK
        write(README, text)
    except UsageError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main())
