"""Damaged exports by the ten thousand: no reader raises, and nothing that was said vanishes without a word.

    python -m evals.bench.fuzz [--files 10000] [--seed 7] [--reader zendesk] [--show 5]

Every reader gets `--files` copies of a small export of its kind, each damaged by a seeded generator: bytes flipped, cut, doubled
and moved, lines doubled, dropped and swapped, huge lines, NULs, lone surrogates in JSON escapes, byte-order marks, other
encodings, deep nesting, quotation marks in CSV, values of other types, fields moved, doubled and left out, times out of range and
in the wrong order, invisible and right-to-left characters, gzip whole and broken. Each copy lies in a book that is opened and read
whole. What surrounds a file (its name, links, permissions, what happens to it meanwhile) is tests/retrieval/readers' matter.

Counted as wrong: an exception; a record that cannot be stored (facts beside the words that no database takes); words of a person
that stand in the file as decoded and in no record, while nothing is reported of the file; more than five seconds of CPU for one
file. A book whose accounts.csv is beyond reading is refused with a `BookError`, which counts as reported. Prints JSON, a line a
reader; exit 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from evals.bench.fuzz_damages import damaged
from evals.bench.fuzz_samples import SAMPLES, Sample
from retrieval.readers import BookError, open_book
from retrieval.readers.book import LAYOUT
from retrieval.readers.files import decode
from retrieval.records import Problem, Record

BOOK: Final = {
    "accounts.csv": "account_id,name,domain\na1,Acme,acme.example\na2,Bolt,bolt.example\n",
    "contacts.csv": "account_id,name,email\na1,Dana Ruiz,dana@acme.example\n",
    "team.csv": "name,email\nSam Lee,sam@vendor.example\n",
    "catalog.json": '{"vendor":"Vendor","domains":["vendor.example"],"plans":[{"id":"t","price":1,"features":["a"]}]}',
}


LONGEST: Final = 5.0
"""Seconds of CPU for one small file; a second each would make a night of an estate's damaged files."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one damaged file came to; `wrong` is "" when it is as it should be."""

    records: int
    problems: int
    wrong: str = ""


def read(sample: Sample, data: bytes, root: Path) -> Outcome:
    """Put the damaged file into an otherwise sound book and read all of it. Never raises: what does is the answer."""
    for name, text in (*BOOK.items(), *sample.with_):
        if name != sample.path and not (root / name).exists():
            _put(root / name, text.encode())
    _put(root / sample.path, data)
    try:
        book = open_book(root)
    except BookError as error:
        return Outcome(0, 1, "" if "accounts.csv" in str(error) else f"refused without a name: {error}")
    except Exception as error:  # noqa: BLE001 - any exception at all is what is looked for
        return Outcome(0, 0, f"open_book raised {type(error).__name__}: {error}"[:300])
    records: list[Record] = []
    problems: list[Problem] = list(book.problems)
    for account_id in book.account_ids():
        try:
            found = book.records(account_id)
        except Exception as error:  # noqa: BLE001 - the same
            return Outcome(0, 0, f"records raised {type(error).__name__}: {error}"[:300])
        records += found.records
        problems += found.problems
    return Outcome(len(records), len(problems), _wrong(sample, data, book, records, problems))


def _wrong(sample: Sample, data: bytes, book: Any, records: list[Record], problems: list[Problem]) -> str:
    for problem in problems:
        if not problem.file or not problem.why or not problem.remedy:
            return f"a problem that does not say what and where: {problem}"
    facts: list[Any] = [asdict(fact) for fact in (*book.accounts, *book.contacts, *book.team, book.catalog)]
    for record in records:
        facts += [record.speaker, record.speaker_email, record.source, record.locator, record.document, record.voice_reason]
        facts += [*record.context.values(), record.occurred_at]
        if not record.text.strip():
            return f"a record without words: {record.record_id}"
    if loose := next((text for text in _texts(facts) if re.search("[\0\ud800-\udfff]", text)), None):
        return f"a fact that cannot be stored: {loose!r}"[:200]
    text = decode(_unpacked(data))[0]
    if sample.path.endswith(".vtt"):
        text = re.sub(r"^NOTE.*$", "", text, flags=re.MULTILINE)  # a comment by the standard, whatever damage put into it
    # Words that damage made part of a name or a title are shown there.
    held = "\n".join(f"{record.text}\n{record.speaker}\n{' '.join(record.context.values())}" for record in records)
    lost = [mark for mark in sample.marks if mark in text and mark not in held]
    ours = [problem for problem in problems if Path(sample.path).name in problem.file or sample.path in problem.file]
    # A header that swallowed its lines has columns that nobody reads: the data checks before work name them.
    drift = set(book.columns.get(sample.path, ())) - set(LAYOUT.get(sample.path, book.columns.get(sample.path, ())))
    if lost and not ours and not drift:
        return f"{', '.join(lost)} vanished without a word"
    return ""


def _unpacked(data: bytes) -> bytes:
    """What a packed file holds, as far as it can be had; broken ones are reported as a whole."""
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return b""


def _texts(fact: Any) -> Iterator[str]:
    if isinstance(fact, str):
        yield fact
    elif isinstance(fact, (list, tuple, dict)):
        for part in fact.values() if isinstance(fact, dict) else fact:
            yield from _texts(part)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def fuzz(name: str, files: int, seed: int, root: Path) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    """Figures of one reader, and (number, what was wrong) of the files that were not read as they should be."""
    sample = SAMPLES[name]
    tally: Counter[str] = Counter()
    wrong: list[tuple[int, str]] = []
    slowest = 0.0
    for number in range(files):
        data = spoilt(name, number, seed)
        begun = time.process_time()
        outcome = read(sample, data, root)
        took = time.process_time() - begun
        slowest = max(slowest, took)
        tally["with records" if outcome.records else "without records"] += 1
        tally["with problems"] += bool(outcome.problems)
        if outcome.wrong or took > LONGEST:
            wrong.append((number, outcome.wrong or f"took {took:.1f} s of CPU"))
    return {"files": files, **tally, "wrong": len(wrong), "slowest_cpu_s": round(slowest, 2)}, wrong


def spoilt(name: str, number: int, seed: int) -> bytes:
    """The damaged file of that number; the same in every process."""
    return damaged(SAMPLES[name].text.encode(), random.Random(f"{seed}:{name}:{number}"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--reader", choices=sorted(SAMPLES), action="append")
    parser.add_argument("--show", type=int, default=5, help="examples of what went wrong, for each reader, on stderr")
    options = parser.parse_args()
    failed = False
    for name in options.reader or SAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            figures, wrong = fuzz(name, options.files, options.seed, Path(folder))
        print(json.dumps({"reader": name, **figures}), flush=True)
        for number, why in wrong[: options.show]:
            print(f"{name} {number}: {why}", file=sys.stderr)
        failed = failed or bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
