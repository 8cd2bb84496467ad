"""The signal kinds and what each counts for: one table, read by extraction, readiness, drafting, the queue and the docs.

Source: design.md sections 5 and 6, requirements R001-R007 and R051-R100.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


class Stance(StrEnum):
    SUPPORTS = "supports"
    OPPOSES = "opposes"
    WEAK = "weak"


class Component(StrEnum):
    """The five parts of the proof standard (R002-R006), in the order in which they are shown."""

    PROVEN_VALUE = "proven_value"
    ACCOUNT_LEARNING = "account_learning"
    STAKEHOLDER_PULL = "stakeholder_pull"
    NEXT_ADJACENCY = "next_adjacency"
    ADOPTION_RISK = "adoption_risk"


CORE: Final = (Component.PROVEN_VALUE, Component.ACCOUNT_LEARNING, Component.STAKEHOLDER_PULL)
"""The three components that need the customer's own voice."""

Blocks = Literal["always", "severe", "never"]
Origin = Literal["text", "telemetry", "event"]


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    stance: Stance
    label: str
    """How it is called on screen, in lower case."""
    component: Component | None = None
    """The component that this kind can prove, when the customer says it."""
    blocks: Blocks = "never"
    """Whether it blocks while it is unresolved; `severe`: only where its strength is strong."""
    origin: Origin = "text"


def _table(*kinds: Kind) -> dict[str, Kind]:
    return {kind.name: kind for kind in kinds}


_S, _O, _W = Stance.SUPPORTS, Stance.OPPOSES, Stance.WEAK

KINDS: Final[dict[str, Kind]] = _table(
    Kind("proven_value", _S, "proven value", Component.PROVEN_VALUE),
    Kind("outcome_accepted", _S, "outcome accepted", Component.PROVEN_VALUE),
    Kind("unmet_need", _S, "unmet need", Component.ACCOUNT_LEARNING),
    Kind("higher_tier_request", _S, "asks for a capability they do not own", Component.ACCOUNT_LEARNING),
    Kind("manual_workaround", _S, "manual workaround", Component.ACCOUNT_LEARNING),
    Kind("stakeholder_pull", _S, "stakeholder pull", Component.STAKEHOLDER_PULL),
    Kind("new_audience_interest", _S, "new audience", Component.STAKEHOLDER_PULL),
    Kind("license_saturation", _S, "seats nearly full", origin="telemetry"),
    Kind("usage_growth", _S, "usage growing", origin="telemetry"),
    Kind("feature_adoption", _S, "advanced feature adopted", origin="telemetry"),
    Kind("business_trigger", _S, "business event", origin="event"),
    Kind("sponsor_risk", _O, "sponsor at risk", blocks="always"),
    Kind("value_disputed", _O, "value disputed", blocks="always"),
    Kind("budget_pressure", _O, "budget pressure", blocks="severe"),
    Kind("product_friction", _O, "product friction", blocks="severe"),
    Kind("competitor_evaluation", _O, "competitor evaluation", blocks="always"),
    Kind("churn_intent", _O, "churn intent", blocks="always"),
    Kind("compliance_hurdle", _O, "condition to be met first"),
    Kind("custom_demand", _O, "custom work demanded"),
    Kind("pricing_mismatch", _O, "pricing mismatch"),
    Kind("onboarding_incomplete", _O, "onboarding incomplete", blocks="always"),
    Kind("low_adoption", _O, "low adoption", origin="telemetry"),
    Kind("usage_decline", _O, "usage falling", origin="telemetry"),
    Kind("inefficient_usage", _O, "usage without value", origin="telemetry"),
    Kind("weak_praise", _W, "praise without an outcome"),
    Kind("vendor_push", _W, "pushed by us"),
    Kind("tenure", _W, "tenure"),
)

TEXT_KINDS: Final = tuple(kind.name for kind in KINDS.values() if kind.origin == "text")
"""The kinds that words can carry, in the table's order."""


def kinds_of(component: Component) -> tuple[str, ...]:
    """The kinds that can prove a component."""
    return tuple(kind.name for kind in KINDS.values() if kind.component is component)
