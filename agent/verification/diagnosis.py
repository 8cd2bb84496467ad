"""Why a quote was turned down, and the nearest thing that the source does say: for the log and the reviewer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from agent.verification.document import SEPARATOR, UNKNOWN, DocumentText, Place
from agent.verification.folding import Tokens
from agent.verification.lexicon import MONTHS, NEGATIONS, NUMBERS

NEAR = 60.0
"""Similarity (0 to 100) from which a rejected quote counts as an altered one and not as an invented one."""
_MAX_WORDS = 200
"""Words of a quote that are looked at for the diagnosis."""
_MAX_VOTES = 40
_FEW = 4
"""Words that differ up to which a quote is an altered one; with more it may be stitched."""


class Reason(StrEnum):
    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_FOUND = "not_found"
    WRONG_DOCUMENT = "wrong_document"
    """The record that it names is not part of this document."""
    WRONG_RECORD = "wrong_record"
    """Somebody else in this document said it."""
    VENDOR_WORDS = "vendor_words"
    """The vendor said it."""
    AMBIGUOUS = "ambiguous"
    """Several records hold it, and it was not said, or wrongly said, which."""
    CROSSES_TURNS = "crosses_turns"
    STITCHED = "stitched"
    """Its pieces are real, their sequence is not."""
    ALTERED_NUMBER = "altered_number"
    ALTERED_NEGATION = "altered_negation"
    ALTERED_NAME = "altered_name"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A quote that is not in the source. `nearest`, `start`, `end` are for people who ask why; never evidence."""

    reason: Reason
    nearest: str | None = None
    """Record id of the nearest text."""
    start: int = 0
    end: int = 0
    similarity: float = 0.0
    """0 to 100 (rapidfuzz ratio of the words)."""


def diagnose(records: DocumentText, tokens: Tokens, named: int | None, *, stitched: bool = False) -> Rejected:
    """Name what is wrong with a quote that was not found; bounded work, whatever the quote."""
    words = tokens.words[:_MAX_WORDS]
    code = records.encode(words)
    near = _nearest(records, code, named) or _nearest(records, code, None)
    if near is None:
        return Rejected(Reason.NOT_FOUND)
    reason = Reason.STITCHED if stitched else Reason.NOT_FOUND
    similarity = _similarity(records, words, near)
    if not stitched:
        altered, edits = _altered(records, words, code, near) if similarity >= NEAR else (None, 0)
        if UNKNOWN not in code and code in records.codes.replace(SEPARATOR, ""):
            reason = Reason.CROSSES_TURNS
        elif altered and edits <= _FEW:
            reason = altered
        elif _is_patchwork(records, code):
            reason = Reason.STITCHED
        else:
            reason = altered or reason
    return rejected_at(reason, records, tokens, None, near, similarity)


def rejected_at(
    reason: Reason,
    records: DocumentText,
    tokens: Tokens,
    named: int | None,
    place: Place | None = None,
    similarity: float | None = None,
) -> Rejected:
    """A rejection that points at a place (or, without one, at the nearest)."""
    words = tokens.words[:_MAX_WORDS]
    if place is None:
        place = _nearest(records, records.encode(words), named)
    if place is None:
        return Rejected(reason)
    start, end = records.span(place.first, place.last)
    score = _similarity(records, words, place) if similarity is None else similarity
    return Rejected(reason, records.records[place.record].record_id, start, end, round(score, 1))


def _nearest(records: DocumentText, code: str, named: int | None) -> Place | None:
    """The stretch of words on which most of the quote's rarer words agree."""
    low, high = (0, len(records.codes)) if named is None else records.token_range(named)
    votes: Counter[int] = Counter()
    for i, char in enumerate(code):
        if char == UNKNOWN:
            continue
        at = records.codes.find(char, low, high)
        for _ in range(_MAX_VOTES):
            if at < 0:
                break
            votes[at - i] += 1
            at = records.codes.find(char, at + 1, high)
    if not votes:
        return None
    start = max(votes, key=lambda offset: (votes[offset] + votes[offset + 1] + votes[offset - 1], -offset))
    record = records.record_at(min(max(start, low), high - 1))
    first, end = records.token_range(record)
    if first == end:
        return None
    begin = min(max(start, first), end - 1)
    return Place(record, begin, min(max(begin, start + len(code) - 1), end - 1))


def _similarity(records: DocumentText, words: list[str], near: Place) -> float:
    source = " ".join(records.word_at(i) for i in range(near.first, near.last + 1))
    return fuzz.ratio(" ".join(words), source)


def _altered(records: DocumentText, words: list[str], code: str, near: Place) -> tuple[Reason | None, int]:
    """The most serious of the differences between a quote and the words it resembles, and how many words differ."""
    first, end = records.token_range(near.record)
    first, end = max(first, near.first - _FEW), min(end, near.last + 1 + 2 * _FEW)
    changed: list[str] = []
    capital = False
    for edit in Indel.opcodes(code, records.codes[first:end]):
        if edit.tag == "equal" or (edit.tag == "insert" and edit.src_start in (0, len(code))):
            continue  # the same, or words of the source around the quote
        changed.extend(words[edit.src_start : edit.src_end])
        for token in range(first + edit.dest_start, first + edit.dest_end):
            changed.append(records.word_at(token))
            capital = capital or records.is_name(records.word_at(token))
    if not NEGATIONS.isdisjoint(changed):
        return Reason.ALTERED_NEGATION, len(changed)
    if any(word in NUMBERS or word in MONTHS or any(ch.isdigit() for ch in word) for word in changed):
        return Reason.ALTERED_NUMBER, len(changed)
    return (Reason.ALTERED_NAME if capital else None), len(changed)


def _is_patchwork(records: DocumentText, code: str) -> bool:
    """True if the quote can be laid out from runs of three and more words of the source."""
    at = pieces = 0
    while at < len(code):
        length = 0
        while at + length < len(code) and code[at : at + length + 1] in records.codes:
            length += 1
        if length < 3:
            return False
        at += length
        pieces += 1
    return pieces > 1
