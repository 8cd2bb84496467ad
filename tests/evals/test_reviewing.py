"""What reviewers did, from a log whose times and words are known; and sheets that people filled in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.cli import main
from agent.decisions import Action
from agent.errors import Exit
from agent.queue import Queue
from agent.store import Store
from evals.reviewing import reviewing, show

pytestmark = pytest.mark.book

BEGUN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def decided(sample_home: Store) -> Callable[[str, float], Queue]:
    """A person's queue at so many seconds after nine."""
    return lambda who, seconds: Queue(sample_home, who, clock=lambda: BEGUN + timedelta(seconds=seconds))


def test_shares_edits_and_seconds_are_what_the_log_says(sample_home: Store, decided: Callable[[str, float], Queue]) -> None:
    items = [item for item in decided("kim", 0).items(state="open") if len(item.draft.claims) > 1]
    one, two, three, four, five = (item.id for item in items[:5])
    decided("kim", 0).approve(one)  # begins the sitting: nobody saw how long it took
    words = [claim.text for claim in items[1].draft.claims]
    decided("kim", 40).approve_edited(two, claims=[*words[:-1], ""])
    decided("kim", 60).mark(three, items[2].draft.cited[0], Action.CHECK)
    decided("kim", 100).reject(three, reason="missed_risk")
    decided("kim", 100 + 3600).ask_for_proof(four, ask="a figure of finance, by Friday")  # after a break
    decided("lee", 3650).snooze(five, until=(BEGUN + timedelta(days=9)).date())
    with sample_home.read() as conn:
        found = reviewing(conn)
    assert found.all.shares == {"approved": 0.25, "edited": 0.25, "rejected": 0.25, "sent_back": 0.25}
    assert (found.all.seconds, found.all.timed) == (50.0, 2), "40 and 60 seconds"
    assert found.all.words == len(words[-1].split()), "the words of the claim that went"
    assert found.all.edit_rate == pytest.approx(found.all.words / len(" ".join(words[:-1]).split()) / 2), "one of two was edited"
    assert found.all.reasons == {"missed_risk": 1}
    assert (found.snoozed, found.overruled) == (1, 0)
    assert list(found.groups["reviewer"]) == ["kim"], "a snooze decides nothing"
    assert sum(row.decided for row in found.groups["owner"].values()) == 4
    assert set(found.groups["owner"]) == {item.owner for item in items[:4]}
    with sample_home.read() as conn:
        assert reviewing(conn, since="2026-11-03").all.decided == 0


def test_what_another_person_takes_back_or_decides_otherwise_is_counted(
    sample_home: Store, decided: Callable[[str, float], Queue]
) -> None:
    one, two, three = (item.id for item in decided("kim", 0).items(state="open")[:3])
    decided("kim", 0).approve(one)
    decided("lee", 10).undo(one)  # overruled
    decided("kim", 20).approve(two)
    decided("lee", 30).reject(two, reason="not_now")  # overruled
    decided("kim", 40).approve(three)
    decided("kim", 50).undo(three)  # their own mind
    with sample_home.read() as conn:
        assert reviewing(conn).overruled == 2


def test_sheets_tell_what_was_missed_and_how_far_people_agree(sample_home: Store) -> None:
    said = {item.account_id: item.draft.grade.value for item in Queue(sample_home, "kim").items()}
    blocked, wish = (next(key for key, grade in said.items() if grade == wanted) for wanted in ("blocked", "wish"))
    rows: list[dict[str, object]] = [
        {"account_id": blocked, "lead": False, "labeller": "kim"},
        {"account_id": wish, "lead": True, "labeller": "kim"},
        {"account_id": wish, "lead": False, "labeller": "lee"},
        {"account_id": blocked, "grade": "blocked", "labeller": "lee"},
        {"account_id": wish, "grade": None, "labeller": None},
    ]
    with sample_home.read() as conn:
        found = reviewing(conn, sheets=rows)
    s = found.sheets
    assert (s.audited, s.missed, s.graded, s.equal) == (2, 1, 1, 1.0)
    assert (s.differ, s.pairs) == (1, 2), "they differ on the wish and agree on the blocked one"
    assert "1 of 2 abstained accounts are leads" in "\n".join(show(found))


def earned(*arguments: str) -> int:
    return main(["eval", *arguments])


def test_the_command_prints_and_refuses_answers_that_are_none(
    sample_home: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, sheet = str(sample_home.home), tmp_path / "audit.jsonl"
    assert earned("reviewers", "--home", home) == Exit.OK
    assert "nothing decided" in capsys.readouterr().out
    queue = Queue(sample_home, "\x1b[31mkim")
    queue.approve(queue.items(state="open")[0].id)
    assert earned("promote", "--home", home, "--audit", "--out", str(sheet)) == Exit.OK
    row = json.loads(sheet.read_text("utf-8").splitlines()[0])
    assert row == {"account_id": row["account_id"], "lead": None, "note": "", "labeller": None}
    sheet.write_text(json.dumps({**row, "lead": True, "labeller": "kim"}) + "\n", "utf-8")
    capsys.readouterr()
    assert earned("reviewers", "--home", home, "--sheet", str(sheet), "--json") == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert found["all"]["shares"]["approved"] == 1.0
    assert found["sheets"]["missed"] == 1
    assert earned("reviewers", "--home", home) == Exit.OK
    assert "\x1b" not in capsys.readouterr().out, "a name is hostile text"
    for wrong in ({"lead": "yes", "labeller": "kim"}, {"lead": True}, {"grade": "fine", "labeller": "kim"}):
        sheet.write_text(json.dumps({"account_id": "a", **wrong}) + "\n", "utf-8")
        assert earned("reviewers", "--home", home, "--sheet", str(sheet)) == Exit.USAGE
    assert earned("reviewers", "--home", home, "--sheet", str(tmp_path / "none")) == Exit.USAGE
