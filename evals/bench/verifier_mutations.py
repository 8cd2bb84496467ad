"""Attack the quote verifier with altered quotes from real text, and count what gets through.

    python -m evals.bench.verifier_mutations [BOOK | FOLDER | FILE] [--seed 7] [--each 40] [--show]

Reads a book of exports, or any folder (or file) of .vtt, .md, .txt (`Name: words` lines) and .jsonl meetings. Exits 1 if one
bad quote is accepted without a meaning check, or more than 1 % of the harmless variants are lost. Seeded: the same seed and
texts give the same quotes.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.verification import DocumentText, Rejected, Verified, sentence_around, verify
from retrieval.records import Record, Visibility, Voice
from retrieval.sentences import sentence_spans

SAMPLE = Path(__file__).resolve().parents[1] / "datasets" / "tessellate"

_CIRCLES = {
    "number word": "one two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty ninety",
    "scale": "hundred thousand million billion",
    "month": "january february march april may june july august september october november december",
    "weekday": "monday tuesday wednesday thursday friday saturday sunday",
    "pronoun": "we they you i he she it",
    "possessive": "our their your my his her its",
    "tense": "is was|are were|have had|has had|will would|can could|do did|need needed|want wanted|use used",
    "direction": "increase decrease|increased decreased|more less|higher lower|up down|before after|with without|all some|most few|"
    "always never|better worse|faster slower|in out|on off|good bad|big small|start stop|buy sell|love hate|easy hard|first last",
    "unit": "days weeks months years hours minutes|day week month year hour minute|dollars euros pounds|$ € £",
    "certainty": "must might may|will could|can cannot|should must",
    "quantity": "seat seats|user users|team teams|account accounts|office offices|person people|month months|week weeks|run runs",
}


def _swaps(circles: str) -> dict[str, list[str]]:
    return {word: [w for w in circle.split() if w != word] for circle in circles.split("|") for word in circle.split()}


SWAPS = {group: _swaps(circles) for group, circles in _CIRCLES.items()}
NAMES = ["Denver", "Marta", "Okonkwo", "Salesforce", "Lyon", "Priscilla", "Finance", "Zurich"]
DROPPABLE = frozenset("almost nearly only would have about might still already not just if some at least could maybe".split())
INVENTED = [
    "Our board approved doubling the contract next quarter.",
    "We have signed off on the budget increase for everyone.",
    "It saved the whole team twelve hours a week last year.",
    "Please send us the price for two hundred more seats.",
    "We are going to roll this out to all the other offices.",
    "I will introduce you to the head of the other department.",
]


@dataclass(frozen=True)
class Case:
    """A quote that somebody might propose for a record; `want` is the text that a harmless variant stands for."""

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
    slowest: float = 0.0
    total: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.accepted + self.flagged + self.rejected


@dataclass(frozen=True)
class Spot:
    """A sentence of a record, and the texts from which a forger could borrow."""

    sentence: str
    start: int
    record: Record
    document: tuple[Record, ...]
    others: tuple[Record, ...]
    rng: random.Random

    def of(self, quote: str | None) -> Case | None:
        return None if quote is None else Case(quote, self.record, self.document)


# --- reading -------------------------------------------------------------------------------------------------------------


def documents(path: Path) -> list[tuple[Record, ...]]:
    """The conversations under a path; a vendor is who speaks with an address or a name from `team.csv`."""
    root = path if path.is_dir() else path.parent
    team = (root / "team.csv").read_text("utf-8") if (root / "team.csv").exists() else ""
    files = (
        sorted(p for p in path.rglob("*") if p.suffix in (".vtt", ".md", ".txt", ".json", ".jsonl")) if path.is_dir() else [path]
    )
    return [made for file in files for turns in _turns(file) if (made := _records(file.name, turns, team))]


def _records(name: str, turns: list[tuple[str, str]], team: str) -> tuple[Record, ...]:
    made: list[Record] = []
    for i, (speaker, text) in enumerate(turns):
        voice = Voice.VENDOR if (speaker and speaker in team) or "vendor" in speaker.lower() else Voice.CUSTOMER
        made.append(Record(f"{name}#{i}", "bench", name, f"turn {i}", name, "2026-01-01", speaker, None, voice, "bench",
                           Visibility.PUBLIC, text, i))  # fmt: skip
    return tuple(made)


def _turns(file: Path) -> Iterator[list[tuple[str, str]]]:
    text = file.read_text("utf-8", "replace")
    if file.name in ("README.md", "catalog.json", "gold.jsonl"):
        return
    if file.suffix == ".vtt":
        yield _merged(re.findall(r"<v ([^>]+)>(.+)", text))
    elif file.suffix == ".txt":
        yield _merged(re.findall(r"^(?:\[[\d:]+\] )?([^:\n]{1,40}): (.+)$", text, re.MULTILINE))
    elif file.suffix == ".md":
        yield [("author", re.sub(r"\A---.*?---\s*", "", text, flags=re.DOTALL))]
    elif file.suffix == ".jsonl":
        for line in text.splitlines()[:40]:
            row = json.loads(line)
            if "turns" in row:
                yield [(t["speaker"], t["text"]) for t in row["turns"]]
    else:
        for ticket in json.loads(text).get("tickets", []):
            first = [(ticket["requester"]["name"], ticket["description"])]
            yield first + [(c["author"]["name"], c["body"]) for c in ticket["comments"]]


def _merged(turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Cues of one speaker in a row are one turn."""
    out: list[tuple[str, str]] = []
    for who, words in turns:
        if out and out[-1][0] == who:
            out[-1] = (who, f"{out[-1][1]} {words}")
        else:
            out.append((who, words))
    return out


# --- bad quotes ----------------------------------------------------------------------------------------------------------

Mutation = Callable[[Spot], Case | None]


def swapping(group: str) -> Mutation:
    """Put another word of the same group in the place of one: nine -> five, we -> they, up -> down."""
    table = SWAPS[group]

    def mutate(spot: Spot) -> Case | None:
        hits = [m for m in re.finditer(r"[$€£%]|[\w'’]+", spot.sentence) if m.group().lower() in table]
        if not hits:
            return None
        hit = spot.rng.choice(hits)
        new = spot.rng.choice(table[hit.group().lower()])
        new = new.capitalize() if hit.group()[0].isupper() else new
        return spot.of(spot.sentence[: hit.start()] + new + spot.sentence[hit.end() :])

    return mutate


def digit_changed(spot: Spot) -> Case | None:
    hits = [m.start() for m in re.finditer(r"\d", spot.sentence)]
    if not hits:
        return None
    at = spot.rng.choice(hits)
    kind = spot.rng.randrange(3)
    new = spot.rng.choice([d for d in "123456789" if d != spot.sentence[at]])
    put = (new, spot.sentence[at] + new, "" if re.search(r"\d", spot.sentence[at + 1 : at + 2]) else new)[kind]
    return spot.of(spot.sentence[:at] + put + spot.sentence[at + 1 :])


def negation_added(spot: Spot) -> Case | None:
    hits = [
        m.end() for m in re.finditer(r"\b(?:is|are|was|were|will|can|could|do|did|have|has|would|should|'re|'s)\b", spot.sentence)
    ]
    hits = hits or [m.end() for m in re.finditer(r"\b(?:we|I|they|you|it)\b", spot.sentence)]
    if not hits:
        return None
    at = spot.rng.choice(hits)
    return spot.of(spot.sentence[:at] + spot.rng.choice([" not", " never", " hardly"]) + spot.sentence[at:])


def negation_removed(spot: Spot) -> Case | None:
    done = re.sub(r"n['’]t\b|\s+\b(?:not|never|no|hardly|nobody)\b", "", spot.sentence, count=1)
    return spot.of(done) if done != spot.sentence else None


def name_changed(spot: Spot) -> Case | None:
    hits = [m for m in re.finditer(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b", spot.sentence)]
    if not hits:
        return None
    hit = spot.rng.choice(hits)
    new = spot.rng.choice([*(n for n in NAMES if n != hit.group()), hit.group() + "s", hit.group()[:-1] + "x"])
    return spot.of(spot.sentence[: hit.start()] + new + spot.sentence[hit.end() :])


def dropped_word(spot: Spot) -> Case | None:
    hits = [m for m in re.finditer(r"[\w'’]+", spot.sentence) if m.group().lower() in DROPPABLE and m.start()]
    if not hits:
        return None
    hit = spot.rng.choice(hits)
    return spot.of(spot.sentence[: hit.start()].rstrip() + spot.sentence[hit.end() :])


def middle_deleted(spot: Spot) -> Case | None:
    words = spot.sentence.split()
    if len(words) < 9:
        return None
    size = spot.rng.randint(1, len(words) // 3)
    at = spot.rng.randint(2, len(words) - size - 2)
    return spot.of(" ".join(words[:at] + words[at + size :]))


def word_added(spot: Spot) -> Case | None:
    words = spot.sentence.split()
    at = spot.rng.randint(1, len(words) - 1)
    return spot.of(" ".join([*words[:at], spot.rng.choice(["definitely", "all", "always", "now", "gladly"]), *words[at:]]))


def swapped_words(spot: Spot) -> Case | None:
    words = spot.sentence.rstrip(".!?").split()
    a, b = sorted(spot.rng.sample(range(len(words)), 2))
    words[a], words[b] = words[b], words[a]
    return spot.of(" ".join(words))


def halves_turned(spot: Spot) -> Case | None:
    words = spot.sentence.rstrip(".!?").split()
    half = len(words) // 2
    return spot.of(" ".join(words[half:] + words[:half]))


def _other_sentence(spot: Spot, records: tuple[Record, ...]) -> tuple[Record, str] | None:
    pool = [(r, r.text[a:b]) for r in records for a, b in sentence_spans(r.text) if len(r.text[a:b].split()) >= 6]
    pool = [(r, s) for r, s in pool if s != spot.sentence]
    return spot.rng.choice(pool) if pool else None


def spliced(joint: str, same_record: bool) -> Mutation:
    def mutate(spot: Spot) -> Case | None:
        other = _other_sentence(spot, (spot.record,) if same_record else spot.document)
        if other is None:
            return None
        left, right = spot.sentence.split(), other[1].split()
        return spot.of(" ".join(left[: len(left) // 2 + 1]) + joint + " ".join(right[len(right) // 2 :]))

    return mutate


def clipped_before(pattern: str) -> Mutation:
    """End the quote right before the word that takes it back."""

    def mutate(spot: Spot) -> Case | None:
        hits = [m for m in re.finditer(pattern, spot.sentence) if len(spot.sentence[: m.start()].split()) >= 3]
        return spot.of(spot.sentence[: spot.rng.choice(hits).start()].rstrip(" ,;-–—")) if hits else None

    return mutate


def clipped_after(pattern: str) -> Mutation:
    """Begin the quote right after the words that deny, doubt or attribute it."""

    def mutate(spot: Spot) -> Case | None:
        hits = [m for m in re.finditer(pattern, spot.sentence, re.IGNORECASE) if len(spot.sentence[m.end() :].split()) >= 3]
        return spot.of(spot.sentence[spot.rng.choice(hits).end() :].lstrip(" ,;-–—")) if hits else None

    return mutate


def framed(frame: str) -> Mutation:
    """Write the sentence into a reply, a quotation or a doubt, and quote it bare."""

    def mutate(spot: Spot) -> Case | None:
        text = frame.format(spot.sentence.replace("\n", " "))
        record = dataclasses.replace(spot.record, text=text)
        document = tuple(record if r is spot.record else r for r in spot.document)
        return Case(spot.sentence.rstrip(".!?"), record, document)

    return mutate


def borrowed(which: str) -> Mutation:
    """True words, put into the mouth of somebody who did not say them."""

    def mutate(spot: Spot) -> Case | None:
        pool = spot.others
        if which != "document":
            pool = tuple(
                r for r in spot.document if r.speaker != spot.record.speaker and (r.voice is Voice.VENDOR) == (which == "vendor")
            )
        other = _other_sentence(spot, pool)
        return spot.of(other[1]) if other else None

    return mutate


def foreign_record(spot: Spot) -> Case | None:
    return Case(spot.sentence, spot.rng.choice(spot.others), spot.document)


def crossing(spot: Spot) -> Case | None:
    at = spot.document.index(spot.record)
    if at + 1 >= len(spot.document):
        return None
    nearby = " ".join(spot.document[at + 1].text.split()[:5])
    return spot.of(" ".join(spot.record.text.split()[-6:]) + " " + nearby)


def too_short(spot: Spot) -> Case | None:
    return spot.of(" ".join(spot.sentence.split()[: spot.rng.randint(1, 2)]))


def half_word(spot: Spot) -> Case | None:
    long = [m for m in re.finditer(r"[^\W\d_]{6,}", spot.sentence) if m.start()]
    return spot.of(spot.sentence[spot.rng.choice(long).start() + 2 :]) if long else None


def invented(spot: Spot) -> Case | None:
    return spot.of(spot.rng.choice(INVENTED))


BAD: dict[str, Mutation] = {
    **{f"swap: {group}": swapping(group) for group in SWAPS},
    "digit changed": digit_changed,
    "negation added": negation_added,
    "negation removed": negation_removed,
    "name changed": name_changed,
    "small word dropped": dropped_word,
    "middle deleted": middle_deleted,
    "word added": word_added,
    "two words swapped": swapped_words,
    "halves turned round": halves_turned,
    "spliced in record": spliced(" ", True),
    "spliced in document": spliced(" ", False),
    "spliced with ellipsis": spliced(" ... ", True),
    "clipped before condition": clipped_before(r"\b(?:if|unless|until|once|when|but|except|provided|only)\b"),
    "clipped before not": clipped_before(r"\b(?:not|never|no)\b|\b\w+n['’]t\b"),
    "clipped before ?": clipped_before(r"\?"),
    "clipped after doubt": clipped_after(
        r"\b(?:not|never|(?:do|did|could|would|wo|ca)n['’]t|if|would|could|might|maybe|until|whether)\b"
    ),
    "clipped after hearsay": clipped_after(r"\b(?:said|says|told (?:me|us)|claims?|thinks?|thought|asked|heard)(?: that)?\b"),
    "framed: reply": framed("Sounds right to me.\n\nOn 3 May Sam wrote:\n> Hello.\n> {}"),
    "framed: quotation": framed("Your brochure has it like this. “First of all, {} And so on.” That is not us."),
    "framed: doubt": framed("I doubt that {}"),
    "framed: denial after": framed("{} – or so they claim."),
    "framed: taken back": framed("{} Just kidding."),
    "from another document": borrowed("document"),
    "record of another document": foreign_record,
    "vendor's words": borrowed("vendor"),
    "another customer's words": borrowed("customer"),
    "across two turns": crossing,
    "too short": too_short,
    "half a word": half_word,
    "invented": invented,
}


# --- harmless variants ---------------------------------------------------------------------------------------------------


def variant(change: Callable[[str], str]) -> Mutation:
    def mutate(spot: Spot) -> Case | None:
        return Case(change(spot.sentence), spot.record, spot.document, spot.sentence)

    return mutate


def um_dropped(spot: Spot) -> Case | None:
    """The source hesitates, the quote does not."""
    words = spot.sentence.split(" ")
    at = spot.rng.randint(1, len(words) - 1)
    said = spot.rng.choice(["um,", "uh", "um", "hmm,", "uh, um,"])
    text = spot.record.text.replace(spot.sentence, " ".join([*words[:at], said, *words[at:]]), 1)
    record = dataclasses.replace(spot.record, text=text)
    return Case(spot.sentence, record, tuple(record if r is spot.record else r for r in spot.document), spot.sentence)


def slip(spot: Spot) -> Case | None:
    long = [m for m in re.finditer(r"\b[a-z]{7,}\b", spot.sentence) if m.group() not in DROPPABLE]
    if not long:
        return None
    hit = spot.rng.choice(long)
    at = spot.rng.randint(1, len(hit.group()) - 2)
    word = hit.group()
    new = spot.rng.choice([word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], word[:at] + "w" + word[at + 1 :]])
    return Case(spot.sentence[: hit.start()] + new + spot.sentence[hit.end() :], spot.record, spot.document, spot.sentence)


def part(spot: Spot) -> Case | None:
    words = spot.sentence.split()
    a = spot.rng.randint(0, len(words) - 5)
    quote = " ".join(words[a : spot.rng.randint(a + 5, len(words))])
    return Case(quote, spot.record, spot.document, quote) if len(quote) > 14 else None


def two_sentences(spot: Spot) -> Case | None:
    later = [s for a, b in sentence_spans(spot.record.text) if a > spot.start and len((s := spot.record.text[a:b]).split()) >= 4]
    later = [s for s in later if len(s) >= 14]
    return Case(f"{spot.sentence} […] {spot.rng.choice(later)}", spot.record, spot.document, spot.sentence) if later else None


_CURLY = str.maketrans({"'": "’", '"': "”", "-": "–"})
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})

HARMLESS: dict[str, Mutation] = {
    "verbatim": variant(str),
    "upper case": variant(str.upper),
    "lower case": variant(str.lower),
    "curly quotes, en dashes": variant(lambda s: s.translate(_CURLY)),
    "straight quotes, hyphens": variant(lambda s: s.translate(_STRAIGHT)),
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


# --- the measurement -----------------------------------------------------------------------------------------------------


def spots(texts: list[tuple[Record, ...]], rng: random.Random) -> list[Spot]:
    found: list[Spot] = []
    for i, document in enumerate(texts):
        others = texts[(i + rng.randint(1, max(1, len(texts) - 1))) % len(texts)] if len(texts) > 1 else ()
        for record in document:
            if record.voice is not Voice.CUSTOMER:
                continue
            for a, b in sentence_spans(record.text):
                if 6 <= len(record.text[a:b].split()) <= 60 and sentence_around(record.text, a, b) == (a, b):
                    found.append(Spot(record.text[a:b], a, record, document, others, rng))
    rng.shuffle(found)
    return found


def letters(text: str) -> str:
    return " ".join(re.findall(r"[\w%$€£]+", unicodedata.normalize("NFKC", text).casefold().replace("’", "'")))


def measure(texts: list[tuple[Record, ...]], seed: int, each: int) -> tuple[dict[str, Tally], dict[str, Tally]]:
    """Run every mutation on up to `each` sentences; (bad, harmless)."""
    rng = random.Random(seed)
    pool = spots(texts, rng)
    built: dict[int, DocumentText] = {id(document): DocumentText(document) for document in texts}
    bad = {name: Tally() for name in BAD}
    harmless = {name: Tally() for name in HARMLESS}
    for table, tallies in ((BAD, bad), (HARMLESS, harmless)):
        for name, mutation in table.items():
            for spot in rng.sample(pool, len(pool)):
                if tallies[name].count >= each:
                    break
                if (name in ("from another document", "record of another document") and not spot.others) or len(
                    spot.document
                ) == 0:
                    continue
                case = mutation(spot)
                if case is None or (table is BAD and is_true(case, name)):
                    continue
                _judge(case, built.get(id(case.document)) or DocumentText(case.document), tallies[name])
    return bad, harmless


def is_true(case: Case, name: str) -> bool:
    """True if a change happened to give words that the record holds after all."""
    if name.startswith(("clipped", "framed", "too short", "record of")):
        return False
    return f" {letters(case.quote)} " in f" {letters(case.record.text)} "


def _judge(case: Case, text: DocumentText, tally: Tally) -> None:
    begun = time.process_time()
    got = verify(case.quote, record_id=case.record.record_id, records=text)
    spent = time.process_time() - begun
    tally.total += spent
    tally.slowest = max(tally.slowest, spent)
    if isinstance(got, Rejected):
        tally.rejected += 1
        tally.lost += bool(case.want)
    else:
        _hold(case, got)
        if any(one.needs_meaning_check for one in got):
            tally.flagged += 1
        else:
            tally.accepted += 1
        tally.lost += (
            bool(case.want)
            and letters(case.want) not in letters(" ".join(one.quote for one in got))
            and "um" not in case.record.text
        )
    if (isinstance(got, Rejected) and case.want) or (not case.want and not isinstance(got, Rejected)):
        tally.wrong.append(f"{case.quote!r} -> {got}"[:400])


def _hold(case: Case, got: tuple[Verified, ...]) -> None:
    by_id = {record.record_id: record for record in case.document}
    for one in got:
        if by_id[one.record_id].text[one.start : one.end] != one.quote:
            raise AssertionError(f"the verifier gave words that the source does not hold there: {one}")


def report(title: str, tallies: dict[str, Tally]) -> None:
    print(f"\n{title:28s} {'n':>5} {'accepted':>9} {'flagged':>8} {'rejected':>9} {'lost':>5} {'mean ms':>8} {'max ms':>7}")
    for name, one in [*tallies.items(), ("ALL", _sum(tallies))]:
        mean = 1e3 * one.total / max(1, one.count)
        row = f"{name:28s} {one.count:5d} {one.accepted:9d} {one.flagged:8d} {one.rejected:9d} {one.lost:5d}"
        print(f"{row} {mean:8.2f} {1e3 * one.slowest:7.1f}")


def _sum(tallies: dict[str, Tally]) -> Tally:
    total = Tally()
    for one in tallies.values():
        for name in ("accepted", "flagged", "rejected", "lost", "total"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
        total.slowest = max(total.slowest, one.slowest)
    return total


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--show", action="store_true", help="print the quotes that went wrong or were flagged")
    args = parser.parse_args(argv)
    if not args.path.exists():
        print(f"{args.path}: no such book or folder; give the path of one")
        return 2
    texts = documents(args.path)
    bad, harmless = measure(texts, args.seed, args.each)
    report("bad quotes", bad)
    report("harmless variants", harmless)
    if args.show:
        for name, one in {**bad, **harmless}.items():
            for line in one.wrong:
                print(f"{name}: {line}")
    passed, lost, count = _sum(bad).accepted, _sum(harmless).lost, _sum(harmless).count
    print(f"\nbad accepted: {passed} of {_sum(bad).count}; harmless lost: {lost} of {count} ({100 * lost / max(1, count):.2f} %)")
    return int(passed > 0 or lost > 0.01 * count)


if __name__ == "__main__":
    sys.exit(main())
