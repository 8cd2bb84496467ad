"""Claims to judge: honest ones by hand, and half of them spoiled by rule in one of six ways. Pure, but for `main`.

    python -m evals.spoiling --write       make the items of evals/datasets/judge_claims.jsonl again; labels are kept by id

A seed is an honest claim on quotes of a training book, with marks for what may be done to it:
`{honest||too much}`, `[[a condition that may be dropped]]`, `<<our words||as if the customer's>>`. An item shows one reading of one
seed, never both, so that nobody labels by comparing. Whether a spoiled claim is wrong is for the labeller to say: some survive.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent.claims import NUMBER_WORDS
from evals.labels import DATASETS
from retrieval.readers.book import Book, open_book
from retrieval.records import stable_id

SEEDS: Final = DATASETS / "judge_seeds.jsonl"
CLAIMS: Final = DATASETS / "judge_claims.jsonl"
SEED: Final = 20261122
"""Of the draw that decides which seed is spoiled and how."""
HONEST: Final = "honest"
SPLITS: Final = (("train", 0.15), ("dev", 0.42), ("test", 0.43))
"""Of accounts: examples for a judge's prompt, work on it, the last look."""

_CHOICE = re.compile(r"\{([^{}|]*)\|\|([^{}|]*)\}")
_CONDITION = re.compile(r"\[\[([^\[\]]*)\]\]")
_OURS = re.compile(r"<<([^<>|]*)\|\|([^<>|]*)>>")
_DIGITS = re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)*(?![\w-])")
_YEAR = re.compile(r"20\d\d")

CONCLUSIONS: Final = (
    "so they are ready to buy more this year",
    "which shows that the budget for more is there",
    "so the whole company would gain the same",
    "which is why a second department will follow",
    "which proves what the product is worth to them",
    "so they will leave us at the renewal",
    "which means that nothing can be sold there this year",
    "so the sponsor has lost trust in us",
)
"""What nobody said: appended to a claim that stands."""


@dataclass(frozen=True, slots=True)
class Seed:
    """An honest claim with marks."""

    book: str
    account_id: str
    kind: str
    """observed or inferred."""
    text: str
    evidence: tuple[tuple[str, str, str], ...]
    """(kind of signal, source, quote), word for word."""

    @property
    def id(self) -> str:
        return "jc-" + stable_id(self.account_id, self.text, length=8)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a spoiler may draw from."""

    people: Collection[str]
    """Contacts of the account."""
    strangers: Sequence[str]
    """Contacts of other accounts of the book."""
    numbers: Sequence[str]
    """Numbers that the account's other evidence holds."""
    draw: random.Random


def honest(text: str) -> str:
    """The claim without its marks."""
    for pattern in (_OURS, _CHOICE, _CONDITION):
        text = pattern.sub(lambda match: match[1], text)
    return _tidy(text)


def overclaim(text: str, setting: Setting) -> str | None:
    """A hedge, a part or a question becomes certain, whole or settled."""
    return honest(_CHOICE.sub(lambda match: match[2], text)) if _CHOICE.search(text) else None


def dropped_condition(text: str, setting: Setting) -> str | None:
    return honest(_CONDITION.sub("", text)) if _CONDITION.search(text) else None


def vendor_as_customer(text: str, setting: Setting) -> str | None:
    """Our own words, said as if the customer had said them."""
    return honest(_OURS.sub(lambda match: match[2], text)) if _OURS.search(text) else None


def wrong_number(text: str, setting: Setting) -> str | None:
    """Two numbers change places, or one becomes another one: of other evidence where it looks alike, else a made-up one."""
    plain = honest(text)
    found = [match for match in _DIGITS.finditer(plain) if not _YEAR.fullmatch(match[0])]
    if len(found) >= 2 and len({match[0] for match in found}) == len(found) and setting.draw.random() < 0.5:
        one, two = found[0], found[1]
        return plain[: one.start()] + two[0] + plain[one.end() : two.start()] + one[0] + plain[two.end() :]
    if found:
        match = setting.draw.choice(found)
        alike = [n for n in setting.numbers if len(n) == len(match[0]) and n not in plain]
        other = setting.draw.choice(alike) if alike else f"{int(match[0][0]) % 9 + 1}{match[0][1:]}"
        return plain[: match.start()] + other + plain[match.end() :]
    words = [m for m in re.finditer(r"[a-z]+", plain) if m[0] in NUMBER_WORDS and m[0] not in ("one", "zero")]
    if not words:
        return None
    match, names = setting.draw.choice(words), [name for name in NUMBER_WORDS if name not in ("one", "zero")]
    other = names[(names.index(match[0]) + 3) % len(names)]
    return plain[: match.start()] + other + plain[match.end() :]


def wrong_customer(text: str, setting: Setting) -> str | None:
    """Said by another person of the account, or by somebody of another customer."""
    plain = honest(text)
    named = [name for name in setting.people if name in plain]
    if not named:
        return None
    colleagues = [name for name in sorted(setting.people) if name not in plain]
    pool = colleagues if colleagues and setting.draw.random() < 0.7 else sorted(setting.strangers)
    return plain.replace(named[0], setting.draw.choice(pool)) if pool else None


def unsupported_inference(text: str, setting: Setting) -> str | None:
    return f"{honest(text).rstrip('.')}, {setting.draw.choice(CONCLUSIONS)}."


SPOILERS: Final[Mapping[str, Callable[[str, Setting], str | None]]] = {
    "dropped_condition": dropped_condition,
    "vendor_as_customer": vendor_as_customer,
    "overclaim": overclaim,
    "wrong_number": wrong_number,
    "wrong_customer": wrong_customer,
    "unsupported_inference": unsupported_inference,
}
"""Rarest first: that is the order in which seeds are given to them."""


def spoiled(seeds: Sequence[Seed], settings: Mapping[str, Setting], draw: random.Random) -> dict[str, tuple[str, str]]:
    """Seed id -> (how it was made, claim). Half of the seeds are honest; the others are shared among the spoilers as evenly as
    the marks allow."""
    order = list(seeds)
    draw.shuffle(order)
    made: dict[str, tuple[str, str]] = {}
    wanted, left = len(order) // 2, list(SPOILERS)
    while left:
        name = left.pop(0)
        quota = -(-(wanted - len(made)) // (len(left) + 1))
        for seed in order:
            if quota <= 0:
                break
            text = SPOILERS[name](seed.text, settings[seed.account_id]) if seed.id not in made else None
            if text is not None and text != honest(seed.text):
                made[seed.id], quota = (name, text), quota - 1
    return {seed.id: made.get(seed.id, (HONEST, honest(seed.text))) for seed in order}


def split_of(account_id: str) -> str:
    """By account, fixed: a claim of an account that a judge has seen says nothing about the judge."""
    at, share = int(stable_id("judge-split", account_id, length=8), 16) / 16**8, 0.0
    for name, size in SPLITS:
        share += size
        if at < share:
            return name
    return SPLITS[-1][0]


def read_seeds(path: Path = SEEDS) -> list[Seed]:
    rows = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
    return [Seed(**{**row, "evidence": tuple((e["kind"], e["source"], e["quote"]) for e in row["evidence"])}) for row in rows]


def items(seeds: Sequence[Seed]) -> list[dict[str, Any]]:
    """The items without labels, in order of id, which says nothing about how they were made."""
    books = {name: open_book(DATASETS / name) for name in dict.fromkeys(seed.book for seed in seeds)}
    accounts: dict[str, Setting] = {}
    draw = random.Random(SEED)
    for seed in seeds:
        accounts.setdefault(seed.account_id, _setting(seed.account_id, books[seed.book], seeds, draw))
    made = spoiled(seeds, accounts, draw)
    return sorted((_item(seed, *made[seed.id], books[seed.book]) for seed in seeds), key=lambda row: row["id"])


def _setting(account_id: str, book: Book, seeds: Sequence[Seed], draw: random.Random) -> Setting:
    own = " ".join(quote for seed in seeds if seed.account_id == account_id for _, _, quote in seed.evidence)
    return Setting(
        people=[contact.name for contact in book.contacts if contact.account_id == account_id],
        strangers=[contact.name for contact in book.contacts if contact.account_id != account_id],
        numbers=_DIGITS.findall(own),
        draw=draw,
    )


def _item(seed: Seed, made: str, claim: str, book: Book) -> dict[str, Any]:
    return {
        "id": seed.id,
        "account": f"{seed.book}/{seed.account_id}",
        "split": split_of(seed.account_id),
        "made": made,
        "kind": seed.kind,
        "claim": claim,
        "evidence": [_evidence(seed, book, *cited) for cited in seed.evidence],
    }


def _evidence(seed: Seed, book: Book, kind: str, source: str, quote: str) -> dict[str, str]:
    """A cited passage as a judge is shown it. Raises ValueError where the quote does not stand in its source."""
    for record in book.records(seed.account_id).records:
        if record.source == source and quote in record.text:
            titles = {c.name: c.title for c in book.contacts if c.account_id == seed.account_id}
            who = record.speaker or ""
            row = {"kind": kind, "speaker": who, "title": titles.get(who, ""), "voice": record.voice.value}
            return {**row, "date": str(record.occurred_at)[:10], "source": source, "quote": quote}
    raise ValueError(f"{SEEDS.name}: {seed.account_id}, {source}: the quote {quote[:60]!r} does not stand there")


def _tidy(text: str) -> str:
    text = re.sub(r"\s+([.,;:])", r"\1", re.sub(r"\s+", " ", text)).strip()
    return text[:1].upper() + text[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description="Claims to judge, honest and spoiled.")
    parser.add_argument("--write", action="store_true", help="make the committed file again; labels are kept by id")
    options = parser.parse_args()
    rows = items(read_seeds())
    if options.write:
        known = {row["id"]: row for row in map(json.loads, CLAIMS.read_text("utf-8").splitlines())} if CLAIMS.is_file() else {}
        for row in rows:
            old = known.get(row["id"], {})
            if old.get("claim") == row["claim"]:
                row |= {name: old[name] for name in ("verdict", "again") if name in old}
        CLAIMS.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["made"]] = counts.get(row["made"], 0) + 1
    print(f"{len(rows)} claims on {len({row['account'] for row in rows})} accounts: {counts}")


if __name__ == "__main__":
    main()
