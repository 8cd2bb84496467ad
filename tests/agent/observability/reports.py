"""Run reports for tests: the object of `earned run --json`, with customers' words wherever a run could put them."""

from __future__ import annotations

from typing import Any

SECRET = "Dana says they will cancel"


def report(run_id: str = "r-2", **more: Any) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "started": "2026-11-20T01:00:00Z",
        "finished": "2026-11-20T01:05:00Z",
        "book": "/data/book",
        "model": "offline",
        "dry_run": False,
        "accounts": {"seen": 10, "changed": 3, "unchanged": 6, "failed": 1},
        "records": {"ticket": 40, "note": 2},
        "quarantined": [
            {"file": f"tickets/{SECRET}.json", "line": 3, "field": SECRET, "why": SECRET, "remedy": "", "account_id": "a-1"}
        ],
        "windows": {"planned": 5, "read": 5, "failed": 0},
        "signals": {"by_kind": {"unmet_need": 4}, "verified": 12, "repaired": 1, "rejected": {"not_found": 2, "too_short": 1}},
        "hypotheses": {"new": 1, "revised": 2, "unchanged": 0, "by_grade": {"earned": 2, "wish": 8}},
        "llm": {"calls": 7, "prompt_tokens": 900, "cached_tokens": 0, "completion_tokens": 90, "cost": 0.25, "cache_hits": 1},
        "seconds": {"read": 1.5, "extract and draft": 20.0},
        "warnings": [SECRET],
        "failures": {"a-9": f"ValueError: {SECRET}"},
        **more,
    }
