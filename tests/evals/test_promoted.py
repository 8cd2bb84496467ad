"""Confirmed cases run: passages of a case through the real pipeline, and every expectation both met and broken."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from agent.cli import context, parser_eval
from agent.cli import eval as command
from agent.errors import EarnedError, Exit, UsageError
from agent.kinds import KINDS
from agent.pipeline import Pipeline
from agent.queue import Queue
from agent.store import Store
from evals import promote, promoted
from evals.promote import Row
from retrieval.accounts import Catalog

PROOF = "Before we had this, closing a shift took us two hours and now it takes twenty minutes."
NEED = "We still type the paper delivery forms into a spreadsheet by hand every morning."
ASK = "Could you send me a price for the scan add-on, so that I can put it into the budget by Friday?"
LEAVES = "I am leaving the company at the end of next month and nobody has been named to take this over."


def quote(text: str, kind: str, **more: object) -> Row:
    return {
        "kind": kind,
        "voice": "customer",
        "speaker": "[person 1]",
        "role": "sponsor",
        "date": "2026-06-01",
        "text": text,
        **more,
    }


CASE = [quote(PROOF, "proven_value"), quote(NEED, "manual_workaround"), quote(ASK, "stakeholder_pull")]


def row(expect: Row, quotes: list[Row] | None = None, **more: object) -> Row:
    fields: Row = {"id": "case-1", "type": "positive", "status": "confirmed", "account": "account-1", "draft": [], "final": None}
    return {**fields, "quotes": CASE if quotes is None else quotes, "expect": expect, **more}


@pytest.mark.parametrize(
    ("expect", "quotes", "why"),
    [
        ({"pursued": True}, CASE, ""),
        ({"pursued": False}, CASE, "came out as promising"),
        ({"pursued": True}, [*CASE, quote(LEAVES, "sponsor_risk")], "came out as blocked"),
        ({"surfaced": ["sponsor_risk"]}, [quote(LEAVES, "sponsor_risk")], ""),
        ({"surfaced": ["sponsor_risk"]}, CASE, "sponsor_risk not surfaced"),
        ({"missing": ["stakeholder_pull"]}, CASE[:2], ""),
        ({"missing": ["proven_value"]}, CASE, "proven_value counts as proven"),
        ({"quotes_support": True}, CASE[:1], ""),
        ({"quotes_support": False}, CASE[:1], "proven_value is read into it again"),
        ({"quotes_support": False}, [quote("Thank you, see you on Monday then.", "proven_value")], ""),
    ],
)
def test_what_is_expected_is_held_against_what_the_passages_come_to(
    pipeline: Pipeline, expect: Row, quotes: list[Row], why: str
) -> None:
    (found,) = promoted.run([row(expect, quotes)], pipeline)
    assert (found.passed, "; ".join(found.why)) == (not why, why)


def test_words_that_a_person_put_in_must_stand_and_those_taken_out_stay_out(pipeline: Pipeline) -> None:
    stands = row({"final_stands": True}, draft=["It takes one hour."], final=["Closing a shift takes twenty minutes."])
    strays = row({"final_stands": True}, draft=["It takes one hour."], final=["Closing a shift takes 15 minutes."])
    (good, bad) = promoted.run([stands, strays], pipeline)
    assert good.passed
    assert "says 15" in bad.why[0]
    written = pipeline.run(promoted._inputs(stands, Catalog()), run="eval").drafts[0].claims[0].text
    (again,) = promoted.run([row({"final_stands": True}, draft=[written], final=[])], pipeline)
    assert "is written again" in again.why[0]


def test_a_quote_is_read_with_the_sentences_beside_it(pipeline: Pipeline) -> None:
    """A case keeps what stood beside its quote, and that is read as well."""
    alone = row({"surfaced": ["manual_workaround"]}, [quote(PROOF, "proven_value")])
    beside = row({"surfaced": ["manual_workaround"]}, [quote(PROOF, "proven_value", after=NEED)])
    assert [found.passed for found in promoted.run([alone, beside], pipeline)] == [False, True]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "pending"}, "is not confirmed"),
        ({"expect": {}}, "expects nothing"),
        ({"expect": {"grade": "earned"}}, "expects grade, which no check knows"),
        ({"expect": {"surfaced": ["trouble"]}}, "surfaced is a list of some of"),
        ({"expect": {"pursued": "yes"}}, "pursued is true or false"),
    ],
)
def test_cases_that_cannot_be_run_are_refused_with_a_remedy(pipeline: Pipeline, changes: Row, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        promoted.run([row({"pursued": True}, **changes) if "expect" not in changes else {**row({}), **changes}], pipeline)


def test_every_promoted_type_expects_what_a_check_knows() -> None:
    for kind in {*promote.TYPES.values(), "positive", "edited", "missing_proof"}:
        assert set(promote._expectation(kind)) <= set(promoted.CHECKS)
    assert {"surfaced", "missing", "pursued", "quotes_support", "final_stands"} == set(promoted.CHECKS)
    assert "sponsor_risk" in KINDS


@pytest.mark.book
def test_a_decision_becomes_a_case_that_runs(
    sample_home: Store, replay: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decide, promote, confirm, run, gate: the whole way of evals/README.md."""

    def earned(*arguments: str) -> int:
        parser = argparse.ArgumentParser()
        parser_eval.add(parser.add_subparsers())
        try:
            return command.run(parser.parse_args(["eval", *arguments]))
        except EarnedError as error:
            return error.exit_code

    monkeypatch.setattr(context, "pipeline", lambda _store, _session: replay)
    queue = Queue(sample_home, "kim")
    wish = next(item for item in queue.items() if item.draft.grade.value == "wish")
    queue.reject(wish.id, reason="no_customer_evidence")
    home, pending, cases = str(sample_home.home), tmp_path / "pending.jsonl", tmp_path / "cases.jsonl"
    assert earned("promote", "--home", home, "--out", str(pending)) == Exit.OK
    (case,) = map(json.loads, pending.read_text("utf-8").splitlines())
    assert {"before", "text", "after", "role", "date"} <= set(case["quotes"][0])
    pending.write_text(json.dumps({**case, "status": "confirmed"}), "utf-8")
    assert earned("promote", "--confirm", str(pending), "--out", str(cases), "--labeller", "lee") == Exit.OK
    capsys.readouterr()
    assert earned("run", "--home", home, "--cases", str(cases), "--json") == Exit.OK
    assert json.loads(capsys.readouterr().out)["passed"] is True
    assert earned("gate", "--home", home, "--cases", str(cases)) == Exit.OK
    wrong = {**case, "status": "confirmed", "expect": {"pursued": True}}
    cases.write_text(json.dumps(wrong) + "\n", "utf-8")
    assert earned("gate", "--home", home, "--cases", str(cases)) == Exit.GATE
    assert "FAIL" in capsys.readouterr().out
    assert earned("run", "--home", home, "--cases", str(tmp_path / "none")) == Exit.USAGE
