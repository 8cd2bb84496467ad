"""Which words of a text are hesitations: sounds, stutters, and fillers that commas set off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from operator import eq

from agent.verification.folding import Tokens
from agent.verification.lexicon import ASIDES, HESITATIONS, STUTTERS

_PAUSE = re.compile(r"\W*[,;()\-–—…][^\w?!]*")
_STOP = re.compile(r"[.!?;:]")
_FIRST = frozenset(aside.split()[0] for aside in ASIDES)


def spoken(tokens: Tokens, text: str, asides: bool) -> Sequence[int]:
    """The words that are not hesitations, stutters or (if `asides`) set-off fillers, by position."""
    words = tokens.words
    stutters = any(map(eq, words, islice(words, 1, None)))
    if HESITATIONS.isdisjoint(words) and not stutters and not (asides and not _FIRST.isdisjoint(words)):
        return range(len(words))
    kept: list[int] = []
    i = 0
    while i < len(words):
        word = words[i]
        if word in HESITATIONS:
            i += 1
            continue
        if asides and word in _FIRST and (length := _aside(tokens, i)) and _set_off(tokens, text, i, i + length - 1):
            i += length
            continue
        if (
            kept
            and word in STUTTERS
            and words[kept[-1]] == word
            and not _STOP.search(text, tokens.ends[kept[-1]], tokens.starts[i])
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
    """True if a comma, dash, bracket or another hesitation stands on both sides."""
    words = tokens.words
    if first == 0 or last + 1 >= len(words):
        return False
    before = text[tokens.ends[first - 1] : tokens.starts[first]]
    after = text[tokens.ends[last] : tokens.starts[last + 1]]
    return (words[first - 1] in HESITATIONS or _PAUSE.fullmatch(before) is not None) and (
        words[last + 1] in HESITATIONS or _PAUSE.fullmatch(after) is not None
    )
