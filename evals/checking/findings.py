"""What a check found, and the vocabulary of the annotation guide."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

SUPPORT_USAGE: Final = frozenset({"license_saturation", "usage_growth", "feature_adoption"})
OPPOSE_USAGE: Final = frozenset({"low_adoption", "usage_decline"})
USAGE: Final = SUPPORT_USAGE | OPPOSE_USAGE
SUPPORTS: Final = SUPPORT_USAGE | {
    "proven_value",
    "outcome_accepted",
    "unmet_need",
    "higher_tier_request",
    "manual_workaround",
    "stakeholder_pull",
    "new_audience_interest",
    "business_trigger",
}
ALWAYS_BLOCK: Final = frozenset(
    {"sponsor_risk", "value_disputed", "churn_intent", "competitor_evaluation", "onboarding_incomplete"}
)
MAY_BLOCK: Final = frozenset({"budget_pressure", "product_friction"})
"""A freeze, or severe: the annotator says so in the verdict's blockers."""
OPPOSES: Final = OPPOSE_USAGE | ALWAYS_BLOCK | MAY_BLOCK | {"compliance_hurdle", "custom_demand", "pricing_mismatch"}
KINDS: Final = SUPPORTS | OPPOSES | {"weak_praise", "vendor_push", "tenure"}
CORE: Final = {
    "proven_value": frozenset({"proven_value", "outcome_accepted"}),
    "account_learning": frozenset({"unmet_need", "higher_tier_request", "manual_workaround"}),
    "stakeholder_pull": frozenset({"stakeholder_pull", "new_audience_interest"}),
}
"""Component -> the kinds that prove it when the customer says them."""
FIRST_DAY, LAST_DAY = "2026-04-01", "2026-10-31"


@dataclass(slots=True)
class Findings:
    """Problems make a book unusable; notes are for its author to look at."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    own: bool = False
    """Whether the book is somebody's own exports, of which the guide's rules for invented books are not asked."""

    def bad(self, *parts: object) -> None:
        self.problems.append(" ".join(str(part) for part in parts))

    def note(self, *parts: object) -> None:
        self.notes.append(" ".join(str(part) for part in parts))

    def unless(self, holds: bool, *parts: object) -> None:
        if not holds:
            self.bad(*parts)

    def invented(self, holds: bool, *parts: object) -> None:
        """A rule for invented books: a problem of one, a note on somebody's own."""
        if not holds:
            (self.note if self.own else self.bad)(*parts)

    def day(self, text: str, where: object) -> None:
        """A date within the book's window."""
        try:
            date.fromisoformat(text[:10])
        except ValueError:
            self.bad(where, "bad date", text)
            return
        self.invented(FIRST_DAY <= text[:10] <= LAST_DAY, where, "date outside the window", text)

    def stamp(self, text: str, where: object) -> None:
        """A time as exports write it."""
        try:
            datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
        except ValueError:
            self.bad(where, "bad timestamp", text)
            return
        self.day(text, where)

    def keys(self, row: dict[str, Any], wanted: frozenset[str] | set[str], *where: object) -> bool:
        """Whether a row has exactly these keys; says what differs."""
        self.unless(set(row) == set(wanted), *where, "keys differ:", sorted(set(row) ^ set(wanted)))
        return set(row) == set(wanted)


def read_table(path: Path, header: str, found: Findings) -> list[dict[str, str]]:
    """The rows of a CSV file with exactly this header; rows of another width are reported and left out."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    columns = header.split(",")
    if not rows or rows[0] != columns:
        found.bad(path.name, "header is", rows[0] if rows else None)
        return []
    for number, row in enumerate(rows[1:], start=2):
        found.unless(len(row) == len(columns), path.name, "line", number, "has", len(row), "fields")
    return [dict(zip(columns, row, strict=True)) for row in rows[1:] if len(row) == len(columns)]


def read_json(text: str, where: object, found: Findings) -> Any:
    """Parsed JSON, or None with a problem."""
    try:
        return json.loads(text)
    except ValueError as error:
        found.bad(where, error)
        return None


def words(text: str) -> int:
    return len(re.findall(r"\S+", text))
