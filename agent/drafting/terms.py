"""What a customer who asked for a price can be told: list prices, and the total of what they named themselves. Pure.

Only what the sentence itself counts is multiplied, so that the sum can be checked against the words above it. Prices are the
catalogue's, in its currency; no rate, discount or tax is made up (R050, R114).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.claims import numbers
from agent.drafting.asks import names_item
from agent.drafting.case import Case
from agent.economics.asked import FLAT, SEAT, offered, unit_of
from agent.economics.facts import Facts, stems
from agent.economics.figures import Sheet
from agent.economics.revenue import Part, parts_of
from agent.signals import Signal
from prompts import Wording
from retrieval.accounts import CatalogItem


@dataclass(frozen=True, slots=True)
class Terms:
    """The answer in sentences, and what has to be asked before a total can be said."""

    lines: tuple[str, ...]
    total: tuple[float, str] | None
    """A month, in the catalogue's currency, and how it is reckoned; None where a count is open."""
    open_count: str = ""
    """What nobody has counted yet: `packs`. Empty where the ask holds a number that could not be read: it may be that count."""


def terms(case: Case, ask: Signal, words: Wording) -> Terms | None:
    """List prices for what `ask` is about; None where the catalogue cannot answer it."""
    parts = _parts(case, ask)
    if not parts or not case.catalog.currency or any(part.price <= 0 for part in parts):
        return None
    lines = [_line(case, part, words) for part in parts]
    counts = [part.count for part in parts]
    named = all(_item(case, part) for part in parts)  # a change of plan concerns seats that nobody counted here
    certain = named and all(count.value is not None and count.low == count.high for count in counts)
    unread = numbers(ask.quote) - {f"{count.value:g}" for count in counts if count.value is not None}
    missing = next((part for part in parts if part.count.value is None and not unread), None)
    return Terms(tuple(lines), sum_of(parts) if certain else None, missing.unit if missing else "")


def money(amount: float, currency: str) -> str:
    """`1,722 USD`; cents only where there are any."""
    return f"{amount:,.0f} {currency}" if amount == int(amount) else f"{amount:,.2f} {currency}"


def sum_of(parts: Sequence[Part]) -> tuple[float, str]:
    """The total a month, and how it is reckoned: `2 × 450 + 18 × 54`; no reckoning where one of one is bought."""
    total = sum(part.price * (part.count.value or 0.0) for part in parts)
    counted = len(parts) > 1 or any(part.count.value != 1 for part in parts)
    return total, " + ".join(f"{part.count.value:g} × {part.price:g}" for part in parts) if counted else ""


def _parts(case: Case, ask: Signal) -> tuple[Part, ...]:
    adjacency, plan = case.adjacency, case.catalog.item(case.account.plan)
    about_item = adjacency is not None and (
        adjacency.more_of_the_same or ask.id in adjacency.signals or names_item(ask.quote, adjacency.item, case.catalog)
    )
    item: CatalogItem | None = adjacency.item if adjacency is not None and about_item else None
    same = bool(adjacency and adjacency.more_of_the_same)
    if item is None and SEAT & set(stems(ask.quote.replace("-", ""))):
        item, same = plan, True
    if item is None:
        return ()
    facts = Facts(case.account, case.catalog, (ask,), item, same, "seat" if same else "add_on")
    return parts_of(facts, Sheet())


def _line(case: Case, part: Part, words: Wording) -> str:
    price = money(part.price, case.catalog.currency)
    item = _item(case, part)
    if item is None:
        return words.say("terms", "upgrade", name=part.name, price=price)
    if item.kind == "plan":
        return words.say("terms", "seat", name=item.name, price=price)
    size, noun = unit_of(item)
    unit = offered(item) or noun
    phrase = "flat" if noun in FLAT else "batch" if size > 1 else "each"
    return words.say("terms", phrase, name=item.name, price=price, unit=unit, noun=noun)


def _item(case: Case, part: Part) -> CatalogItem | None:
    """What a line sells; None for a change from one plan to another."""
    return next((item for item in case.catalog.items if item.name == part.name), None)
