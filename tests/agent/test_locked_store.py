"""Another process holds the store's write lock: it is waited for, for a bounded time; then nothing is half done and the error says so."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.cli import main
from agent.errors import Exit
from agent.retention.backup import backup
from agent.store import open_store

HOLD = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(file: Path, how: str = "BEGIN EXCLUSIVE") -> Iterator[None]:
    """A process of its own holds the lock, and lets go at the end."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
    finally:
        holder.communicate("")


@pytest.fixture
def home(ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own; its store is waited for no longer than a test takes."""
    monkeypatch.setattr("agent.store.engine.WAIT", 0.3)
    return Path(shutil.copytree(ready, tmp_path / "home"))


def contents(home: Path) -> list[str]:
    """Everything that the store holds, row by row, but for the runs that were begun."""
    conn = sqlite3.connect(home / "earned.db")
    try:
        return [line for line in conn.iterdump() if 'INTO "runs"' not in line]
    finally:
        conn.close()


def some_hypothesis(home: Path) -> str:
    conn = sqlite3.connect(home / "earned.db")
    try:
        return str(conn.execute("SELECT id FROM hypotheses ORDER BY id").fetchone()[0])
    finally:
        conn.close()


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--book", "BOOK"],
        ["decide", "ID", "reject", "--reason", "not_now"],
        ["purge", "--account", "a-1"],
        ["purge", "--person", "dana@ashgrove.example"],
        ["restore", "BACKUP", "--force"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_store_that_is_held_is_left_as_it_was(
    command: list[str], home: Path, book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(home)
    backup(store, tmp_path / "b.db")
    store.close()
    filled = {"BOOK": str(book), "ID": some_hypothesis(home), "BACKUP": str(tmp_path / "b.db")}
    words = [filled.get(word, word) for word in command]
    if command[0] == "run":
        (book / "tickets" / "a-2.json").write_text('{"id": 9, "description": "We need more seats.", "created_at": "2026-08-01"}')
    before = contents(home)
    with held(home / "earned.db"):
        capsys.readouterr()
        code = main([*words, "--home", str(home)])
        said = capsys.readouterr().err
    assert code == Exit.FAILED, said
    assert "is locked by another process; it was waited for 0.3 s" in said
    assert "nothing is half done" in said
    assert contents(home) == before
    assert not [path.name for path in home.iterdir() if path.name.startswith(("before", "."))]
    assert main([*words, "--home", str(home)]) in (Exit.OK, Exit.PARTIAL)
    if command[0] == "run":
        (book / "tickets" / "a-2.json").write_text('{"tickets": []}')


def test_what_only_reads_goes_on_while_somebody_writes(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with held(home / "earned.db"):
        for command in (["hypotheses"], ["show", some_hypothesis(home)], ["backup", str(tmp_path / "b.db")], ["doctor"]):
            assert main([*command, "--home", str(home)]) == Exit.OK, capsys.readouterr().err


def test_a_lock_that_is_let_go_in_time_is_waited_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.store.engine.WAIT", 60.0)
    script = HOLD.replace("sys.stdin.read()", "import time; time.sleep(1.0)")
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(home / "earned.db"), "BEGIN EXCLUSIVE"], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert main(["decide", some_hypothesis(home), "reject", "--reason", "not_now", "--home", str(home)]) == Exit.OK
    holder.communicate()


def test_a_store_that_cannot_be_brought_up_to_date_while_it_is_held_is_tomorrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A home of the first version, opened by this one."""
    from agent.store.engine import DATABASE, _sqlite
    from agent.store.migrations import upgrade

    monkeypatch.setattr("agent.store.engine.WAIT", 0.3)
    engine = _sqlite(tmp_path / DATABASE)
    upgrade(engine, "0001")
    engine.dispose()
    before = contents(tmp_path)
    with held(tmp_path / DATABASE):
        assert main(["hypotheses", "--home", str(tmp_path)]) == Exit.FAILED
    assert "is locked by another process" in capsys.readouterr().err
    assert contents(tmp_path) == before
    assert main(["hypotheses", "--home", str(tmp_path)]) == Exit.OK
