"""What an expansion would earn and cost. Only what is known is said; every unknown names who can supply it (R021, R114).

`economics_of(facts_of(...))` gives the JSON form that a draft carries; `said(value)` puts one field in a line for people.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.economics.account import economics_of, figures_of
    from agent.economics.book import BookRevenue, revenue_of, share_shown
    from agent.economics.facts import Facts, facts_of
    from agent.economics.fields import FIELDS, MORE, is_unknown, unknown
    from agent.economics.figures import Figure, Input, Missing, said
    from agent.economics.money import Rates

__all__ = [
    "FIELDS",
    "MORE",
    "BookRevenue",
    "Facts",
    "Figure",
    "Input",
    "Missing",
    "Rates",
    "economics_of",
    "facts_of",
    "figures_of",
    "is_unknown",
    "revenue_of",
    "said",
    "share_shown",
    "unknown",
]

_HOMES = {
    "account": ("economics_of", "figures_of"),
    "book": ("BookRevenue", "revenue_of", "share_shown"),
    "facts": ("Facts", "facts_of"),
    "fields": ("FIELDS", "MORE", "is_unknown", "unknown"),
    "figures": ("Figure", "Input", "Missing", "said"),
    "money": ("Rates",),
}


def __getattr__(name: str) -> Any:
    """Names are loaded when they are asked for: whoever only shows a figure (the review queue) does not load what works it out,
    which reads books."""
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
