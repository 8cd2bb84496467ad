"""Two nights side by side: what is new, what went, what was graded anew, what it cost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.errors import Exit, NotFound, UsageError
from agent.hypotheses import Draft, Grade
from agent.observability.history import find, stood_after
from agent.store import Store, hypotheses, open_store, runs
from tests.agent.exports.commands import earned
from tests.agent.making import draft
from tests.agent.observability.reports import report


def night(store: Store, number: int, drafts: dict[str, Sequence[Draft]], **more: Any) -> None:
    day = f"2026-11-{number:02d}"
    run_id, begun, ended = f"r-{number}0", f"{day}T01:00:00Z", f"{day}T01:05:00Z"
    with store.write() as conn:
        runs.start(conn, run_id, started=begun, book="/data/book", model="offline", pipeline="1")
        for account, some in drafts.items():
            hypotheses.save(conn, account, some, run_id=run_id, now=f"{day}T01:03:00Z", today=day)
        made = report(run_id, started=begun, finished=ended, **more)
        runs.finish(conn, run_id, finished=ended, status="done", report=made)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home", create=True)
    wish = draft(grade=Grade.WISH, title="A wish")
    night(opened, 1, {"a-1": [wish], "a-2": [draft("a-2")]}, warnings=["old"], failures={})
    signals = {"by_kind": {"unmet_need": 6, "churn_intent": 1}, "verified": 1, "repaired": 0, "rejected": {}}
    second = {"a-1": [draft(grade=Grade.EARNED, title="Earned now")], "a-2": [], "a-3": [draft("a-3", title="Fresh")]}
    night(opened, 2, second, signals=signals, warnings=["new"], failures={})
    night(opened, 3, {"a-3": [draft("a-3", title="Fresh, revised")]}, failures={})
    yield opened
    opened.close()


def difference(store: Store, capsys: pytest.CaptureFixture[str], a: str, b: str) -> dict[str, Any]:
    assert earned("runs", "diff", a, b, "--json", home=store.home) == Exit.OK
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_night_against_the_one_before(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    found = difference(store, capsys, "r-10", "r-20")
    said = found["hypotheses"]
    assert [(line["account_id"], line["title"]) for line in said["new"]] == [("a-3", "Fresh")]
    assert [line["account_id"] for line in said["withdrawn"]] == ["a-2"]
    assert [(line["account_id"], line["from"], line["to"]) for line in said["regraded"]] == [("a-1", "wish", "earned")]
    assert said["by_grade"]["earned"] == {"a": 0, "b": 1, "change": 1}
    assert found["signals"]["unmet_need"]["change"] == 2
    assert found["signals"]["churn_intent"] == {"a": 0, "b": 1, "change": 1}
    assert found["warnings"] == {"new": ["new"], "gone": ["old"]}
    assert found["llm"]["cost"]["change"] == 0


def test_later_nights_do_not_leak_into_earlier_ones(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with store.read() as conn:
        second = stood_after(conn, find(conn, "r-20"))
        third = stood_after(conn, find(conn, "last"))
    assert sorted(item.title for item in second.values() if not item.withdrawn) == ["Earned now", "Fresh"]
    assert sorted(item.title for item in third.values() if not item.withdrawn) == ["Earned now", "Fresh, revised"]
    found = difference(store, capsys, "previous", "last")
    assert found["hypotheses"]["new"] == found["hypotheses"]["withdrawn"] == []
    assert len(found["hypotheses"]["revised"]) == 1


def test_the_page_for_people(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    earned("runs", "diff", "r-1", "r-2", home=store.home)
    out = capsys.readouterr().out
    for words in ("New hypotheses: 1", "Withdrawn hypotheses: 1", "wish, now earned", "churn intent", "New: warnings, 1"):
        assert words in out
    earned("runs", "diff", "r-2", "r-2", home=store.home)
    assert "Nothing changed" in capsys.readouterr().out


def test_list_and_show(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with store.write() as conn:
        runs.start(conn, "r-40", started="2026-11-04T01:00:00Z", book="/data/book", model="offline", pipeline="1")
        runs.abandon_running(conn, "2026-11-05T01:00:00Z")
    earned("runs", "list", "--json", "-n", "2", home=store.home)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["id"], line["status"]) for line in lines] == [("r-40", "killed"), ("r-30", "done")]
    assert lines[1]["accounts"]["seen"] == 10
    earned("runs", "list", home=store.home)
    assert "r-10" in capsys.readouterr().out
    earned("runs", "show", "r-30", home=store.home)
    assert "# Run r-30" in capsys.readouterr().out.replace("\\", "")
    earned("runs", "show", "last", home=store.home)
    assert "killed" in capsys.readouterr().err
    earned("runs", "show", "r-30", "--json", home=store.home)
    assert json.loads(capsys.readouterr().out)["report"]["run_id"] == "r-30"
    found = difference(store, capsys, "r-30", "last")
    assert found["hypotheses"]["regraded"] == []


def test_what_cannot_be_asked(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotFound):
        earned("runs", "show", "r-9", home=store.home)
    with pytest.raises(NotFound):
        earned("runs", "show", "%", home=store.home)
    with pytest.raises(UsageError, match="Several"):
        earned("runs", "show", "r-", home=store.home)
    with pytest.raises(UsageError, match="two runs"):
        earned("runs", "diff", "r-1", home=store.home)
    open_store(tmp_path / "empty", create=True).close()
    assert earned("runs", "list", home=tmp_path / "empty") == Exit.OK
    assert "No run yet" in capsys.readouterr().err
