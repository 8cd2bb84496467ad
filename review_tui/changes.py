"""What a newer draft says that an older one did not, in sentences. Pure."""

from __future__ import annotations

from agent.hypotheses import Draft
from agent.kinds import KINDS
from review_tui.text import safe


def changes(before: Draft, after: Draft) -> list[str]:
    """The differences that matter to somebody who decided on `before`; the gravest first. Empty where only wording of ours changed."""
    told: list[str] = []
    if before.grade is not after.grade:
        told.append(f"Grade {before.grade.value} -> {after.grade.value}.")
    told += _risks(before, after)
    for name, part in after.components.items():
        old = before.components.get(name)
        if old is not None and old.status != part.status:
            told.append(f"{name.replace('_', ' ').capitalize()}: now {part.status}.")
    new_kinds = [KINDS[kind].label for kind in after.evidence_kinds if kind not in before.evidence_kinds and kind in KINDS]
    if new_kinds:
        told.append(f"Evidence of a new kind: {', '.join(new_kinds)}.")
    added, gone = set(after.cited) - set(before.cited), set(before.cited) - set(after.cited)
    if added or gone:
        told.append(f"Evidence: {len(added)} new, {len(gone)} gone.")
    old_claims, new_claims = [c.text for c in before.claims], [c.text for c in after.claims]
    told += [f'New claim: "{safe(text)}"' for text in new_claims if text not in old_claims]
    told += [f'Dropped: "{safe(text)}"' for text in old_claims if text not in new_claims]
    if before.next_customer_action != after.next_customer_action:
        told.append(f"Next step is now: {safe(after.next_customer_action)}")
    if before.owner != after.owner:
        told.append(f"Owner {safe(before.owner)} -> {safe(after.owner)}.")
    return told


def _risks(before: Draft, after: Draft) -> list[str]:
    old, new = {b.kind for b in before.blockers}, {b.kind for b in after.blockers}
    label = {kind: KINDS[kind].label if kind in KINDS else kind for kind in old | new}
    told = [f"Now blocked by: {label[kind]}." for kind in sorted(new - old)]
    told += [f"No longer blocked by: {label[kind]}." for kind in sorted(old - new)]
    fresh = set(after.counter_evidence) - set(before.counter_evidence)
    return told + ([f"Counter-evidence: {len(fresh)} new."] if fresh else [])
