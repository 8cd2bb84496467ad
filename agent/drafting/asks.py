"""What a customer's own sentence asks of us, and what it already tells us: nobody is asked for what they have said. Pure.

Read from the words alone, and cautiously: an ask that is missed makes a letter plainer, one that is made up makes it wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from agent.economics.facts import stems
from agent.kinds import Component, kinds_of
from agent.readiness import counts_as_proof
from agent.signals import Signal
from retrieval.accounts import Catalog, CatalogItem
from retrieval.records import Voice

_OFFER: Final = re.compile(
    r"\b(pricing|quotations?|how much|(what|upon what|on what) terms|order form|version for signature|terms in writing)\b"
    r"|\b(an?|one|proper|list|written) (price|quote|proposal)\b|\bprices? (for|per)\b"
    r"|\b(please|you|to|you['’]ll) (price|quote)\b|\bsend (me|us) the (contract|papers?|order)\b"
    r"|\b(want|need|like|make|send|have|give|get|see)\b[^.?!]{0,40}\b(an?|the|your) (offer|order form)\b|\bcalculate\b"
    r"|\bwhat\b[^.?!]{0,60}\b(costs?|would (it|that|this|they|\w+ more) be)\b",
    re.IGNORECASE,
)
_TRIAL: Final = re.compile(
    r"\b(pilot|trial|sandbox|proof of concept|try (it|this|that|them|out|a|one|with)|test (it|this|that|run))\b", re.IGNORECASE
)
_REQUEST: Final = re.compile(
    r"\b(can|could|would|will) (you|we|i|one|they|somebody|someone)\b|\b(please|send|give|tell|show|let) (me|us)\b|\bplease\b"
    r"|\b(i|we)['’ ](d|would|should) like\b|(?<!would )(?<!do )(?<!did )(?<!should )\b(i|we) (want|need|ask)\b|\bwho do (i|we)\b",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"(n['’]t|\bnot|\bnever)\s+(\w+\s+){0,2}(want|need|ask|looking|interested|paying|pay|buy)\w*\b", re.IGNORECASE
)
_MONTH: Final = (
    r"(january|february|march|april|may(?! (i|we|you|be)\b)|june|july|august|september|october|november|december|spring|summer|autumn"
    r"|winter|new year|q[1-4]\b|christmas|easter)"
)
_WHEN: Final = re.compile(
    rf"\b{_MONTH}\b|\b(next|this) (week|month|quarter|year|term|season)\b|\b\d{{1,2}}\.\d{{1,2}}\.|\b\d{{4}}-\d\d-\d\d\b"
    r"|\b(before|until|by the time) (?!(we|i|you|that|this|it|then|now|or|and)\b)\w+"
    r"|\bby (the )?(end|middle|start|mid|first|second|third|fourth|fifth|tenth|\d{1,2}(st|nd|rd|th))\b",
    re.IGNORECASE,
)
_DAY: Final = rf"({_MONTH}|next \w+|\d{{1,2}}\.\d{{1,2}}\.)"
_EARLY: Final = r"((the )?(first|mid|early|late|end|beginning|start|\d{1,2}(st|nd|rd|th)?)[ -]?(of )?)?"
_START: Final = re.compile(
    rf"\b(start(s|ing)?|begin(s|ning)?|go[- ]live|roll(ing)? (it )?out|on it|as of)\b[^.?!]{{0,80}}\b{_DAY}|\bfrom {_EARLY}{_DAY}",
    re.IGNORECASE,
)
_BUDGET: Final = re.compile(
    r"\b(in|on|from|out of|within|under) (my|our|her|his|their|the)\b[^.?!,]{0,30}\bbudget\b(?! round)"
    r"|\bbudget (is|was|has been) (approved|agreed|there|set|signed|released)\b|\bcost cent(re|er)\b",
    re.IGNORECASE,
)
_LEAVING: Final = re.compile(
    r"\bmy last (working )?day\b|\bi(['’]m| am|['’]ll be| will be) (moving on|retiring|stepping down|handing (it )?over)\b"
    r"|\bi(['’]m| am) finishing (up )?(here|with you)\b|\bhanded in my notice\b"
    r"|\bi(['’]m| am|['’]ll be| will be) leaving (?!(the|it|them|that|this|a|an|my)\b)\w+",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(r"\b(until|unless|as long as|only if|if|once)\b", re.IGNORECASE)
DECIDES: Final = {"economic_buyer": 0, "sponsor": 0, "champion": 1}
"""Who is nearer to a decision, smaller first; anybody else is 2."""


def asks_price(quote: str) -> bool:
    """A price, an offer or the papers to sign."""
    return bool(_OFFER.search(quote)) and not _REFUSED.search(quote)


def asks_trial(quote: str) -> bool:
    return bool(_TRIAL.search(quote) and (_REQUEST.search(quote) or "?" in quote)) and not _REFUSED.search(quote)


def asks_something(quote: str) -> bool:
    """Anything at all that we should do."""
    return bool(_REQUEST.search(quote) or asks_price(quote)) and not _REFUSED.search(quote)


def names_time(quote: str) -> bool:
    """A day, a month, a season, or "before" something."""
    return bool(_WHEN.search(quote))


def names_start(quote: str) -> bool:
    """From when it should run."""
    return bool(_START.search(quote))


def names_budget(quote: str) -> bool:
    """Whose money it is, or that it is there."""
    return bool(_BUDGET.search(quote))


def says_leaving(quote: str) -> bool:
    """The speaker's own departure. "I'm leaving the guard on" is none."""
    return bool(_LEAVING.search(quote))


def sets_condition(quote: str) -> bool:
    """What would have to be so: "until", "unless", "if"."""
    return bool(_CONDITION.search(quote))


def names_item(quote: str, item: CatalogItem | None, catalog: Catalog) -> bool:
    """Whether a sentence uses a word of the item's name that no other item's name has: "EU" for one called Data Residency EU."""
    if item is None:
        return False
    others = {word for other in catalog.items if other.item_id != item.item_id for word in stems(other.name)}
    telling = {
        word for word in stems(item.name) if len(word) > 1 and word not in others and word not in ("and", "the", "of", "for")
    }
    return bool(telling & set(stems(quote.replace("-", " "))))


def ranked(signals: Iterable[Signal], item: CatalogItem | None, catalog: Catalog) -> list[Signal]:
    """Asks in the order in which they are answered: for a price, for this item, by who decides, strongest, newest."""
    strength = {"strong": 0, "medium": 1, "weak": 2}
    newest = sorted(signals, key=lambda s: (s.date, s.id), reverse=True)
    return sorted(
        newest,
        key=lambda s: (
            not asks_price(s.quote),
            not names_item(s.quote, item, catalog),
            DECIDES.get(s.role or "", 2),
            strength[s.strength],
        ),
    )


def pulls(ledger: Iterable[Signal]) -> list[Signal]:
    """What customers ask for or take, as far as it counts as proof."""
    return [signal for signal in ledger if counts_as_proof(signal, Component.STAKEHOLDER_PULL)]


def on_record(ledger: Iterable[Signal]) -> frozenset[str]:
    """Of `price`, `start` and `budget`, what somebody at the customer has asked for or named, or our own notes say they named.

    Notes of ours prove nothing; but asking a customer for what is in our notes is a discourtesy all the same.
    """
    wanted = set(kinds_of(Component.STAKEHOLDER_PULL)) | set(kinds_of(Component.ACCOUNT_LEARNING)) | {"vendor_push"}
    heard = [s for s in ledger if s.kind in wanted and not s.resolved and s.voice is not Voice.EXTERNAL]
    theirs = [s for s in heard if s.voice is Voice.CUSTOMER]
    found = {
        "price": any(asks_price(s.quote) for s in theirs if s.strength != "weak"),
        "start": any(names_start(s.quote) for s in heard),
        "budget": any(names_budget(s.quote) for s in heard),
    }
    return frozenset(name for name, holds in found.items() if holds)
