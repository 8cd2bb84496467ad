"""Drafts to judge: what a draft of the offline pipeline shows of an account, without its grade and title, for a reader to decide on.

    python -m evals.draft_items --write       draw again from the training books; a label is kept where the page is the same

The question is whether to act on it: would a careful owner put this in front of the customer now? The grade is the judge that is
judged, so nothing that follows from it is on the page.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from agent.hypotheses import Draft
from agent.kinds import KINDS, Stance
from agent.signals import Signal
from evals.judging import DRAFTS
from evals.labels import DATASETS
from evals.scoring import LEVELS
from evals.spoiling import split_of
from retrieval.records import stable_id

EACH: Final = 9
"""Drafts of each grade."""
SHOWN: Final = 7
"""Passages for and against that a page shows, those that the grade rests on first."""


def page(draft: Draft, ledger: Mapping[str, Signal]) -> dict[str, list[str]]:
    """What speaks for it and against it, each with who said it and when, and whether it is settled."""
    resting = [key for part in draft.components.values() for key in part.signals]
    resting += [key for blocker in draft.blockers for key in blocker.signals]
    cited = [ledger[key] for key in dict.fromkeys([*resting, *draft.cited]) if key in ledger]
    return {
        "for": [_line(s) for s in cited if s.stance is Stance.SUPPORTS][:SHOWN],
        "against": [_line(s) for s in cited if s.stance is Stance.OPPOSES][:SHOWN],
        "weak": [_line(s) for s in cited if s.stance is Stance.WEAK][: SHOWN // 2],
    }


def _line(signal: Signal) -> str:
    who = ", ".join(part for part in (signal.speaker or signal.voice.value, signal.role, signal.date) if part)
    words = f"“{' '.join(signal.quote.split())}”" if signal.quote else signal.measurement.formula if signal.measurement else ""
    return f"{KINDS[signal.kind].label} ({who}{', settled since' if signal.resolved else ''}): {words}"


def drawn(drafts: Iterable[tuple[str, Draft, Mapping[str, Signal], str]], each: int = EACH) -> list[dict[str, Any]]:
    """A fixed draw of `each` drafts of every grade, from (book, draft, ledger, version of the pipeline)."""
    rows: dict[str, list[dict[str, Any]]] = {grade: [] for grade in LEVELS}
    for book, draft, ledger, version in drafts:
        row = {
            "id": "jd-" + stable_id(book, draft.account_id, length=8),
            "account": f"{book}/{draft.account_id}",
            "split": split_of(draft.account_id),
            "grade": draft.grade.value,
            "pipeline": version,
            "points_to": draft.adjacency or "more of what they have",
            "page": page(draft, ledger),
        }
        rows[draft.grade.value].append(row)
    chosen = [row for own in rows.values() for row in sorted(own, key=lambda r: r["id"])[:each]]
    return sorted(chosen, key=lambda row: row["id"])


def _made() -> Iterable[tuple[str, Draft, Mapping[str, Signal], str]]:
    from evals.offline import pipeline
    from evals.runs import inputs_of
    from evals.training.corpus import TRAINING
    from retrieval.readers.book import open_book

    tool = pipeline()
    for name in TRAINING:
        book = open_book(DATASETS / name)
        for account in book.accounts:
            outcome = tool.run(inputs_of(book, account.account_id), run="eval")
            best = max(outcome.drafts, key=lambda draft: LEVELS.index(draft.grade.value), default=None)
            if best is not None:
                yield name, best, {signal.id: signal for signal in outcome.ledger}, tool.version


def keep_labels(rows: list[dict[str, Any]], path: Path) -> None:
    """Give rows the labels that the same page has in the file."""
    known = {row["id"]: row for row in map(json.loads, path.read_text("utf-8").splitlines())} if path.is_file() else {}
    for row in rows:
        old = known.get(row["id"], {})
        if old.get("page") == row["page"]:
            row |= {name: old[name] for name in ("act", "act_again") if name in old}


def main() -> None:
    parser = argparse.ArgumentParser(description="Drafts to judge, from the training books.")
    parser.add_argument("--write", action="store_true", help="make the committed file again")
    options = parser.parse_args()
    rows = drawn(_made())
    if options.write:
        keep_labels(rows, DRAFTS)
        DRAFTS.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    print(f"{len(rows)} drafts, {sum('act' in row for row in rows)} labelled")


if __name__ == "__main__":
    main()
