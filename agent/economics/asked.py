"""How much the customer asked for: a count and its noun, read from verified quotes in the customer's own voice. Pure.

A count is taken only where the sentence asks for something, and not where it says what they have, deny, or lend (R018: what expands).
English number words up to the hundreds, digits in any language; what cannot be read this way stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from agent.economics.facts import stems
from agent.signals import Signal
from retrieval.accounts import CatalogItem
from retrieval.readers.values import UnclearValueError, number_of
from retrieval.records import Voice

KINDS: Final = ("stakeholder_pull", "new_audience_interest", "higher_tier_request")
SEAT: Final = frozenset(stems("seat license licence login user people person colleague staff head agent"))
FLAT: Final = frozenset({"organisation", "organization", "company", "tenant", "customer", "account"})
"""Units of which an account can only have one."""

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve"
    " thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS: Final = {word: number for number, word in enumerate(_ONES.split())} | {
    word: number * 10 for number, word in enumerate(_TENS.split(), 2)
}
_NUMBER: Final = (
    r"(?P<digits>\d{1,3}(?:[,.'’ ]\d{3})+|\d+)(?:\s*-\s*\d+)?"
    r"|(?P<words>(?:(?:" + "|".join(_WORDS) + r"|a|an)[\s-]+)?(?:hundred|thousand|dozen)"
    r"|(?:" + "|".join(_WORDS) + r")(?:-(?:" + "|".join(_WORDS) + r"))?)"
)
_COUNT: Final = re.compile(
    rf"\b(?:{_NUMBER})\s+(?P<of>(?:(?:more|extra|additional|new|other|further|of|my|her|his|our|their|the|named|full)\s+){{0,3}})"
    r"(?P<noun>[a-z][a-z-]*)?",
    re.IGNORECASE,
)
_ASKS: Final = re.compile(
    r"\b(pric\w*|quot\w*|offer|costs?|how much|want|need|(would|'d|’d) like|can (we|you|i)|could|may (we|i)|add|another|pilot|trial"
    r"|order|buy|take|roll(ing)? ?out|what would|proposal|upgrade)\b|['’]d like",
    re.IGNORECASE,
)
_HAVE: Final = re.compile(
    r"(\b(we|i|they|she|he|you|there|it|us|our|had|has|have|got|are|were|is|was|all)\b|['’](ve|re|s))"
    r"((\s+(got|only|now|about|already|the|just|had|have))*)\s*$",
    re.IGNORECASE,
)
_MORE: Final = re.compile(r"\b(more|extra|additional|new|other|further)\b", re.IGNORECASE)
_NOT: Final = re.compile(r"\b(not|never|no|nor|without|instead of|rather than)\b|n['’]t\b", re.IGNORECASE)
_MULTIPLES: Final = {"hundred": 100, "thousand": 1000, "dozen": 12}


@dataclass(frozen=True, slots=True)
class Asked:
    """One count that a customer asked for."""

    count: float
    noun: str
    """In the singular; `seat` for people and log-ins."""
    signal: Signal
    more: bool = False
    """On top of what they have: "seven more", not "for 160 seats"."""

    @property
    def source(self) -> str:
        who = self.signal.speaker or self.signal.voice.value
        return f"{self.signal.source}, {who}, {self.signal.date}: “{self.signal.quote}”"


def asked(signals: Iterable[Signal], nouns: Iterable[str]) -> tuple[Asked, ...]:
    """Counts of any of `nouns` (singular words), newest first; of a signal that is resolved or weak none."""
    wanted = frozenset(nouns)
    found: dict[tuple[str, int], Asked] = {}
    for signal in signals:
        usable = signal.kind in KINDS and signal.voice is Voice.CUSTOMER and not signal.resolved and signal.strength != "weak"
        if not usable or not _ASKS.search(signal.quote):
            continue
        for at, one in _counts(signal, wanted):
            found.setdefault((signal.record_id, signal.start + at), one)
    return tuple(sorted(found.values(), key=lambda one: (one.signal.date, one.signal.id), reverse=True))


def seats_asked(signals: Iterable[Signal]) -> tuple[Asked, ...]:
    return asked(signals, SEAT)


def units_asked(signals: Sequence[Signal], item: CatalogItem) -> tuple[Asked, ...]:
    """Counts of an item's own unit (`pages`), or of blocks and packs of it where the quote names the item."""
    _, noun = unit_of(item)
    own = asked(signals, {noun, *stems(noun)})
    named = [one for signal in signals for one in _of_name(signal, item)]
    blocks = asked((s for s in signals if item.name.casefold() in s.quote.casefold()), {"block", "pack", "unit", "bundle"})
    found = own + tuple(one for one in blocks if one not in own)
    return found or tuple(sorted(named, key=lambda one: (one.signal.date, one.signal.id), reverse=True))


def offered(item: CatalogItem) -> str:
    """A unit without what stands around it: `per 200 signatures a month` -> `200 signatures`; prices are a month's anyway."""
    bare = re.split(r", (?:needs|requires)\b", item.unit)[0].strip()
    bare = re.sub(r"^(?:per|each|every|an?)\s+", "", bare, flags=re.IGNORECASE)
    return re.sub(r"\s+(?:a|per|each|every) (?:month|year)$", "", bare, flags=re.IGNORECASE)


def unit_of(item: CatalogItem) -> tuple[float, str]:
    """What one unit of an item is: `5,000 pages` -> (5000, page); `pack of 5 connectors` -> (1, pack); `seat` -> (1, seat)."""
    head = re.split(r",(?!\d)|\bof\b|\(|;", offered(item))[0].strip()
    match = re.match(r"([\d.,'’ ]*\d)\s*(.*)", head)
    size, words = (match[1], match[2]) if match else ("1", head)
    names = stems(words)
    try:
        return number_of(size.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", size) else size), names[
            -1
        ] if names else "unit"
    except UnclearValueError:
        return 1.0, names[-1] if names else "unit"


def needs(item: CatalogItem, plans: Sequence[CatalogItem]) -> tuple[CatalogItem, ...]:
    """The plans of which an add-on needs one (`organisation, needs Business or Enterprise`), cheapest first as the catalogue lists them."""
    match = re.search(r"\b(?:needs|requires)\b(.*)", f"{item.unit}", re.IGNORECASE)
    return tuple(plan for plan in plans if match and re.search(rf"\b{re.escape(plan.name)}\b", match[1], re.IGNORECASE))


def _of_name(signal: Signal, item: CatalogItem) -> Iterable[Asked]:
    """`one Front Desk`, `two Front Desks`: a count before the item's own name."""
    usable = signal.kind in KINDS and signal.voice is Voice.CUSTOMER and not signal.resolved and signal.strength != "weak"
    if not usable or not _ASKS.search(signal.quote):
        return
    for match in re.finditer(rf"\b(?:{_NUMBER})\s+{re.escape(item.name)}s?\b", signal.quote, re.IGNORECASE):
        clause = re.split(r"[,.;!?]\s", signal.quote[: match.start()])[-1]
        count = _number(match)
        if count and not _NOT.search(clause):
            yield Asked(count, "unit", signal)


def _counts(signal: Signal, wanted: frozenset[str]) -> Iterable[tuple[int, Asked]]:
    quote = signal.quote
    about_seats = bool(wanted & SEAT) and any(stem in SEAT for stem in stems(quote.replace("-", "")))
    for match in _COUNT.finditer(quote):
        noun = stems((match["noun"] or "").replace("-", ""))
        bare_more = "more" in match["of"].casefold() and about_seats and not (noun and noun[0] in wanted)
        if not (noun and noun[0] in wanted) and not bare_more:
            continue
        clause = re.split(r"[,.;!?]\s", quote[: match.start()])[-1]
        if _HAVE.search(clause) or _NOT.search(clause):
            continue
        count = _number(match)
        if count:
            more = bool(_MORE.search(match["of"]))
            yield match.start(), Asked(count, "seat" if bare_more or noun[0] in SEAT else noun[0], signal, more)


def _number(match: re.Match[str]) -> float | None:
    if match["digits"]:
        return float(re.sub(r"\D", "", match["digits"]))
    words = re.split(r"[\s-]+", match["words"].casefold())
    multiple = next((_MULTIPLES[word] for word in words if word in _MULTIPLES), 1)
    number = sum(_WORDS.get(word, 0) for word in words)
    return float((number or (1 if multiple > 1 else 0)) * multiple) or None
