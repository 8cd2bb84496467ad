"""Why people reject: codes and their words. Apart from the decisions so that the command line can list them at no cost."""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    "no_customer_evidence": "A wish: no customer-side evidence",
    "quote_not_supporting": "A quote does not say that",
    "missed_risk": "A risk was missed",
    "wrong_person": "Wrong person or wrong account",
    "already_owned": "They already have it, or it is in hand",
    "not_now": "True, but not now",
    "harvesting": "We would be pushing",
    "other": "Other (say why)",
}
"""Reason codes of a rejection: a short fixed list, so that they can be counted and turned into evaluation cases."""
