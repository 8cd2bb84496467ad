"""The decision log: append-only, chained, and the only source of a state."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.decisions import GENESIS, Action, Decision, broken_link, chained, effective, standing
from agent.hypotheses import State
from tests.agent.making import draft

ACTIONS = [Action.APPROVE, Action.REJECT, Action.PROOF, Action.SNOOZE]


def decision(number: int, action: Action, **fields: str) -> Decision:
    at = f"2026-11-01T00:{number // 60:02}:{number % 60:02}Z"
    return Decision(id=f"d-{number}", hypothesis_id="h-1", revision=1, action=action, actor="kim", at=at, **fields)


def chain(log: list[Decision]) -> list[Decision]:
    head, out = GENESIS, []
    for item in log:
        out.append(chained(item, head))
        head = out[-1].hash
    return out


LOGS = st.lists(st.sampled_from([*ACTIONS, Action.UNDO]), max_size=12)


@given(LOGS)
def test_undo_takes_back_the_newest_decision_that_holds(actions: list[Action]) -> None:
    log: list[Decision] = []
    stack: list[Decision] = []
    for number, action in enumerate(actions):
        if action is Action.UNDO:
            if stack:
                log.append(decision(number, action, undoes=stack.pop().id))
        else:
            log.append(decision(number, action))
            stack.append(log[-1])
    assert effective(log) == stack
    expected = {None: State.OPEN, Action.APPROVE: State.APPROVED, Action.REJECT: State.REJECTED}
    last = stack[-1].action if stack else None
    if last in expected:
        assert standing(log, draft(), draft(), "2026-11-01").state is expected[last]


@given(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=8), st.data())
def test_any_change_to_the_log_breaks_the_chain(actions: list[Action], data: st.DataObject) -> None:
    log = chain([decision(number, action) for number, action in enumerate(actions)])
    assert broken_link(log) is None
    at = data.draw(st.integers(0, len(log) - 1))
    forged = [*log[:at], replace(log[at], actor="somebody else"), *log[at + 1 :]]
    assert broken_link(forged) == forged[at]
    if at < len(log) - 1:
        assert broken_link([*log[:at], *log[at + 1 :]]) is not None


def test_a_snooze_ends_on_its_day() -> None:
    log = [decision(1, Action.SNOOZE, until="2026-11-10")]
    assert standing(log, draft(), draft(), "2026-11-09").state is State.SNOOZED
    assert standing(log, draft(), draft(), "2026-11-10").state is State.OPEN


def test_asked_for_proof_returns_when_a_missing_part_has_arrived() -> None:
    log = [decision(1, Action.PROOF, note="a figure, of Dana, by Friday")]
    before, after = draft(missing=("proven_value", "stakeholder_pull")), draft(missing=("stakeholder_pull",))
    assert standing(log, before, before, "2026-11-01").state is State.PROOF_ASKED
    assert standing(log, after, before, "2026-11-01").state is State.OPEN


def test_a_rejection_stands_until_there_is_evidence_of_a_new_kind() -> None:
    log = [decision(1, Action.REJECT, reason="not_now")]
    rejected = draft(kinds=("proven_value",))
    assert standing(log, draft(kinds=("proven_value", "product_friction")), rejected, "2026-11-01").state is State.REJECTED
    assert standing(log, draft(kinds=("proven_value", "stakeholder_pull")), rejected, "2026-11-01").state is State.OPEN
