"""The filter language: `acct:fjord grade:earned has:counter missing:pull age<7d "forty seats"`. Pure, and never an error.

A word that is no filter is searched as text, with a hint when it looks like a slip of the finger. Parts are separated by blanks;
several values of a part are separated by commas and any of them may hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

from agent.hypotheses import Grade, State
from agent.kinds import KINDS, Component
from agent.queue import Filter

_TOKEN = re.compile(
    r'(?P<key>[a-z_]+):(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]*))|"(?P<text>[^"]*)"?|(?P<word>\S+)', re.IGNORECASE
)
_AGE = re.compile(r"age(?P<sign>[<>])(?P<number>\d{1,5})(?P<unit>[hdw])", re.IGNORECASE)
_HOURS = {"h": 1, "d": 24, "w": 168}

MISSING = {
    "value": Component.PROVEN_VALUE.value,
    "learning": Component.ACCOUNT_LEARNING.value,
    "pull": Component.STAKEHOLDER_PULL.value,
    "adjacency": Component.NEXT_ADJACENCY.value,
    "risk": Component.ADOPTION_RISK.value,
} | {part.value: part.value for part in Component}
STATES = {state.value: state.value for state in State} | {"proof": State.PROOF_ASKED.value}
_FIXED: dict[str, tuple[str, dict[str, str]]] = {
    "grade": ("grades", {grade.value: grade.value for grade in Grade}),
    "state": ("states", STATES),
    "missing": ("missing", MISSING),
    "kind": ("kinds", {name: name for name in KINDS}),
    "pull": ("pulls", {name: name for name in ("pull", "push", "mixed", "none")}),
    "quality": ("qualities", {name: name for name in ("clean", "noisy", "fog")}),
}
_HAS = {"counter": "has_counter", "missing": "has_missing", "pretended": "has_pretended", "changed": "changed"}
_YES_NO = {"yes": True, "no": False}
KEYS = ("acct", "grade", "state", "missing", "kind", "play", "pull", "quality", "has", "no", "is", "owner")

HELP = (
    ("acct:fjord", "part of the account's name or id"),
    ("grade:earned,promising", "earned, promising, blocked, wish"),
    ("state:open", "open, approved, rejected, proof, snoozed, all"),
    ("has:counter no:missing", "counter, missing, pretended, changed"),
    ("missing:pull", "value, learning, pull, adjacency, risk"),
    ("kind:unmet_need", "any kind of signal in its evidence"),
    ("play:seat", "the motion: upsell, cross_sell, seat, usage, add_on, ..."),
    ("pull:push quality:noisy", "who pulls; clean, noisy, fog"),
    ("age<7d age>2w", "how long since it last moved (h, d, w)"),
    ("owner:all", "everybody's; owner:NAME for one"),
    ('"forty seats"', "words in the draft, its quotes' claims or the account"),
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a filter text means, and what the reader should know about it."""

    wanted: Filter
    hints: tuple[str, ...] = ()


def parse(text: str, base: Filter, now: datetime) -> Parsed:
    """Narrow `base` by a filter text. Anything at all can be typed; what is not understood is searched as words."""
    wanted, hints = base, []
    words: list[str] = []
    for found in _TOKEN.finditer(text):
        token = found.group()
        key = (found["key"] or "").lower()
        value = found["quoted"] if found["quoted"] is not None else (found["value"] or "")
        aged = _AGE.fullmatch(token)
        if aged:
            wanted = _aged(wanted, aged, now)
        elif found["text"] is not None:
            words += [found["text"]] if found["text"] else []
        elif key and value:
            narrowed, hint = _keyed(wanted, key, value)
            if narrowed is None:
                words.append(token)
            else:
                wanted = narrowed
            hints += [hint] if hint else []
        elif key in KEYS:
            hints.append(f"{key}: needs a value, e.g. {_example(key)}")
        else:
            words.append(token)
    return Parsed(replace(wanted, words=(*wanted.words, *words)), tuple(hints))


def is_narrowed(wanted: Filter, base: Filter) -> bool:
    return any(getattr(wanted, part.name) != getattr(base, part.name) for part in fields(Filter))


def _aged(wanted: Filter, found: re.Match[str], now: datetime) -> Filter:
    then = now - timedelta(hours=min(int(found["number"]) * _HOURS[found["unit"].lower()], 24 * 36500))
    stamp = then.strftime("%Y-%m-%dT%H:%M:%SZ")
    return replace(wanted, since=stamp) if found["sign"] == "<" else replace(wanted, before=stamp)


def _keyed(wanted: Filter, key: str, value: str) -> tuple[Filter | None, str]:
    parts = tuple(part for part in value.lower().split(",") if part)
    if key in ("acct", "account"):
        return replace(wanted, accounts=wanted.accounts + tuple(p for p in value.split(",") if p)), ""
    if key == "owner":
        return replace(wanted, owner=None if value.lower() == "all" else value), ""
    if key == "play":
        return replace(wanted, motions=wanted.motions + parts), ""
    if key == "state" and parts == ("all",):
        return replace(wanted, states=()), ""
    if key == "missing" and value.lower() in _YES_NO:
        return replace(wanted, has_missing=_YES_NO[value.lower()]), ""
    if key in ("has", "no", "is"):
        return _has(wanted, key, parts)
    if key not in _FIXED:
        near = get_close_matches(key, KEYS, n=1)
        return None, f"{key}: is no filter{f'; did you mean {near[0]}:?' if near else ''} - searched as text"
    field, known = _FIXED[key]
    bad = next((part for part in parts if part not in known), None)
    if bad is not None:
        near = get_close_matches(bad, known, n=1)
        return None, f"{key}:{bad} is unknown{f'; did you mean {near[0]}?' if near else ''} - searched as text"
    values = tuple(dict.fromkeys(known[part] for part in parts))
    narrowed: dict[str, Any] = {field: values if key == "state" else getattr(wanted, field) + values}
    return replace(wanted, **narrowed), ""


def _has(wanted: Filter, key: str, parts: tuple[str, ...]) -> tuple[Filter | None, str]:
    for part in parts:
        if part not in _HAS:
            return None, f"{key}:{part} is unknown; has: knows {', '.join(_HAS)} - searched as text"
    narrowed: dict[str, Any] = {_HAS[part]: key != "no" for part in parts}
    return replace(wanted, **narrowed), ""


def _example(key: str) -> str:
    return next((text.split()[0] for text, _ in HELP if text.startswith(f"{key}:")), f"{key}:...")
