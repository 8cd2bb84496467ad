"""Plain statements of a risk, heard whatever the classifier thinks. Pure.

They are rare and mean what they say: "we have decided not to renew". The classifier learned from people who hedge, and gives such
a sentence a modest score; without this an explicit notice could stand beside an earned case.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from agent.extraction.candidates import Candidate
from agent.signals import Strength
from retrieval.records import Voice

_NOT_SO: Final = frozenset({"is.hypothetical", "is.question", "is.addresses_machine"})
"""Imagined, asked, or aimed at a machine: not a statement."""
_DOUBTFUL: Final = frozenset({"is.condition", "is.third_party", "is.resolved", "is.past"})
"""A condition, somebody else's story, or over: heard, and left to be asked about."""
_SEVERE: Final = frozenset({"budget_pressure", "product_friction"})
"""Kinds that block only when severe; what their patterns say is."""


@cache
def patterns() -> Mapping[str, re.Pattern[str]]:
    tree = tomllib.loads(resources.files("agent.extraction").joinpath("alarms.toml").read_text("utf-8"))
    return {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in tree.items()}


def alarms(item: Candidate, hits: frozenset[str]) -> dict[str, Strength]:
    """The risks that a customer's sentence states outright, each with its strength. `hits`: the sentence's cues."""
    if item.record.voice is not Voice.CUSTOMER or hits & _NOT_SO:
        return {}
    plain = item.text.replace("’", "'")
    heard = [kind for kind, pattern in patterns().items() if pattern.search(plain)]
    return {kind: _strength(kind, hits) for kind in heard}


def _strength(kind: str, hits: frozenset[str]) -> Strength:
    doubts = hits & _DOUBTFUL
    if kind == "budget_pressure":
        doubts -= {"is.condition"}  # "until January" is how long it is frozen, not whether
    return "weak" if doubts else "strong" if kind in _SEVERE else "medium"
