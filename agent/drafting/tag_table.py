"""The tags by name, with what each means on a page: the one table that drafts and reports read (R047, R100). Nothing is imported."""

from __future__ import annotations

from typing import Final

USE_CASES: Final = {
    "tier_progression": "a higher plan, or an add-on that needs one",
    "consumption": "more volume of what is counted: pages, runs, calls",
    "department_rollout": "from one department to others",
    "services": "training, set-up or advice from us",
    "multi_product": "a product beside the one they have",
    "geography": "another site, region, country or subsidiary",
    "trial_to_paid": "a trial, or something lent, that may become paid",
    "partner_channel": "through or for a partner of theirs",
    "custom_development": "something built for them alone",
}
"""R047, in its order: tag -> what it means on the page."""

CHALLENGES: Final = {
    "readiness": "what they have is not settled or not used",
    "value_demonstration": "the value is disputed, or nobody has stated it",
    "resource_allocation": "nobody on their side has time for it",
    "pricing_alignment": "price and use do not fit each other",
    "integration": "it has to work with other systems first",
    "stakeholder_alignment": "the people who decide leave, or do not agree",
    "competitor_response": "another offer is being looked at",
    "measurement": "an outcome is stated, and nobody has put a number on it",
    "change_management": "people have to work in another way",
    "economic_sensitivity": "money is held back",
}
"""R100, in its order."""
