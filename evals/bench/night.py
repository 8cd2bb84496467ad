"""What a night costs when nothing is new, when a little is, and when everything is; and whether its memory grows with the estate.

    python -m evals.bench.night --out DIR [--accounts 10000] [--records 1000000] [--small 1000] [--no-index] [--seed 7]

Makes an estate (`evals.bench.estate`) below `--out` and runs nights over it, each in a process of its own, as cron would: the first
one, unchanged ones, one after 1 % of the accounts changed, one after 10 % more did. A second estate of `--small` accounts, as thick,
gets its first and an unchanged night, for the comparison of memory. What is there from an earlier call is used again: the nights of
changes then change other accounts, and a first night that was killed goes on (its figures are then those of the rest, by the account
it comes to the same). A million records take 14 minutes of CPU for the first night alone, and 3.5 GB: `nohup`.

The real tools would take a day for a first night of this size, so two are replaced, and everything else is the product: an
embedding is **a hash of the text** (384 numbers without meaning, no model), and signals are **a few cue words** (no classifier; about
as many signals as the real reader finds). A dearer reader makes the share of what is fixed smaller, so for proportions this is the
hard case. How good the drafts are is not looked at here.

Printed for each night: wall and CPU seconds (all threads, with the start of the interpreter), peak memory, model calls. For nights
of changes, with `full` as the first night's CPU seconds an account:

- `per_changed`: CPU seconds above those of the unchanged night, for each changed account, over `full`. Proportional is 1.
- `against_line`: the night over the straight line from the unchanged night to the first one, at the share that changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from agent.extraction.candidates import candidates
from agent.extraction.proposals import Proposal, Proposer, Reading
from agent.extraction.remembered import Remembered
from agent.indexing import update
from agent.nightly import Options, Runner
from agent.pipeline import Pipeline
from agent.store import open_store
from agent.store.runs import Answers
from evals.bench.estate import change_estate, write_estate
from retrieval.embeddings import Vectors, normalised
from retrieval.records import Voice

SHARES: Final = (0.01, 0.10)
UNCHANGED: Final = 3
"""Unchanged nights: the cheapest counts, since others work on the machine too."""


WORDS: Final = (
    ("proven_value", re.compile(r"\bnow (?:it )?takes?\b|\bsaved? us\b")),
    ("manual_workaround", re.compile(r"\bby hand\b|\bspreadsheet\b")),
    ("stakeholder_pull", re.compile(r"\bprice\b|\bquote\b|\bpilot\b")),
    ("budget_pressure", re.compile(r"\bbudget (?:is|was) (?:cut|frozen)\b")),
)


class FewWords(Proposer):
    """A customer's sentence with one of the cue words, the first of each kind in a document."""

    version = "few-words"

    def propose(self, reading: Reading) -> Sequence[Proposal]:
        found: dict[tuple[str, str], Proposal] = {}
        for item in candidates([r for r in reading.records if r.voice is Voice.CUSTOMER], reading.contacts):
            for kind, words in WORDS:
                if (item.record.document, kind) not in found and words.search(item.text):
                    proposal = Proposal(item.record.record_id, item.text, kind, "medium", 0.5)
                    found[item.record.document, kind] = proposal
        return list(found.values())


class Hashed:
    """384 numbers of a text's hash: as large as real vectors, as quick as hashing."""

    name = "hash-of-text-384"
    dimensions = 384

    def embed(self, texts: Sequence[str]) -> Vectors:
        raw = b"".join(hashlib.shake_256(text.encode("utf-8", "replace")).digest(2 * self.dimensions) for text in texts)
        return normalised(np.frombuffer(raw, dtype=np.int16).astype(np.float32).reshape(len(texts), self.dimensions))


def night(book: Path, home: Path, *, index: bool) -> dict[str, Any]:
    """One night in this process."""
    begun = time.perf_counter()
    tool = Hashed()
    with closing(open_store(home, create=True)) as store:
        pipeline = Pipeline(Remembered(FewWords(), Answers(store, "extract", "bench")), tool, tool)
        runner = Runner(store, pipeline, "offline")
        if index:
            runner = replace(runner, index=lambda accounts: update(home, store, tool.name, accounts))
        report = runner.run(Options(book, accept_anomaly=True))
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "accounts": dict(report.accounts),
        "records": report.records.total(),
        "signals": report.signals_by_kind.total(),
        "model_calls": report.llm["calls"],
        "wall_s": round(time.perf_counter() - begun, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "peak_mb": round(used.ru_maxrss / 1024, 1),
        "stages": report.seconds,
        "failures": len(report.failures),
    }


def apart(book: Path, home: Path, *, index: bool) -> dict[str, Any]:
    """One night in a process of its own. Raises CalledProcessError."""
    words = [sys.executable, "-m", "evals.bench.night", "--child", str(book), str(home), *([] if index else ["--no-index"])]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(said)
    return found


def measured(name: str, row: dict[str, Any]) -> dict[str, Any]:
    print(json.dumps({"night": name, **row, "load": round(os.getloadavg()[0], 1)}), flush=True)
    return row


def estate(folder: Path, accounts: int, records: int, *, index: bool, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first night over a new estate (kept in a file for later calls) and the cheapest unchanged one."""
    book, home, kept = folder / "book", folder / "home", folder / "first.json"
    if not (folder / "made").exists():
        if not book.exists():
            write_estate(book, accounts, records, seed)
        (folder / "made").touch()
    if not kept.exists():
        kept.write_text(json.dumps(apart(book, home, index=index)), "utf-8")
    first = measured(f"first of {accounts}", json.loads(kept.read_text("utf-8")))
    nights = [measured(f"unchanged of {accounts}", apart(book, home, index=index)) for _ in range(UNCHANGED)]
    return first, min(nights, key=lambda row: float(row["cpu_s"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=1_000, help="accounts of the smaller estate; 0: none")
    parser.add_argument("--no-index", action="store_true", help="leave the search index out")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--child", nargs=2, type=Path, metavar=("BOOK", "HOME"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    index = not options.no_index
    if options.child:
        print(json.dumps(night(*options.child, index=index)))
        return 0
    if options.out is None:
        parser.error("--out DIR: where the estates and homes go")
    suffix = "" if index else "-no-index"
    folder = options.out / f"{options.accounts}-{options.records}{suffix}"
    folder.mkdir(parents=True, exist_ok=True)
    row: dict[str, Any] = {"accounts": options.accounts, "records": options.records, "index": index, "embedder": Hashed.name}
    row["extractor"] = FewWords.version
    if options.small:
        thick = options.small * options.records // options.accounts
        little = options.out / f"{options.small}-{thick}{suffix}"
        little.mkdir(exist_ok=True)
        small_first, small_none = estate(little, options.small, thick, index=index, seed=options.seed)
    first, none = estate(folder, options.accounts, options.records, index=index, seed=options.seed)
    row |= {"unchanged_wall_s": none["wall_s"], "unchanged_cpu_s": none["cpu_s"], "model_calls": none["model_calls"]}
    full = (first["cpu_s"] - none["cpu_s"]) / first["accounts"]["changed"]
    for share in SHARES:
        changed = len(change_estate(folder / "book", share, int(time.time()) % 100_000, options.seed))
        found = measured(f"{share:.0%} changed", apart(folder / "book", folder / "home", index=index))
        if found["accounts"]["changed"] != changed:
            raise SystemExit(f"{changed} accounts were changed, and the night worked on {found['accounts']['changed']}.")
        name = f"changed_{share:.0%}"
        row[f"{name}_cpu_s"] = found["cpu_s"]
        row[f"{name}_per_changed"] = round((found["cpu_s"] - none["cpu_s"]) / changed / full, 3)
        row[f"{name}_against_line"] = round(found["cpu_s"] / (none["cpu_s"] + changed * full), 3)
    if options.small:
        row["peak_mb"] = {
            "first": [small_first["peak_mb"], first["peak_mb"]],
            "unchanged": [small_none["peak_mb"], none["peak_mb"]],
        }
        row["peak_mb_of_accounts"] = [options.small, options.accounts]
    print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
