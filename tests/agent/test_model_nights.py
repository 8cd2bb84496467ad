"""`earned run` with a model on the other side of real HTTP: nights that go well, that are cut short, and that find the model down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.errors import Exit
from tests.conftest import ROOT
from tests.stub import Stub

BRAIN = str(ROOT / "tests" / "stub" / "colleague.py")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    with Stub("--latency", "0.02", "--batch-delay", "0.05", "--reply", BRAIN) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
        monkeypatch.setenv("EARNED_MODEL", "openai:colleague")
        yield stub


def night(book: Path, home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["run", "--book", str(book), "--home", str(home), "--json", *words])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else {"stderr": said.err}


def hypotheses(home: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    assert main(["hypotheses", "--home", str(home), "--json"]) == Exit.OK
    return {row["account_id"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}


def test_a_night_reads_drafts_and_costs_and_the_next_one_costs_nothing(
    server: Stub, small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "h"
    code, report = night(small_book, home, capsys)
    assert code == Exit.OK, report
    assert report["model"] == "openai:colleague"
    assert report["windows"] == {"planned": 1, "read": 1, "failed": 0}
    assert report["llm"]["by_stage"].keys() >= {"extract", "check", "plan", "reread", "draft", "judge"}
    assert report["llm"]["calls"] == server.stats()["ok"] > 0
    drafted = hypotheses(home, capsys)
    assert drafted["a-1"]["drafted_by"]["model"] == "openai:colleague"
    assert drafted["a-1"]["claims"][0]["text"].startswith("Dana Ruiz says: Before we had this")
    code, again = night(small_book, home, capsys)
    assert (code, again["accounts"]["changed"], again["llm"]["calls"]) == (Exit.OK, 0, 0)
    assert server.stats()["ok"] == report["llm"]["calls"]


def test_a_model_that_is_down_leaves_an_offline_draft_and_is_asked_again(
    small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "h"
    monkeypatch.setenv("EARNED_MODEL", "openai:colleague")
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    with Stub("--latency", "0", "--fault", ".=400", "--reply", BRAIN) as down:
        monkeypatch.setenv("OPENAI_BASE_URL", down.url)
        code, report = night(small_book, home, capsys)
    assert code == Exit.PARTIAL
    assert report["windows"] == {"planned": 1, "read": 0, "failed": 1}
    assert "ticket:7" in report["incomplete"]["a-1"][0]
    drafted = hypotheses(home, capsys)["a-1"]
    assert drafted["drafted_by"]["model"].startswith("offline")
    assert drafted["grade"] == "wish"  # what nobody could check proves nothing
    with Stub("--latency", "0", "--reply", BRAIN) as up:
        monkeypatch.setenv("OPENAI_BASE_URL", up.url)
        code, report = night(small_book, home, capsys)
    assert (code, report["accounts"]["changed"], report["incomplete"]) == (Exit.OK, 1, {})
    assert hypotheses(home, capsys)["a-1"]["drafted_by"]["model"] == "openai:colleague"


def test_a_budget_stops_the_night_and_what_was_left_is_as_it_was(
    server: Stub, small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "h"
    monkeypatch.setenv("EARNED_MAX_TOKENS", "9000")  # one reading, and not the rest
    code, report = night(small_book, home, capsys)
    assert (code, report["left"], report["accounts"]["changed"]) == (Exit.BUDGET, ["a-1"], 1)
    assert "cap of 9000 tokens" in report["stopped"]
    assert set(hypotheses(home, capsys)) == {"a-2"}
    monkeypatch.delenv("EARNED_MAX_TOKENS")
    code, report = night(small_book, home, capsys)
    assert (code, report["accounts"]["changed"]) == (Exit.OK, 1)
    assert report["llm"]["cache_hits"] > 0  # what was paid for is not paid for again


def test_a_deadline_begins_no_further_account(
    server: Stub, small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report = night(small_book, tmp_path / "h", capsys, "--deadline", "0.000000001s")
    assert (code, sorted(report["left"])) == (Exit.BUDGET, ["a-1", "a-2"])
    assert "deadline" in report["stopped"]


def test_a_batch_asks_the_first_questions_ahead(
    server: Stub, small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARNED_BATCH_POLL_SECONDS", "0.05")
    code, report = night(small_book, tmp_path / "h", capsys, "--batch")
    assert (code, report["windows"]["read"]) == (Exit.OK, 1)
    assert report["llm"]["by_stage"]["extract"] == 1
    assert report["llm"]["cache_hits"] >= 1  # the reading found its answer paid for
    assert "batch" in report["seconds"]


def test_batches_need_a_provider_that_has_them(small_book: Path, tmp_path: Path) -> None:
    tape = tmp_path / "tape"
    tape.mkdir()
    (tape / "tape.json").write_text('{"model": "openai:x", "params": {}}', "utf-8")
    words = ["run", "--book", str(small_book), "--home", str(tmp_path / "h"), "--model", f"replay:{tape}", "--batch"]
    assert main(words) == Exit.CONFIG


def test_a_replay_writes_down_what_it_has_no_answer_to(
    small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = tmp_path / "tape"
    tape.mkdir()
    (tape / "tape.json").write_text('{"model": "openai:x", "params": {}}', "utf-8")
    assert main(["run", "--book", str(small_book), "--home", str(tmp_path / "h"), "--model", f"replay:{tape}"]) == Exit.PARTIAL
    assert "wanted.jsonl lists them" in capsys.readouterr().err
    wanted = [json.loads(line) for line in (tape / "wanted.jsonl").read_text("utf-8").splitlines()]
    assert wanted[0]["prompt"].startswith("extract_signals/")


def test_killed_at_any_moment_with_a_model_the_next_run_repays_only_what_was_in_flight(
    small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARNED_MODEL", "openai:colleague")
    with Stub("--latency", "0.15", "--reply", BRAIN) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
        code, undisturbed = night(small_book, tmp_path / "whole", capsys)
        expected, calls = hypotheses(tmp_path / "whole", capsys), undisturbed["llm"]["calls"]
        assert code == Exit.OK
        for done in range(1, calls):
            home = tmp_path / f"killed-{done}"
            before = stub.stats()["ok"]
            words = [sys.executable, "-m", "agent", "run", "--book", str(small_book), "--home", str(home)]
            child = subprocess.Popen(words, cwd=ROOT, env=dict(os.environ), stderr=subprocess.DEVNULL)
            while stub.stats()["ok"] - before < done and child.poll() is None:
                time.sleep(0.01)
            child.send_signal(signal.SIGKILL)
            child.wait()
            time.sleep(0.3)
            paid = stub.stats()["ok"] - before
            code, report = night(small_book, home, capsys)
            assert code == Exit.OK
            assert (
                paid + report["llm"]["calls"] <= calls + 2
            )  # one account at a time asks; it was killed between asking and keeping
            strip = {"drafted_by"}
            found = hypotheses(home, capsys)
            assert {k: {f: v for f, v in row.items() if f not in strip} for k, row in found.items()} == {
                k: {f: v for f, v in row.items() if f not in strip} for k, row in expected.items()
            }


def test_doctor_asks_the_model_whether_it_is_there(
    server: Stub, small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = str(tmp_path / "h")
    assert main(["run", "--book", str(small_book), "--home", home]) == Exit.OK
    capsys.readouterr()
    assert main(["doctor", "--home", home]) == Exit.OK
    assert "ok    model: openai:colleague answered in" in capsys.readouterr().err
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert main(["doctor", "--home", home]) == Exit.FAILED
    assert "FAIL  model: openai:colleague" in capsys.readouterr().err
    monkeypatch.delenv("OPENAI_BASE_URL")
    assert main(["doctor", "--home", home]) == Exit.CONFIG
