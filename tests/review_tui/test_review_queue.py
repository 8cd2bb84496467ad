"""The queue's rules as the reviewer relies on them: undo and redo, conflicts, edits, marks, what comes back and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import ANA, BEN, NOW, RUN, Told, book, draft_of, fill, records_of, signals_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent import cards
from agent.decisions import REASONS, Action, broken_link, effective, marks, standing
from agent.errors import DecisionConflict, DecisionRefused, EarnedError, NotFound
from agent.hypotheses import Grade, State
from agent.queue import Filter, Queue
from agent.store import Store, accounts, decisions, hypotheses, open_store

Queues = Callable[..., Queue]
STEP = st.tuples(
    st.sampled_from(["approve", "reject", "proof", "snooze", "check", "flag", "undo", "redo", "undo_key"]),
    st.integers(0, 2),
    st.sampled_from([ANA, BEN]),
)


def act(queue: Queue, what: str, key: str) -> None:
    card = queue.card(key)
    version = card.hypothesis.version
    match what:
        case "approve":
            queue.approve(key, version=version)
        case "reject":
            queue.reject(key, reason="not_now", version=version)
        case "proof":
            queue.ask_for_proof(key, ask="Who signs?", version=version)
        case "snooze":
            queue.snooze(key, until=NOW.date() + timedelta(days=3), version=version)
        case "check" | "flag":
            queue.mark(key, card.hypothesis.draft.cited[0], Action(what), version=version)
        case "undo":
            queue.undo()
        case "redo":
            queue.redo()
        case "undo_key":
            queue.undo(key, version=version)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=14))
def test_any_sequence_of_decisions_and_undos_equals_the_replayed_log(
    new_home: Callable[[], Path], steps: list[tuple[str, int, str]]
) -> None:
    store = open_store(new_home())
    keys = fill(store, book(3))
    for what, at, actor in steps:
        try:
            act(Queue(store, actor, lambda: NOW), what, keys[at])
        except EarnedError:
            continue
    with store.read() as conn:
        log = decisions.whole_log(conn)
        assert broken_link(log) is None
        for key in keys:
            own = [entry for entry in log if entry.hypothesis_id == key]
            item = hypotheses.get(conn, key)
            assert item is not None
            assert item.state is standing(own, item.draft, item.draft, NOW.date().isoformat()).state
    store.close()


def test_undo_and_redo_go_back_and_forth_over_restarts(store: Store, keys: list[str]) -> None:
    def fresh() -> Queue:
        return Queue(store, ANA, lambda: NOW)

    fresh().reject(keys[0], reason="not_now")
    fresh().snooze(keys[1], until=date(2026, 12, 1))
    assert fresh().undo().hypothesis_id == keys[1]
    assert fresh().undo().hypothesis_id == keys[0]
    again = fresh().redo()
    assert (again.hypothesis_id, again.action, again.reason) == (keys[0], Action.REJECT, "not_now")
    again = fresh().redo()
    assert (again.hypothesis_id, again.until) == (keys[1], "2026-12-01")
    with pytest.raises(DecisionRefused, match="nothing to redo"):
        fresh().redo()


def test_a_new_decision_ends_the_redo(queue: Queues, keys: list[str]) -> None:
    queue().approve(keys[0])
    queue().undo()
    queue().approve(keys[1])
    with pytest.raises(DecisionRefused):
        queue().redo()


def test_a_redo_does_not_run_over_somebody_else(queue: Queues, keys: list[str]) -> None:
    queue(ANA).approve(keys[0])
    queue(ANA).undo()
    queue(BEN).reject(keys[0], reason="not_now")
    with pytest.raises(DecisionConflict):
        queue(ANA).redo()


def test_a_second_reviewer_meets_a_conflict_and_nothing_is_written(queue: Queues, store: Store, keys: list[str]) -> None:
    seen = queue(ANA).card(keys[0]).hypothesis.version
    queue(BEN).approve(keys[0], version=seen)
    with pytest.raises(DecisionConflict, match=r"ben@vendor\.example decided meanwhile: approve"):
        queue(ANA).reject(keys[0], reason="not_now", version=seen)
    with store.read() as conn:
        assert [entry.actor for entry in decisions.whole_log(conn)] == [BEN]


def test_a_colleagues_mark_is_a_conflict_with_its_name(queue: Queues, keys: list[str]) -> None:
    card = queue(ANA).card(keys[0])
    queue(BEN).mark(keys[0], card.hypothesis.draft.cited[0], Action.FLAG)
    with pytest.raises(DecisionConflict, match=r"ben@vendor\.example was here meanwhile: flag"):
        queue(ANA).approve(keys[0], version=card.hypothesis.version)


def test_marks_decide_nothing_and_can_be_taken_back(queue: Queues, store: Store, keys: list[str]) -> None:
    cited = queue().card(keys[0]).hypothesis.draft.cited
    queue().mark(keys[0], cited[0], Action.CHECK)
    queue().mark(keys[0], cited[1], Action.FLAG)
    with store.read() as conn:
        log = decisions.of(conn, keys[0])
    assert effective(log) == []
    assert marks(log) == {cited[0]: Action.CHECK, cited[1]: Action.FLAG}
    assert queue().card(keys[0]).hypothesis.state is State.OPEN
    queue().undo()
    assert marks(queue().card(keys[0]).log) == {cited[0]: Action.CHECK}
    with pytest.raises(DecisionRefused, match="does not cite"):
        queue().mark(keys[0], "s-nothing", Action.FLAG)
    with pytest.raises(DecisionRefused, match="not a mark"):
        queue().mark(keys[0], cited[0], Action.APPROVE)


def test_an_edit_is_a_persons_revision_and_outlives_the_next_run(queue: Queues, store: Store) -> None:
    told = Told()
    key = fill(store, [told])[0]
    queue().approve_edited(key, claims=["In her words."], version=1)
    item = queue().card(key).hypothesis
    assert (item.state, item.revision, item.draft.claims[0].text) == (State.APPROVED, 2, "In her words.")
    assert queue().revisions(key)[1].editor == ANA
    assert item.draft.claims[0].signals == draft_of(told, signals_of(told, records_of(told))).claims[0].signals
    fill(store, [told], now="2026-11-22T22:00:00Z")
    after = queue().card(key).hypothesis
    assert (after.revision, after.changed, after.draft.claims[0].text) == (2, False, "In her words.")


def test_an_edit_cannot_say_more_than_its_evidence(queue: Queues, keys: list[str]) -> None:
    texts = [claim.text for claim in queue().card(keys[0]).hypothesis.draft.claims]
    with pytest.raises(DecisionRefused, match="300000"):
        queue().approve_edited(keys[0], claims=["They promised 300,000 euro.", *texts[1:]])
    assert queue().card(keys[0]).hypothesis.revision == 1


def test_an_edit_cannot_remove_every_claim_or_add_one(queue: Queues, keys: list[str]) -> None:
    with pytest.raises(DecisionRefused, match="No claim would be left"):
        queue().approve_edited(keys[0], claims=["  "])
    with pytest.raises(DecisionRefused, match="has 1 claims, not 2"):
        queue().approve_edited(keys[0], claims=["a", "b"])


def test_an_unchanged_edit_is_a_plain_approval(queue: Queues, keys: list[str]) -> None:
    texts = [claim.text for claim in queue().card(keys[0]).hypothesis.draft.claims]
    queue().approve_edited(keys[0], claims=texts)
    assert queue().card(keys[0]).hypothesis.revision == 1


def test_a_rejected_hypothesis_needs_evidence_of_a_new_kind(queue: Queues, store: Store) -> None:
    key = fill(store, [Told()])[0]
    queue().reject(key, reason="harvesting")
    fill(store, [Told(claims=("Another sentence about the same evidence.",))], now="2026-11-21T22:00:00Z")
    assert queue().shelf(Filter(states=("open",))).ids == ()
    assert queue().card(key).hypothesis.changed
    fill(store, [Told(extra=("We need the audit log for the Lyon plant too.",))], now="2026-11-22T22:00:00Z")
    shelf = queue().shelf(Filter(states=("open",)))
    assert shelf.ids == (key,)
    assert shelf.returned[key].action is Action.REJECT


def test_a_snooze_comes_back_on_its_day_and_on_top(store: Store, keys: list[str]) -> None:
    Queue(store, ANA, lambda: NOW).snooze(keys[7], until=NOW.date() + timedelta(days=2))
    later = Queue(store, ANA, lambda: NOW + timedelta(days=2))
    shelf = later.shelf(Filter(owner=ANA, states=("open",)))
    assert shelf.ids[0] == keys[7]
    assert shelf.returned[keys[7]].action is Action.SNOOZE


def test_five_a_day_for_each_owner_less_what_is_done(store: Store, queue: Queues) -> None:
    mine = fill(store, book(8))
    fill(store, [Told(account=f"ben-{n}", owner=BEN) for n in range(7)])
    open_items = Filter(states=("open",))
    assert queue(ANA).shelf(Filter(owner=ANA, states=("open",))).top == 5
    assert queue(ANA).shelf(open_items).top == 10
    for key in mine[:2]:
        queue(ANA).approve(key)
    shelf = queue(ANA).shelf(Filter(owner=ANA, states=("open",)))
    assert (shelf.top, shelf.done_today, shelf.counts) == (3, 2, {"open": 6, "approved": 2})
    queue(ANA).undo()
    assert queue(ANA).shelf(Filter(owner=ANA, states=("open",))).top == 4


def test_the_pulse_beats_for_decisions_and_for_runs(store: Store, queue: Queues, keys: list[str]) -> None:
    before = queue().pulse()
    queue(BEN).approve(keys[0])
    after = queue().pulse()
    fill(store, [Told(account="acc-001", name="Pylon Foods", claims=("New words.",))], now="2026-11-21T22:00:00Z")
    assert before < after < queue().pulse()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(grades=("earned",)), lambda told: told.grade is Grade.EARNED),
        (Filter(accounts=("hexa",)), lambda told: "Hexa" in told.name),
        (Filter(accounts=("日本",)), lambda told: "日本" in told.name),
        (Filter(has_counter=True), lambda told: told.counter),
        (Filter(has_counter=False), lambda told: not told.counter),
        (Filter(missing=("adoption_risk",)), lambda told: told.counter),
        (Filter(missing=("proven_value",)), lambda _: False),
        (Filter(kinds=("budget_pressure",)), lambda told: told.counter),
        (Filter(words=("exports its list",)), lambda told: len(told.claims) == 3),
        (Filter(words=("öhr",)), lambda told: "Öhr" in told.name),
        (Filter(words=("100%_",)), lambda _: False),
        (Filter(motions=("add_on",), pulls=("pull",), qualities=("fog",)), lambda _: True),
        (Filter(since="2026-11-21T00:00:00Z"), lambda _: False),
        (Filter(before="2026-11-21T00:00:00Z", has_missing=True, has_pretended=True, changed=False), lambda _: True),
    ],
)
def test_filters_narrow_in_the_store(
    queue: Queues, store: Store, keys: list[str], wanted: Filter, expected: Callable[[Told], bool]
) -> None:
    found = set(queue().shelf(wanted).ids)
    assert found == {key for key, told in zip(keys, book(), strict=True) if expected(told)}


def test_rows_say_what_a_list_needs(queue: Queues, keys: list[str]) -> None:
    row = queue().rows([keys[0], "h-none"])[0]
    assert (row.account, row.supports, row.counters, row.missing, row.drafted_at) == ("Fjord Health", 4, 1, 2, RUN)


def test_reasons_are_words_that_people_can_choose_from() -> None:
    assert list(REASONS)[-1] == "other"


@pytest.mark.parametrize(
    ("order", "expected"),
    [("grade", "bdace"), ("renewal", "cabde"), ("newest", "edcba"), ("account", "bdcae")],
)
def test_the_queue_can_be_sorted(store: Store, order: str, expected: str) -> None:
    """`d` and `e` moved a day later; names come in both cases, and beyond ASCII; `e` has no renewal date."""
    told = {
        "a": Told("a", "Zinc", grade=Grade.PROMISING),
        "b": Told("b", "Alder", grade=Grade.EARNED),
        "c": Told("c", "Moss", grade=Grade.BLOCKED),
        "d": Told("d", "birch", grade=Grade.PROMISING),
        "e": Told("e", "élan", grade=Grade.WISH),
    }
    days = {"a": "2026-11-20T22:00:00Z", "b": "2026-11-20T22:00:01Z", "c": "2026-11-20T22:00:02Z"}
    days |= {"d": "2026-11-21T01:00:00Z", "e": "2026-11-21T01:00:01Z"}
    renewals = {"a": "2027-02-01", "b": "2027-03-01", "c": "2026-12-01", "d": "2027-04-01", "e": ""}
    names: dict[str, str] = {}
    for letter, one in told.items():
        names[fill(store, [one], now=days[letter])[0]] = letter
        _renew(store, letter, renewals[letter])
    found = Queue(store, ANA, lambda: NOW).shelf(Filter(owner=ANA, order=order))
    assert "".join(names[key] for key in found.ids) == expected
    assert found.top == (5 if order == "grade" else 0)


def _renew(store: Store, account: str, day: str) -> None:
    with store.write() as conn:
        known = accounts.get(conn, account)
        assert known is not None
        accounts.save(conn, replace(known[0], renewal_date=day), known[1], input_hash="h", pipeline="p", run_id="run-1")


def test_cards_by_the_handful_are_the_cards_one_by_one(store: Store) -> None:
    keys = fill(store, book(5))
    queue = Queue(store, ANA, lambda: NOW)
    queue.approve(keys[1])
    queue.mark(keys[2], queue.card(keys[2]).hypothesis.draft.cited[0], Action.CHECK)
    found = cards.read(store, [keys[3], "h-none", *keys[:3]])
    assert [card.hypothesis.id for card, _ in found] == [keys[3], *keys[:3]]
    for card, row in found:
        assert card == queue.card(card.hypothesis.id)
        assert row == queue.rows([card.hypothesis.id])[0]


def test_the_conversation_of_a_signal_is_that_of_its_record(store: Store) -> None:
    key = fill(store, book(1))[0]
    queue = Queue(store, ANA, lambda: NOW)
    for signal in queue.card(key).signals.values():
        assert cards.conversation(store, signal) == queue.conversation(signal.record_id, signal.account_id)
    with pytest.raises(NotFound):
        cards.conversation(store, signal.model_copy(update={"record_id": "gone"}))
