"""A person is forgotten: their words, their name in everybody else's, and what was drafted from their words. Others stay as they were."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from agent.cli import context
from agent.errors import Exit, NotFound
from agent.health import audit
from agent.hypotheses import Grade
from agent.pipeline import Pipeline
from agent.queue import Queue
from agent.retention import person
from agent.retention.drafts import ERASED
from agent.retention.purge import Request, purge
from agent.retention.removed import Removed
from agent.store import Store, accounts, hypotheses, open_store, signals
from retrieval import store as texts
from retrieval.embeddings import Embedder
from tests.agent.exports.commands import earned
from tests.agent.retention.homes import DANA, anew, hits, night, second_voice
from tests.conftest import write_small_book

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
NAMES = ("Dana", "Ruiz", DANA, "paper delivery forms", "twenty minutes")


@pytest.fixture(scope="module")
def prepared(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("person")
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


def forget(store: Store, pipeline: Pipeline, email: str = DANA) -> Removed:
    request = Request(person=email)
    return purge(store, request, actor="ops", rebuild=lambda: anew(store, pipeline), clock=lambda: NOW)


def test_no_byte_of_the_person_is_left_and_the_others_words_are(store: Store, pipeline: Pipeline) -> None:
    assert {word for _, word in hits(store.home, NAMES)} == set(NAMES), "the test must be able to fail"
    removed = forget(store, pipeline, " Dana@Ashgrove.example ")
    store.close()
    assert hits(store.home, NAMES) == []
    assert not removed.partial
    assert removed.contacts == 1
    assert removed.records >= 1
    assert removed.answers >= 1
    assert hits(store.home, ["still count pallets by hand"])


def test_masks_keep_every_offset(store: Store, pipeline: Pipeline) -> None:
    with store.read() as conn:
        before = {record.record_id: record.text for record in texts.account_records(conn, "a-1")}
    forget(store, pipeline)
    with store.read() as conn:
        after = texts.account_records(conn, "a-1")
        ledger = signals.ledger(conn, "a-1")
    assert any("████" in record.text for record in after)
    assert all(len(record.text) == len(before[record.record_id]) for record in after)
    assert all(finding.ok for finding in audit(store)), "every quote that is left stands in its source"
    assert ledger is not None


def test_what_stood_on_their_words_goes_and_the_grade_is_left_to_the_next_run(store: Store, pipeline: Pipeline) -> None:
    with store.read() as conn:
        (before,) = hypotheses.current(conn, account_id="a-1")
    assert before.draft.claims
    Queue(store, "kim", lambda: NOW).approve(before.id)
    forget(store, pipeline)
    with store.read() as conn:
        (item,) = hypotheses.current(conn, account_id="a-1")
        unit = accounts.unit(conn, "a-1")
        known = signals.by_ids(conn, item.draft.cited)
    assert item.draft.title == ERASED
    assert set(item.draft.cited) == set(known), "no draft cites what is gone"
    assert item.draft.grade is before.draft.grade, "only readiness sets a grade"
    assert item.version > before.version
    assert unit is not None
    assert unit.input_hash == ""


def test_the_next_run_grades_what_is_left(store: Store, pipeline: Pipeline, folder: Path) -> None:
    forget(store, pipeline)
    tickets = folder / "book" / "tickets" / "a-1.json"
    content = json.loads(tickets.read_text("utf-8"))
    ticket = content["tickets"][0]
    ticket["description"], ticket["requester"] = "Opened by phone.", {"name": "Erik Moss", "email": "erik@ashgrove.example"}
    ticket["comments"] = [c for c in ticket["comments"] if c["id"] == 71]
    tickets.write_text(json.dumps(content).replace("Dana", "Erik"), "utf-8")
    people = folder / "book" / "contacts.csv"
    people.write_text("".join(line for line in people.read_text("utf-8").splitlines(True) if DANA not in line), "utf-8")
    night(store.home, folder / "book", pipeline)[0].close()
    with store.read() as conn:
        (item,) = hypotheses.current(conn, account_id="a-1")
    assert item.draft.grade is Grade.WISH
    store.close()
    assert hits(store.home, NAMES) == []


def test_notes_that_name_the_person_are_named_and_no_others(store: Store, pipeline: Pipeline) -> None:
    with store.read() as conn:
        key = hypotheses.current(conn, account_id="a-1")[0].id
    queue = Queue(store, "kim", lambda: NOW)
    named = queue.ask_for_proof(key, ask="Ask Dana about the budget")
    queue.approve(key, note="Fine with me")
    removed = forget(store, pipeline)
    assert removed.notes_kept == [named.id]
    assert removed.partial
    assert all(finding.ok for finding in audit(store))


def test_a_part_of_a_name_that_somebody_else_carries_is_left(folder: Path, store: Store, pipeline: Pipeline) -> None:
    people = folder / "book" / "contacts.csv"
    people.write_text(people.read_text("utf-8") + "a-1,Dana Stone,stone@ashgrove.example,Buyer,user\n", "utf-8")
    night(store.home, folder / "book", pipeline)[0].close()
    with store.read() as conn:
        whom = person.find(conn, DANA)
    assert whom is not None
    assert (whom.parts, whom.shared) == (("Ruiz",), ("Dana",))
    assert (
        whom.hide("Dana said so. DANA RUIZ and Ruiz too, not Ruizdale.") == "Dana said so. █████████ and ████ too, not Ruizdale."
    )


@pytest.mark.parametrize(
    "text",
    ["DANA@ashgrove.EXAMPLE", "Dana", "DANA", "Ruiz,", "dana  ruiz", "mail:dana@ashgrove.example>", "Dana\nRuiz", "Dana's"],
)
def test_ways_of_writing_a_name_are_hidden(text: str, store: Store) -> None:
    with store.read() as conn:
        whom = person.find(conn, DANA)
    assert whom is not None
    hidden = whom.hide(text)
    assert len(hidden) == len(text)
    assert not any(part in hidden.casefold() for part in ("dana", "ruiz"))


def test_a_name_that_is_a_word_does_not_black_out_the_word(folder: Path, store: Store, pipeline: Pipeline) -> None:
    people = folder / "book" / "contacts.csv"
    people.write_text(people.read_text("utf-8") + "a-1,Support,help@ashgrove.example,Desk,user\n", "utf-8")
    night(store.home, folder / "book", pipeline)[0].close()
    with store.read() as conn:
        whom = person.find(conn, "help@ashgrove.example")
    assert whom is not None
    assert whom.hide("Support said that our support is slow.") == "███████ said that our support is slow."


def test_nobody_of_that_address(store: Store, pipeline: Pipeline) -> None:
    with pytest.raises(NotFound, match="nobody"):
        forget(store, pipeline, "who@ashgrove.example")
    with pytest.raises(NotFound):
        forget(store, pipeline, "%")


def test_the_command_says_what_it_did_and_that_the_book_brings_it_back(
    folder: Path, minilm: Embedder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(context, "embedder", lambda name=None: minilm)
    home = folder / "home"
    with open_store(home).write() as conn:
        conn.execute(text("UPDATE runs SET book = :book"), {"book": str(folder / "book")})
    assert earned("purge", "--person", DANA, "--dry-run", "--json", home=home) == Exit.OK
    dry: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert dry["dry_run"]
    assert dry["records"] >= 1
    assert earned("purge", "--person", DANA, home=home) == Exit.OK
    said = capsys.readouterr().err
    assert "still has this person: the next run brings it back" in said
    assert "Backups and exports" in said
    assert earned("purge", "--account", "a-1", home=home) == Exit.OK
    assert "still has the account a-1" in capsys.readouterr().err
