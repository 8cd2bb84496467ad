"""A home's store brought to PostgreSQL: everything arrives, or nothing does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, func, select, text

from agent.cli import main
from agent.decisions import broken_link
from agent.errors import StoreError
from agent.queue import Queue
from agent.store import Store, accounts, decisions, hypotheses, moving, open_store
from agent.store.hypotheses import Hypothesis
from retrieval import lexical
from retrieval import store as texts
from retrieval.accounts import Account
from retrieval.tables import metadata
from tests.agent.making import draft
from tests.postgres.estate import KIM, LEE, NOW, SECRET, book_wide, fill
from tests.postgres.server import Server

ROOT = Path(__file__).parents[2]
ODD = "Ash\x00grove \ue0f8 „Öl“ 🫒"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Something in every table, decisions of two people, and texts that PostgreSQL would refuse as they are."""
    store = open_store(tmp_path / "home", create=True)
    keys = [fill(store, KIM, "kim-1"), fill(store, LEE, "lee-1", words=f"{SECRET} \x00\ud800 \ue0f8")]
    book_wide(store, words="book\x00")
    with store.write() as conn:
        accounts.save(conn, Account("odd", ODD, owner_email=KIM), [], input_hash="1", pipeline="p", run_id="r-1")
        hypotheses.save(conn, "odd", [draft("odd", title=ODD)], run_id="r-1", now=NOW, today=NOW[:10])
    for number in range(7):
        desk = Queue(store, (KIM, LEE)[number % 2])
        desk.snooze(keys[number % 2], until=desk.today + timedelta(days=number + 1), note='später\n"so" \\ \x1f\x7f')
    store.close()
    return tmp_path / "home"


def rows(conn: Connection, table: Table) -> list[tuple[object, ...]]:
    return [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key))]


def state(store: Store) -> tuple[dict[str, list[tuple[object, ...]]], list[Hypothesis], str]:
    with store.read() as conn:
        return {t.name: rows(conn, t) for t in metadata.sorted_tables}, hypotheses.current(conn), decisions.head_hash(conn)


def migrate(home: Path, url: str, *more: str) -> int:
    return main(["migrate", "--to", url, "--home", str(home), *more])


def test_everything_arrives(home: Path, postgres_server: Server, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = postgres_server.url(database)
    assert migrate(home, url, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    source, target = open_store(home), open_store(home, database=url)
    assert state(target) == state(source)
    assert {part["table"]: part["rows"] for part in said["tables"]} == {
        name: len(found) for name, found in state(source)[0].items()
    }
    during_a_run = {"leases", "run_workers", "rate_grants"}
    assert {part["table"] for part in said["tables"] if not part["rows"]} == during_a_run
    with source.read() as old, target.read() as new:
        assert said["decision_head"] == decisions.head_hash(old)
        for words in ("delivery form", SECRET):
            found = [{key for key, _ in lexical.candidates(conn, words, 50)} for conn in (old, new)]
            assert found[0] == found[1] != set()
        for account_id in texts.account_ids(old):
            assert texts.account_records(new, account_id) == texts.account_records(old, account_id)


def test_the_server_goes_on_with_the_chain_and_the_numbers(home: Path, postgres_server: Server, database: str) -> None:
    """What SQL links there is what `agent.decisions` would have linked, whatever is in a note."""
    url = postgres_server.url(database)
    assert migrate(home, url) == 0
    target = open_store(home, database=url)
    desk = Queue(target, KIM)
    for note in (None, "plain", 'Zeile\n\t"q" \\ / \x08\x0c\r\x01\x1f\x7f\u2028 🫒 é'):
        desk.reject(desk.items()[0].id, reason="other", note=note or "x")
        desk.undo()
    book_again = fill(target, KIM, "kim-9")
    with target.read() as conn:
        log = decisions.whole_log(conn)
        assert broken_link(log) is None
        assert log[-1].hypothesis_id == book_again
        assert conn.scalar(select(func.count()).select_from(metadata.tables["decisions"])) == len(log)
        assert conn.scalars(text("SELECT seq FROM decisions ORDER BY seq")).all() == list(range(1, len(log) + 1))


def test_a_database_with_anything_in_it_is_refused(
    home: Path, postgres_server: Server, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres_server.url(database)
    assert migrate(home, url) == 0
    before = state(open_store(home, database=url))
    assert migrate(home, url) == 2
    assert "is not empty" in capsys.readouterr().err
    assert state(open_store(home, database=url)) == before


def test_what_does_not_arrive_whole_does_not_arrive(
    home: Path, postgres_server: Server, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres_server.url(database)
    copy = moving._copy

    def losing(old: Connection, new: Connection, table: Table) -> moving.Part:
        part = copy(old, new, table)
        if table.name == "records":
            new.execute(text("UPDATE records SET text = text || '.' WHERE record_id = 'kim-1-r1'"))
        return part

    monkeypatch.setattr(moving, "_copy", losing)
    assert migrate(home, url) == 1
    assert "differs from what was sent: records" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.delenv("EARNED_DATABASE", raising=False)
    assert migrate(home, url) == 0


def test_a_log_that_somebody_changed_is_not_brought_over(
    home: Path, postgres_server: Server, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(home)
    with store.write() as conn:
        conn.execute(text("DROP TRIGGER decisions_no_update"))
        conn.execute(text("UPDATE decisions SET note = 'forged' WHERE seq = 4"))
    store.close()
    assert migrate(home, postgres_server.url(database)) == 1
    assert "does not follow from the one before it" in capsys.readouterr().err


KILLED = """
import os, signal, sys
from agent.store import moving
real = getattr(moving, sys.argv[1])
count = 0
def killed(*given):
    global count
    count += 1
    if count == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given)
setattr(moving, sys.argv[1], killed)
from agent.cli import main
sys.exit(main(["migrate", "--home", sys.argv[3]]))
"""


@pytest.mark.parametrize(("at", "times"), [("_copy", 1), ("_copy", 9), ("_index_words", 1), ("_compare_logs", 1)])
def test_killed_anywhere_it_can_be_run_again(home: Path, postgres_server: Server, database: str, at: str, times: int) -> None:
    url = postgres_server.url(database)
    environment = {**os.environ, "EARNED_DATABASE": url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", textwrap.dedent(KILLED), at, str(times), str(home)]
    assert subprocess.run(command, env=environment, cwd=ROOT, check=False, capture_output=True).returncode == -signal.SIGKILL
    assert migrate(home, url) == 0
    assert state(open_store(home, database=url)) == state(open_store(home))


def test_only_its_keeper_fills_a_database(home: Path, postgres_server: Server, database: str) -> None:
    from agent.store import team

    target = open_store(home, database=postgres_server.url(database))
    team.init(target)
    team.grant(target, "night", "nightly")
    assert migrate(home, postgres_server.url(database, "night")) == 78
    assert migrate(home, postgres_server.url(database)) == 0


def test_text_that_cannot_be_stored_is_named(home: Path, postgres_server: Server, database: str) -> None:
    source = open_store(home)
    with source.write() as conn:
        conn.execute(text("UPDATE runs SET book = 'a' || char(0)"))
    with pytest.raises(StoreError, match="A row of runs cannot be brought over"):
        moving.move(source, open_store(home, database=postgres_server.url(database)))
