"""Attack the quote verifier with altered quotes from real text, and count what gets through.

    python -m evals.bench.verifier_mutations [BOOK | FOLDER | FILE] [--seed 7] [--each 40] [--show]

Reads a book of exports, or any folder or file of .vtt, .txt (`Name: words` lines) and .jsonl meetings. Exits 1 if one bad
quote is accepted without a meaning check, or more than 1 % of the harmless variants are lost. Seeded and repeatable.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.verification import DocumentText, Rejected, sentence_around, verify
from retrieval.readers.book import open_book
from retrieval.records import Record, Visibility, Voice
from retrieval.sentences import sentence_spans

SAMPLE = Path(__file__).resolve().parents[1] / "datasets" / "tessellate"
CIRCLES = {
    "number word": "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty ninety",
    "scale": "hundred thousand million billion",
    "month": "january february march april may june july august september october november december",
    "weekday": "monday tuesday wednesday thursday friday saturday sunday",
    "pronoun": "we they you i he she it",
    "possessive": "our their your my his her its",
    "tense": "is was|are were|have had|has had|will would|can could|do did|need needed|want wanted|use used",
    "direction": "increase decrease|increased decreased|more less|higher lower|up down|before after|with without|all some|most few|"
    "always never|better worse|faster slower|in out|on off|good bad|big small|start stop|buy sell|love hate|easy hard|first last",
    "unit": "days weeks months years hours minutes|day week month year hour minute|dollars euros pounds|$ € £|% k",
    "certainty": "must might may|will could|can cannot|should must",
    "plural": "seat seats|user users|team teams|account accounts|office offices|month months|week weeks|run runs|claim claims",
}
NAMES = ["Denver", "Marta", "Okonkwo", "Salesforce", "Lyon", "Priscilla", "Finance", "Zurich"]
SMALL = r"\b(?:almost|nearly|only|would|have|about|might|still|already|not|just|if|some|at least|could|maybe|used to)\s+"
INVENTED = [
    "Our board approved doubling the contract next quarter.",
    "It saved the whole team twelve hours a week last year.",
    "Please send us the price for two hundred more seats.",
    "I will introduce you to the head of the other department.",
]
AUXILIARY = r"\b(?:is|are|was|were|will|can|could|do|did|have|has|would|should|we|I|they|you|it)\b"
NEGATIVE = r"\b(?:not|never|no)\b|\b(?:do|did|does|is|was|are|were|would|could|wo|ca|have|has)n['’]t\b"
DOUBT = r"\b(?:not|never|(?:do|did|could|would|wo|ca)n['’]t|if|would|could|might|maybe|until|whether)\b"
HEARSAY = r"\b(?:said|says|told (?:me|us)|claims?|thinks?|thought|asked|heard)(?: that)?\b"


@dataclass(frozen=True)
class Spot:
    """A sentence of a customer's record, and the texts from which a forger could borrow."""

    sentence: str
    record: Record
    document: tuple[Record, ...]
    others: tuple[Record, ...]
    rng: random.Random


@dataclass(frozen=True)
class Case:
    """A quote that somebody proposes for a record; `want`: what a harmless variant stands for."""

    quote: str
    record: Record
    document: tuple[Record, ...]
    want: str = ""


@dataclass
class Tally:
    accepted: int = 0
    flagged: int = 0
    rejected: int = 0
    lost: int = 0
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


Mutation = Callable[[Spot], Case | None]
Chooser = Callable[[Spot], str | None]


def documents(path: Path) -> list[tuple[Record, ...]]:
    """The conversations under a path, each in order."""
    if (path / "accounts.csv").exists():
        book = open_book(path)
        made: dict[tuple[str, str], list[Record]] = {}
        for account in book.account_ids():
            for record in book.records(account).records:
                if record.voice in (Voice.CUSTOMER, Voice.VENDOR):
                    made.setdefault((account, record.document), []).append(record)
        return [tuple(records) for records in made.values()]
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    talks = ((f"{file.name}/{i}", turns) for file in files for i, turns in enumerate(_turns(file)))
    return [_records(name, turns) for name, turns in talks if turns]


def _turns(file: Path) -> Iterator[list[tuple[str, str]]]:
    if file.suffix not in (".vtt", ".txt", ".jsonl"):
        return
    text = file.read_text("utf-8", "replace")
    if file.suffix == ".jsonl":
        rows = [json.loads(line) for line in text.splitlines()[:40]]
        yield from ([(turn["speaker"], turn["text"]) for turn in row.get("turns", ())] for row in rows)
    else:
        yield re.findall(
            r"<v ([^>]+)>(.+?)(?:</v>|$)" if "<v " in text else r"^(?:\[[\d:]+\] )?([^:\n]{1,40}): (.+)$", text, re.M
        )


def _records(name: str, turns: list[tuple[str, str]]) -> tuple[Record, ...]:
    """Without a book nobody is the vendor, unless the name says so; then every second speaker's words serve as another's."""
    return tuple(
        Record(f"{name}#{i}", "bench", name, f"turn {i}", name, "2026-01-01", who, None,
               Voice.VENDOR if "vendor" in who.lower() else Voice.CUSTOMER, "bench", Visibility.PUBLIC, text, i)
        for i, (who, text) in enumerate(turns)
    )  # fmt: skip


def quoting(choose: Chooser) -> Mutation:
    """The changed sentence, said to be from the same record."""

    def mutate(spot: Spot) -> Case | None:
        quote = choose(spot)
        return None if quote is None else Case(quote, spot.record, spot.document)

    return mutate


def changed(pattern: str, new: Callable[[str, random.Random], str], flags: int = 0) -> Mutation:
    """Replace one match, chosen at random."""

    def choose(spot: Spot) -> str | None:
        hits = list(re.finditer(pattern, spot.sentence, flags))
        if not hits:
            return None
        hit = spot.rng.choice(hits)
        return spot.sentence[: hit.start()] + new(hit.group(), spot.rng) + spot.sentence[hit.end() :]

    return quoting(choose)


def swapped(circles: str) -> Mutation:
    table = {word: [w for w in circle.split() if w != word] for circle in circles.split("|") for word in circle.split()}

    def new(word: str, rng: random.Random) -> str:
        other = rng.choice(table[word.lower()])
        return other.capitalize() if word[0].isupper() else other

    return changed("|".join(rf"\b{w}\b" if w.isalpha() else re.escape(w) for w in table), new, re.IGNORECASE)


def rearranged(change: Callable[[list[str], random.Random], list[str]], least: int = 6) -> Mutation:
    def choose(spot: Spot) -> str | None:
        words = spot.sentence.rstrip(".!?").split()
        return " ".join(change(words, spot.rng)) if len(words) >= least else None

    return quoting(choose)


def two_swapped(words: list[str], rng: random.Random) -> list[str]:
    a, b = rng.sample(range(len(words)), 2)
    words[a], words[b] = words[b], words[a]
    return words


def middle_deleted(words: list[str], rng: random.Random) -> list[str]:
    size = rng.randint(1, len(words) // 3)
    at = rng.randint(2, len(words) - size - 2)
    return words[:at] + words[at + size :]


def word_added(words: list[str], rng: random.Random) -> list[str]:
    at = rng.randint(1, len(words) - 1)
    return [*words[:at], rng.choice(["definitely", "all", "always", "now", "gladly"]), *words[at:]]


def another(spot: Spot, records: tuple[Record, ...], least: int = 6) -> str | None:
    pool = [r.text[a:b] for r in spot.rng.sample(records, min(len(records), 40)) for a, b in sentence_spans(r.text)]
    pool = [one for one in pool if len(one.split()) >= least and len(one) > 20 and one != spot.sentence]
    return spot.rng.choice(pool) if pool else None


def spliced(joint: str, same: bool) -> Mutation:
    def choose(spot: Spot) -> str | None:
        other = another(spot, (spot.record,) if same else spot.document)
        left, right = spot.sentence.split(), (other or "").split()
        return " ".join(left[: len(left) // 2 + 1]) + joint + " ".join(right[len(right) // 2 :]) if right else None

    return quoting(choose)


def clipped(pattern: str, before: bool) -> Mutation:
    """End right before the word that takes it back, or begin right after the words that deny or attribute it."""

    def choose(spot: Spot) -> str | None:
        rests = [spot.sentence[: m.start()] if before else spot.sentence[m.end() :] for m in re.finditer(pattern, spot.sentence)]
        rests = [rest.strip(" ,;-–—") for rest in rests if len(rest.split()) >= 3]
        return spot.rng.choice(rests) if rests else None

    return quoting(choose)


def framed(frame: str, said: Callable[[str], str] = str, want: bool = False) -> Mutation:
    """Write the sentence into a reply, a quotation or a doubt, and quote it bare."""

    def mutate(spot: Spot) -> Case | None:
        bare = " ".join(spot.sentence.split()).rstrip(".!?")
        record = replace(spot.record, text=frame.format(bare), context={})
        return Case(bare, record, tuple(record if r is spot.record else r for r in spot.document))

    return mutate


def borrowed(choose: Callable[[Spot], tuple[Record, ...]]) -> Mutation:
    """True words, said to be from a record in which they do not stand."""
    return quoting(lambda spot: another(spot, choose(spot)))


def across(spot: Spot) -> str | None:
    after = spot.document[spot.document.index(spot.record) + 1 :]
    return " ".join(spot.record.text.split()[-6:] + after[0].text.split()[:5]) if after else None


BAD: dict[str, Mutation] = {
    **{f"swap: {group}": swapped(circles) for group, circles in CIRCLES.items()},
    "digit changed": changed(r"\d", lambda d, rng: rng.choice([str(9 - int(d)), d + "0", d + d])),
    "digit dropped": changed(r"(?<=\d)[\d.,]+(?=\d)|(?<=\d)\d\b", lambda d, rng: ""),
    "negation added": changed(AUXILIARY, lambda w, rng: w + rng.choice([" not", " never", " hardly"])),
    "negation removed": changed(r"n['’]t\b|\s\b(?:not|never|no|hardly|nobody)\b", lambda w, rng: ""),
    "name changed": changed(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b", lambda w, rng: rng.choice([*NAMES, w + "s", w[:-1] + "x"])),
    "small word dropped": changed(SMALL, lambda w, rng: ""),
    "middle deleted": rearranged(middle_deleted, 9),
    "word added": rearranged(word_added),
    "two words swapped": rearranged(two_swapped),
    "halves turned round": rearranged(lambda words, rng: words[len(words) // 2 :] + words[: len(words) // 2]),
    "spliced in record": spliced(" ", True),
    "spliced in document": spliced(" ", False),
    "spliced with ellipsis": spliced(" ... ", True),
    "clipped before condition": clipped(r"\b(?:if|unless|until|once|when|but|except|provided|only)\b", True),
    "clipped before not": clipped(NEGATIVE, True),
    "clipped before ?": clipped(r"\?", True),
    "clipped after doubt": clipped(DOUBT, False),
    "clipped after hearsay": clipped(HEARSAY, False),
    "framed: reply": framed("Sounds right to me.\n\nOn 3 May Sam wrote:\n> Hello.\n> {}."),
    "framed: quotation": framed("Your brochure has it like this. “First of all, {}. And so on.” That is not us."),
    "framed: doubt": framed("I doubt that {}."),
    "framed: denied after": framed("{}, or so they claim."),
    "framed: taken back": framed("{}. Just kidding."),
    "framed: denied list": framed("What we do not need:\n- a new logo\n- {}"),
    "another document": borrowed(lambda spot: spot.others),
    "another document's record": lambda spot: Case(spot.sentence, spot.others[0], spot.document) if spot.others else None,
    "vendor's words": borrowed(lambda spot: tuple(r for r in spot.document if r.voice is Voice.VENDOR)),
    "another customer's words": borrowed(lambda spot: tuple(r for r in spot.document if r.speaker != spot.record.speaker)),
    "across two turns": quoting(across),
    "too short": quoting(lambda spot: " ".join(spot.sentence.split()[: spot.rng.randint(1, 2)])),
    "half a word": clipped(r"(?<=\b[^\W\d_]{2})(?=[^\W\d_]{4})", False),
    "invented": quoting(lambda spot: spot.rng.choice(INVENTED)),
}


def variant(change: Callable[[str], str]) -> Mutation:
    return lambda spot: Case(change(spot.sentence), spot.record, spot.document, spot.sentence)


def um_dropped(spot: Spot) -> Case | None:
    """The source hesitates, the quote does not."""
    words = spot.sentence.split(" ")
    at = spot.rng.randint(1, len(words) - 1)
    said = " ".join([*words[:at], spot.rng.choice(["um,", "uh", "um", "hmm,", "uh, um,"]), *words[at:]])
    record = replace(spot.record, text=spot.record.text.replace(spot.sentence, said, 1))
    return Case(spot.sentence, record, tuple(record if r is spot.record else r for r in spot.document), spot.sentence)


def slip(spot: Spot) -> Case | None:
    hits = list(re.finditer(r"\b[a-z]{7,}\b", spot.sentence))
    if not hits:
        return None
    hit = spot.rng.choice(hits)
    word, at = hit.group(), spot.rng.randint(1, len(hit.group()) - 2)
    new = spot.rng.choice([word[:at] + word[at + 1 :], word[:at] + word[at:][0] + word[at:], word[:at] + "w" + word[at + 1 :]])
    return Case(spot.sentence[: hit.start()] + new + spot.sentence[hit.end() :], spot.record, spot.document, spot.sentence)


def part(spot: Spot) -> Case | None:
    cuts = [m.span() for m in re.finditer(r"\S*\w{2}\S*", spot.sentence)]
    a = spot.rng.randint(0, max(0, len(cuts) - 5))
    quote = spot.sentence[cuts[a][0] : cuts[spot.rng.randint(min(a + 4, len(cuts) - 1), len(cuts) - 1)][1]] if cuts else ""
    return Case(quote, spot.record, spot.document, quote) if len(quote) > 20 and len(quote.split()) > 4 else None


def two_sentences(spot: Spot) -> Case | None:
    later = replace(spot.record, text=spot.record.text.partition(spot.sentence)[2])
    other = another(spot, (later,))
    return Case(f"{spot.sentence} […] {other}", spot.record, spot.document, spot.sentence) if other else None


CURLY = str.maketrans("'\"-", "’”–")
STRAIGHT = str.maketrans("’‘“”–—", "''\"\"--")
HARMLESS: dict[str, Mutation] = {
    "verbatim": variant(str),
    "upper case": variant(str.upper),
    "lower case": variant(str.lower),
    "curly quotes, en dashes": variant(lambda s: s.translate(CURLY)),
    "straight quotes, hyphens": variant(lambda s: s.translate(STRAIGHT)),
    "white space": variant(lambda s: "  " + s.replace(" ", "\n  ", 3) + "\t"),
    "no-break spaces": variant(lambda s: s.replace(" ", "\u00a0")),
    "decomposed": variant(lambda s: unicodedata.normalize("NFD", s)),
    "full width": variant(lambda s: "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in s)),
    "zero width": variant(lambda s: s.replace(" ", " \u200b").replace("e", "e\u2060", 2)),
    "last stop dropped": variant(lambda s: s.rstrip(".!,")),
    "wrapped in quotes": variant(lambda s: f"“{s}”"),
    "um dropped": um_dropped,
    "slip of the pen": slip,
    "part of a sentence": part,
    "two sentences with […]": two_sentences,
}


def spots(texts: list[tuple[Record, ...]], rng: random.Random) -> list[Spot]:
    found: list[Spot] = []
    for i, document in enumerate(texts):
        others = texts[(i + 1) % len(texts)] if len(texts) > 1 else ()
        for record in (r for r in document if r.voice is Voice.CUSTOMER):
            for a, b in sentence_spans(record.text):
                if len(re.findall(r"\w{2,}", record.text[a:b])) in range(6, 61) and sentence_around(record.text, a, b) == (a, b):
                    found.append(Spot(record.text[a:b], record, document, others, rng))
    return found


def plain(text: str) -> str:
    """Words alone, without hesitations, said once."""
    words = re.findall(r"[\w%$€£+#]+", unicodedata.normalize("NFKC", text).casefold().replace("_", ""))
    words = [word for word in words if word not in ("um", "uh", "hmm", "hm", "mm", "mhm", "you", "know", "like", "er", "ah")]
    return f" {' '.join(w for i, w in enumerate(words) if words[i - 1 : i] != [w])} "


def measure(texts: list[tuple[Record, ...]], seed: int, each: int) -> tuple[dict[str, Tally], dict[str, Tally]]:
    """Run every mutation on up to `each` sentences: (bad, harmless)."""
    rng = random.Random(seed)
    pool = spots(texts, rng)
    built = {id(document): DocumentText(document) for document in texts}
    results: list[dict[str, Tally]] = []
    for table in (BAD, HARMLESS):
        tallies = {name: Tally() for name in table}
        for name, mutation in table.items():
            for spot in rng.sample(pool, len(pool)):
                if len(tallies[name].seconds) >= each:
                    break
                case = mutation(spot)
                if case is None or (table is BAD and is_true(case, name)):
                    continue
                judge(case, built.get(id(case.document)) or DocumentText(case.document), tallies[name])
        results.append(tallies)
    return results[0], results[1]


def is_true(case: Case, name: str) -> bool:
    """True if a change happened to give words that the record holds after all."""
    if name.startswith(("clipped", "framed", "too short", "another document's", "half")):
        return False
    records = case.document if name == "another document" else (case.record,)
    return any(plain(case.quote) in plain(record.text) for record in records)


def judge(case: Case, text: DocumentText, tally: Tally) -> None:
    begun = time.process_time()
    got = verify(case.quote, record_id=case.record.record_id, records=text)
    tally.seconds.append(time.process_time() - begun)
    if isinstance(got, Rejected):
        tally.rejected += 1
        tally.lost += bool(case.want)
    else:
        by_id = {record.record_id: record.text for record in case.document}
        if any(by_id[one.record_id][one.start : one.end] != one.quote for one in got):
            raise AssertionError(f"the verifier gave words that the source does not hold there: {got}")
        flagged = any(one.needs_meaning_check for one in got)
        tally.flagged += flagged
        tally.accepted += not flagged
        tally.lost += bool(case.want) and plain(case.want) not in plain(" ".join(one.quote for one in got))
    if isinstance(got, Rejected) == bool(case.want):
        tally.wrong.append(f"{case.quote!r} -> {got}")


def report(title: str, tallies: dict[str, Tally]) -> Tally:
    """Print the table; give the sums."""
    total = Tally()
    print(f"\n{title:27s} {'n':>5} {'accepted':>8} {'flagged':>8} {'rejected':>8} {'lost':>5} {'mean ms':>8} {'max ms':>7}")
    for name, one in [*tallies.items(), ("ALL", total)]:
        if one is not total:
            for key in ("accepted", "flagged", "rejected", "lost", "seconds"):
                setattr(total, key, getattr(total, key) + getattr(one, key))
        n, ms = len(one.seconds), [1e3 * s for s in one.seconds] or [0.0]
        row = f"{name:27s} {n:5d} {one.accepted:8d} {one.flagged:8d} {one.rejected:8d} {one.lost:5d}"
        print(f"{row} {sum(ms) / len(ms):8.2f} {max(ms):7.1f}")
    return total


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", type=int, default=40, help="quotes per mutation (default 40)")
    parser.add_argument("--show", action="store_true", help="print what was not rejected of the bad, or lost of the harmless")
    args = parser.parse_args(argv)
    if not args.path.exists():
        parser.error(f"{args.path}: no such book, folder or file")
    bad, harmless = measure(documents(args.path), args.seed, args.each)
    forged, kept = report("bad quotes", bad), report("harmless variants", harmless)
    for name, one in {**bad, **harmless}.items() if args.show else ():
        print(*(f"{name}: {line}" for line in one.wrong), sep="\n")
    share = 100 * kept.lost / max(1, len(kept.seconds))
    print(f"\nbad accepted: {forged.accepted} of {len(forged.seconds)}; harmless lost: {kept.lost} ({share:.2f} %)")
    return int(forged.accepted > 0 or share > 1 or not forged.seconds)


if __name__ == "__main__":
    sys.exit(main())
