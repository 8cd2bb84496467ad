"""JSON Lines: everything of an approved revision, its evidence and its approval, for programs. Words are raw, characters are ASCII."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from agent.exports.approved import Approved


def row(item: Approved) -> dict[str, Any]:
    """The object of one line: the fields of `earned hypotheses --json` at the approved revision, and what was approved by whom."""
    shown = item.card.hypothesis
    cited = [item.card.signals[key] for key in shown.draft.cited if key in item.card.signals]
    decision = item.decision
    return {
        "id": shown.id,
        "account_id": shown.account_id,
        "account": item.card.account.name,
        "revision": decision.revision,
        "approved": {
            "by": decision.actor,
            "at": decision.at,
            "note": decision.note,
            "decision": decision.id,
            "decision_hash": decision.hash,
        },
        "changed_since_approval": item.changed_since,
        "newest_revision": item.newest,
        **{name: value for name, value in shown.draft.to_json().items() if name != "account_id"},
        "evidence": [signal.to_json() for signal in cited],
        "quotes_without_source": list(item.withdrawn_quotes),
    }


def json_text(items: Iterable[Approved]) -> str:
    return "".join(json.dumps(row(item), ensure_ascii=True) + "\n" for item in items)
