"""Eight people decide while a night runs, each a process with a login of its own: nothing is lost, doubled or forked."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue as Queues
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

import pytest

from agent.decisions import broken_link, effective, standing
from agent.errors import DecisionConflict, RunLocked, StoreError
from agent.extraction.offline import OfflineExtractor
from agent.nightly import Options, Runner
from agent.pipeline import Pipeline
from agent.queue import Queue
from agent.store import Store, accounts, decisions, hypotheses, open_store, postgres, signals, team
from retrieval.embeddings import Embedder, MiniLMEmbedder
from tests.conftest import TICKET, write_small_book
from tests.postgres.server import Server

OWNERS = ("kim@vendor.example", "lee@vendor.example")
LOGINS = [f"{owner.partition('@')[0]}{number}" for owner in OWNERS for number in range(4)]
EACH = 12


def book(folder: Path, accounts: int) -> Path:
    """Many accounts with a case each, half of them Kim's."""
    write_small_book(folder)
    lines = (folder / "accounts.csv").read_text("utf-8").splitlines()[:1]
    contacts = ["account_id,name,email,title,role"]
    for number in range(accounts):
        key, owner = f"c-{number}", OWNERS[number % 2]
        lines.append(f"{key},Firm {number},f{number}.example,Retail,smb,basic,4000,EUR,5,2025-01-01,2027-01-01,{owner},70")
        contacts.append(f"{key},Dana Ruiz,dana@f{number}.example,Manager,sponsor")
        ticket = {**TICKET, "requester": {"name": "Dana Ruiz", "email": f"dana@f{number}.example"}, "id": 100 + number}
        (folder / "tickets" / f"{key}.json").write_text(json.dumps({"tickets": [ticket]}), "utf-8")
    (folder / "accounts.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "contacts.csv").write_text("\n".join(contacts) + "\n", "utf-8")
    return folder


def change(folder: Path) -> None:
    """Every customer writes once more, so that every account is revised."""
    for file in (folder / "tickets").glob("c-*.json"):
        tickets = json.loads(file.read_text("utf-8"))["tickets"]
        more = "Our second plant wants it as well; could you quote for ten more seats by Monday?"
        after = {**tickets[0], "id": tickets[0]["id"] + 1000, "description": more, "created_at": "2026-07-01T08:00:00Z"}
        file.write_text(json.dumps({"tickets": [*tickets, after]}), "utf-8")


def night(home: Path, url: str, folder: Path, start: Barrier | None = None, over: Event | None = None) -> None:
    reader: Embedder = MiniLMEmbedder()
    reader.embed(["warm"])
    store = open_store(home, database=url)
    if start is not None:
        start.wait(120)
    report = Runner(store, Pipeline(OfflineExtractor(reader), reader, reader), "offline").run(Options(folder))
    if over is not None:
        over.set()
    assert not report.failures, report.failures
    assert report.accounts["changed"] == report.accounts["seen"]


def decide(home: Path, url: str, start: Barrier, over: Event, taken: Queues[int]) -> None:
    """Decide for as long as the night lasts, like a person: look, then decide on what was looked at; a conflict means to look again."""
    desk = Queue(open_store(home, database=url), "whoever")
    keys = [item.id for item in desk.items()]
    start.wait(120)
    done = 0
    while done < EACH or not over.is_set():
        key = keys[done % len(keys)]
        try:
            seen = desk.card(key).hypothesis.version
            desk.snooze(key, until=desk.today + timedelta(days=1 + done % 300), version=seen, note=f"{done}")
        except DecisionConflict:
            continue
        done += 1
    taken.put(done)


@pytest.fixture
def keeper(postgres_server: Server, database: str, tmp_path: Path) -> Store:
    store = open_store(tmp_path / "keeper", create=True, database=postgres_server.url(database))
    team.init(store)
    for login in LOGINS:
        team.grant(store, login, "owner", [next(owner for owner in OWNERS if owner.startswith(login[:3]))])
    team.grant(store, "night", "nightly")
    return store


def test_eight_deciders_and_a_night_at_once(postgres_server: Server, database: str, keeper: Store, tmp_path: Path) -> None:
    folder = book(tmp_path / "book", 16)
    night(tmp_path / "night", postgres_server.url(database, "night"), folder)
    change(folder)
    context = multiprocessing.get_context("spawn")
    start, over, taken = context.Barrier(1 + len(LOGINS)), context.Event(), context.Queue()
    jobs: list[tuple[object, Sequence[object]]] = [
        (night, (tmp_path / "night", postgres_server.url(database, "night"), folder, start, over)),
        *((decide, (tmp_path / login, postgres_server.url(database, login), start, over, taken)) for login in LOGINS),
    ]
    workers = [context.Process(target=work, args=given) for work, given in jobs]  # type: ignore[arg-type]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(240)
    assert [worker.exitcode for worker in workers] == [0] * len(workers)
    with keeper.read() as conn:
        log = decisions.whole_log(conn)
        current = hypotheses.current(conn)
        assert broken_link(log) is None
        assert len(log) == sum(taken.get(timeout=10) for _ in LOGINS)
        assert {entry.revision for entry in log} == {1, 2}, "decided before the night came by, and after"
        today = datetime.now(UTC).date().isoformat()
        assert {item.revision for item in current} == {2}
        for item in current:
            entries = decisions.of(conn, item.id)
            held = effective(entries)
            assert {entry.actor for entry in entries} <= {item.owner}
            decided_on = hypotheses.revision(conn, item.id, held[-1].revision) if held else None
            assert item.state is standing(entries, item.draft, decided_on, today).state
            assert item.until == (held[-1].until if held else None)


def killed_night(home: Path, url: str, folder: Path, at: int) -> None:
    """A night that dies with its transaction half done, in the account whose turn is `at`."""
    real, turn = accounts.save, iter(range(1, 1000))

    def save(*given: Any, **more: Any) -> None:
        if next(turn) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        real(*given, **more)

    accounts.save = save
    night(home, url, folder)


def test_a_night_that_is_killed_ends_where_an_undisturbed_one_does(
    postgres_server: Server, database: str, keeper: Store, tmp_path: Path
) -> None:
    folder = book(tmp_path / "book", 6)
    url = postgres_server.url(database, "night")
    context = multiprocessing.get_context("spawn")
    for at in (1, 3):
        worker = context.Process(target=killed_night, args=(tmp_path / "night", url, folder, at))
        worker.start()
        worker.join(120)
        assert worker.exitcode == -signal.SIGKILL
    reader: Embedder = MiniLMEmbedder()
    pipeline = Pipeline(OfflineExtractor(reader), reader, reader)
    resumed = Runner(open_store(tmp_path / "night", database=url), pipeline, "offline").run(Options(folder))
    assert (resumed.accounts["seen"], resumed.accounts["changed"]) == (6, 4)
    file = open_store(tmp_path / "undisturbed", create=True)
    Runner(file, pipeline, "offline").run(Options(folder))
    stood = []
    for store in (keeper, file):
        with store.read() as conn:
            stood.append([(item.id, item.revision, item.draft.content_hash()) for item in hypotheses.current(conn)])
            stood.append([found.model_dump() for found in signals.ledger(conn)])
    assert stood[:2] == stood[2:]
    assert len(stood[0]) == 6


def test_a_second_night_on_another_machine_is_told_to_wait(
    keeper: Store, postgres_server: Server, database: str, tmp_path: Path
) -> None:
    other = open_store(tmp_path / "elsewhere", database=postgres_server.url(database, "night"))
    with keeper.alone(), pytest.raises(RunLocked, match="Another run"), other.alone():
        pass
    with other.alone():
        pass


def test_workers_of_a_night_write_side_by_side_and_a_decision_waits_for_them(keeper: Store) -> None:
    with keeper.write(shared=True) as one, keeper.write(shared=True) as two:
        assert one is not two
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(postgres, "PATIENCE", "50ms")
        with keeper.write(shared=True), pytest.raises(StoreError, match="locked"), keeper.write():
            pass
