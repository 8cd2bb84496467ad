"""`earned eval`: the six verbs, their files and exit codes, and a page that no customer's words can break out of."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agent.cli import context, parser_eval
from agent.cli import eval as command
from agent.errors import EarnedError, Exit
from agent.pipeline import Pipeline
from agent.queue import Queue
from agent.store import Store
from evals import readme, runs
from evals.compare import compare
from evals.report import render
from evals.runs import Run


def earned(*arguments: str) -> int:
    """Run `earned eval ...` and give its exit code, as the command line does."""
    parser = argparse.ArgumentParser()
    parser_eval.add(parser.add_subparsers())
    try:
        return command.run(parser.parse_args(["eval", *arguments]))
    except EarnedError as error:
        return error.exit_code


@pytest.fixture
def run_file(sample_eval: Run, tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    runs.write(sample_eval, path)
    return path


@pytest.fixture
def _replayed(monkeypatch: pytest.MonkeyPatch, replay: Pipeline) -> None:
    monkeypatch.setattr(context, "pipeline", lambda _options, _store: replay)


@pytest.mark.book
@pytest.mark.usefixtures("_replayed")
def test_a_run_is_written_and_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str], sample_eval: Run) -> None:
    path = tmp_path / "mine.jsonl"
    assert earned("run", "--out", str(path), "--name", "mine", "--json") == Exit.OK
    printed = json.loads(capsys.readouterr().out)
    assert printed["measures"]["grounding"]["value"] == 1.0
    assert [replace(case, seconds=0.0) for case in runs.read(path).cases] == [
        replace(case, seconds=0.0) for case in sample_eval.cases
    ]


@pytest.mark.book
@pytest.mark.usefixtures("_replayed")
def test_the_gate_runs_the_pipeline_and_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert earned("gate") == Exit.OK, capsys.readouterr().out
    assert capsys.readouterr().out.startswith("PASS")


@pytest.mark.book
def test_a_worse_run_file_fails_the_gate_with_six(run_file: Path, sample_eval: Run, tmp_path: Path) -> None:
    worse = tuple(replace(case, kinds={k: (0, p, g) for k, (_, p, g) in case.kinds.items()}) for case in sample_eval.cases)
    runs.write(replace(sample_eval, cases=worse), tmp_path / "worse.jsonl")
    assert earned("gate", "--candidate", str(tmp_path / "worse.jsonl"), "--baseline", str(run_file), "--json") == Exit.GATE
    assert earned("gate", "--candidate", str(run_file), "--baseline", str(run_file)) == Exit.OK


@pytest.mark.book
def test_an_undecided_gate_is_neither_passed_nor_failed(run_file: Path, sample_eval: Run, tmp_path: Path) -> None:
    """One account much better and one much worse: twelve accounts cannot tell."""

    def with_hits(case: runs.CaseScore, hits: bool) -> runs.CaseScore:
        return replace(case, kinds={k: (min(p, g) if hits else 0, p, g) for k, (_, p, g) in case.kinds.items()})

    first, second, *rest = sample_eval.cases
    runs.write(replace(sample_eval, cases=(with_hits(first, True), with_hits(second, False), *rest)), tmp_path / "mixed.jsonl")
    assert earned("gate", "--candidate", str(tmp_path / "mixed.jsonl"), "--baseline", str(run_file)) == Exit.PARTIAL


@pytest.mark.book
def test_compare_prints_a_table_or_json_and_refuses_other_data(
    run_file: Path, sample_eval: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earned("compare", str(run_file), str(run_file)) == Exit.OK
    assert "| signal_f1 |" in capsys.readouterr().out
    assert earned("compare", str(run_file), str(run_file), "--json") == Exit.OK
    assert json.loads(capsys.readouterr().out)["deltas"][0]["ties"] == 12
    runs.write(replace(sample_eval, header=replace(sample_eval.header, dataset_sha256="0")), tmp_path / "other.jsonl")
    assert earned("compare", str(run_file), str(tmp_path / "other.jsonl")) == Exit.USAGE
    assert earned("compare", str(run_file), str(tmp_path / "none.jsonl")) == Exit.USAGE


@pytest.mark.book
def test_decisions_are_promoted_and_confirmed(sample_home: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queue = Queue(sample_home, "kim")
    queue.reject(queue.items()[0].id, reason="no_customer_evidence")
    home, pending, cases = str(sample_home.home), tmp_path / "pending.jsonl", tmp_path / "cases.jsonl"
    assert earned("promote", "--home", home, "--out", str(pending)) == Exit.OK
    assert earned("promote", "--home", home, "--out", str(pending)) == Exit.OK, "again: nothing is doubled"
    (row,) = map(json.loads, pending.read_text("utf-8").splitlines())
    assert earned("promote", "--confirm", str(pending), "--out", str(cases), "--labeller", "lee") == Exit.PARTIAL
    assert "set its status to confirmed" in capsys.readouterr().err
    pending.write_text(json.dumps({**row, "status": "confirmed"}), "utf-8")
    assert earned("promote", "--confirm", str(pending), "--out", str(cases)) == Exit.USAGE, "somebody has to answer for it"
    assert earned("promote", "--confirm", str(pending), "--out", str(cases), "--labeller", "lee") == Exit.OK
    assert json.loads(cases.read_text("utf-8"))["labeller"] == "lee"
    assert earned("promote", "--home", home, "--audit", "--json", "--out", str(tmp_path / "audit.jsonl")) == Exit.OK
    assert earned("promote", "--home", home, "--blind", "--out", str(tmp_path / "blind.jsonl")) == Exit.OK


def test_labels_are_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "labels.jsonl"
    fields = {"failure_mode": "unsupported", "judge_model": "m", "blind": True, "split": "test"}
    path.write_text(json.dumps({"id": "1", "human": True, "judge": True, **fields}) + "\n", "utf-8")
    assert earned("judge", "--labels", str(path)) == Exit.OK
    assert "TPR 1.00" in capsys.readouterr().out
    assert earned("judge", "--labels", str(path), "--json") == Exit.OK
    assert json.loads(capsys.readouterr().out)["tnr"] is None


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


HOSTILE = "</svg><script>alert(1)</script><img src=x onerror=alert(1)>\x1b]0;x\x07\u202e"


@pytest.mark.book
def test_the_page_stands_alone_and_nothing_in_it_becomes_markup(sample_eval: Run, run_file: Path, tmp_path: Path) -> None:
    first, *rest = sample_eval.cases
    bad = replace(
        first,
        case=HOSTILE,
        grade=("earned", "wish"),
        kinds={HOSTILE: (0, 1, 1)},
        missed=[{"kind": HOSTILE, "source": HOSTILE, "quote": HOSTILE}],
    )
    hostile = replace(sample_eval, header=replace(sample_eval.header, name=HOSTILE, commit=HOSTILE), cases=(bad, *rest))
    page = render(hostile, compare(sample_eval, sample_eval))
    tags = Tags()
    tags.feed(page)
    assert not tags.names & {"script", "img", "iframe", "link", "object"}
    assert not {name for name in tags.attributes if name.startswith("on") or name in ("href", "src")}
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert {"svg", "table"} <= tags.names
    assert "http" not in page.replace("http-equiv", "")
    assert earned("report", str(run_file), "--against", str(run_file)) == Exit.OK
    assert run_file.with_suffix(".html").read_text("utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.book
def test_figures_in_the_readme_are_written_and_checked(sample_eval: Run, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# A\n\n<!-- figures -->\nold\n<!-- /figures -->\n\nafter\n", "utf-8")
    block = readme.block(sample_eval)
    assert readme.differs(path, block)
    readme.write(path, block)
    assert not readme.differs(path, block)
    text = path.read_text("utf-8")
    assert text.startswith("# A\n\n<!-- figures -->\n")
    assert text.endswith("<!-- /figures -->\n\nafter\n")
    assert "| **all** |" in text
    path.write_text("# no markers\n", "utf-8")
    with pytest.raises(EarnedError, match="figures"):
        readme.write(path, block)
