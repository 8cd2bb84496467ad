"""The message that an owner may adapt and send: it answers what its reader asked, and asks nothing that its reader has said.

Their own words and days, list prices for whoever asked for a price, one question at the end; nothing of our inner vocabulary, and
nothing that anybody else said, so that nobody is told on. What was read wrong must still make a decent letter: where the words do
not bear a sentence, the plain form stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from agent.drafting.asks import asks_price, asks_something, asks_trial, names_start, names_time, says_leaving, sets_condition
from agent.drafting.case import Case
from agent.drafting.terms import Terms, money, terms
from agent.extraction.features import cue_hits
from agent.hypotheses import Grade
from agent.kinds import Component, kinds_of
from agent.signals import Signal
from prompts import Wording
from retrieval.records import Voice

INTERNAL_WORDS: Final = re.compile(
    r"\b(hypothes[ie]s|expansion|upsell|cross-sell|grade[ds]?|earned|promising|blocked|blockers?|wish|churn|risks?|sponsor|champion"
    r"|economic buyer|health score|pipeline|quota|ARR|NRR|signal|proof|evidence|counter-evidence)\b",
    re.IGNORECASE,
)
"""Words that must not reach a customer (owners' list: "no internal risk words leaking into customer text")."""

SHORTEST: Final = 20
LONGEST: Final = 320
"""Characters of a sentence that is worth saying back to whoever said it."""
FEWEST_WORDS: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_UNQUOTABLE: Final = re.compile(r"[\n\r\t`<>|{}]|https?:|www\.|\S@\S|[^\w\s]{4,}")


def message(case: Case, words: Wording) -> str:
    """A few plain sentences to one person. Quotes only what that same person said."""
    name = _addressee(case)
    parts = [
        words.say("message", "greeting", first_name=first_name(name)) if case.contact(name) else words.say("message", "hello")
    ]
    parts += _blocked(case, name, words) if case.proof.grade is Grade.BLOCKED else _open(case, name, words)
    parts.append(words.say("message", "closing", owner_first_name=case.owner_name.split()[0] if case.owner_name else ""))
    return "\n\n".join(part for part in parts if part)


def says_back(text: str, ledger: Iterable[Signal]) -> tuple[str, ...]:
    """The signals whose words a message holds: what has to leave with them when they are erased."""
    plain = " ".join(text.split()).casefold()
    spoken = ((signal.id, " ".join(_bare(signal.quote).split()).casefold().rstrip(".!?…")) for signal in ledger)
    return tuple(key for key, words in spoken if words and words in plain)


def _addressee(case: Case) -> str:
    """Whoever raised the risk that comes first; else whom the next step rests with."""
    risk = case.first_risk()
    if risk and risk.stakeholder and case.contact(risk.stakeholder) and (risk.kind != "sponsor_risk" or _departure(case, risk)):
        return risk.stakeholder
    return case.person()


def _open(case: Case, name: str, words: Wording) -> list[str]:
    """What they asked, the answer, and the one thing that is still to be known."""
    ask = _ask(case, name)
    if case.proof.grade is Grade.WISH:
        said = [_restated(case, ask, words), words.say("message", "see_to_it")] if ask else []
        return [*said, words.say("message", "open_question")]
    if ask is not None:
        priced = terms(case, ask, words) if asks_price(ask.quote) else None
        return [_restated(case, ask, words), _answer(case, ask, priced, words), _question(case, name, priced, words)]
    if case.proof.grade is Grade.EARNED:
        return [words.say("message", "set_out", item=case.item_name), words.say("message", "of_use")]
    learned = _learned(case, name)
    said = [_restated(case, learned, words)] if learned else []
    return [*said, _question(case, name, None, words, there=learned is not None)]


def _answer(case: Case, ask: Signal, priced: Terms | None, words: Wording) -> str:
    """The price where they asked for one, an agreement on a trial where they asked for that, or that it is being seen to."""
    if priced is None:
        phrase = "in_writing" if asks_price(ask.quote) else "trial" if asks_trial(ask.quote) else "see_to_it"
        return words.say("message", phrase)
    sentences = [words.say("terms", "list_price", lines=_listed(priced.lines))]
    if priced.total is not None:
        amount, reckoned = priced.total
        phrase = "total" if reckoned else "total_of_one"
        sentences.append(words.say("terms", phrase, total=money(amount, case.catalog.currency), reckoned=reckoned))
    if case.account.currency and case.account.currency != case.catalog.currency:
        sentences.append(words.say("terms", "other_currency", currency=case.account.currency))
    return " ".join(sentences)


def _question(case: Case, name: str, priced: Terms | None, words: Wording, *, there: bool = False) -> str:
    """The first thing that they have not told us yet. `there`: the letter has just said back what they described."""
    if case.proof.grade is Grade.PROMISING:
        gap = case.proof.missing[0]
        return words.say("message", f"{gap}_there" if there and words.has("message", f"{gap}_there") else gap)
    if priced and priced.open_count:
        return words.say("message", "how_many", units=priced.open_count)
    own = [signal.quote for signal in case.asks(name)]
    if not any(names_start(quote) or names_time(quote) for quote in own):
        return words.say("message", "from_when")
    return words.say("message", "anything_else")


def _blocked(case: Case, name: str, words: Wording) -> list[str]:
    """What is open comes first, in the words of whoever raised it; never a word of anything to buy."""
    risk = case.first_risk()
    if risk is None or risk.stakeholder != name:
        return [words.say("message", "settle_first")]
    if risk.kind == "sponsor_risk":
        leaving = _departure(case, risk)
        successor = named_after(case, risk)
        phrase = "leaving_named" if successor else "leaving"
        if leaving is None:
            return [words.say("message", "settle_first")]
        return [_restated(case, leaving, words), words.say("message", phrase, who=first_name(successor or ""))]
    own = [s for s in case.best([risk.kind]) if s.speaker == name and not s.resolved and _quotable(s)]
    if not own:
        return [words.say("message", f"{risk.kind}_unsaid" if words.has("message", f"{risk.kind}_unsaid") else "settle_first")]
    fullest = next((s for s in own if sets_condition(s.quote)), own[0])
    asked = asks_something(fullest.quote) or fullest.quote.endswith("?")
    forms = {"by": names_time(fullest.quote) and sets_condition(fullest.quote), "asked": asked}
    told = [f"{risk.kind}_{form}" for form, holds in forms.items() if holds and words.has("message", f"{risk.kind}_{form}")]
    return [_restated(case, fullest, words), words.say("message", told[0] if told else risk.kind)]


def _departure(case: Case, risk: Signal) -> Signal | None:
    """Where whoever is behind a risk says themselves that they go."""
    own = [s for s in case.best(["sponsor_risk"]) if s.speaker and s.speaker == risk.speaker and not s.resolved]
    return next((s for s in own if s.voice is Voice.CUSTOMER and says_leaving(s.quote) and _quotable(s)), None)


def named_after(case: Case, risk: Signal) -> str | None:
    """The colleague whom a leaving person names in the same breath, where the directory knows exactly one."""
    text = " ".join(s.quote for s in case.best(["sponsor_risk"]) if s.speaker == risk.speaker and s.document == risk.document)
    said = set(re.findall(r"[^\W\d_][\w'’-]+", text))
    named = [
        c.name for c in case.contacts if c.name != risk.speaker and first_name(c.name) in said and len(first_name(c.name)) > 2
    ]
    return named[0] if len(named) == 1 else None


def _ask(case: Case, name: str) -> Signal | None:
    """What this person asked of us that is still open. A wish is asked too, however small; it is no less owed an answer."""
    asks = [signal for signal in case.asks(name) if _quotable(signal) and asks_something(signal.quote)]
    if asks:
        return asks[0]
    kinds = kinds_of(Component.STAKEHOLDER_PULL) + kinds_of(Component.ACCOUNT_LEARNING)
    own = [s for s in case.best(kinds) if s.speaker == name and not s.resolved and _quotable(s) and asks_something(s.quote)]
    return own[0] if own else None


def _learned(case: Case, name: str) -> Signal | None:
    """What this person described of their work."""
    own = case.best(kinds_of(Component.ACCOUNT_LEARNING), Component.ACCOUNT_LEARNING)
    return next((signal for signal in own if signal.speaker == name and _quotable(signal)), None)


def _quotable(signal: Signal) -> bool:
    """Whether a sentence can be said back in a letter: one line, of a length, in plain words, and none that we would not say."""
    quote = signal.quote
    return (
        signal.voice is Voice.CUSTOMER
        and SHORTEST <= len(quote) <= LONGEST
        and quote.isprintable()
        and len(_WORD.findall(quote)) >= FEWEST_WORDS
        and not _UNQUOTABLE.search(quote)
        and not INTERNAL_WORDS.search(quote)
        and "is.addresses_machine" not in cue_hits(quote)
    )


def _restated(case: Case, signal: Signal, words: Wording) -> str:
    """Their own words, with the day on which they used them."""
    verb = "asked" if signal.quote.rstrip().endswith("?") else "said" if signal.source.startswith("transcript:") else "wrote"
    return words.say("message", verb, date=spoken_date(signal.date, _newest(case)), quote=_closed(signal.quote))


_TITLES: Final = frozenset(["mr", "mrs", "ms", "mx", "dr", "prof", "sir", "dame", "rev", "herr", "frau", "mme", "m"])


def first_name(name: str) -> str:
    """The first word of a name that is no title."""
    words = [word for word in name.split() if word.strip(".").casefold() not in _TITLES]
    return words[0] if words else name


def spoken_date(day: str, today: str) -> str:
    """`2026-09-09` as people write it: 9 September, and the year where it is another one than today's."""
    parsed = date.fromisoformat(day)
    year = "" if day[:4] == today[:4] else f" {parsed.year}"
    return f"{parsed.day} {parsed:%B}{year}"


def _newest(case: Case) -> str:
    return max((signal.date for signal in case.ledger), default="")


def _listed(lines: tuple[str, ...]) -> str:
    """`a, b and c`."""
    return lines[0] if len(lines) == 1 else f"{', '.join(lines[:-1])} and {lines[-1]}"


def _bare(quote: str) -> str:
    """A quote without the mark of a list before it, and without what leads on to a log or a list after it."""
    return re.sub(r"^(\d{1,2}[.)]|[-*•])\s+", "", quote).rstrip(" :;,")


def _closed(quote: str) -> str:
    """A quote that ends like a sentence."""
    bare = _bare(quote)
    return bare if bare[-1] in ".?!…" else f"{bare}."
