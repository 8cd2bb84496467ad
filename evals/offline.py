"""`python -m evals.offline`: the offline extractor against a labelled book: signals by kind, grounding, grades.

Runs the product's own pipeline in a temporary home and reads what it stored, as a user would get it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.extraction.offline import OfflineExtractor
from agent.hypotheses import Grade
from agent.nightly import Options, Runner
from agent.pipeline import Pipeline
from agent.signals import Signal
from agent.store import hypotheses, open_store, signals
from evals.labels import DATASETS, GoldAccount, locate, read_gold
from evals.metrics.agreement import balanced_accuracy, confusion
from evals.metrics.spans import Marked, Score, by_kind
from retrieval import store as texts
from retrieval.embeddings import embedder
from retrieval.records import Record

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

    @property
    def overall(self) -> Score:
        return sum(self.kinds.values(), Score(0, 0, 0))

    @property
    def false_earned(self) -> list[str]:
        """Wishes and blocked accounts that came out as earned: there must be none."""
        return [key for key, (gold, said) in self.verdicts.items() if said == "earned" and gold in ("wish", "blocked")]

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


def _rates(s: Score) -> dict[str, float]:
    return {"precision": s.precision, "recall": s.recall, "f1": s.f1, "gold": s.gold, "predicted": s.predicted}


def measure(book: Path, pipeline: Pipeline) -> Result:
    """Run the pipeline over a labelled book and compare with its gold labels."""
    gold = read_gold(book)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), create=True)
        Runner(store, pipeline, "offline").run(Options(book))
        with store.read() as conn:
            ledger = signals.ledger(conn)
            records = {key: texts.account_records(conn, key) for key in gold}
            grades = {item.account_id: item.draft.grade.value for item in hypotheses.current(conn)}
        store.close()
    said = [place(signal) for signal in ledger if signal.kind != "inefficient_usage"]  # the guide has no such label
    true = [mark for key, account in gold.items() for mark in gold_marks(account, records[key])]
    verdicts = {key: (account.grade, grades[key]) for key, account in gold.items()}
    return Result(by_kind(said, true), confusion(verdicts.values(), GRADES), verdicts, *_grounding(ledger, records))


def place(signal: Signal) -> Marked:
    """A signal of the ledger as the metric sees it."""
    document = signal.record_id if signal.quote else (signal.account_id, signal.source)
    return Marked(document, signal.kind, signal.start, signal.end)


def gold_marks(account: GoldAccount, records: Sequence[Record]) -> list[Marked]:
    """A labelled account as the metric sees it. A quote that no record holds stays in, and is missed."""
    marks: list[Marked] = []
    for signal in account.signals:
        span = locate(signal, list(records))
        if span is not None:
            marks.append(Marked(span.record_id, signal.kind, span.start, span.end))
        else:
            marks.append(Marked((account.account_id, signal.source), signal.kind, 0, len(signal.quote)))
    return marks


def _grounding(ledger: Sequence[Signal], records: Mapping[str, Sequence[Record]]) -> tuple[int, int]:
    by_id = {(r.account_id, r.record_id): r for rows in records.values() for r in rows}
    quoted = [signal for signal in ledger if signal.quote]
    stands = [by_id[(s.account_id, s.record_id)].text[s.start : s.end] == s.quote for s in quoted]
    return len(quoted), sum(stands)


def show(result: Result) -> str:
    """The figures as Markdown tables."""
    lines = ["| kind | gold | found | precision | recall | F1 |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for kind, s in [*result.kinds.items(), ("**all**", result.overall)]:
        lines.append(f"| {kind} | {s.gold} | {s.predicted} | {s.precision:.2f} | {s.recall:.2f} | {s.f1:.2f} |")
    lines += ["", "| gold \\ said | " + " | ".join(GRADES) + " |", "| --- |" + " ---: |" * len(GRADES)]
    lines += [f"| {gold} | " + " | ".join(str(row[said]) for said in GRADES) + " |" for gold, row in result.grades.items()]
    grounded = f"{result.grounded}/{result.quotes} quotes stand at their offsets"
    false = ", ".join(result.false_earned) or "none"
    lines += ["", f"{grounded}. Balanced accuracy of grades {balanced_accuracy(result.grades):.2f}. False earned: {false}."]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "book", nargs="?", type=Path, default=DATASETS / "tessellate", help="a labelled book (default: the sample book)"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tool = embedder("minilm")
    result = measure(options.book, Pipeline(OfflineExtractor(tool), tool, tool))
    print(json.dumps(result.to_json(), indent=1) if options.json else show(result))


if __name__ == "__main__":
    main()
