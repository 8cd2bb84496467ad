"""Does the source really hold these words there? Decided without a model, and answered in the source's own words.

The rules: `verify`. What they guard: design invariant 1 (fabricated, stitched and misattributed quotes never pass).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from agent.verification.clips import clipped, sentence_around, whole_characters
from agent.verification.diagnosis import Reason, Rejected, diagnose, rejected_at
from agent.verification.document import DocumentText, Place
from agent.verification.folding import Tokens, inside_word, tokenise, width, word_count
from agent.verification.mending import find_mended
from retrieval.records import Record, Voice

MIN_WIDTH = 12
MIN_WORDS = 3
MAX_QUOTE = 20_000
"""No one says more than this in one breath; what is longer is a dump of the source, not a quote."""
MAX_PARTS = 8

_ELLIPSIS = re.compile(r"\s*(?:[\[(<]\s*(?:\.\s?\.\s?\.|…)\s*[\])>]|\.\s?\.\s?\.[\s.]*|…)\s*")
_END_MARKS = ".!?…。！？\"'”’»)]"


class Status(StrEnum):
    EXACT = "exact"
    """The source has these very characters."""
    FOLDED = "folded"
    """The same words; case, Unicode form, white space or punctuation differed."""
    REPAIRED = "repaired"
    """The same words but for the source's hesitations or a one-letter slip."""
    CLIPPED = "clipped"
    """True words whose sentence goes on to hedge, deny or attribute them: the whole sentence is given instead."""


@dataclass(frozen=True, slots=True)
class Verified:
    """Words that the source holds: `quote == record.text[start:end]`, always."""

    record_id: str
    """Where the words are, which may be another record of the same speaker than the one that was named."""
    start: int
    end: int
    quote: str
    status: Status
    widened: bool = False
    """The span was grown to the whole sentence."""
    needs_meaning_check: bool = False
    """The words are real; whether they mean what they are quoted for is a question for a reader."""


def verify(
    quote: str, *, record_id: str | None, records: DocumentText, voice: Voice | None = None
) -> tuple[Verified, ...] | Rejected:
    """Find a proposed quote in the record that it is said to be from; several spans if it has ellipses, never joined.

    `record_id` None: anywhere in the document, if only one record has it. `voice`: whose words they must be.
    Passes: the same words in the same order, whole words only, inside one record, >= 12 characters and >= 3 words (or,
    to the letter in the named record, a shorter sentence or a whole turn of two words). Differences allowed: case,
    Unicode form, white space, punctuation; hesitations that only the source has; a one-letter slip inside a long word
    that is no name, number or inflection (flagged for a meaning check).
    Words found in another record pass only if it is the only place and the same speaker's.
    """
    if record_id is not None and record_id not in records.number:
        return Rejected(Reason.WRONG_DOCUMENT)
    named = None if record_id is None else records.number[record_id]
    if len(quote) > MAX_QUOTE:
        return Rejected(Reason.TOO_LONG)
    quote = quote.strip()
    tokens = tokenise(quote)
    if not tokens.words:
        return Rejected(Reason.EMPTY)
    if not _long_enough(quote, tokens) and not _stands_alone(quote, tokens, records, named):
        return rejected_at(Reason.TOO_SHORT, records, tokens, named)
    parts = [part for part in _ELLIPSIS.split(quote) if part.strip()]
    for scope in dict.fromkeys((named, None)):
        places = _places(records, quote, tokens, scope)
        if scope is None and named is not None:
            places = [place for place in places if place.record != named]
        if places:
            return _settle(places, quote, tokens, records, named, voice)
        if 1 < len(parts) <= MAX_PARTS and scope is not None:
            spans = _parts(records, parts, scope)
            if spans and _right_voice(records.records[scope], voice):
                return spans
    if named is None and 1 < len(parts) <= MAX_PARTS:
        return _parts_anywhere(records, parts, tokens, voice)
    return diagnose(records, tokens, named, stitched=len(parts) > 1)


def _places(records: DocumentText, quote: str, tokens: Tokens, scope: int | None) -> list[Place]:
    return records.find(records.encode(tokens.words), scope) or find_mended(records, tokens, quote, scope)


def _long_enough(quote: str, tokens: Tokens) -> bool:
    return width(quote) >= MIN_WIDTH and word_count(tokens.words) >= MIN_WORDS


def _stands_alone(quote: str, tokens: Tokens, records: DocumentText, named: int | None) -> bool:
    """`Agreed, signed.` is evidence if it is all that the named person said; so is a sentence of three words: `It held up.`"""
    if named is None or word_count(tokens.words) < 2:
        return False
    text = records.records[named].text
    if text.strip() == quote:
        return True
    at = text.find(quote)
    return (
        word_count(tokens.words) >= MIN_WORDS and at >= 0 and sentence_around(text, at, at + len(quote)) == (at, at + len(quote))
    )


def _settle(
    places: list[Place],
    quote: str,
    tokens: Tokens,
    records: DocumentText,
    named: int | None,
    voice: Voice | None,
) -> tuple[Verified, ...] | Rejected:
    """Choose among the places, or say why none will do."""
    found = {place.record for place in places}
    if named is None or named not in found:
        asked = records.records[named] if named is not None else None
        others = [records.records[number] for number in found]
        if asked is not None and not any(_same_speaker(asked, other) for other in others):
            vendors = asked.voice is not Voice.VENDOR and all(other.voice is Voice.VENDOR for other in others)
            reason = Reason.VENDOR_WORDS if vendors else Reason.WRONG_RECORD
            return rejected_at(reason, records, tokens, None, places[0])
        if len(found) > 1 or (asked is not None and len(places) > 1):
            return rejected_at(Reason.AMBIGUOUS, records, tokens, None, places[0])
    if not _right_voice(records.records[places[0].record], voice):
        theirs = records.records[places[0].record].voice
        reason = Reason.VENDOR_WORDS if theirs is Voice.VENDOR else Reason.WRONG_RECORD
        return rejected_at(reason, records, tokens, None, places[0])
    made = [_verified(place, quote, tokens, records) for place in places]
    best = min(made, key=lambda one: (one.needs_meaning_check, _RANK[one.status], one.start))
    unsure = any(one.needs_meaning_check for one in made)  # said twice, once with an if: which one was meant?
    return (replace(best, needs_meaning_check=unsure),)


_RANK = {status: rank for rank, status in enumerate(Status)}


def _verified(place: Place, quote: str, tokens: Tokens, records: DocumentText) -> Verified:
    record = records.records[place.record]
    text = record.text
    core = records.span(place.first, place.last)
    start, end = _with_its_marks(text, core, quote, tokens)
    status = Status.EXACT if text[start:end] == quote else Status.FOLDED
    if place.skipped or place.slips:
        status = Status.REPAIRED
    check = place.slips > 0 or quote.count("?") > text[start:end].count("?")
    sentence = clipped(text, start, end, core=core[0], quoted_reply="quoted_from" in record.context)
    if sentence is not None:
        wide = whole_characters(text, *sentence)
        return Verified(record.record_id, *wide, text[slice(*wide)], Status.CLIPPED, wide != (start, end), True)
    return Verified(record.record_id, start, end, text[start:end], status, False, check)


def _with_its_marks(text: str, core: tuple[int, int], quote: str, tokens: Tokens) -> tuple[int, int]:
    """The words with the punctuation at their ends, as far as quote and source agree on it."""
    start, end = core
    lead, tail = quote[: tokens.starts[0]], quote[tokens.ends[-1] :]
    if lead and text[max(0, start - len(lead)) : start] == lead and not inside_word(text, start - len(lead)):
        start -= len(lead)
    if tail and text[end : end + len(tail)] == tail and not inside_word(text, end + len(tail)):
        end += len(tail)
    else:
        for mark in tail:
            if mark not in _END_MARKS or text[end : end + 1] != mark:
                break
            end += 1
    return whole_characters(text, start, end)


def _parts(records: DocumentText, parts: list[str], scope: int) -> tuple[Verified, ...]:
    """Every part in order in one record, each on its own feet; nothing if one part fails."""
    spans: list[Verified] = []
    after = 0
    for part in parts:
        tokens = tokenise(part)
        if not tokens.words or not _long_enough(part, tokens):
            return ()
        places = [place for place in _places(records, part, tokens, scope) if place.first >= after]
        if not places:
            return ()
        after = places[0].last + 1
        one = _verified(places[0], part, tokens, records)
        text = records.records[scope].text
        if not one.needs_meaning_check and not _is_sentence(text, one.start, one.end):
            one = replace(one, needs_meaning_check=True)
        spans.append(one)
    return tuple(spans)


def _is_sentence(text: str, start: int, end: int) -> bool:
    left, right = sentence_around(text, start, end)
    return not any(ch.isalnum() for ch in text[left:start] + text[end:right])


def _parts_anywhere(
    records: DocumentText, parts: list[str], tokens: Tokens, voice: Voice | None
) -> tuple[Verified, ...] | Rejected:
    """Without a named record: the one record in which the first part stands."""
    first = tokenise(parts[0])
    homes = {place.record for place in _places(records, parts[0], first, None)} if first.words else set()
    found = [spans for home in sorted(homes) if (spans := _parts(records, parts, home))]
    if len(found) == 1 and _right_voice(records.records[records.number[found[0][0].record_id]], voice):
        return found[0]
    return diagnose(records, tokens, None, stitched=True)


def _same_speaker(one: Record, other: Record) -> bool:
    who = one.speaker_email or one.speaker
    return who is not None and who == (other.speaker_email or other.speaker) and one.voice is other.voice


def _right_voice(record: Record, voice: Voice | None) -> bool:
    return voice is None or record.voice is voice
