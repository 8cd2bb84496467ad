"""Values for tests: a draft with just what the test is about."""

from __future__ import annotations

from agent.hypotheses import Draft, DraftedBy, Grade, Quality


def draft(
    account_id: str = "a-1",
    *,
    grade: Grade = Grade.PROMISING,
    title: str = "Ashgrove Mills: Scan",
    missing: tuple[str, ...] = (),
    kinds: tuple[str, ...] = (),
    adjacency: str | None = "scan",
    owner: str = "kim@vendor.example",
) -> Draft:
    return Draft(
        account_id=account_id,
        owner=owner,
        title=title,
        grade=grade,
        components={},
        blockers=(),
        push_or_pull="pull",
        motion="add_on",
        expansion_type="new_workflow",
        what_expands=("workflows",),
        adjacency=adjacency,
        quality=Quality(class_="fog"),
        economics={},
        claims=(),
        counter_evidence=(),
        missing_proof=missing,
        pretended=(),
        next_customer_action="Dana Ruiz names the budget.",
        risk_if_never="It stays a conversation.",
        proof_owner=owner,
        draft_message="Hello Dana,",
        evidence_kinds=kinds,
        drafted_by=DraftedBy(model="test", prompts={}, run="r-1"),
    )
