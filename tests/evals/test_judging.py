"""Claims to judge: how they are spoiled, that the committed file is what the script makes, and what judges are worth on it."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cli import main
from agent.drafting.model import Judgement, Judgements
from agent.errors import Exit, NotFound, UsageError
from agent.models import Answered, Request, Session
from evals import judging, spoiling
from evals.judge import calibrations, show
from evals.judging import VERDICTS, by_model, by_rules, read_items
from evals.labels import DATASETS
from evals.spoiling import Seed, Setting, honest

PASSAGE = {
    "kind": "proven_value",
    "speaker": "Dana Ruiz",
    "title": "Plant Manager",
    "voice": "customer",
    "date": "2026-06-01",
    "source": "ticket:7/description",
    "quote": "Closing a shift took us two hours and now it takes 20 minutes.",
}


def item(claim: str, **changes: Any) -> dict[str, Any]:
    row = {
        "id": "c",
        "account": "a/a-1",
        "split": "dev",
        "made": "honest",
        "kind": "observed",
        "claim": claim,
        "evidence": [PASSAGE],
    }
    return {**row, "verdict": "supported", **changes}


def setting(**changes: Any) -> Setting:
    return Setting(
        **{"people": ["Dana Ruiz", "Otto Beck"], "strangers": ["Ann Oak"], "numbers": [], "draw": random.Random(1), **changes}
    )


SEED = "<<Our Kim wrote||Dana Ruiz said>> that {some||all} forms take 20 minutes[[ once trained]]."


def test_marks_are_read_honestly_or_spoiled() -> None:
    assert honest(SEED) == "Our Kim wrote that some forms take 20 minutes once trained."
    assert spoiling.overclaim(SEED, setting()) == "Our Kim wrote that all forms take 20 minutes once trained."
    assert spoiling.dropped_condition(SEED, setting()) == "Our Kim wrote that some forms take 20 minutes."
    assert spoiling.vendor_as_customer(SEED, setting()) == "Dana Ruiz said that some forms take 20 minutes once trained."
    assert (
        spoiling.wrong_customer("Dana Ruiz pays.", setting(strangers=[], people=["Dana Ruiz", "Otto Beck"])) == "Otto Beck pays."
    )
    assert spoiling.unsupported_inference("It works.", setting()) in {f"It works, {end}." for end in spoiling.CONCLUSIONS}


def test_a_spoiler_without_its_mark_does_nothing() -> None:
    plain = "They wait."
    made = {name: spoil(plain, setting()) for name, spoil in spoiling.SPOILERS.items() if name != "unsupported_inference"}
    assert set(made.values()) == {None}


@given(
    st.sampled_from(["It took 20 minutes.", "It fell from 22% to 9%.", "Three of ninety left.", "It cost 1,140 on 12 June."]),
    st.integers(),
)
def test_a_wrong_number_is_another_number(text: str, seed: int) -> None:
    said = spoiling.wrong_number(text, setting(draw=random.Random(seed), numbers=["20", "31"]))
    assert said is not None
    assert said != text
    assert len(said.split()) == len(text.split())


def test_years_are_no_numbers_to_spoil() -> None:
    assert spoiling.wrong_number("In 2026 they wait.", setting()) is None


def test_half_is_spoiled_and_each_way_gets_its_share() -> None:
    seeds = [Seed("b", "a-1", "observed", f"{SEED[:-1]} on day {n}.", ()) for n in range(60)]
    made = spoiling.spoiled(seeds, {"a-1": setting()}, random.Random(0))
    counts = Counter(how for how, _ in made.values())
    assert counts["honest"] == 30
    assert set(made) == {seed.id for seed in seeds}
    del counts["honest"]
    assert dict(counts) == dict.fromkeys(("dropped_condition", "vendor_as_customer", "overclaim", "wrong_number"), 5) | {
        "unsupported_inference": 10
    }, "nobody is named, so what a wrong customer cannot have goes to the last way"


def test_the_committed_claims_are_what_the_script_makes() -> None:
    """Provenance: every quote stands in its book, and nobody chose afterwards which claims are spoiled."""
    labels = ("verdict", "again")
    kept = [{key: value for key, value in row.items() if key not in labels} for row in read_items(judging.CLAIMS)]
    assert kept == spoiling.items(spoiling.read_seeds()), "run python -m evals.spoiling --write"


def test_the_labels_are_enough_balanced_and_of_training_books() -> None:
    rows = read_items(judging.CLAIMS)
    assert len(rows) >= 150
    assert all(row["verdict"] in VERDICTS for row in rows), "every claim is labelled"
    assert sum("again" in row for row in rows) >= 60
    passes = sum(row["verdict"] == "supported" for row in rows)
    assert 0.4 < passes / len(rows) < 0.6
    splits = json.loads((DATASETS / "splits.json").read_text("utf-8"))
    drafts = read_items(judging.DRAFTS)
    assert {splits[row["account"].partition("/")[0]] for row in (*rows, *drafts)} == {"train"}
    assert all(row["split"] == spoiling.split_of(row["account"].partition("/")[2]) for row in (*rows, *drafts)), (
        "split by account"
    )
    assert all(isinstance(row["act"], bool) for row in drafts)


@pytest.mark.parametrize("path", [spoiling.SEEDS, judging.CLAIMS, judging.DRAFTS], ids=lambda path: path.name)
def test_the_card_names_the_files_by_hash(path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"`{digest}`" in (DATASETS / "CARD.md").read_text("utf-8"), f"write: {digest}"


@pytest.mark.parametrize(
    ("claim", "passes"),
    [
        ("Dana Ruiz says that closing a shift takes 20 minutes.", True),
        ("Closing a shift takes 30 minutes.", False),
        ("The shift of Otto Beck takes 20 minutes.", False),
    ],
)
def test_the_codes_checks_judge_numbers_and_names(claim: str, passes: bool) -> None:
    assert [label.judge for label in by_rules([item(claim)])] == [passes]


def test_whose_words_they_are_counts_but_worth_does_not() -> None:
    ours = {**PASSAGE, "voice": "vendor", "kind": "vendor_words"}
    praise = {**PASSAGE, "kind": "weak_praise"}
    assert not by_rules([item("A shift takes 20 minutes.", evidence=[ours])])[0].judge
    assert by_rules([item("A shift takes 20 minutes.", evidence=[praise])])[0].judge, "praise may be reported truly"


@dataclass
class Said:
    """A session whose model gives these verdicts to every question."""

    judgements: list[Judgement]
    model: str = "fake"

    def ask(self, request: Request[Judgements]) -> Answered[Judgements]:
        self.asked = request
        return cast("Answered[Judgements]", type("A", (), {"value": Judgements(judgements=self.judgements)})())


def test_a_model_is_asked_as_a_draft_is_and_what_it_forgets_fails() -> None:
    session = Said([Judgement(claim="[C1]", judgement="supported"), Judgement(claim="C2", judgement="partly")])
    rows = [item("One."), item("Two.", id="d"), item("Three.", id="e", verdict="unsupported")]
    labels = by_model(rows, cast(Session, session))
    assert [(label.id, label.judge, label.human) for label in labels] == [
        ("c", True, True),
        ("d", False, True),
        ("e", False, False),
    ]
    asked = session.asked.messages[-1].content
    assert "[C2] observed: Two." in asked
    assert "evidence: [proven_value, Dana Ruiz (Plant Manager), customer, 2026-06-01] “Closing" in asked
    assert session.asked.prompt.startswith("judge_claim/")


def test_of_two_verdicts_on_a_claim_the_worse_one_holds() -> None:
    session = Said([Judgement(claim="C1", judgement="supported"), Judgement(claim="C1", judgement="partly")])
    assert not by_model([item("One.")], cast(Session, session))[0].judge


def test_the_shipped_figures_say_that_code_alone_may_not_gate_support() -> None:
    claims, grades = calibrations([*by_rules(read_items(judging.CLAIMS)), *judging.by_grade(read_items(judging.DRAFTS))])
    assert claims.judged.tnr < 0.9
    numbers = claims.groups["wrong_number"]
    assert numbers.agreed_fails == numbers.fails, "every wrong number is caught"
    assert claims.kappa_interval.low < claims.judged.kappa < claims.kappa_interval.high
    assert claims.relabelled >= 60
    assert grades.judged.kappa > claims.judged.kappa
    assert "themselves" in "\n".join(show([claims]))
    json.dumps([claims.to_json(), grades.to_json()], allow_nan=False)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "no item"),
        ('{"id": "a"}', "lacks account, split"),
        ('{"id":"a","account":"b","split":"dev","verdict":"yes"}', "verdict is none of"),
    ],
)
def test_items_that_cannot_be_used_are_named_with_their_line(line: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(UsageError, match=why):
        read_items(path)
    with pytest.raises(NotFound):
        read_items(tmp_path / "none.jsonl")


def earned(*arguments: str) -> int:
    return main(["eval", *arguments])


def test_the_command_judges_what_ships_and_its_verdicts_can_be_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "labels.jsonl"
    assert earned("judge", "--json", "--out", str(out)) == Exit.OK
    first = capsys.readouterr().out
    assert [json.loads(line)["failure_mode"] for line in first.splitlines()] == [judging.UNSUPPORTED, judging.USELESS]
    assert earned("judge", "--labels", str(out), "--json") == Exit.OK
    assert capsys.readouterr().out == first
    assert earned("judge", "--split", "test") == Exit.OK
    assert "wrong_number" in capsys.readouterr().out
    mine = tmp_path / "mine.jsonl"
    mine.write_text(json.dumps(item("Closing a shift takes 20 minutes.")) + "\n", "utf-8")
    assert earned("judge", "--items", str(mine)) == Exit.OK
    assert "TPR 1.00" in capsys.readouterr().out
