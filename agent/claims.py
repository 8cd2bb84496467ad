"""Checks that a claim says no more than what it cites (design invariant 4). Pure; no model is asked.

Numbers, dates and names in a claim must occur in its evidence: in the cited quotes, their speakers and dates, what telemetry
computed, or in names that the account and the catalogue supply.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent.hypotheses import Claim
from agent.kinds import Stance
from agent.signals import Signal
from retrieval.records import Voice

_UP_TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS: Final = {word: str(value) for value, word in enumerate(_UP_TO_TWENTY.split())} | {
    word: str(10 * value) for value, word in enumerate(_TENS.split(), start=2)
}

_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_NAME = re.compile(r"(?<![.!?:“\"(]\s)(?<!^)(?<![“\"(])\b[A-ZÀ-ÖØ-Þ][\w'’-]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a claim may not stand."""

    claim: Claim
    why: str


def faults(claims: Iterable[Claim], ledger: Mapping[str, Signal], *, account_id: str, names: Collection[str]) -> list[Fault]:
    """Everything that is wrong with the claims; an empty list lets them pass.

    `ledger`: the account's verified signals by id. `names`: texts beside the evidence whose names a claim may use: the account's,
    its contacts' names and titles, the catalogue's. Order follows the claims.
    """
    found: list[Fault] = []
    for claim in claims:
        cited = [ledger.get(key) for key in claim.signals]
        if any(signal is None for signal in cited):
            found.append(Fault(claim, "cites a signal that does not exist"))
            continue
        signals = [signal for signal in cited if signal is not None]
        found += [Fault(claim, why) for why in _why_not(claim, signals, account_id, names)]
    return found


def _why_not(claim: Claim, signals: Sequence[Signal], account_id: str, names: Collection[str]) -> list[str]:
    out: list[str] = []
    if any(signal.account_id != account_id for signal in signals):
        out.append("cites another account's evidence")
    if any(signal.stance is Stance.WEAK for signal in signals):
        out.append("rests on something that proves nothing")
    ours = [signal for signal in signals if signal.voice in (Voice.VENDOR, Voice.UNKNOWN) and signal.stance is Stance.SUPPORTS]
    if claim.kind == "observed" and ours:
        out.append("calls our own words an observation")
    evidence = " ".join(_evidence(signal) for signal in signals)
    stray = numbers(claim.text) - numbers(evidence)
    if stray:
        out.append(f"says {', '.join(sorted(stray))}, which its evidence does not")
    known = {_bare(word) for word in _WORD.findall(" ".join([evidence, *names]))}
    strangers = sorted({name for name in _NAME.findall(claim.text) if _bare(name) not in known})
    if strangers:
        out.append(f"names {', '.join(strangers)}, whom its evidence does not")
    return out


def _bare(word: str) -> str:
    """A word folded and without its possessive."""
    return re.sub(r"['’]s$", "", word).casefold()


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text in one form: digits without thousands separators, number words up to ninety as digits."""
    digits = {_plain(match) for match in _DIGITS.findall(text)}
    words = {NUMBER_WORDS[word.casefold()] for word in _WORD.findall(text) if word.casefold() in NUMBER_WORDS}
    return frozenset(digits | words)


def _plain(number: str) -> str:
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", number):
        return re.sub(r"[.,]", "", number)
    return number.replace(",", ".")


def _evidence(signal: Signal) -> str:
    """Everything that a signal puts on record."""
    parts = [signal.quote, signal.speaker or "", signal.date, signal.source]
    if signal.measurement:
        parts += [signal.measurement.formula, signal.measurement.window, signal.measurement.metric]
    return " ".join(parts)
