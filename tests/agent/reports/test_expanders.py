"""Likely expanders: each rank stands on evidence, the difference to the one before is named, and nothing adds up to a score."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent.cli import main
from agent.errors import Exit
from agent.hypotheses import Blocker, Grade, Pretence, Quality, State
from agent.reports.expanders import QUESTIONS, Expander, expanders, likely, summary
from agent.reports.markup import markdown, page
from agent.signals import Signal
from agent.store import accounts, hypotheses, open_store, signals
from agent.store.hypotheses import Hypothesis
from retrieval.records import Voice
from tests.agent.economics.making import ACCOUNT
from tests.agent.reports.test_pages import HOSTILE, draft, tags
from tests.agent.test_drafting_message import said

PRICE = said("stakeholder_pull", "Send me a price for it, please.")
TRIAL = said("stakeholder_pull", "Could we run a trial of it?")
LOOK = said("stakeholder_pull", "I would like to see more of it.")
STATED = said("proven_value", "It takes nine minutes now.")
ACCEPTED = said("outcome_accepted", "I put the saving into the accounts.", role="economic_buyer")


def item(key: str, grade: Grade = Grade.EARNED, **more: object) -> Hypothesis:
    fields = {"account_id": key, "grade": grade, "missing_proof": (), **more}
    made = draft().model_copy(update=fields)
    return Hypothesis(f"h-{key}", key, "basic", made.owner, 1, State.OPEN, None, False, 1, "2026-11-01T00:00:00Z", made)


def ranked(**ledgers: tuple[Signal, ...]) -> list[Expander]:
    return likely([item(key) for key in ledgers], {key: key.title() for key in ledgers}, ledgers)


def order(**ledgers: tuple[Signal, ...]) -> list[str]:
    return [one.item.account_id for one in ranked(**ledgers)]


def test_the_further_step_comes_first_whatever_else_shines() -> None:
    assert order(a=(LOOK, ACCEPTED), b=(TRIAL,), c=(PRICE,)) == ["c", "b", "a"]


def test_of_equal_steps_the_accepted_outcome_comes_first() -> None:
    assert order(a=(PRICE,), b=(PRICE, STATED), c=(PRICE, ACCEPTED)) == ["c", "b", "a"]


def test_who_asked_last_comes_first_only_where_all_else_is_equal() -> None:
    later = PRICE.model_copy(update={"date": "2026-09-01"})
    assert order(a=(PRICE, STATED), b=(later, STATED)) == ["b", "a"]
    assert order(a=(PRICE, ACCEPTED), b=(later, STATED)) == ["a", "b"]


def test_the_difference_to_the_one_before_is_named() -> None:
    first, second = ranked(a=(PRICE,), b=(TRIAL,))
    assert second.behind(first) == "step: somebody asked for a trial; there: somebody asked for a price"
    same = ranked(a=(PRICE,), b=(PRICE,))
    assert same[1].behind(same[0]) == ""
    rows = summary(same, [one.item for one in same], [])["expanders"]
    assert [row["rank"] for row in rows] == [1, 1]


def test_every_rank_answers_every_question_and_cites_what_it_rests_on() -> None:
    found = summary(ranked(a=(PRICE, ACCEPTED)), [item("a")], [])["expanders"][0]
    assert [answer["question"] for answer in found["evidence"]] == list(QUESTIONS)
    cited = {answer["question"]: answer["signals"] for answer in found["evidence"]}
    assert (cited["step"], cited["acceptance"]) == ([PRICE.id], [ACCEPTED.id])
    assert "score" not in json.dumps(found)


def test_what_proves_nothing_moves_nobody() -> None:
    ours = PRICE.model_copy(update={"voice": Voice.VENDOR, "id": "s-ours"})
    hint = ACCEPTED.model_copy(update={"strength": "weak"})
    bare, pushed = (one.levels for one in ranked(a=(LOOK,), b=(LOOK, ours, hint)))
    assert bare == pushed


def test_what_is_blocked_a_wish_or_rejected_is_not_ranked_and_says_why() -> None:
    blocked = item("b", Grade.BLOCKED, blockers=(Blocker(kind="value_disputed", signals=()),))
    rejected = replace(item("r"), state=State.REJECTED)
    items = [item("a"), blocked, item("w", Grade.WISH), rejected]
    found = likely(items, {}, {"a": (PRICE,), "r": (PRICE,)})
    assert [one.item.account_id for one in found] == ["a"]
    why = {row["account_id"]: row["why"] for row in summary(found, items, [])["not_ranked"]}
    assert why == {"b": "value disputed first", "w": "a wish so far", "r": "its owner rejected it"}


def test_promising_stands_behind_earned_and_more_gaps_behind_fewer() -> None:
    items = [
        item("a", Grade.PROMISING, missing_proof=("proven_value", "next_adjacency")),
        item("b", Grade.PROMISING, missing_proof=("proven_value",)),
        item("c", Grade.EARNED, quality=Quality(class_="noisy", marks=(Pretence(text="it needs custom work", signals=()),))),
    ]
    assert [one.item.account_id for one in likely(items, {}, {"a": (PRICE,)})] == ["c", "b", "a"]


def test_history_is_told_and_moves_no_rank() -> None:
    found = ranked(a=(PRICE,))
    text = markdown(list(expanders(found, [item("a")], {"a": "A"}, {"a": (PRICE,)}, [])))
    assert "uncalibrated (0 of 0 accounts; 20 are needed)" in text


@pytest.mark.parametrize("write", [markdown, lambda blocks: page("Likely expanders", blocks)])
def test_no_name_or_quote_becomes_markup(write: object) -> None:
    assert callable(write)
    spoken = PRICE.model_copy(update={"quote": PRICE.quote + HOSTILE, "speaker": HOSTILE})
    items = [item("a"), item("w", Grade.WISH)]
    found = likely(items, {"a": HOSTILE}, {"a": (spoken,)})
    text = write(list(expanders(found, items, {"a": HOSTILE, "w": HOSTILE}, {"a": (spoken,)}, [])))
    assert not {name for name, _ in tags(text)} & {"script", "img", "a"}
    assert "\x1b" not in text
    assert write is not markdown or "\n# h" not in text


def test_the_command_prints_the_ranking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(tmp_path / "home", create=True)
    with store.write() as conn:
        signals.replace(conn, "a-1", [PRICE], "r-1")
        hypotheses.save(conn, "a-1", [draft()], run_id="r-1", now="2026-11-01T08:00:00Z", today="2026-11-01")
        accounts.save(conn, ACCOUNT, (), input_hash="x", pipeline="y", run_id="r-1")
    store.close()
    assert main(["report", "expanders", "--json", "--home", str(tmp_path / "home")]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["expanders"][0]["account_id"] == "a-1"
    assert main(["report", "expanders", "--home", str(tmp_path / "home")]) == Exit.OK
    assert "### 1\\. Ashgrove: Ashgrove wants seats" in capsys.readouterr().out
