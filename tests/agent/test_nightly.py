"""One night over a book: incremental, resumable, isolated, and honest about what it set aside."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agent.errors import InputAnomaly, NotFound, RunLocked
from agent.extraction.proposals import Proposal, Proposer, Reading
from agent.lock import run_lock
from agent.nightly import Options, Report, Runner
from agent.pipeline import Pipeline
from agent.queue import Queue
from agent.store import Store, hypotheses, open_store, runs, signals, tables
from tests.conftest import TICKET


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "home", create=True)


def night(store: Store, pipeline: Pipeline, book: Path, **options: Any) -> Report:
    return Runner(store, pipeline, "offline").run(Options(book, **options))


def edit(book: Path, **changes: Any) -> None:
    (book / "tickets" / "a-1.json").write_text(json.dumps({"tickets": [{**TICKET, **changes}]}), "utf-8")


def test_a_second_night_over_an_unchanged_book_does_nothing(store: Store, pipeline: Pipeline, small_book: Path) -> None:
    first = night(store, pipeline, small_book)
    before = (store.home / "earned.db").read_bytes()
    again = night(store, pipeline, small_book)
    assert first.accounts["changed"] == 2
    assert again.nothing_new
    assert again.accounts["unchanged"] == 2
    assert len(before) == len((store.home / "earned.db").read_bytes())
    assert again.to_json()["llm"]["calls"] == 0


def test_only_the_account_that_changed_is_done_again(store: Store, pipeline: Pipeline, small_book: Path) -> None:
    night(store, pipeline, small_book)
    edit(small_book, description=TICKET["description"] + " My colleagues in the second plant want to use it as well.")
    report = night(store, pipeline, small_book)
    assert (report.accounts["changed"], report.accounts["unchanged"]) == (1, 1)


def test_a_deleted_record_withdraws_what_stood_on_it(store: Store, pipeline: Pipeline, small_book: Path) -> None:
    night(store, pipeline, small_book)
    with store.read() as conn:
        assert signals.ledger(conn, "a-1")
    (small_book / "tickets" / "a-1.json").write_text('{"tickets": []}', "utf-8")
    night(store, pipeline, small_book)
    with store.read() as conn:
        assert signals.ledger(conn, "a-1") == []
        (item,) = hypotheses.current(conn, account_id="a-1")
    assert item.draft.grade == "wish"


def test_a_decision_outlives_new_evidence_and_is_marked(store: Store, pipeline: Pipeline, small_book: Path) -> None:
    night(store, pipeline, small_book)
    desk = Queue(store, "kim")
    (item,) = [item for item in desk.items() if item.account_id == "a-1"]
    desk.approve(item.id)
    edit(small_book, description=TICKET["description"] + " And we are cancelling the contract at the end of the year.")
    night(store, pipeline, small_book)
    standing = [item for item in desk.items() if item.account_id == "a-1"]
    approved = next(i for i in standing if i.id == item.id)
    assert approved.state == "approved"


def test_one_broken_account_stops_nobody_else(store: Store, small_book: Path, pipeline: Pipeline) -> None:
    class Breaks(Proposer):
        version = "breaks"

        def propose(self, reading: Reading) -> list[Proposal]:
            if reading.account.account_id == "a-1":
                raise RuntimeError("a bug in one place")
            return []

    report = night(store, Pipeline(Breaks(), pipeline.reader, pipeline.embedder), small_book)
    assert list(report.failures) == ["a-1"]
    assert (report.accounts["changed"], report.accounts["failed"]) == (1, 1)
    assert report.partial


def test_a_bad_record_is_set_aside_with_file_and_remedy_and_the_rest_goes_on(
    store: Store, pipeline: Pipeline, small_book: Path
) -> None:
    edit(small_book, comments=[{"id": 1, "author": {"name": "Dana Ruiz"}, "created_at": "not a date", "body": "We stay."}])
    report = night(store, pipeline, small_book)
    assert report.partial
    (problem,) = report.quarantined
    assert problem.file.endswith("a-1.json")
    assert problem.field is not None
    assert "created_at" in problem.field
    assert problem.remedy
    with store.read() as conn:
        assert [p.field for p in runs.quarantined(conn)] == [problem.field]
        assert signals.ledger(conn, "a-1")


def test_what_a_proposer_invents_never_reaches_the_ledger(store: Store, small_book: Path, pipeline: Pipeline) -> None:
    class Lies(Proposer):
        version = "lies"

        def propose(self, reading: Reading) -> list[Proposal]:
            ids = [record.record_id for record in reading.records if record.voice == "vendor"]
            theirs = [record.record_id for record in reading.records if record.voice == "customer"]
            return (
                [
                    Proposal(theirs[0], "We would like to buy five hundred seats tomorrow.", "stakeholder_pull", "strong", 1.0),
                    Proposal(theirs[0], "Thank you, Dana. I will send it.", "outcome_accepted", "strong", 1.0),
                    Proposal(
                        ids[0], "closing a shift took us two hours and now it takes twenty minutes", "proven_value", "strong", 1.0
                    ),
                    Proposal("no-such-record", "closing a shift took us two hours", "proven_value", "strong", 1.0),
                ]
                if theirs
                else []
            )

    report = night(store, Pipeline(Lies(), pipeline.reader, pipeline.embedder), small_book)
    with store.read() as conn:
        assert [s for s in signals.ledger(conn) if s.voice == "customer" and s.stance == "supports"] == []
    assert report.rejected.total() == 4


def test_an_emptied_source_stops_the_run_before_it_withdraws_anything(
    sample_home: Store, sample_book: Path, pipeline: Pipeline, tmp_path: Path
) -> None:
    book = tmp_path / "book"
    shutil.copytree(sample_book, book)
    shutil.rmtree(book / "transcripts")
    with pytest.raises(InputAnomaly, match="transcript: 0 records"):
        night(sample_home, pipeline, book)
    with sample_home.read() as conn:
        assert len(hypotheses.current(conn)) == 12
    assert any(
        "transcript" in warning for warning in night(sample_home, pipeline, book, dry_run=True, accept_anomaly=True).warnings
    )


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(store: Store, pipeline: Pipeline, small_book: Path) -> None:
    report = night(store, pipeline, small_book, dry_run=True)
    assert report.accounts["changed"] == 2
    with store.read() as conn:
        assert hypotheses.current(conn) == []
        assert runs.latest(conn, finished=False) is None


def test_as_of_leaves_out_what_happened_later(store: Store, pipeline: Pipeline, small_book: Path) -> None:
    night(store, pipeline, small_book, as_of="2026-05-31")
    with store.read() as conn:
        assert signals.ledger(conn, "a-1") == []


def test_an_account_that_the_book_lacks_is_named(store: Store, pipeline: Pipeline, small_book: Path) -> None:
    with pytest.raises(NotFound, match="a-9"):
        night(store, pipeline, small_book, account="a-9")


def test_two_runs_cannot_write_at_once(store: Store, pipeline: Pipeline, small_book: Path) -> None:
    with run_lock(store.home), pytest.raises(RunLocked, match="process"):
        night(store, pipeline, small_book)


def _comparable(home: Path) -> list[Any]:
    store = open_store(home)
    with store.read() as conn:
        items = [{**item.to_json(), "revision": None, "drafted_by": None} for item in hypotheses.current(conn)]
        ledger = [signal.to_json() for signal in signals.ledger(conn)]
    store.close()
    return [items, ledger]


@pytest.mark.book
def test_killed_at_any_moment_and_run_again_it_ends_in_the_same_queue(tmp_path: Path, sample_book: Path) -> None:
    """SIGKILL at random moments of a real process, then one undisturbed run: the queue is that of a run nobody touched."""
    book = _some_accounts(sample_book, tmp_path / "book", ["acc-101", "acc-109", "acc-111"])
    command = [sys.executable, "-m", "agent", "run", "--book", str(book), "--home"]
    subprocess.run([*command, str(tmp_path / "calm")], check=True, capture_output=True)
    chance = random.Random(7)
    for _ in range(5):
        process = subprocess.Popen([*command, str(tmp_path / "killed")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.3, 4.0))
        process.kill()
        process.wait()
    done = subprocess.run([*command, str(tmp_path / "killed"), "--json"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert _comparable(tmp_path / "killed") == _comparable(tmp_path / "calm")


def _some_accounts(source: Path, target: Path, accounts: list[str]) -> Path:
    target.mkdir()
    for table in ("accounts.csv", "contacts.csv", "usage.csv", "events.csv"):
        lines = (source / table).read_text("utf-8").splitlines()
        kept = [line for line in lines[1:] if line.split(",")[0] in accounts]
        (target / table).write_text("\n".join([lines[0], *kept]) + "\n", "utf-8")
    for name in ("team.csv", "catalog.json"):
        shutil.copy(source / name, target / name)
    for account in accounts:
        (target / "tickets").mkdir(exist_ok=True)
        shutil.copy(source / "tickets" / f"{account}.json", target / "tickets")
        for part in ("transcripts", "notes"):
            if (source / part / account).is_dir():
                shutil.copytree(source / part / account, target / part / account)
    return target


class Opened:
    """Counts the accounts that a night reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from agent.nightly import runner

        self.read: list[str] = []
        real = runner.inputs_of

        def inputs_of(book: Any, account_id: str, *given: Any) -> Any:
            self.read.append(account_id)
            return real(book, account_id, *given)

        monkeypatch.setattr(runner, "inputs_of", inputs_of)


def test_an_unchanged_account_is_not_even_read(
    store: Store, pipeline: Pipeline, small_book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = night(store, pipeline, small_book)
    opened = Opened(monkeypatch)
    again = night(store, pipeline, small_book)
    assert opened.read == []
    assert again.nothing_new
    assert again.records == first.records  # what the next night's checks compare with


def test_what_a_mark_does_not_stand_for_is_read_again(
    store: Store, pipeline: Pipeline, small_book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(store, pipeline, small_book)
    opened = Opened(monkeypatch)
    night(store, pipeline, small_book, as_of="2026-05-01")
    assert set(opened.read) == {"a-1", "a-2"}
    opened.read.clear()
    with store.write() as conn:  # a purge, or a restored backup
        conn.execute(tables.accounts.update().where(tables.accounts.c.account_id == "a-1").values(input_hash="another"))
    assert night(store, pipeline, small_book, as_of="2026-05-01").accounts["changed"] == 1
    assert set(opened.read) == {"a-1"}


def test_an_account_with_a_problem_is_named_every_night(
    store: Store, pipeline: Pipeline, small_book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small_book / "notes" / "a-1" / "2026-05-01-broken.md").write_bytes(b"\xff\xfe\x00broken")
    assert night(store, pipeline, small_book).quarantined
    opened = Opened(monkeypatch)
    assert night(store, pipeline, small_book).quarantined
    assert opened.read == ["a-1"]


def test_what_others_pay_moves_the_share_that_an_account_shows(store: Store, pipeline: Pipeline, small_book: Path) -> None:
    def shown() -> dict[str, Any]:
        with store.read() as conn:
            return {h.account_id: h.draft.economics["risk_concentration"] for h in hypotheses.current(conn)}

    night(store, pipeline, small_book)
    before = shown()
    table = small_book / "accounts.csv"
    table.write_text(table.read_text("utf-8").replace(",4000,EUR", ",40000,EUR"), "utf-8")
    report = night(store, pipeline, small_book)
    assert report.accounts["changed"] == 2
    assert shown()["a-1"] != before["a-1"]
