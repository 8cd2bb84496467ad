"""Quote grounding: whether the words that are shown stand in the document that they are said to come from.

norm(s) = NFKC, typographic quotes and dashes as ASCII, white space collapsed, case folded. A quote with an ellipsis is a list of
fragments: each must stand, in order, and have at least four words, or else "we need ..." is grounded everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

FRAGMENT_WORDS: Final = 4
_ELLIPSIS = re.compile(r"\s*(?:\[?(?:\.\.\.|…)\]?)\s*")
_ASCII: Final = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "‐": "-", "‑": "-", "–": "-", "—": "-"}
)


class Ground(StrEnum):
    """How a quote stands; only the first two are grounded."""

    EXACT = "exact"
    NORMALISED = "normalised"
    ELSEWHERE = "elsewhere"
    """In another document than the one that it cites."""
    ABSENT = "absent"


def normalised(text: str) -> str:
    """The form in which two texts are the same words."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_ASCII).casefold().split())


def ground(quote: str, cited: str, others: Mapping[str, str] | None = None) -> Ground:
    """Where a quote stands: `cited` is the cited document's text, `others` the account's other documents by name.

    A quote that is blank, or has a fragment of fewer than four words, is absent. Characters that are an ellipsis in the source
    itself stand exactly.
    """
    if not quote.strip():
        return Ground.ABSENT
    if quote in cited:
        return Ground.EXACT
    if _stands(quote, cited):
        return Ground.NORMALISED
    if any(quote in text or _stands(quote, text) for text in (others or {}).values()):
        return Ground.ELSEWHERE
    return Ground.ABSENT


def _stands(quote: str, text: str) -> bool:
    fragments = [normalised(part) for part in _ELLIPSIS.split(quote) if part.strip()]
    if not fragments or (len(fragments) > 1 and any(len(part.split()) < FRAGMENT_WORDS for part in fragments)):
        return False
    body, at = normalised(text), 0
    for part in fragments:
        found = body.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def rate(grounds: Iterable[Ground]) -> float:
    """(exact + normalised) / all; 1 where nothing was quoted."""
    counts = Counter(grounds)
    total = counts.total()
    return (counts[Ground.EXACT] + counts[Ground.NORMALISED]) / total if total else 1.0
