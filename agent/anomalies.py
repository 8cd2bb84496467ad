"""Data checks before work: an export that came out empty or halved must not be taken for customers who fell silent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agent.errors import InputAnomaly

HALVED: Final = 0.5
SMALL: Final = 20
"""Sources of fewer records than this come and go; only losing all of them is remarkable."""


def check(counts: Mapping[str, int], previous: Mapping[str, Any] | None, *, accept: bool) -> list[str]:
    """Compare this book's records by source with the last finished run's.

    Raises InputAnomaly for a source that is empty or halved, unless `accept`; then, and for small sources, returns warnings.
    """
    before: Mapping[str, int] = ((previous or {}).get("report") or {}).get("records", {})
    warnings: list[str] = []
    stops: list[str] = []
    for source, then in sorted(before.items()):
        now = counts.get(source, 0)
        if now == then or now > then * HALVED:
            continue
        said = f"{source}: {now} records, {then} in the last run"
        (stops if then >= SMALL else warnings).append(said)
    if stops and not accept:
        raise InputAnomaly(
            f"The book has lost records. {'; '.join(stops)}.", "Check the export; `--accept-anomaly` goes on all the same."
        )
    return warnings + stops
