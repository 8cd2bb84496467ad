"""What an expansion would earn and cost. Only what is known is said; every unknown names who can supply it (R021, R114)."""

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


def unknown() -> dict[str, Any]:
    """The economics of a case that nobody has worked out: no number is made up."""
    return {name: f"unknown - ask {whom}" for name, whom in FIELDS.items()}
