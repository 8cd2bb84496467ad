"""The message that an owner may adapt and send: their tone, the customer's own words back, and nothing of our inner vocabulary."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from agent.drafting.case import Case
from agent.hypotheses import Grade
from agent.kinds import Component, kinds_of
from agent.signals import Signal
from prompts import Wording

INTERNAL_WORDS: Final = re.compile(
    r"\b(hypothes[ie]s|expansion|upsell|cross-sell|grade[ds]?|earned|promising|blocked|blockers?|wish|churn|risks?|sponsor|champion"
    r"|economic buyer|health score|pipeline|quota|ARR|NRR|signal|proof|evidence|counter-evidence)\b",
    re.IGNORECASE,
)
"""Words that must not reach a customer (owners' list: "no internal risk words leaking into customer text")."""


def message(case: Case, words: Wording) -> str:
    """A few plain sentences to one person. Quotes only what that same person said, so that nobody is told on."""
    name = _addressee(case)
    parts = [words.say("message", "greeting", first_name=_first_name(name))] if case.contact(name) else ["Hello,"]
    heard = _heard(case, name)
    if heard is not None and case.proof.grade is not Grade.BLOCKED:
        parts.append(words.say("message", "heard", date=_spoken_date(heard.date), quote=_closed(heard.quote)))
    parts.append(_ask(case, words))
    parts.append(words.say("message", "closing", owner_first_name=case.owner_name.split()[0] if case.owner_name else ""))
    return "\n\n".join(parts)


def _addressee(case: Case) -> str:
    """Whoever raised the risk that comes first, unless they are the one who leaves; else whom the next step rests with."""
    if case.proof.blockers and case.proof.blockers[0].kind != "sponsor_risk":
        worst = case.best([case.proof.blockers[0].kind])[0]
        if worst.stakeholder and case.contact(worst.stakeholder):
            return worst.stakeholder
    return case.person()


_TITLES: Final = frozenset(["mr", "mrs", "ms", "mx", "dr", "prof", "sir", "dame", "rev", "herr", "frau", "mme", "m"])


def _first_name(name: str) -> str:
    """The first word of a name that is no title."""
    words = [word for word in name.split() if word.strip(".").casefold() not in _TITLES]
    return words[0] if words else name


def _ask(case: Case, words: Wording) -> str:
    if case.proof.grade is Grade.BLOCKED:
        return words.say("message", "settle_first")
    if case.proof.grade is Grade.EARNED:
        return words.say("message", "earned", item=case.item_name)
    if case.proof.grade is Grade.WISH:
        return words.say("message", "open_question")
    return words.say("message", case.proof.missing[0])


def _spoken_date(day: str) -> str:
    """`2026-09-09` as people write it: 9 September."""
    parsed = date.fromisoformat(day)
    return f"{parsed.day} {parsed:%B}"


def _closed(quote: str) -> str:
    """A quote that ends like a sentence."""
    return quote if quote[-1] in ".?!…" else f"{quote}."


def _heard(case: Case, name: str) -> Signal | None:
    """The newest thing that this person asked for or described, if it holds no word that we would not say to them."""
    kinds = kinds_of(Component.STAKEHOLDER_PULL) + kinds_of(Component.ACCOUNT_LEARNING)
    own = [s for s in case.best(kinds) if s.speaker == name and not INTERNAL_WORDS.search(s.quote) and not s.resolved]
    return own[0] if own else None
