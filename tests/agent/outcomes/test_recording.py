"""`earned outcome` and its report on a home: append-only, attributed to the revision that people acted on, and never acted on by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from agent.cli import main
from agent.errors import Exit
from agent.hypotheses import Grade
from agent.outcomes.cases import rows
from agent.queue import Queue
from agent.store import Store, hypotheses, open_store, outcomes
from tests.agent.making import draft
from tests.agent.reports.test_pages import HOSTILE, tags

NOW = "2026-11-01T08:00:00Z"
AFTER = {"margin_before": {"value": 0.7, "low": 0.6, "high": 0.8, "unit": "share of revenue"}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    store = open_store(folder, create=True)
    for account, grade in (("a-1", Grade.EARNED), ("a-2", Grade.PROMISING)):
        made = draft(account, grade=grade, kinds=("stakeholder_pull", "unmet_need")).model_copy(update={"economics": AFTER})
        with store.write() as conn:
            hypotheses.save(conn, account, [made], run_id="r-1", now=NOW, today=NOW[:10])
    store.close()
    return folder


def earned(*words: str, home: Path) -> int:
    return main([*words, "--home", str(home)])


def told(home: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert earned("report", "outcomes", "--json", home=home) == Exit.OK
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_whole_story_of_an_expansion(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["done", "--on", "2025-05-01"], ["closed", "--on", "2025-06-01", "--value", "12000", "EUR"],
                  ["margin", "--on", "2025-09-01", "--value", "66", "%"], ["support", "--on", "2025-09-01", "--value", "0.05", "tickets"],
                  ["kept", "--on", "2026-06-02", "--note", "renewed for two years"]):  # fmt: skip
        assert earned("outcome", "a-1", *words, "--actor", "kim", home=home) == Exit.OK
    capsys.readouterr()
    report = told(home, capsys)
    (row,) = report["rows"]
    assert (row["action"], row["result"], row["amount"], row["currency"]) == ("done", "closed", 12000.0, "EUR")
    assert (row["margin_before"], row["margin_after"], row["support_after"], row["retained_12_months"]) == (0.7, 0.66, 0.05, True)
    assert report["by_grade"][0] | {"rate": None} == {
        "name": "earned", "converted": 1, "settled": 1, "rate": None, "interval_95": None, "calibrated": False,
    }  # fmt: skip
    assert earned("report", "outcomes", home=home) == Exit.OK
    page = capsys.readouterr().out.replace("\\", "")
    assert "uncalibrated (1 of 1 accounts; 20 are needed)" in page
    assert "a-1 | 2025-06-01 | 12,000 EUR | 70.0% | 66.0% | not known | 0.050 | kept" in page


def test_a_refusal_is_kept_as_a_finding(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert earned("outcome", "a-2", "refused", "--on", "2026-10-01", "--note", "No budget before spring", home=home) == Exit.OK
    assert "not earned" in capsys.readouterr().err
    assert earned("report", "outcomes", home=home) == Exit.OK
    page = capsys.readouterr().out
    assert "Not earned: findings" in page
    assert "No budget before spring" in page
    assert "Dana Ruiz names the budget" in page


def test_it_belongs_to_the_revision_that_was_approved(home: Path) -> None:
    store = open_store(home)
    item = Queue(store, "kim").items()[0]
    Queue(store, "kim").approve(item.id)
    with store.write() as conn:
        hypotheses.save(conn, "a-1", [draft("a-1", grade=Grade.BLOCKED)], run_id="r-2", now=NOW, today=NOW[:10])
    assert earned("outcome", item.id, "closed", "--on", "2026-10-01", home=home) == Exit.OK
    (row,) = rows(store)
    assert (row["revision"], row["grade"], row["evidence_kinds"]) == (1, "earned", ["stakeholder_pull", "unmet_need"])


def test_an_outcome_changes_no_grade_no_state_and_no_revision(home: Path) -> None:
    store = open_store(home)
    before = Queue(store, "kim").items()
    for what in ("refused", "lost"):
        assert earned("outcome", "a-1", what, "--on", "2026-10-01", home=home) == Exit.OK
    assert Queue(store, "kim").items() == before


def test_undo_takes_back_the_newest_and_the_log_keeps_both(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert earned("outcome", "a-1", "undo", home=home) == Exit.USAGE
    assert earned("outcome", "a-1", "lost", "--on", "2026-10-01", home=home) == Exit.OK
    assert earned("outcome", "a-1", "undo", home=home) == Exit.OK
    assert earned("outcome", "a-1", "undo", home=home) == Exit.USAGE
    capsys.readouterr()
    assert told(home, capsys)["rows"][0]["result"] is None
    with open_store(home).read() as conn:
        assert [entry.what.value for entry in outcomes.whole_log(conn)] == ["lost", "undo"]


def test_what_is_approved_and_not_known_is_asked_for(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(home)
    item = Queue(store, "kim").items()[0]
    Queue(store, "kim").approve(item.id)
    (waiting,) = told(home, capsys)["waiting"]
    assert (waiting["id"], waiting["proof_owner"]) == (item.id, "kim@vendor.example")
    assert earned("outcome", item.id, "done", "--on", "2026-10-01", home=home) == Exit.OK
    capsys.readouterr()
    assert told(home, capsys)["waiting"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a-9", "done", "--on", "2026-10-01"], "earned hypotheses"),
        (["a-1", "done"], "--on YYYY-MM-DD"),
        (["a-1", "done", "--on", "2999-01-01"], "has not come yet"),
        (["a-1", "closed", "--on", "2026-10-01", "--value", "12k", "EUR"], "plain number"),
    ],
)
def test_what_cannot_be_recorded_is_a_usage_error(
    words: list[str], said: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earned("outcome", *words, home=home) == Exit.USAGE
    assert said in capsys.readouterr().err
    with open_store(home).read() as conn:
        assert outcomes.whole_log(conn) == []


def test_several_hypotheses_of_an_account_are_told_apart(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(home)
    Queue(store, "kim").approve(Queue(store, "kim").items()[0].id)
    with store.write() as conn:
        hypotheses.save(conn, "a-1", [draft("a-1", adjacency="other")], run_id="r-2", now=NOW, today=NOW[:10])
    assert earned("outcome", "a-1", "done", "--on", "2026-10-01", home=home) == Exit.USAGE
    assert "Name one: h-" in capsys.readouterr().err


@pytest.mark.parametrize(
    "statement",
    ["UPDATE outcomes SET what = 'closed'", "DELETE FROM outcomes", "INSERT OR REPLACE INTO outcomes SELECT * FROM outcomes"],
)
def test_the_log_cannot_be_changed_by_sql(home: Path, statement: str) -> None:
    earned("outcome", "a-1", "refused", "--on", "2026-10-01", home=home)
    with pytest.raises(DatabaseError, match="append-only"), open_store(home).write() as conn:
        conn.execute(text(statement))


def test_hostile_notes_stay_words(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = HOSTILE.replace("\x00", "")
    assert earned("outcome", "a-1", "refused", "--on", "2026-10-01", "--note", note, "--actor", note, home=home) == Exit.OK
    for words in (["--html", str(tmp_path / "o.html")], [], ["--json"]):
        assert earned("report", "outcomes", *words, home=home) == Exit.OK
        said = capsys.readouterr()
        assert not set(said.out + said.err) & set("\x1b\x07\u202e")
    assert not {tag for tag, _ in tags((tmp_path / "o.html").read_text("utf-8"))} & {"script", "img", "a"}


def test_a_home_of_the_version_before_is_brought_forward(tmp_path: Path) -> None:
    from agent.store.engine import _sqlite
    from agent.store.migrations import upgrade

    folder = tmp_path / "old"
    folder.mkdir()
    upgrade(_sqlite(folder / "earned.db"), "0001")
    store: Store = open_store(folder)
    assert rows(store) == []
