"""Each hypothesis with what became of it: what reports print and evaluation reads. Reads the store, changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.economics import reading
from agent.hypotheses import Draft
from agent.outcomes.facts import Outcome, Story, story
from agent.store import Store, hypotheses, outcomes


@dataclass(frozen=True, slots=True)
class Followed:
    """The draft that people acted on, and the outcomes of it."""

    hypothesis_id: str
    account_id: str
    revision: int
    draft: Draft
    log: tuple[Outcome, ...]

    @property
    def story(self) -> Story:
        return story(self.log)

    def to_json(self) -> dict[str, Any]:
        """A row for evaluation: what was believed, and what came of it. Money a year, margins as shares, tickets for a seat and month."""
        told, draft = self.story, self.draft
        result, action, stayed = told.result, told.action, told.stayed
        return {
            "hypothesis_id": self.hypothesis_id,
            "account_id": self.account_id,
            "revision": self.revision,
            "grade": draft.grade.value,
            "push_or_pull": draft.push_or_pull,
            "motion": draft.motion,
            "expansion_type": draft.expansion_type,
            "quality": draft.quality.class_,
            "evidence_kinds": list(draft.evidence_kinds),
            "missing_proof": list(draft.missing_proof),
            "next_customer_action": draft.next_customer_action,
            "action": action.what.value if action else None,
            "action_on": action.on_day if action else None,
            "earned": told.earned,
            "result": result.what.value if result else None,
            "result_on": result.on_day if result else None,
            "amount": result.amount if result else None,
            "currency": result.unit if result else None,
            "converted": told.converted,
            "margin_before": reading.middle(draft.economics, "margin_before"),
            "margin_after": told.margin.amount if told.margin else None,
            "support_before": reading.middle(draft.economics, "support_load_trend"),
            "support_after": told.support.amount if told.support else None,
            "stayed": stayed.what.value if stayed else None,
            "stayed_on": stayed.on_day if stayed else None,
            "retained_12_months": told.retained,
        }


def cases(store: Store) -> list[Followed]:
    """Every hypothesis of which an outcome was recorded, by account; withdrawn ones too: what became of them is still true.

    The draft is the revision that the newest outcome names.
    """
    with store.read() as conn:
        logs: dict[str, list[Outcome]] = {}
        for entry in outcomes.whole_log(conn):
            logs.setdefault(entry.hypothesis_id, []).append(entry)
        made = []
        for key, log in logs.items():
            draft = hypotheses.revision(conn, key, log[-1].revision)
            if draft is not None:
                made.append(Followed(key, log[-1].account_id, log[-1].revision, draft, tuple(log)))
    return sorted(made, key=lambda case: (case.account_id, case.hypothesis_id))


def rows(store: Store) -> list[dict[str, Any]]:
    """The rows that evaluation reads: `Followed.to_json` of each case. They are measured against, and never tune anything by themselves."""
    return [case.to_json() for case in cases(store)]
