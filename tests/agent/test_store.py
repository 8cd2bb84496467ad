"""What the store promises: one schema, decisions that nobody can change, and no lost update."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from agent.errors import DecisionConflict, DecisionRefused, HomeMissing, NotFound, StoreError
from agent.hypotheses import Grade, State
from agent.outcomes.facts import What
from agent.outcomes.recording import record
from agent.queue import Queue
from agent.store import Store, decisions, hypotheses, open_store, postgres
from agent.store.engine import HEAD
from agent.store.migrations import config
from retrieval.tables import metadata
from tests.agent.making import draft

NOW = "2026-11-01T08:00:00Z"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """What follows holds on both databases."""
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").url(request.getfixturevalue("database"))
    made = open_store(tmp_path / "home", create=True, database=url)
    yield made
    made.close()


def address(store: Store) -> str | None:
    """What opens the same store again."""
    return None if store.is_file else store.engine.url.render_as_string(hide_password=False)


def put(store: Store, *drafts: object, now: str = NOW) -> dict[str, str]:
    with store.write() as conn:
        return dict(hypotheses.save(conn, "a-1", drafts, run_id="r-1", now=now, today=now[:10]))  # type: ignore[arg-type]


def queue(store: Store, actor: str = "kim", today: date = date(2026, 11, 1)) -> Queue:
    return Queue(store, actor, clock=lambda: datetime(today.year, today.month, today.day, 9, tzinfo=UTC))


def test_the_newest_migration_is_the_one_that_the_program_knows() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == HEAD


def test_the_migrations_make_the_schema_that_the_tables_describe(store: Store) -> None:
    with store.engine.connect() as conn:
        found = compare_metadata(MigrationContext.configure(conn), metadata)
    assert [change for change in found if "passages_fts" not in str(change)] == []


def test_a_home_without_a_store_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(HomeMissing, match="earned demo"):
        open_store(tmp_path)


def test_a_store_of_a_newer_version_is_left_alone(store: Store) -> None:
    with store.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="Install a newer release"):
        open_store(store.home, database=address(store))


def test_a_damaged_file_is_told_and_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "earned.db").write_bytes(b"this is no database, whatever its name says" * 40)
    with pytest.raises(StoreError, match="damaged"):
        open_store(tmp_path)
    assert (tmp_path / "earned.db").read_bytes().startswith(b"this is no database")


def test_equal_drafts_make_no_new_revision_and_different_ones_do(store: Store) -> None:
    assert set(put(store, draft()).values()) == {"new"}
    assert set(put(store, draft()).values()) == {"unchanged"}
    (key,) = put(store, draft(title="Another title"))
    with store.read() as conn:
        assert hypotheses.get(conn, key).revision == 2  # type: ignore[union-attr]
        assert [number for number, *_ in hypotheses.history(conn, key)] == [1, 2]


def test_a_hypothesis_that_is_no_longer_drafted_is_withdrawn_unless_somebody_decided(store: Store) -> None:
    (first,) = put(store, draft(adjacency="scan"))
    (second,) = put(store, draft(adjacency="other"))
    assert [item.id for item in queue(store).items()] == [second]
    queue(store).approve(second)
    third = next(key for key, outcome in put(store, draft(adjacency="third")).items() if outcome == "new")
    standing = {item.id: item for item in queue(store).items()}
    assert set(standing) == {second, third}
    assert (standing[second].state, standing[second].changed) == (State.APPROVED, True)
    assert standing[second].draft.title == "The evidence has moved on from: Ashgrove Mills: Scan"
    assert set(put(store, draft(adjacency="third")).values()) == {"unchanged"}
    assert first not in {item.id for item in queue(store).items()}


CHANGES = [
    "UPDATE decisions SET actor = 'x'",
    "DELETE FROM decisions",
    "UPDATE outcomes SET actor = 'x'",
    "DELETE FROM outcomes",
]


def test_decisions_and_outcomes_cannot_be_changed_by_sql(store: Store) -> None:
    (key,) = put(store, draft())
    queue(store).approve(key)
    record(store, key, What.DONE, date(2026, 11, 1), actor="kim", clock=lambda: datetime(2026, 11, 2, tzinfo=UTC))
    own = (
        ["INSERT OR REPLACE INTO decisions SELECT * FROM decisions"]
        if store.is_file
        else ["TRUNCATE decisions", "TRUNCATE outcomes"]
    )
    for statement in [*CHANGES, *own]:
        with pytest.raises((DatabaseError, StoreError), match="append-only"), store.write() as conn:
            conn.execute(text(statement))


def test_a_run_never_overwrites_a_decision(store: Store) -> None:
    (key,) = put(store, draft())
    queue(store).approve(key)
    put(store, draft(title="What a later run thinks", grade=Grade.BLOCKED))
    item = queue(store).card(key).hypothesis
    assert (item.state, item.changed, item.revision) == (State.APPROVED, True, 2)


def test_a_decision_on_what_somebody_else_has_decided_is_a_conflict(store: Store) -> None:
    (key,) = put(store, draft())
    seen = queue(store).card(key).hypothesis.version
    queue(store, "lee").reject(key, reason="not_now", version=seen)
    with pytest.raises(DecisionConflict, match="lee decided meanwhile"):
        queue(store).approve(key, version=seen)
    with store.read() as conn:
        assert [d.actor for d in decisions.of(conn, key)] == ["lee"]


def test_a_decision_on_an_older_revision_is_a_conflict(store: Store) -> None:
    (key,) = put(store, draft())
    seen = queue(store).card(key).hypothesis.version
    put(store, draft(title="Another title"))
    with pytest.raises(DecisionConflict, match="revised meanwhile"):
        queue(store).approve(key, version=seen)


def test_what_the_queue_refuses(store: Store) -> None:
    (key,) = put(store, draft())
    desk = queue(store)
    with pytest.raises(DecisionRefused, match="not a reason"):
        desk.reject(key, reason="because")
    with pytest.raises(DecisionRefused, match="in words"):
        desk.reject(key, reason="other")
    with pytest.raises(DecisionRefused, match="question"):
        desk.ask_for_proof(key, ask=" ")
    with pytest.raises(DecisionRefused, match="future"):
        desk.snooze(key, until=date(2026, 11, 1))
    with pytest.raises(DecisionRefused, match="nothing to undo"):
        desk.undo()
    with pytest.raises(NotFound):
        desk.approve("h-nothing")


def test_undo_takes_back_ones_own_newest_decision_after_a_restart(store: Store) -> None:
    (key,) = put(store, draft())
    queue(store).approve(key)
    store.close()
    again = queue(open_store(store.home, database=address(store)))
    again.undo()
    assert again.card(key).hypothesis.state is State.OPEN
    assert [d.action.value for d in again.card(key).log] == ["approve", "undo"]


def test_snoozed_items_return_on_their_day(store: Store) -> None:
    (key,) = put(store, draft())
    queue(store).snooze(key, until=date(2026, 11, 5))
    assert queue(store, today=date(2026, 11, 4)).items()[0].state is State.SNOOZED
    assert queue(store, today=date(2026, 11, 5)).items()[0].state is State.OPEN


def _decide_many(home: Path, url: str | None, actor: str, keys: list[str], count: int) -> None:
    desk = Queue(open_store(home, database=url), actor)
    for number in range(count):
        desk.snooze(keys[number % len(keys)], until=desk.today + timedelta(days=1 + number))


def test_processes_that_decide_at_once_lose_and_double_nothing(store: Store) -> None:
    keys = list(put(store, *(draft(adjacency=f"item-{number}") for number in range(5))))
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_decide_many, args=(store.home, address(store), f"p{n}", keys, 25)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    from agent.decisions import broken_link

    with store.read() as conn:
        log = decisions.whole_log(conn)
    assert len(log) == 75
    assert broken_link(log) is None


def test_a_locked_database_is_an_error_that_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    if store.is_file:
        with store.engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA busy_timeout = 50")
    else:
        monkeypatch.setattr(postgres, "PATIENCE", "50ms")
    other = open_store(store.home, database=address(store))
    with other.write(), pytest.raises(StoreError, match="locked"), store.write():
        pass
    other.close()
