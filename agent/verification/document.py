"""The records of one document, folded once, and where a run of words stands in them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.verification.folding import inside_word, tokenise
from agent.verification.hesitations import spoken
from retrieval.records import Record

SEPARATOR, UNKNOWN, SPILT = "\0", "\1", "\2"
"""Codes of: the border of two records, a quote's word that the document lacks, a word beyond the millionth."""
_LAST_CODE = 0x10FFFF
MAX_PLACES = 16
"""Places that are considered for one quote; a phrase repeated more often than that proves nothing by its place."""
MAX_TRIES = 512
"""Occurrences of one word that are looked at."""


@dataclass(frozen=True, slots=True)
class Place:
    """Words `[first, last]` of the document, in one record, and what was mended to find them there."""

    record: int
    first: int
    last: int
    skipped: int = 0
    slips: int = 0


@dataclass(frozen=True)
class Fluent:
    """A document without its hesitations: `codes[i]` is word `at[i]` of the document."""

    codes: str
    at: list[int]


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
        codes: list[str] = []
        fluent: dict[bool, list[int]] = {False: [], True: []}
        for record in self.records:
            self._first.append(len(self.starts))
            tokens = tokenise(record.text)
            base = len(self.starts)
            for asides, at in fluent.items():
                at.extend([base + i for i in spoken(tokens, record.text, asides)])
                at.append(base + len(tokens.words))
            codes.extend(map(self._coded, tokens.words))
            codes.append(SEPARATOR)
            self.starts.extend(tokens.starts)
            self.starts.append(0)
            self.ends.extend(tokens.ends)
            self.ends.append(0)
        self._first.append(len(self.starts))
        self.codes = "".join(codes)
        self.fluent = {asides: Fluent("".join([codes[i] for i in at]), at) for asides, at in fluent.items()}
        """Without hesitations; and (True) without fillers that are set off as well."""

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

    def place(self, first: int, last: int, skipped: int = 0, slips: int = 0) -> Place | None:
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
        for at in occurrences(self.codes, code, max(low, after), high):
            if (place := self.place(at, at + len(code) - 1)) is not None:
                places.append(place)
        return places

    def is_name(self, word: str) -> bool:
        """True if it is never written small and has a capital inside a sentence: one letter makes another of Jansen."""
        found = False
        for token in occurrences(self.codes, self._code.get(word, UNKNOWN), 0, len(self.codes), most=MAX_TRIES):
            text, start = self.records[self.record_at(token)].text, self.starts[token]
            if text[start].islower():
                return False
            found = found or is_capital(text, start)
        return found


def occurrences(codes: str, code: str, low: int, high: int, most: int = MAX_PLACES) -> Iterator[int]:
    """Where `code` is in `codes[low:high]`, at most `most` times."""
    if not code or UNKNOWN in code:
        return
    at = codes.find(code, low, high)
    for _ in range(most):
        if at < 0:
            return
        yield at
        at = codes.find(code, at + 1, high)


def is_capital(text: str, start: int) -> bool:
    """True if the word at `start` has a capital that no sentence's beginning explains."""
    if not text[start].isupper():
        return False
    before = text[max(0, start - 12) : start].rstrip(" \t\n\"'“‘([*_")
    return bool(before) and before[-1] not in ".!?:…>-"
