"""The records of one document, folded once, and where a run of words stands in them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import OSA

from agent.verification.folding import Tokens, inside_word, tokenise
from agent.verification.lexicon import ASIDES, HESITATIONS, NEGATIONS, PROTECTED, STUTTERS
from retrieval.records import Record

SEPARATOR, UNKNOWN, SPILT = "\0", "\1", "\2"
"""Codes of: the border of two records, a quote's word that the document lacks, a word beyond the millionth."""
_LAST_CODE = 0x10FFFF
_PAUSE = re.compile(r"\W*[,;()\-–—…][^\w?!]*")
_STOP = re.compile(r"[.!?;:]")
MAX_PLACES = 16
"""Places that are considered for one quote; a phrase repeated more often than that proves nothing by its place."""
MAX_TRIES = 512
"""Places that are tried for a quote with a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Place:
    """Words `[first, last]` of the document, in one record, and what was mended to find them there."""

    record: int
    first: int
    last: int
    skipped: int = 0
    slips: int = 0


class DocumentText:
    """One conversation, ready to be searched for quotes. Build it once; it holds each record's folded words.

    Every distinct word is one character of `codes`, so that finding a run of words is finding a substring.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = tuple(records)
        self.number = {record.record_id: i for i, record in enumerate(self.records)}
        self._code: dict[str, str] = {}
        self._word: list[str] = ["", "", ""]
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._first: list[int] = []
        self._slim_at: list[int] = []
        codes: list[str] = []
        for record in self.records:
            self._first.append(len(self.starts))
            tokens = tokenise(record.text)
            base = len(self.starts)
            self._slim_at.extend(base + i for i in _spoken(tokens, record.text))
            self._slim_at.append(base + len(tokens.words))
            codes.extend(map(self._coded, tokens.words))
            codes.append(SEPARATOR)
            self.starts.extend(tokens.starts)
            self.starts.append(0)
            self.ends.extend(tokens.ends)
            self.ends.append(0)
        self._first.append(len(self.starts))
        self.codes = "".join(codes)
        self._slim = "".join([self.codes[i] for i in self._slim_at])

    def _coded(self, word: str) -> str:
        code = self._code.get(word)
        if code is None:
            number = len(self._word)
            if number > _LAST_CODE:
                return SPILT
            code = self._code[word] = chr(number)
            self._word.append(word)
        return code

    def encode(self, words: Sequence[str]) -> str:
        return "".join([self._code.get(word, UNKNOWN) for word in words])

    def word_at(self, token: int) -> str:
        return self._word[ord(self.codes[token])]

    def token_range(self, record: int) -> tuple[int, int]:
        """`[first, end)` of a record's words in `codes`."""
        return self._first[record], self._first[record + 1] - 1

    def record_at(self, token: int) -> int:
        return bisect_right(self._first, token) - 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        return self.starts[first], self.ends[last]

    def _place(self, first: int, last: int, skipped: int = 0, slips: int = 0) -> Place | None:
        record = self.record_at(first)
        text = self.records[record].text
        start, end = self.span(first, last)
        if inside_word(text, start) or inside_word(text, end):
            return None
        return Place(record, first, last, skipped, slips)

    def find(self, code: str, record: int | None, after: int = 0) -> list[Place]:
        """Where the words stand side by side, in the record (None: any) and from word `after` on; at most MAX_PLACES."""
        low, high = (0, len(self.codes)) if record is None else self.token_range(record)
        places: list[Place] = []
        for at in _occurrences(self.codes, code, max(low, after), high):
            if (place := self._place(at, at + len(code) - 1)) is not None:
                places.append(place)
        return places

    def find_mended(self, tokens: Tokens, quote: str, record: int | None) -> list[Place]:
        """Where they stand but for hesitations that only the source has, or one-letter slips in long words."""
        kept = _spoken(tokens, quote)
        code = self.encode(tokens.words)
        slim = "".join([code[i] for i in kept])
        low, high = (0, len(self.codes)) if record is None else self.token_range(record)
        low, high = bisect_left(self._slim_at, low), bisect_left(self._slim_at, high)
        found = [(at, 0) for at in _occurrences(self._slim, slim, low, high)]
        found = found or self._find_slips([tokens.words[i] for i in kept], slim, low, high, _capitals(tokens, quote))
        places = [self._mended(at, len(slim), slips) for at, slips in found if self._says(at, kept, code)]
        return [place for place in places if place is not None]

    def _says(self, at: int, kept: list[int], code: str) -> bool:
        """True if the quote's own hesitations are the source's, too: it may say `um` less often, never more."""
        edges = [-1, *kept, len(code)]
        for j in range(len(kept) + 1):
            if own := code[edges[j] + 1 : edges[j + 1]]:
                begin = self._slim_at[at + j - 1] + 1 if at + j else 0
                rest = iter(self.codes[begin : self._slim_at[at + j]])
                if not all(char in rest for char in own):
                    return False
        return True

    def _mended(self, at: int, length: int, slips: int) -> Place | None:
        first, last = self._slim_at[at], self._slim_at[at + length - 1]
        return self._place(first, last, last - first + 1 - length, slips)

    def _find_slips(self, words: list[str], slim: str, low: int, high: int, capitals: set[str]) -> list[tuple[int, int]]:
        allowed = 1 if len(words) < 5 else min(4, max(2, len(words) // 8))
        if len(words) < 3 or slim.count(UNKNOWN) > allowed:
            return []
        known = sorted((len(self._positions[c]), i) for i, c in enumerate(slim) if c != UNKNOWN and c in self._positions)
        tried: set[int] = set()
        best: list[tuple[int, int]] = []
        for _, i in known[: allowed + 1]:
            spots = self._positions[slim[i]]
            for spot in spots[bisect_left(spots, low) : bisect_left(spots, high)]:
                at = spot - i
                if at < low or at + len(slim) > high or at in tried or len(tried) >= MAX_TRIES:
                    continue
                tried.add(at)
                slips = self._slips(words, slim, at, allowed, capitals)
                if slips is not None:
                    best.append((slips, at))
        return [(at, slips) for slips, at in sorted(best)[:MAX_PLACES]]

    def _slips(self, words: list[str], slim: str, at: int, allowed: int, capitals: set[str]) -> int | None:
        slips = 0
        for i, code in enumerate(slim):
            here = self._slim[at + i]
            if here == code:
                continue
            there = self._word[ord(here)]
            slips += 1
            if slips > allowed or not is_slip(words[i], there):
                return None
            if words[i] in capitals or words[i] in self.names or there in self.names:
                return None
        return slips

    @cached_property
    def _positions(self) -> dict[str, list[int]]:
        """Code -> its places among the words that are not hesitations."""
        found: dict[str, list[int]] = {}
        for i, code in enumerate(self._slim):
            found.setdefault(code, []).append(i)
        return found

    @cached_property
    def names(self) -> frozenset[str]:
        """Words that are written with a capital inside a sentence: one letter makes another person of Jansen."""
        found: set[str] = set()
        for i, record in enumerate(self.records):
            first, end = self.token_range(i)
            for token in range(first, end):
                if _is_capital(record.text, self.starts[token]):
                    found.add(self.word_at(token))
        return frozenset(found)


def is_slip(quoted: str, source: str) -> bool:
    """One letter added, lost, changed or swapped inside a long word: `suport`. Never an inflection, a number or a name."""
    if not (quoted.isalpha() and source.isalpha()) or not NEGATIONS.isdisjoint((quoted, source)):
        return False
    if quoted in PROTECTED and source in PROTECTED:
        return False
    shorter = min(len(quoted), len(source))
    if shorter < 5 or quoted[0] != source[0] or quoted[-1] != source[-1]:
        return False
    if len(quoted) == len(source) and shorter < 6:
        return False
    return OSA.distance(quoted, source, score_cutoff=1) <= 1


def _occurrences(codes: str, code: str, low: int, high: int) -> Iterator[int]:
    if not code or UNKNOWN in code:
        return
    at = codes.find(code, low, high)
    for _ in range(MAX_PLACES):
        if at < 0:
            return
        yield at
        at = codes.find(code, at + 1, high)


def _is_capital(text: str, start: int) -> bool:
    if not text[start].isupper():
        return False
    before = text[max(0, start - 12) : start].rstrip(" \t\n\"'“‘([*_")
    return bool(before) and before[-1] not in ".!?:…>-"


def _capitals(tokens: Tokens, quote: str) -> set[str]:
    return {word for word, start in zip(tokens.words, tokens.starts, strict=True) if _is_capital(quote, start)}


def _spoken(tokens: Tokens, text: str) -> list[int]:
    """The words that are not hesitations, set-off asides or stutters, by position."""
    words = tokens.words
    kept: list[int] = []
    i = 0
    while i < len(words):
        word = words[i]
        if word in HESITATIONS:
            i += 1
            continue
        if (length := _aside(tokens, i)) and _set_off(tokens, text, i, i + length - 1):
            i += length
            continue
        if (
            kept
            and word in STUTTERS
            and words[kept[-1]] == word
            and not _STOP.search(text[tokens.ends[kept[-1]] : tokens.starts[i]])
        ):
            kept.pop()
        kept.append(i)
        i += 1
    return kept


def _aside(tokens: Tokens, i: int) -> int:
    if " ".join(tokens.words[i : i + 2]) in ASIDES:
        return 2
    return 1 if tokens.words[i] in ASIDES else 0


def _set_off(tokens: Tokens, text: str, first: int, last: int) -> bool:
    """True if a comma, dash or bracket stands on both sides."""
    if first == 0 or last + 1 >= len(tokens.words):
        return False
    before = text[tokens.ends[first - 1] : tokens.starts[first]]
    after = text[tokens.ends[last] : tokens.starts[last + 1]]
    return _PAUSE.fullmatch(before) is not None and _PAUSE.fullmatch(after) is not None
