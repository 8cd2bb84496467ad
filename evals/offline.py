"""`python -m evals.offline`: the offline extractor against a labelled book: signals by kind, grounding, grades.

Runs the product's own pipeline over the book's accounts (`evals.runs`), without a store and without a network.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.extraction.offline import OfflineExtractor
from agent.extraction.remembered import Remembered
from agent.hypotheses import Grade
from agent.pipeline import Pipeline
from evals.cases import SAMPLE, Dataset, book_named, dataset
from evals.metrics.agreement import balanced_accuracy, confusion
from evals.metrics.grounding import Ground
from evals.metrics.spans import Score
from evals.runs import Run, execute
from evals.tools import Memo, Notes
from retrieval.embeddings import embedder

GRADES = [grade.value for grade in Grade]


@dataclass(frozen=True, slots=True)
class Result:
    kinds: Mapping[str, Score]
    grades: Mapping[str, Mapping[str, int]]
    """Confusion: gold grade -> predicted grade -> accounts."""
    verdicts: Mapping[str, tuple[str, str]]
    """Account -> (gold grade, predicted grade)."""
    quotes: int
    grounded: int
    """Quotes that stand at their own offsets, word for word."""
    false_earned: list[str]
    """Wishes and blocked accounts that came out as earned: there must be none."""

    @property
    def overall(self) -> Score:
        return sum(self.kinds.values(), Score(0, 0, 0))

    def to_json(self) -> dict[str, Any]:
        return {
            "signals": {"all": _rates(self.overall), **{kind: _rates(score) for kind, score in self.kinds.items()}},
            "grounding": self.grounded / self.quotes if self.quotes else 1.0,
            "quotes": self.quotes,
            "grades": self.grades,
            "balanced_accuracy": balanced_accuracy(self.grades),
            "verdicts": self.verdicts,
            "false_earned": self.false_earned,
        }


def pipeline() -> Pipeline:
    """The offline pipeline with its own embedder, whatever is configured. It keeps what it has read and embedded in memory."""
    reader = Memo(embedder("minilm"))
    return Pipeline(Remembered(OfflineExtractor(reader), Notes()), reader, reader)


def measure(data: Dataset, tool: Pipeline) -> Result:
    """Run the pipeline over labelled accounts and compare with their gold labels."""
    return result(execute(data, tool))


def result(run: Run) -> Result:
    """The figures of a run."""
    kinds: dict[str, Score] = {}
    for case in run.cases:
        for kind, counts in case.kinds.items():
            kinds[kind] = kinds.get(kind, Score(0, 0, 0)) + Score(*counts)
    return Result(
        kinds=dict(sorted(kinds.items())),
        grades=confusion([case.grade for case in run.cases], GRADES),
        verdicts={case.account.rpartition("/")[2]: case.grade for case in run.cases},
        quotes=sum(sum(case.quotes.values()) for case in run.cases),
        grounded=sum(case.quotes.get(Ground.EXACT.value, 0) for case in run.cases),
        false_earned=[case.case for case in run.cases if case.false_earned],
    )


def _rates(s: Score) -> dict[str, float]:
    return {"precision": s.precision, "recall": s.recall, "f1": s.f1, "gold": s.gold, "predicted": s.predicted}


def show(found: Result) -> str:
    """The figures as Markdown tables."""
    lines = ["| kind | gold | found | precision | recall | F1 |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for kind, s in [*found.kinds.items(), ("**all**", found.overall)]:
        lines.append(f"| {kind} | {s.gold} | {s.predicted} | {s.precision:.2f} | {s.recall:.2f} | {s.f1:.2f} |")
    lines += ["", "| gold \\ said | " + " | ".join(GRADES) + " |", "| --- |" + " ---: |" * len(GRADES)]
    lines += [f"| {gold} | " + " | ".join(str(row[said]) for said in GRADES) + " |" for gold, row in found.grades.items()]
    grounded = f"{found.grounded}/{found.quotes} quotes stand at their offsets"
    false = ", ".join(found.false_earned) or "none"
    lines += ["", f"{grounded}. Balanced accuracy of grades {balanced_accuracy(found.grades):.2f}. False earned: {false}."]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "book", nargs="?", default=str(SAMPLE), help="a labelled book: a folder, or a name (default: the sample book)"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(dataset([book_named(options.book)]), pipeline())
    print(json.dumps(found.to_json(), indent=1) if options.json else show(found))


if __name__ == "__main__":
    main()
