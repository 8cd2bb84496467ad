"""The fields of an account's economics, and who can answer each. The one table that drafting, pages and reports read."""

from __future__ import annotations

from typing import Any, Final

FIELDS: Final = {
    "incremental_revenue": "finance",
    "incremental_cogs": "finance",
    "added_support_load": "support",
    "implementation_work": "solutions",
    "product_commitments": "product",
    "risk_concentration": "finance",
    "renewal_complexity": "renewals",
}
"""R114's fields, and whom to ask for each."""

MORE: Final = {
    "support_load_trend": "support",
    "margin_before": "finance",
    "margin": "finance",
    "price_follows_cost": "finance",
}
"""What R064, R095-R096, R104 and R130 ask beside them. `margin` is the margin after the expansion."""

PREFIX: Final = "unknown - ask "


def unknown() -> dict[str, Any]:
    """The economics of a case that nobody has worked out: no number is made up."""
    return {name: PREFIX + whom for name, whom in FIELDS.items()}


def is_unknown(value: object) -> bool:
    """Whether a field of the JSON form holds no figure at all: `unknown - ask <whom>`."""
    return isinstance(value, str)
