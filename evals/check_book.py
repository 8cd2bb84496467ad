"""`python -m evals.check_book BOOK [--own]`: whether a labelled book follows `evals/datasets/GUIDE.md`; exit 1 where it does not.

Every quote stands verbatim and once where its label says, is said by whom and when it says; telemetry labels agree with the
numbers; grades and missing proof follow from the signals. With `--own`, a book of real exports: what the guide asks of invented ones
alone (the window of dates, seat metrics, a README of some length) is noted and no problem.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from evals.checking.findings import KINDS, Findings, read_json
from evals.checking.labels import check_labels
from evals.checking.sources import Sources, check_sources
from evals.checking.tables import check_tables


def check(book: Path, *, own: bool = False) -> tuple[Findings, list[str]]:
    """What is wrong with a book, and a table of what it holds."""
    found = Findings(own=own)
    tables = check_tables(book, found)
    if tables is None:
        return found, []
    lines = (book / "gold.jsonl").read_text("utf-8").splitlines()
    gold = [row for number, line in enumerate(lines, start=1) if (row := read_json(line, f"gold.jsonl line {number}", found))]
    found.unless(
        [row.get("account_id") for row in gold] == tables.ids,
        "gold.jsonl is not one object per account in the order of accounts.csv",
    )
    by_account = {row.get("account_id"): row for row in gold}
    seen_ids: set[Any] = set()
    shown = [f"{'account':10} {'words':>5} {'tickets':>7} {'cues':>9} {'notes':>5} {'signals':>7}  grade"]
    for key in tables.ids:
        sources = check_sources(book, key, tables, seen_ids, found)
        _sizes(key, sources, found)
        if key in by_account:
            check_labels(by_account[key], sources, tables, found)
            shown.append(_row(key, sources, by_account[key]))
    shown += _totals(gold)
    return found, shown


def _sizes(key: str, sources: Sources, found: Findings) -> None:
    """What the guide suggests and does not demand."""
    if not 2000 <= sources.words <= 3300:
        found.note(key, sources.words, "words")
    if not 4 <= sources.tickets <= 9:
        found.note(key, sources.tickets, "tickets")
    if not 1 <= len(sources.cues) <= 3 or any(not 40 <= count <= 120 for count in sources.cues):
        found.note(key, "transcripts of", sources.cues, "cues")
    if not 2 <= sources.notes <= 4:
        found.note(key, sources.notes, "notes")


def _row(key: str, sources: Sources, gold: dict[str, Any]) -> str:
    cues = "+".join(map(str, sources.cues)) or "-"
    counts = f"{sources.words:5} {sources.tickets:7} {cues:>9} {sources.notes:5} {len(gold.get('signals', ())):7}"
    return f"{key:10} {counts}  {gold.get('verdict', {}).get('grade', '?')}"


def _totals(gold: list[dict[str, Any]]) -> list[str]:
    kinds = Counter(signal.get("kind") for row in gold for signal in row.get("signals", ()))
    grades = Counter(row.get("verdict", {}).get("grade") for row in gold)
    return [
        f"{len(gold)} accounts, {kinds.total()} signals, {dict(grades)}",
        "kinds: " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()),
        "never used: " + (", ".join(sorted(KINDS - set(kinds))) or "none"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Check a labelled book against evals/datasets/GUIDE.md.")
    parser.add_argument("book", type=Path)
    parser.add_argument("--own", action="store_true", help="real exports: do not ask what only invented books have to keep to")
    options = parser.parse_args()
    found, shown = check(options.book, own=options.own)
    print("\n".join(shown))
    for line in found.notes:
        print("note:", line)
    for line in found.problems:
        print("PROBLEM:", line)
    print(f"{len(found.problems)} problem(s)" if found.problems else "clean")
    return int(bool(found.problems))


if __name__ == "__main__":
    sys.exit(main())
