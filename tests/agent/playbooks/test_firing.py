"""When a playbook fires, what holds it back, and that it never proves anything."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from agent.errors import Exit
from agent.hypotheses import Grade, Quality, State
from agent.outcomes.facts import Outcome, What
from agent.playbooks.firing import Situation, fired
from agent.playbooks.playbook import Condition, Playbook
from agent.playbooks.reading import shipped
from agent.playbooks.situations import situations
from agent.queue import Queue
from agent.signals import Signal
from agent.store import accounts, hypotheses, open_store, signals
from retrieval.accounts import Account
from retrieval.records import Voice
from tests.agent.reports.test_growth import signal, telemetry
from tests.agent.reports.test_pages import HOSTILE, draft, item, tags
from tests.conftest import ROOT

TODAY = date(2026, 11, 1)
ACCOUNT = Account("a-1", "Ashgrove", segment="smb", owner_email="kim@vendor.example")


def situation(*found: Signal, **more: Any) -> Situation:
    return Situation(ACCOUNT, found, **more)


def book(*when: Condition, **more: Any) -> Playbook:
    fields: dict[str, Any] = {"name": "one", "because": "so", "when": when, "opens": "task", "text": "Look at {account}.", **more}
    return Playbook(**fields)


def fires(*when: Condition, at: Situation, **more: Any) -> bool:
    return bool(fired([book(*when, **more)], [at], TODAY))


def test_a_threshold_is_crossed_at_its_value_and_not_below() -> None:
    at = situation(telemetry("license_saturation", "active_seats"))  # measured: 1.3
    assert fires(Condition("signal", "license_saturation", at_least=1.3), at=at)
    assert not fires(Condition("signal", "license_saturation", at_least=1.31), at=at)
    assert not fires(Condition("signal", "license_saturation", at_most=1.29), at=at)
    assert not fires(Condition("signal", "unmet_need", at_least=0.1), at=situation(signal("unmet_need")))


def test_only_open_words_of_the_customer_count_as_often_and_as_fresh_as_wanted() -> None:
    ask, again = signal("higher_tier_request", "Can it do this?"), signal("higher_tier_request", "And that?")
    twice = Condition("signal", "higher_tier_request", count=2)
    assert fires(twice, at=situation(ask, again))
    for other in ({"resolved": True}, {"strength": "weak"}, {"voice": Voice.VENDOR}, {"voice": Voice.UNKNOWN}):
        assert not fires(twice, at=situation(ask, again.model_copy(update=other)))
    assert fires(Condition("signal", "higher_tier_request", within_days=61), at=situation(ask))  # 2026-09-01
    assert not fires(Condition("signal", "higher_tier_request", within_days=60), at=situation(ask))


def test_our_own_words_open_nothing_and_may_hold_something_back() -> None:
    grown = telemetry("usage_growth", "runs")
    note = signal("sponsor_risk", "She may leave.", voice=Voice.VENDOR)
    (made,) = fired([book(Condition("signal", "usage_growth"), unless=(Condition("signal", "sponsor_risk"),))],
                    [situation(grown, note)], TODAY)  # fmt: skip
    assert "She may leave." in made.held_back[0]
    assert not fires(Condition("signal", "sponsor_risk"), at=situation(note))


def test_an_uncertain_figure_crosses_nothing() -> None:
    def at(**field: float | None) -> Situation:
        economics = {"margin": {"value": None, "low": None, "high": None, "unit": "share of revenue", **field}}
        return situation(hypotheses=(item(draft(economics=economics)),))

    thin = Condition("figure", "margin", at_most=0.5)
    assert fires(thin, at=at(low=0.3, value=0.4, high=0.5))
    assert not fires(thin, at=at(low=0.3, value=0.45, high=0.6))
    assert not fires(thin, at=at(low=0.3))
    assert not fires(thin, at=situation(hypotheses=(item(draft(economics={"margin": "unknown - ask finance"})),)))


def test_segments_all_conditions_and_drafts() -> None:
    noisy = situation(hypotheses=(item(draft(quality=Quality(class_="noisy"))),))
    both = (Condition("growth", "noisy"), Condition("grade", "earned"))
    assert fires(*both, at=noisy)
    assert not fires(*both, Condition("pull", "push"), at=noisy)
    assert fires(*both, at=noisy, segments=frozenset({"smb"}))
    assert not fires(*both, at=noisy, segments=frozenset({"enterprise"}))


def test_days_since_a_decision_and_since_an_outcome() -> None:
    from dataclasses import replace

    approved = replace(item(draft()), state=State.APPROVED)
    waiting = Condition("state", "approved", for_days=14)
    assert fires(waiting, at=situation(hypotheses=(approved,), decided=(("h-1", "2026-10-18"),)))
    assert not fires(waiting, at=situation(hypotheses=(approved,), decided=(("h-1", "2026-10-19"),)))
    closed = Outcome("o-1", "h-1", "a-1", 1, What.CLOSED, "2026-08-03", None, None, None, "kim", "t")
    assert fires(Condition("outcome", "closed", for_days=90), at=situation(outcomes=(closed,)))
    assert not fires(Condition("outcome", "closed", for_days=91), at=situation(outcomes=(closed,)))


def test_the_shipped_ones_ask_for_what_came_after() -> None:
    closed = Outcome("o-1", "h-1", "a-1", 1, What.CLOSED, "2025-10-01", None, None, None, "kim", "t")
    margin = Outcome("o-2", "h-1", "a-1", 1, What.MARGIN, "2026-01-10", 0.6, "share", None, "kim", "t")

    def names(*log: Outcome) -> set[str]:
        return {m.playbook for m in fired(shipped().playbooks, [situation(outcomes=log)], TODAY) if not m.held_back}

    assert names(closed) == {"better_or_only_larger", "twelve_months_later"}
    assert names(closed, margin) == {"twelve_months_later"}


def test_playbooks_cannot_reach_the_grade() -> None:
    modules = ", ".join(f"agent.playbooks.{name}" for name in ("reading", "firing", "situations"))
    code = f"import sys, {modules}; print('agent.pipeline' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "False"
    for path in (ROOT / "agent" / "playbooks").glob("*.py"):
        text = path.read_text("utf-8")
        assert "import assess" not in text
        assert ".write()" not in text


@pytest.fixture
def home(tmp_path: Path) -> Path:
    store = open_store(tmp_path / "home", create=True)
    with store.write() as conn:
        found = [telemetry("usage_growth", "runs"), signal("sponsor_risk", HOSTILE, speaker=HOSTILE)]
        signals.replace(conn, "a-1", [one.model_copy(update={"account_id": "a-1"}) for one in found], "r-1")
        hypotheses.save(
            conn, "a-1", [draft(HOSTILE, grade=Grade.WISH)], run_id="r-1", now="2026-11-01T08:00:00Z", today="2026-11-01"
        )
        account = Account("a-1", HOSTILE, owner_email="kim@vendor.example")
        accounts.save(conn, account, (), input_hash="x", pipeline="y", run_id="r-1")
    store.close()
    return tmp_path / "home"


def test_the_report_changes_nothing_and_obeys_nobodys_words(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(home)
    before = (Queue(store, "kim").items(), situations(store))
    for words in ([], ["--json"], ["--html", str(tmp_path / "p.html")]):
        assert main(["report", "playbooks", *words, "--home", str(home)]) == Exit.OK
        said = capsys.readouterr()
        assert not set(said.out + said.err) & set("\x1b\x07\u202e")
        if words == ["--json"]:
            told = json.loads(said.out)
            assert {row["playbook"] for row in told["fired"]} == {"use_grows", "sponsor_may_leave"}
            assert all(row["why"] and row["because"] for row in told["fired"])
    assert not {tag for tag, _ in tags((tmp_path / "p.html").read_text("utf-8"))} & {"script", "img", "a"}
    assert (Queue(store, "kim").items(), situations(store)) == before


def test_a_wrong_file_is_a_configuration_error(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "playbooks.toml").write_text('version = "1"\nchangelog = []\n[[playbook]]\nname = "x"\nwen = []\n', "utf-8")
    assert main(["report", "playbooks", "--home", str(home)]) == Exit.CONFIG
    said = capsys.readouterr().err
    assert "playbooks.toml:5" in said
    assert "Did you mean when?" in said
