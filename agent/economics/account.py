"""All figures of one account, and their JSON form: the keys are R114's fields, in its order. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from agent.economics.cost import implementation_work, incremental_cogs
from agent.economics.facts import Facts
from agent.economics.figures import Figure
from agent.economics.margin import margin_after, margin_before, price_follows_cost
from agent.economics.revenue import incremental_revenue
from agent.economics.risk import product_commitments, renewal_complexity, risk_concentration
from agent.economics.support import added_support_load, support_load_trend

_FIGURES: Final[dict[str, Callable[[Facts], Figure]]] = {
    "incremental_revenue": incremental_revenue,
    "incremental_cogs": incremental_cogs,
    "added_support_load": added_support_load,
    "implementation_work": implementation_work,
    "product_commitments": product_commitments,
    "risk_concentration": risk_concentration,
    "renewal_complexity": renewal_complexity,
    "support_load_trend": support_load_trend,
    "margin_before": margin_before,
    "margin": margin_after,
    "price_follows_cost": price_follows_cost,
}


def figures_of(facts: Facts) -> dict[str, Figure]:
    """Every figure by its field name."""
    return {name: figure(facts) for name, figure in _FIGURES.items()}


def economics_of(facts: Facts) -> dict[str, Any]:
    """The JSON form of the figures: an object each, or `unknown - ask <whom>: <what>`."""
    return {name: figure.to_json() for name, figure in figures_of(facts).items()}
