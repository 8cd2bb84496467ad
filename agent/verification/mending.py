"""Quotes that the source holds but for its hesitations, or but for a slip of the pen."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from agent.verification.document import MAX_PLACES, MAX_TRIES, UNKNOWN, DocumentText, Fluent, Place, is_capital, occurrences
from agent.verification.folding import Tokens
from agent.verification.hesitations import spoken
from agent.verification.lexicon import NEGATIONS, PROTECTED

_LOOKED_UP = 64
"""Words of a quote among which its rarest are sought; always more than the slips that it may have."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A quote, its fluent words, and where in the fluent document it may lie."""

    words: list[str]
    code: str
    low: int
    high: int
    capitals: frozenset[str]


def find_mended(document: DocumentText, tokens: Tokens, quote: str, record: int | None) -> list[Place]:
    """Where the quote's words stand but for hesitations that only the source has, or one-letter slips in long words."""
    code = document.encode(tokens.words)
    if code.count(UNKNOWN) > _allowed(len(code)):
        return []
    for asides, slips in ((False, False), (True, False), (False, True)):
        fluent = document.fluent[asides]
        kept = spoken(tokens, quote, asides)
        low, high = (0, len(document.codes)) if record is None else document.token_range(record)
        low, high = bisect_left(fluent.at, low), bisect_left(fluent.at, high)
        slim = "".join([code[i] for i in kept])
        if slips:
            asked = _Asked([tokens.words[i] for i in kept], slim, low, high, _capitals(tokens, quote))
            found = _find_slips(document, fluent, asked)
        else:
            found = [(at, 0) for at in occurrences(fluent.codes, slim, low, high)]
        places: list[Place] = []
        for at, count in found:
            if _says(document, fluent, at, kept, code):
                first, last = fluent.at[at], fluent.at[at + len(kept) - 1]
                place = document.place(first, last, last - first + 1 - len(kept), count)
                places += [place] if place else []
        if places:
            return places
    return []


def _says(document: DocumentText, fluent: Fluent, at: int, kept: Sequence[int], code: str) -> bool:
    """True if the quote's own hesitations are the source's, too: it may say `um` less often, never more."""
    edges = [-1, *kept, len(code)]
    for j in range(len(kept) + 1):
        if own := code[edges[j] + 1 : edges[j + 1]]:
            begin = fluent.at[at + j - 1] + 1 if at + j else 0
            rest = iter(document.codes[begin : fluent.at[at + j]])
            if not all(char in rest for char in own):
                return False
    return True


def _allowed(words: int) -> int:
    """Slips that a quote of so many words may have."""
    return 1 if words < 5 else min(4, max(2, words // 8))


def _find_slips(document: DocumentText, fluent: Fluent, asked: _Asked) -> list[tuple[int, int]]:
    """(place, slips), fewest slips first. One of any `allowed + 1` words must be right: the rarest are looked up."""
    code, allowed = asked.code, _allowed(len(asked.code))
    if len(code) < 3:
        return []
    counted = ((fluent.codes.count(c, asked.low, asked.high), i) for i, c in enumerate(code[:_LOOKED_UP]))
    known = sorted(pair for pair in counted if pair[0])
    tried: set[int] = set()
    best: list[tuple[int, int]] = []
    for _, i in known[: allowed + 1]:
        for spot in occurrences(fluent.codes, code[i], asked.low, asked.high, most=MAX_TRIES):
            at = spot - i
            if at < asked.low or at + len(code) > asked.high or at in tried:
                continue
            if len(tried) >= MAX_TRIES:
                break
            tried.add(at)
            slips = _slips(document, fluent, asked, at, allowed)
            if slips is not None:
                best.append((slips, at))
    return [(at, slips) for slips, at in sorted(best)[:MAX_PLACES]]


def _slips(document: DocumentText, fluent: Fluent, asked: _Asked, at: int, allowed: int) -> int | None:
    slips = 0
    for i, code in enumerate(asked.code):
        if fluent.codes[at + i] == code:
            continue
        quoted, source = asked.words[i], document.word_at(fluent.at[at + i])
        slips += 1
        if slips > allowed or not is_slip(quoted, source):
            return None
        if quoted in asked.capitals or document.is_name(quoted) or document.is_name(source):
            return None
    return slips


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


def _capitals(tokens: Tokens, quote: str) -> frozenset[str]:
    return frozenset(word for word, start in zip(tokens.words, tokens.starts, strict=True) if is_capital(quote, start))
