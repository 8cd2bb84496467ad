"""The numbered evidence of a card: the one order in which claims, the card, the source pane and plain mode speak of quotes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from agent.decisions import Action, marks
from agent.kinds import Stance
from agent.queue import Card
from agent.signals import Signal
from retrieval.records import Voice
from review_tui.dates import day
from review_tui.text import safe
from review_tui.why import info_of

SIGNS = {Stance.SUPPORTS: "+", Stance.OPPOSES: "-", Stance.WEAK: "~"}
ROLES = {Stance.SUPPORTS: "supports", Stance.OPPOSES: "counter", Stance.WEAK: "pretend"}
WORDS = {Stance.SUPPORTS: "supports", Stance.OPPOSES: "counters", Stance.WEAK: "is no proof"}
MOST = 2_000
"""Characters of a quote that the card shows; the source has all of it."""
EXACTNESS = {
    "exact": "exact",
    "folded": "exact but for spacing",
    "repaired": "the source's own words",
    "clipped": "shortened",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """One piece of evidence with its number on the card, from 1."""

    number: int
    signal: Signal
    mark: Action | None
    """CHECK or FLAG, where somebody said so."""

    @property
    def sign(self) -> str:
        return SIGNS[self.signal.stance]

    @property
    def role(self) -> str:
        return ROLES[self.signal.stance]

    @property
    def words(self) -> str:
        """The quote in quotation marks on one line, or what was measured. A monster of a quote is shown by its beginning."""
        quote = self.signal.quote
        if not quote:
            return info_of(self.signal)
        left = len(quote) - MOST
        return f'"{safe(quote)}"' if left <= 0 else f'"{safe(quote[:MOST])}" (and {left:,} more characters)'

    def status(self, *, brief: bool = False) -> str:
        """How true it is to the source, and what people said about it."""
        if self.signal.measurement is not None:
            word = "computed"
        elif brief:
            word = "exact" if self.signal.status in ("exact", "folded", "repaired") else self.signal.status
        else:
            word = EXACTNESS[self.signal.status]
        if self.mark is not None:
            word += " ck" if self.mark is Action.CHECK else " WRONG?"
        return f"{word}, settled" if self.signal.resolved else word

    def who(self) -> str:
        """The speaker with role and side, as far as the records say."""
        signal = self.signal
        name = safe(signal.stakeholder or signal.speaker or "")
        if signal.voice is Voice.CUSTOMER:
            return f"{name}, {signal.role.replace('_', ' ')}" if name and signal.role else name or "somebody at the customer"
        side = {Voice.VENDOR: "us", Voice.TELEMETRY: "telemetry", Voice.EXTERNAL: "news"}.get(signal.voice, "side unknown")
        return f"{name} ({side})" if name else side

    def when(self, today: date) -> str:
        return day(self.signal.date, today)


def quotes_of(card: Card) -> tuple[Quote, ...]:
    """Supporting evidence first, component by component, then what counters it, then what proves nothing."""
    said = marks(card.log)
    proof = [key for part in card.hypothesis.draft.components.values() if part.status == "met" for key in part.signals]
    place = {key: at for at, key in enumerate(dict.fromkeys(proof))}
    ordered = [
        signal
        for stance in (Stance.SUPPORTS, Stance.OPPOSES, Stance.WEAK)
        for signal in sorted(card.evidence(stance), key=lambda one: place.get(one.id, len(place)))
    ]
    return tuple(Quote(number, signal, said.get(signal.id)) for number, signal in enumerate(ordered, start=1))


def numbers(quotes: tuple[Quote, ...], ids: tuple[str, ...]) -> str:
    """The references of a claim: `[1][3]`; a signal that is not in the store any more shows as `[?]`."""
    by_id = {quote.signal.id: quote.number for quote in quotes}
    return "".join(f"[{by_id.get(key, '?')}]" for key in ids)
