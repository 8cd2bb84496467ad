"""Damaged exports by the ten thousand: no reader raises, and nothing that was said vanishes without a word.

    python -m evals.bench.fuzz [--files 10000] [--seed 7] [--reader zendesk] [--show 5]

Every reader gets `--files` copies of a small export of its kind, each damaged by a seeded generator: bytes flipped, cut, doubled
and moved, lines doubled, dropped and swapped, huge lines, NULs, lone surrogates in JSON escapes, byte-order marks, other
encodings, deep nesting, quotation marks in CSV, values of other types. Each copy lies in a book that is opened and read whole.

Counted as wrong: an exception; a record that cannot be stored (facts beside the words that no database takes); words of a person
that stand in the file as decoded and in no record, while nothing is reported of the file. A book whose accounts.csv is beyond
reading is refused with a `BookError`, which counts as reported. Prints JSON; exit 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

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
_PIECES: Final = (
    b"\0", b"\xff", b"\xc3", b'"', b"'", b"{", b"}", b"[", b"]", b"\n", b"\r", b"\r\n", b"<", b"-->", b"\xf0\x9f", b"\\ud800",
    b"\\udc00\\ud800", b"\\u0000", b"9" * 40, b"1e999", b",", b";", b"---\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\\", b":", b"null",
    b"\xe2\x80\xa8", b"<v ", b"</v>", b"NOTE\n", b"&amp;", b"<!--",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one damaged file came to; `wrong` is "" when it is as it should be."""

    records: int
    problems: int
    wrong: str = ""


def damaged(data: bytes, chance: random.Random) -> bytes:
    """One to four kinds of damage, one after the other."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(DAMAGES)(data, chance)
    return data


def _flip(data: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if spoilt:
            spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def _cut(data: bytes, chance: random.Random) -> bytes:
    at, to = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return chance.choice((data[:at], data[at:], data[:at] + data[to:], data[:at] + data[at:to] * 2 + data[to:]))


def _insert(data: bytes, chance: random.Random) -> bytes:
    at, piece = chance.randint(0, len(data)), chance.choice(_PIECES)
    return data[:at] + piece + data[at + chance.randint(0, 1) :]


def _lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data + data
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    how = chance.randrange(3)
    if how == 0:
        lines.insert(one, lines[two])
    elif how == 1:
        del lines[one]
    else:
        lines[one], lines[two] = lines[two], lines[one]
    return b"".join(lines)


def _encoding(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252", "utf-32")), "replace")


def _line_ends(data: bytes, chance: random.Random) -> bytes:
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"\n\r")))


def _huge(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice((b"x", b"ab ", b"9", b"\xc3\xa9", b'"', b"> ")) * 20_000 + data[at:]


def _nested(data: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice((b"[", b'{"a":', b"<div>", b"[{")) * chance.choice((30, 3000, 100_000)) + data[at:]


def _typed(data: bytes, chance: random.Random) -> bytes:
    """A value of JSON becomes one of another type; of other formats, a word."""
    values = list(re.finditer(rb'"(?:[^"\\]|\\.)*"(?!\s*:)|\b\d+\b|\btrue\b|\bfalse\b', data))
    if not values:
        return data
    value = chance.choice(values)
    other = chance.choice((b"null", b"[]", b"{}", b"-1", b'""', b"[[]]", b"1e400", b'"\\ud83d"', b'{"id":{}}', b"true", b"NaN"))
    return data[: value.start()] + other + data[value.end() :]


def _keys(data: bytes, chance: random.Random) -> bytes:
    keys = list(re.finditer(rb'"(\w+)"\s*:', data))
    if len(keys) < 2:
        return _flip(data, chance)
    one, two = chance.choice(keys), chance.choice(keys)
    return data[: one.start(1)] + chance.choice((two[1], b"x", b"", one[1].upper())) + data[one.end(1) :]


DAMAGES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    _flip, _flip, _cut, _insert, _insert, _lines, _encoding, _line_ends, _huge, _nested, _typed, _keys,
)  # fmt: skip


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
    text = decode(data)[0]
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
        begun = time.perf_counter()
        outcome = read(sample, data, root)
        slowest = max(slowest, time.perf_counter() - begun)
        tally["with records" if outcome.records else "without records"] += 1
        tally["with problems"] += bool(outcome.problems)
        if outcome.wrong:
            wrong.append((number, outcome.wrong))
    return {"files": files, **tally, "wrong": len(wrong), "slowest_s": round(slowest, 2)}, wrong


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
