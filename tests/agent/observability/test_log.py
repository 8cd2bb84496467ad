"""The log says what happened to which account and how often, and never in whose words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ConfigurationError, RunLocked
from agent.nightly import Silent
from agent.observability.log import LoggedProgress, RunLog, opened
from agent.store import Store
from tests.agent.observability.reports import SECRET, report

NOW = datetime(2026, 11, 20, 1, 5, tzinfo=UTC)
Lines = list[dict[str, Any]]


def logged(act: Callable[[RunLog], object]) -> Lines:
    lines: list[str] = []
    act(RunLog(lines.append, lambda: NOW))
    assert all(line.endswith("\n") and line.count("\n") == 1 and line.isascii() for line in lines)
    return [json.loads(line) for line in lines]


def test_the_lines_of_a_run_hold_no_word_of_a_customer() -> None:
    lines = logged(lambda log: log.finished(report()))
    assert all(line["run_id"] == "r-2" and line["invocation"].startswith("i-") for line in lines)
    assert not any(word in json.dumps(lines) for word in SECRET.split())
    by_event = {line["event"]: line for line in lines}
    assert by_event["run_finished"]["changed"] == 3
    assert by_event["account_failed"] | {"account": "a-9", "code": "ValueError", "level": "error"} == by_event["account_failed"]
    assert by_event["quarantined"]["code"] == "tickets"
    assert by_event["quotes_verified"]["rejected"] == 3
    assert [line["stage"] for line in lines if line["event"] == "stage_finished"] == ["read", "extract_and_draft"]


def test_the_report_of_a_real_run_fits(sample_run: tuple[Store, Any]) -> None:
    lines = logged(lambda log: log.finished(sample_run[1].to_json()))
    assert lines[-1]["event"] == "run_finished"
    assert lines[-1]["seen"] > 0


def test_progress_is_handed_on_and_written_down() -> None:
    seen: list[str] = []

    class Watching(Silent):
        def advance(self, what: str) -> None:
            seen.append(what)

    def act(log: RunLog) -> None:
        progress = LoggedProgress(Watching(), log)
        progress.stage("Reading", 2)
        progress.advance("a-1")
        progress.stage("Working", 1)
        progress.advance(SECRET + "!")

    lines = logged(act)
    assert [line["event"] for line in lines] == ["stage_started", "stage_started", "account_done"]
    assert lines[-1]["account"].startswith("sha256:"), "what does not look like an id is not written"
    assert seen == ["a-1", SECRET + "!"]


def test_only_numbers_count() -> None:
    with pytest.raises(TypeError, match="ids and numbers"):
        logged(lambda log: log.event("x", {"text": SECRET}))  # type: ignore[dict-item]


def test_a_full_disk_is_remembered_and_stops_nothing() -> None:
    def full(_line: str) -> None:
        raise OSError(28, "No space left on device")

    log = RunLog(full)
    log.event("x")
    log.event("y")
    assert "No space left" in log.trouble


def test_a_file_is_appended_to_and_says_how_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "earned.log"
    with opened(path) as log:
        log.finished(report())

    def locked() -> None:
        with opened(path):
            raise RunLocked(SECRET)

    def killed() -> None:
        with opened(path):
            raise SystemExit(143)

    with pytest.raises(RunLocked):
        locked()
    with pytest.raises(SystemExit):
        killed()
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["event"], line.get("exit_code")) for line in lines if line["event"] in ("run_finished", "run_failed")] == [
        ("run_finished", None),
        ("run_failed", 75),
        ("run_failed", 143),
    ]
    assert SECRET not in path.read_text("utf-8")
    with pytest.raises(ConfigurationError, match="cannot be opened"), opened(tmp_path):
        pass
