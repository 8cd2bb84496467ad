"""What people supply: it reaches the figures with who said it, and what cannot be used is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.economics import economics_of
from agent.economics.inputs import Answers, answers_for, rates_for, read_answers
from agent.errors import NotFound, UsageError
from tests.agent.economics.making import CATALOG, SCANS, facts
from tests.agent.economics.test_asked import said

HEAD = "account_id,name,value,unit,said_by,item,on\n"


def file(tmp_path: Path, text: str, name: str = "answers.csv") -> Path:
    path = tmp_path / name
    path.write_text(HEAD + text, "utf-8")
    return path


def test_an_answer_turns_an_unknown_into_a_figure_that_names_who_said_it(tmp_path: Path) -> None:
    text = (
        "a-1,onboarding_hours,10,hours,Sol (solutions),,2026-10-20\na-1,item_cost_per_month,12.5,usd,Fin,scans,\n"
        "*,tickets_per_month,2,tickets,Sue,,\n"
    )
    answers = read_answers(file(tmp_path, text)).of("a-1", "scans", "USD")
    unknown = economics_of(facts(item=SCANS, signals=(said("Please quote us for two packs of 500 scans."),)))
    assert unknown["implementation_work"] == "unknown - ask solutions: onboarding hours"
    known = economics_of(facts(item=SCANS, signals=(said("Please quote us for two packs of 500 scans."),), answers=answers))
    work = known["implementation_work"]
    assert (work["value"], work["unit"]) == (800.0, "USD once")  # 10 hours at 80 USD
    assert next(row["source"] for row in work["inputs"]) == "Sol (solutions) on 2026-10-20 (answers.csv:2)"
    assert known["added_support_load"]["value"] == 2.0
    assert known["incremental_cogs"]["value"] is not None or known["incremental_cogs"]["low"] > 0


def test_the_closer_answer_wins(tmp_path: Path) -> None:
    text = (
        "*,onboarding_hours,5,hours,Sol,,\na-1,onboarding_hours,8,hours,Sol,,\na-1,onboarding_hours,12,hours,Sol,scans,\n"
        "*,onboarding_hours,6,hours,Sol,scans,\n"
    )
    answers = read_answers(file(tmp_path, text))
    found = {
        (who, what): answers.of(who, what, "USD")["onboarding_hours"].value for who in ("a-1", "a-2") for what in ("scans", "pro")
    }
    assert found == {("a-1", "scans"): 12, ("a-1", "pro"): 8, ("a-2", "scans"): 6, ("a-2", "pro"): 5}
    assert answers.of("a-2", None, "USD")["onboarding_hours"].value == 5


def test_what_nothing_can_use_is_doubted_and_not_used(tmp_path: Path) -> None:
    text = (
        "a-11,onboarding_hours,5,hours,Sol,,\na-1,onboarding_hours,5,hours,Sol,scan,\na-1,item_cost_per_month,5,EUR,Fin,scans,\n"
    )
    answers = read_answers(file(tmp_path, text))
    doubts = answers.doubts(["a-1", "a-2"], CATALOG)
    assert [doubt.split(":")[1].split(" ")[0] for doubt in doubts] == ["2", "3", "4"]
    assert "Did you mean a-1?" in doubts[0]
    assert "Did you mean scans?" in doubts[1]
    assert "not the catalogue's USD" in doubts[2]
    assert "item_cost_per_month" not in answers.of("a-1", "scans", "USD")


@pytest.mark.parametrize(
    ("row", "field", "said_"),
    [
        ("a-1,onbording_hours,5,hours,Sol,,", "name", "Did you mean onboarding_hours?"),
        ("a-1,margin,5,hours,Sol,,", "name", "Known are"),
        ("a-1,onboarding_hours,five,hours,Sol,,", "value", "plain number"),
        ("a-1,onboarding_hours,-5,hours,Sol,,", "value", "zero or more"),
        ("a-1,onboarding_hours,5,days,Sol,,", "unit", "Write hours."),
        ("a-1,item_cost_per_month,5,euro,Sol,,", "unit", "three letters"),
        ("a-1,onboarding_hours,5,hours,,,", "said_by", "a figure needs a source"),
        (",onboarding_hours,5,hours,Sol,,", "account_id", "every account"),
        ("a-1,onboarding_hours,5,hours,Sol,,last week", "on", "YYYY-MM-DD"),
    ],
)
def test_a_wrong_line_refuses_the_file(row: str, field: str, said_: str, tmp_path: Path) -> None:
    good = "a-9,onboarding_hours,5,hours,Sol,,\n"
    with pytest.raises(UsageError) as caught:
        read_answers(file(tmp_path, good + row + "\n"))
    assert caught.value.what.startswith(f"answers.csv:3 [{field}]")
    assert said_ in caught.value.remedy


def test_an_answer_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2 already"):
        read_answers(file(tmp_path, "a-1,onboarding_hours,5,hours,Sol,,\na-1,onboarding_hours,6,hours,Sol,,\n"))


def test_the_homes_files_are_remembered_and_given_ones_win(tmp_path: Path) -> None:
    assert (rates_for(tmp_path, None), answers_for(tmp_path, None)) == (None, Answers())
    (tmp_path / "rates.csv").write_text("currency,rate\nEUR,1\nUSD,0.9\n", "utf-8")
    file(tmp_path, "a-1,onboarding_hours,5,hours,Sol,,\n")
    rates = rates_for(tmp_path, None)
    assert rates is not None
    assert rates.factor("USD", "EUR") == 0.9
    assert len(answers_for(tmp_path, None).rows) == 1
    other = file(tmp_path, "", "other.csv")
    assert answers_for(tmp_path, other) == Answers()
    for read in (rates_for, answers_for):
        with pytest.raises(NotFound):
            read(tmp_path, tmp_path / "none.csv")
