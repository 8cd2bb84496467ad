"""After an erasure nothing of the account is in any byte of the home, and the decisions still follow from one another."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from agent.errors import NotFound, RunLocked
from agent.health import audit
from agent.hypotheses import State
from agent.lock import run_lock
from agent.outcomes.facts import What
from agent.outcomes.recording import record
from agent.pipeline import Pipeline
from agent.queue import Queue
from agent.retention.account import left
from agent.retention.drafts import ERASED
from agent.retention.purge import PENDING, Request, erasures, purge
from agent.retention.removed import Removed
from agent.store import Store, accounts, hypotheses, leases, open_store
from tests.agent.retention.homes import WORDS, anew, hits, night, second_voice
from tests.conftest import write_small_book

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def prepared(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("purge")
    book = write_small_book(folder / "book")
    second_voice(book)
    night(folder / "home", book, pipeline)[0].close()
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared, tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = open_store(folder / "home")
    yield opened
    opened.close()


def erase(store: Store, pipeline: Pipeline, **what: Any) -> Removed:
    request = Request(**what)
    return purge(store, request, actor="ops", rebuild=lambda: anew(store, pipeline), clock=lambda: NOW)


def keys(store: Store) -> list[str]:
    with store.read() as conn:
        return [item.id for item in hypotheses.current(conn, account_id="a-1")]


def test_no_byte_of_the_account_is_left(store: Store, pipeline: Pipeline) -> None:
    with store.write() as conn:  # what a killed night leaves
        leases.post(conn, "r-killed", ["a-1"])
        (lease,) = leases.claim(conn, "r-killed", "worker", 1, 60.0)
        leases.settle(conn, "r-killed", "worker", lease, "done", {"notes": list(WORDS)})
    assert {word for _, word in hits(store.home, WORDS)} == set(WORDS), "the test must be able to fail"
    removed = erase(store, pipeline, account="a-1")
    store.close()
    assert hits(store.home, WORDS) == []
    assert not removed.partial
    with store.read() as conn:
        assert left(conn, "a-1") == 0
        assert accounts.ids(conn) == ["a-2"]
        vocabulary = "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, passages_fts, row)"
        conn.execute(text(vocabulary))
        assert conn.scalar(text("SELECT count(*) FROM temp.words")) == 0, (
            "FTS5 keeps prefixes apart: grep alone would not see them"
        )


def test_the_vectors_are_gone_from_the_index_files(store: Store, pipeline: Pipeline) -> None:
    with store.read() as conn:
        vectors = [bytes(row[0]) for row in conn.execute(text("SELECT vector FROM vectors"))]
    assert vectors
    pieces = [vector[at : at + 16] for vector in vectors for at in range(0, len(vector), 256)]

    def found() -> int:
        blobs = [path.read_bytes() for path in store.home.rglob("*") if path.is_file()]
        return sum(any(piece in blob for blob in blobs) for piece in pieces)

    assert found() == len(pieces)
    erase(store, pipeline, account="a-1")
    store.close()
    assert found() == 0


def test_what_was_decided_stays_in_the_chain_on_a_draft_that_says_nothing(store: Store, pipeline: Pipeline) -> None:
    key = keys(store)[0]
    queue = Queue(store, "kim", lambda: NOW)
    queue.approve(key)
    queue.undo(key)
    queue.reject(key, reason="not_now")
    removed = erase(store, pipeline, account="a-1")
    assert not removed.partial
    assert removed.revisions_rewritten == 1
    assert all(finding.ok for finding in audit(store))
    assert keys(store) == []
    card = Queue(store, "kim", lambda: NOW).card(key)
    assert card.hypothesis.draft.claims == ()
    assert [entry.action.value for entry in card.log] == ["approve", "undo", "reject"]
    assert card.hypothesis.state is State.REJECTED
    store.close()
    assert hits(store.home, WORDS) == []


def test_notes_stay_and_are_named_and_the_purge_says_that_it_is_not_whole(store: Store, pipeline: Pipeline) -> None:
    decision = Queue(store, "kim", lambda: NOW).ask_for_proof(keys(store)[0], ask="Dana Ruiz names the budget")
    removed = erase(store, pipeline, account="a-1")
    assert removed.notes_kept == [decision.id]
    assert removed.partial
    assert all(finding.ok for finding in audit(store))


def test_an_outcome_keeps_its_hypothesis_and_is_named(store: Store, pipeline: Pipeline) -> None:
    what = next(kind for kind in What if kind.value == "done")
    outcome = record(store, keys(store)[0], what, date(2026, 11, 19), actor="kim", note="Dana agreed", clock=lambda: NOW)
    removed = erase(store, pipeline, account="a-1")
    assert removed.notes_kept == [outcome.id]
    assert "1 recorded outcomes stay" in removed.remarks[0]
    assert hypotheses_titles(store) == [ERASED]


def hypotheses_titles(store: Store) -> list[str]:
    with store.read() as conn:
        return list(conn.scalars(text("SELECT title FROM hypotheses WHERE account_id = 'a-1'")))


def test_a_dry_run_counts_and_removes_nothing(store: Store, pipeline: Pipeline) -> None:
    dry = erase(store, pipeline, account="a-1", dry_run=True)
    assert keys(store)
    real = erase(store, pipeline, account="a-1")
    assert dry.counts() == real.counts()
    assert real.records >= 3
    assert real.answers >= 1


def test_it_stays_away_unless_the_book_has_it(store: Store, pipeline: Pipeline, folder: Path) -> None:
    key = keys(store)[0]
    Queue(store, "kim", lambda: NOW).snooze(key, until=date(2026, 12, 1))
    erase(store, pipeline, account="a-1")
    book = folder / "book"
    listed = (book / "accounts.csv").read_text("utf-8").splitlines(keepends=True)
    (book / "accounts.csv").write_text("".join(line for line in listed if not line.startswith("a-1")), "utf-8")
    night(store.home, book, pipeline)[0].close()
    with store.read() as conn:
        assert accounts.ids(conn) == ["a-2"]
        assert left(conn, "a-1") == 0
    (book / "accounts.csv").write_text("".join(listed), "utf-8")
    night(store.home, book, pipeline)[0].close()
    assert key in keys(store), "back with its old id and decisions"
    assert Queue(store, "kim", lambda: NOW).card(key).hypothesis.draft.claims


def test_a_purge_that_was_cut_short_is_finished_by_the_next(store: Store, pipeline: Pipeline) -> None:
    def killed() -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        purge(store, Request(account="a-1"), actor="ops", rebuild=killed)
    with store.read() as conn:
        assert accounts.fact(conn, PENDING)
    removed = erase(store, pipeline, account="a-1")
    assert removed.bytes_gone
    store.close()
    assert hits(store.home, WORDS) == []
    with store.read() as conn:
        assert accounts.fact(conn, PENDING) is None
        assert [entry["what"] for entry in erasures(conn)] == ["account a-1"]
    with pytest.raises(NotFound):
        erase(store, pipeline, account="a-1")


def test_another_process_that_reads_is_no_silent_success(store: Store, pipeline: Pipeline) -> None:
    other = open_store(store.home)
    with other.read() as conn:
        conn.execute(text("SELECT count(*) FROM records")).all()
        removed = erase(store, pipeline, account="a-1")
        assert removed.partial
    other.close()
    assert erase(store, pipeline, account="a-1").bytes_gone


def test_no_purge_while_a_run_writes_and_files_beside_the_store_are_named(store: Store, pipeline: Pipeline) -> None:
    (store.home / "views.toml").write_text('mine = "account:Ashgrove Mills"\n', "utf-8")
    with run_lock(store.home), pytest.raises(RunLocked):
        erase(store, pipeline, account="a-1")
    removed = erase(store, pipeline, account="a-1")
    assert any("views.toml" in warning for warning in removed.warnings)


def test_the_report_of_a_purge_repeats_nobodys_name(store: Store, pipeline: Pipeline) -> None:
    erase(store, pipeline, person="dana@ashgrove.example")
    with store.read() as conn:
        assert "ana" not in json.dumps(erasures(conn))
