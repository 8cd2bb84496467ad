"""The command line as scripts see it: exit codes, JSON on stdout, talk on stderr, and an instant --help."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.errors import Exit
from agent.nightly import Report
from agent.store import Store
from tests.conftest import ROOT

HYPOTHESIS_FIELDS = {
    "id", "account_id", "revision", "state", "owner", "title", "grade", "components", "blockers", "push_or_pull", "motion",
    "expansion_type", "what_expands", "adjacency", "quality", "economics", "claims", "counter_evidence", "missing_proof", "pretended",
    "next_customer_action", "risk_if_never", "proof_owner", "draft_message", "drafted_by",
}  # fmt: skip
SIGNAL_FIELDS = {
    "id", "account_id", "kind", "stance", "source", "record_id", "start", "end", "quote", "voice", "speaker", "stakeholder", "date",
    "strength", "resolved", "method", "status",
}  # fmt: skip
RUN_FIELDS = {
    "run_id", "started", "finished", "book", "model", "accounts", "records", "quarantined", "windows", "signals", "hypotheses", "llm",
    "seconds", "warnings",
}  # fmt: skip


def earned(*words: str, home: Path | None = None) -> int:
    return main([*words, *(("--home", str(home)) if home else ())])


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_help_takes_less_than_a_fifth_of_a_second_of_cpu() -> None:
    subprocess.run([sys.executable, "-m", "agent", "--help"], check=True, capture_output=True, cwd=ROOT)  # compiles the modules
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "agent", "--help"], check=True, capture_output=True, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < 0.2


@pytest.mark.parametrize(
    "room", ["retrieval", "agent", "prompts", "review_tui", "evals", "agent.cli", "agent.nightly", "agent.queue"]
)
def test_importing_a_room_pulls_in_nothing_heavy(room: str) -> None:
    heavy = [
        "langchain",
        "langchain_core",
        "langchain_openai",
        "openai",
        "chromadb",
        "textual",
        "onnxruntime",
        "tokenizers",
        "bm25s",
    ]
    code = f"import sys, {room}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert earned() == Exit.OK
    assert "earned demo" in capsys.readouterr().out


def test_hypotheses_have_every_field_of_the_contract(
    sample_run: tuple[Store, Report], capsys: pytest.CaptureFixture[str]
) -> None:
    assert earned("hypotheses", "--json", home=sample_run[0].home) == Exit.OK
    found = rows(capsys.readouterr().out)
    assert len(found) == 12
    for row in found:
        assert set(row) >= HYPOTHESIS_FIELDS
        assert row["grade"] in ("earned", "promising", "wish", "blocked")
        assert set(row["quality"]) == {"class", "marks"}
        assert all(claim["signals"] for claim in row["claims"])


def test_signals_have_every_field_and_telemetry_says_what_it_computed(
    sample_run: tuple[Store, Report], capsys: pytest.CaptureFixture[str]
) -> None:
    assert earned("signals", "--json", home=sample_run[0].home) == Exit.OK
    found = rows(capsys.readouterr().out)
    assert all(set(row) >= SIGNAL_FIELDS for row in found)
    measured = [row for row in found if row["voice"] == "telemetry"]
    assert measured
    assert all(set(row) >= {"metric", "window", "value", "baseline", "formula"} and row["quote"] == "" for row in measured)


def test_a_run_prints_one_report(small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert earned("run", "--book", str(small_book), "--json", home=tmp_path / "h") == Exit.OK
    (report,) = rows(capsys.readouterr().out)
    assert set(report) >= RUN_FIELDS
    assert report["accounts"] == {"seen": 2, "changed": 2, "unchanged": 0, "failed": 0}
    assert earned("run", "--book", str(small_book), home=tmp_path / "h") == Exit.OK
    said = capsys.readouterr()
    assert said.out == ""
    assert "Nothing new" in said.err


def test_search_is_scoped_to_the_account(sample_run: tuple[Store, Report], capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        earned("search", "spreadsheet by hand", "--account", "acc-101", "-k", "5", "--json", home=sample_run[0].home) == Exit.OK
    )
    found = rows(capsys.readouterr().out)
    assert [row["rank"] for row in found] == [1, 2, 3, 4, 5]
    assert {row["account_id"] for row in found} == {"acc-101"}
    assert set(found[0]) >= {
        "rank",
        "score",
        "passage_id",
        "account_id",
        "source",
        "locator",
        "record_ids",
        "start",
        "end",
        "text",
    }


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_search_over_the_estate_finds_the_account(
    mode: str, sample_run: tuple[Store, Report], capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        earned("search", "hydrant list is short by three", "--mode", mode, "-k", "3", "--json", home=sample_run[0].home)
        == Exit.OK
    )
    assert "acc-109" in {row["account_id"] for row in rows(capsys.readouterr().out)}


def test_an_account_that_does_not_exist_is_a_usage_error(
    sample_run: tuple[Store, Report], capsys: pytest.CaptureFixture[str]
) -> None:
    assert earned("search", "x", "--account", "acc-999", home=sample_run[0].home) == Exit.USAGE
    assert "acc-999" in capsys.readouterr().err


def test_records_of_one_file_are_read_in_the_light_of_their_book(sample_book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = next((sample_book / "transcripts" / "acc-101").glob("*.vtt"))
    assert earned("records", str(file), "--json") == Exit.OK
    found = rows(capsys.readouterr().out)
    assert {"customer", "vendor"} <= {row["voice"] for row in found}
    assert all(row["voice_reason"] and row["source"] == f"transcript:{file.stem}" for row in found)
    assert all(row["end_time"] > row["start_time"] for row in found)


def test_show_prints_a_page_with_evidence_against_and_gaps(
    sample_run: tuple[Store, Report], capsys: pytest.CaptureFixture[str]
) -> None:
    assert earned("show", "acc-103", home=sample_run[0].home) == Exit.OK
    page = capsys.readouterr().out
    for heading in (
        "What the customer says",
        "Against it",
        "Missing proof",
        "Next customer action",
        "What is being pretended",
        "Economics",
    ):
        assert heading in page


def test_decide_follows_the_rules_of_the_queue(sample_home: Store, capsys: pytest.CaptureFixture[str]) -> None:
    home = sample_home.home
    earned("hypotheses", "--json", home=home)
    key = rows(capsys.readouterr().out)[0]["id"]
    assert earned("decide", key, "reject", home=home) == Exit.USAGE
    assert earned("decide", key, "snooze", home=home) == Exit.USAGE
    assert earned("decide", key, "approve", "--if-revision", "9", home=home) == Exit.FAILED
    assert earned("decide", "h-nothing", "approve", home=home) == Exit.USAGE
    capsys.readouterr()
    assert earned("decide", key, "reject", "--reason", "not_now", "--actor", "kim", "--json", home=home) == Exit.OK
    (row,) = rows(capsys.readouterr().out)
    assert (row["action"], row["state"], row["actor"]) == ("reject", "rejected", "kim")
    assert earned("decide", key, "undo", "--json", home=home) == Exit.OK
    assert rows(capsys.readouterr().out)[0]["state"] == "open"


def test_doctor_is_content_with_a_sound_home_and_finds_a_forged_log(
    sample_home: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    home = sample_home.home
    assert earned("doctor", "--audit", "--json", home=home) == Exit.OK
    key = sample_home.engine.connect().exec_driver_sql("SELECT id FROM hypotheses LIMIT 1").scalar_one()
    assert earned("decide", key, "approve", home=home) == Exit.OK
    capsys.readouterr()
    with sample_home.write() as conn:
        conn.exec_driver_sql("DROP TRIGGER decisions_no_update")
        conn.exec_driver_sql("UPDATE decisions SET actor = 'somebody else'")
    assert earned("doctor", "--audit", "--json", home=home) == Exit.FAILED
    (report,) = rows(capsys.readouterr().out)
    assert [check["name"] for check in report["checks"] if not check["ok"]] == ["decision chain"]


def test_a_lost_index_is_told_and_built_again(sample_home: Store, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    shutil.rmtree(sample_home.home / "index")
    assert earned("doctor", home=sample_home.home) == Exit.FAILED
    assert "earned reindex" in capsys.readouterr().err
    assert earned("reindex", home=sample_home.home) == Exit.OK
    assert earned("doctor", home=sample_home.home) == Exit.OK


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["hypotheses"], Exit.CONFIG, "earned demo"),
        (["records", "no-such-file.json"], Exit.USAGE, "no-such-file.json"),
        (["run", "--book", "no-such-book"], Exit.ANOMALY, "accounts.csv"),
        (["run", "--book", "x", "--model", "openai:gpt"], Exit.CONFIG, "OPENAI_API_KEY"),
        (["run", "--book", "x", "--model", "gpt"], Exit.CONFIG, "openai:<name>"),
        (["run", "--book", "x", "--batch"], Exit.USAGE, "--model openai:NAME"),
    ],
)
def test_errors_name_the_remedy(words: list[str], code: Exit, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert earned(*words) == code
    assert said in capsys.readouterr().err


def test_an_unknown_embedder_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch, small_book: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("EARNED_EMBEDDER", "no-such-model")
    assert earned("run", "--book", str(small_book), home=tmp_path / "h") == Exit.CONFIG


def test_hostile_text_reaches_no_terminal(small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.conftest import TICKET

    evil = "\x1b]52;c;aGk=\x07\x1b[2J\u202e\x9b31m We now take two hours instead of nine hours, which saves us a day."
    (small_book / "tickets" / "a-1.json").write_text(json.dumps({"tickets": [{**TICKET, "description": evil}]}), "utf-8")
    assert earned("run", "--book", str(small_book), home=tmp_path / "h") == Exit.OK
    for words in (
        ["signals"],
        ["show", "a-1"],
        ["hypotheses"],
        ["records", str(small_book)],
        ["search", "two hours"],
        ["signals", "--json"],
    ):
        assert earned(*words, home=tmp_path / "h") == Exit.OK
        said = capsys.readouterr()
        for stream in (said.out, said.err):
            assert not set(stream) & set("\x1b\x07\x9b\u202e")
