"""`python -m evals.agreement`: how far two careful readers agree, which is as far as any figure beside it can mean anything.

Twelve accounts of the training books, two of each, were read a second time by somebody who had the guide and the records and no
labels (`evals/datasets/second_readings.jsonl`). Signals agree as a reader's and the labels do (`evals.metrics.spans`); the score is
symmetric in F1.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.labels import DATASETS, GoldSignal, locate, read_gold
from evals.metrics.agreement import cohen_kappa
from evals.metrics.spans import Marked, Score, by_kind
from retrieval.readers.book import open_book
from retrieval.records import Record

FILE: Final = DATASETS / "second_readings.jsonl"


@dataclass(frozen=True, slots=True)
class Agreement:
    kinds: Mapping[str, Score]
    """Kind -> the second reader held against the labels."""
    grades: Sequence[tuple[str, str]]
    """(labelled, second reader's), an account each."""

    @property
    def overall(self) -> Score:
        return sum(self.kinds.values(), Score(0, 0, 0))

    def to_json(self) -> dict[str, Any]:
        same = sum(one == other for one, other in self.grades)
        return {
            "accounts": len(self.grades),
            "f1": round(self.overall.f1, 3),
            "precision": round(self.overall.precision, 3),
            "recall": round(self.overall.recall, 3),
            "grades_equal": same,
            "grade_kappa": round(cohen_kappa(self.grades), 3),
            "kinds": {kind: {"f1": round(score.f1, 3), "labelled": score.gold} for kind, score in self.kinds.items()},
        }


def agreement(file: Path = FILE, datasets: Path = DATASETS) -> Agreement:
    """Raises ValueError for a quote of the second reader's that does not stand in its source."""
    kinds: dict[str, Score] = {}
    grades: list[tuple[str, str]] = []
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        folder, account_id = datasets / row["book"], row["account_id"]
        gold = read_gold(folder)[account_id]
        records = list(open_book(folder).records(account_id).records)
        second = [GoldSignal(account_id, s["kind"], s["source"], s["quote"], "", s["resolved"]) for s in row["signals"]]
        for kind, score in by_kind([_mark(s, records) for s in second], [_mark(s, records) for s in gold.signals]).items():
            kinds[kind] = kinds.get(kind, Score(0, 0, 0)) + score
        grades.append((gold.grade, row["grade"]))
    return Agreement(dict(sorted(kinds.items(), key=lambda item: -item[1].gold)), grades)


def _mark(signal: GoldSignal, records: list[Record]) -> Marked:
    if not signal.quote:
        return Marked(signal.source, signal.kind)
    span = locate(signal, records)
    if span is None:
        raise ValueError(
            f"{FILE.name}: {signal.account_id}, {signal.source}: the quote {signal.quote[:60]!r} does not stand there"
        )
    return Marked(span.record_id, signal.kind, span.start, span.end)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = agreement()
    if options.json:
        print(json.dumps(found.to_json()))
        return
    figures = found.to_json()
    print(f"Two readers, {figures['accounts']} accounts: signal F1 {figures['f1']:.2f}, {figures['grades_equal']} grades equal, ")
    print(f"kappa {figures['grade_kappa']:.2f}. By kind (second reader against labels):")
    for kind, score in found.kinds.items():
        print(f"  {kind:24} F1 {score.f1:.2f}  labelled {score.gold:3}  second {score.predicted:3}")
    for one, other in found.grades:
        if one != other:
            print(f"  grade: labelled {one}, second reader {other}")


if __name__ == "__main__":
    main()
