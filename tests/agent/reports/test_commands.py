"""`earned report` and `earned plan` on a home: what is printed, what is written, and what no name can do to either."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.cli import main
from agent.errors import Exit
from agent.nightly import Report
from agent.store import Store, accounts, hypotheses, open_store, signals
from tests.agent.reports.test_pages import ACCOUNT, ASK, HOSTILE, draft, tags

BAD = set("\x1b\x07\x9b\u202e")


@pytest.fixture
def hostile_home(tmp_path: Path) -> Path:
    """A home with one account whose name, quote and draft try everything."""
    store = open_store(tmp_path / "hostile", create=True)
    account = type(ACCOUNT)(**{name: getattr(ACCOUNT, name) for name in ACCOUNT.__slots__} | {"name": HOSTILE})
    with store.write() as conn:
        signals.replace(conn, "a-1", [ASK.model_copy(update={"quote": ASK.quote + HOSTILE, "speaker": HOSTILE})], "r-1")
        hypotheses.save(conn, "a-1", [draft(HOSTILE)], run_id="r-1", now="2026-11-01T08:00:00Z", today="2026-11-01")
        accounts.save(conn, account, (), input_hash="x", pipeline="y", run_id="r-1")
    store.close()
    return tmp_path / "hostile"


def earned(*words: str, home: Path) -> int:
    return main([*words, "--home", str(home)])


@pytest.mark.book
def test_the_inspection_lists_every_case_and_ranks_nobody(
    sample_run: tuple[Store, Report], capsys: pytest.CaptureFixture[str]
) -> None:
    home = sample_run[0].home
    assert earned("report", "manager", "--json", home=home) == Exit.OK
    told = json.loads(capsys.readouterr().out)
    assert told["hypotheses"] == len(told["items"]) == 12
    assert sum(told["by_grade"].values()) == sum(told["by_quality"].values()) == 12
    assert earned("report", "manager", home=home) == Exit.OK
    page = capsys.readouterr().out
    assert page.startswith("# Weekly inspection: what is being pretended?")
    assert "acceptance" not in page
    for line in told["items"]:
        assert line["next_customer_action"].split(".")[0].split("*")[0][:20] in page


@pytest.mark.book
def test_the_last_run_is_told_and_written(
    sample_run: tuple[Store, Report], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, out = sample_run[0].home, tmp_path / "run.html"
    assert earned("report", "run", "--json", home=home) == Exit.OK
    assert json.loads(capsys.readouterr().out)["run_id"] == sample_run[1].run_id
    assert earned("report", "run", "--html", str(out), home=home) == Exit.OK
    captured = capsys.readouterr()
    assert (captured.out, "Written:" in captured.err) == ("", True)
    assert sample_run[1].run_id in out.read_text("utf-8")


@pytest.mark.book
def test_a_plan_is_found_by_hypothesis_and_by_account(
    sample_run: tuple[Store, Report], capsys: pytest.CaptureFixture[str]
) -> None:
    home = sample_run[0].home
    assert earned("plan", "acc-104", home=home) == Exit.OK
    page = capsys.readouterr().out
    for heading in ("What have we earned?", "Expansion quality", "Account economics", "Where the figures come from"):
        assert heading in page
    key = page.rsplit("hypothesis ", 1)[1].split(".")[0]
    assert earned("plan", key, "--format", "html", home=home) == Exit.OK
    html = capsys.readouterr().out
    assert html.startswith("<!DOCTYPE html>")
    assert "Content-Security-Policy" in html


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["report", "manager"], Exit.CONFIG, "earned demo"),
        (["plan", "h-1"], Exit.CONFIG, "earned demo"),
    ],
)
def test_without_a_home_the_remedy_is_named(
    words: list[str], code: Exit, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earned(*words, home=tmp_path / "none") == code
    assert said in capsys.readouterr().err


def test_what_does_not_exist_is_named_with_where_to_look(hostile_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert earned("plan", "acc-999", home=hostile_home) == Exit.USAGE
    assert "acc-999" in (said := capsys.readouterr().err)
    assert "earned hypotheses" in said
    assert earned("report", "run", home=hostile_home) == Exit.USAGE
    assert "earned run --book" in capsys.readouterr().err
    assert earned("report", "manager", "--html", str(hostile_home / "no" / "x.html"), home=hostile_home) == Exit.FAILED
    assert "Choose another place" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["report", "manager"], ["plan", "a-1"], ["plan", "a-1", "--format", "html"]])
def test_hostile_names_stay_words(words: list[str], hostile_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert earned(*words, home=hostile_home) == Exit.OK
    said = capsys.readouterr()
    assert not set(said.out + said.err) & BAD
    found = {tag for tag, _ in tags(said.out)}
    assert not found & {"script", "img", "a", "iframe"}


def test_hostile_names_stay_words_in_json_and_in_a_written_page(
    hostile_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earned("report", "manager", "--json", home=hostile_home) == Exit.OK
    assert not set(capsys.readouterr().out) & BAD
    assert earned("report", "manager", "--html", str(tmp_path / "m.html"), home=hostile_home) == Exit.OK
    page = (tmp_path / "m.html").read_text("utf-8")
    assert not set(page) & BAD
    assert not {tag for tag, _ in tags(page)} & {"script", "img", "a", "iframe"}
