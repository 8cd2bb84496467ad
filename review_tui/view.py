"""A card with what the desk knows about it: what the screen, plain mode and the dialogs speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent.decisions import Decision
from agent.hypotheses import Draft
from agent.kinds import Component, Stance
from agent.queue import Card, Row
from review_tui.quotes import Quote, quotes_of
from review_tui.why import sentence

NAMES: Final = {
    Component.PROVEN_VALUE.value: "proven value",
    Component.ACCOUNT_LEARNING.value: "account learning",
    Component.STAKEHOLDER_PULL.value: "stakeholder pull",
    Component.NEXT_ADJACENCY.value: "next adjacency",
    Component.ADOPTION_RISK.value: "risks settled",
}
BRIEFLY: Final = {
    Component.PROVEN_VALUE.value: "value",
    Component.ACCOUNT_LEARNING.value: "learning",
    Component.STAKEHOLDER_PULL.value: "pull",
    Component.NEXT_ADJACENCY.value: "adjacency",
    Component.ADOPTION_RISK.value: "risk",
}
"""The components as the filter language calls them."""


@dataclass(frozen=True, slots=True)
class View:
    """A card with what the desk knows about it."""

    card: Card
    row: Row
    now: datetime
    why: str
    """Why it is here today, in a sentence."""
    quotes: tuple[Quote, ...]
    changes: tuple[str, ...] = ()
    """What changed since the last decision, a sentence each."""

    @property
    def draft(self) -> Draft:
        return self.card.hypothesis.draft

    @property
    def version(self) -> int:
        """What a decision on this card has to name: the version whose content is shown."""
        return self.card.hypothesis.version

    def of(self, stance: Stance) -> list[Quote]:
        return [quote for quote in self.quotes if quote.signal.stance is stance]


def view_of(card: Card, item: Row, returned: Decision | None, now: datetime, changes: Sequence[str] = ()) -> View:
    return View(card, item, now, sentence(item, returned, now), quotes_of(card), tuple(changes))
