"""A backup is one consistent, verified file; a restore puts back exactly it, or nothing."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agent.errors import EarnedError, Exit, RunLocked, StoreError, UsageError
from agent.health import audit
from agent.hypotheses import hypothesis_id
from agent.lock import run_lock
from agent.queue import Queue
from agent.retention.backup import backup, verified
from agent.retention.purge import Request, purge
from agent.retention.restore import Restored, restore
from agent.store import Store, decisions, hypotheses, open_store
from tests.agent.exports.commands import earned
from tests.agent.making import draft

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
KEY = hypothesis_id("a-1", "scan")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home", create=True)
    with opened.write() as conn:
        hypotheses.save(conn, "a-1", [draft()], run_id="r-1", now="2026-11-19T01:00:00Z", today="2026-11-19")
    decide(opened, 3)
    yield opened
    opened.close()


def decide(store: Store, count: int) -> None:
    queue = Queue(store, "kim", lambda: NOW)
    for day in range(count):
        queue.snooze(KEY, until=date(2026, 12, 1 + day % 28))


def log(store: Store) -> list[str]:
    with store.read() as conn:
        return [entry.hash for entry in decisions.whole_log(conn)]


def put_back(store: Store, file: Path, *, force: bool = True) -> Restored:
    return restore(store.home, file, force=force, rebuild=lambda: None, clock=lambda: NOW)


def test_a_backup_is_one_file_that_sha256sum_and_sqlite_accept(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "out" / "earned-2026-11-20.db"
    target.parent.mkdir()
    made = backup(store, target)
    assert sorted(path.name for path in target.parent.iterdir()) == [target.name, f"{target.name}.sha256"]
    assert made.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    assert (made.decisions, made.head) == (3, log(store)[-1])
    assert target.stat().st_mode & 0o077 == 0
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "-c", f"{target.name}.sha256"], cwd=target.parent, check=True, capture_output=True)


def test_it_overwrites_only_with_force_and_never_the_store(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "b.db"
    target.write_text("precious", "utf-8")
    with pytest.raises(UsageError, match="there already"):
        backup(store, target)
    assert target.read_text("utf-8") == "precious"
    backup(store, target, force=True)
    with pytest.raises(UsageError, match="the store itself"):
        backup(store, store.home / "earned.db", force=True)
    with pytest.raises(UsageError, match="folder"):
        backup(store, tmp_path, force=True)
    with pytest.raises(EarnedError, match="cannot be written"):
        backup(store, tmp_path / "nowhere" / "b.db")


def test_backups_while_somebody_decides_are_each_one_state(store: Store, tmp_path: Path) -> None:
    done = threading.Event()

    def owner() -> None:
        other = open_store(store.home)
        while not done.is_set():
            decide(other, 1)
        other.close()

    worker = threading.Thread(target=owner)
    worker.start()
    try:
        made = [backup(store, tmp_path / f"b{n}.db") for n in range(5)]
    finally:
        done.set()
        worker.join()
    whole = log(store)
    assert all(one.head == whole[one.decisions - 1] for one in made)
    assert len(whole) > made[0].decisions, "somebody did decide meanwhile"


def test_restoring_puts_back_the_state_and_keeps_what_was_there(store: Store, tmp_path: Path) -> None:
    file, before = tmp_path / "b.db", log(store)
    backup(store, file)
    decide(store, 2)
    after = log(store)
    reader = open_store(store.home)
    assert len(log(reader)) == 5
    done = put_back(store, file)
    assert log(store) == before
    assert log(reader) == before, "who has it open sees the restored one"
    reader.close()
    assert done.lost_decisions == 2
    assert not done.warnings
    assert all(finding.ok for finding in audit(store))
    kept = tmp_path / "kept"
    kept.mkdir()
    shutil.copy(done.kept, kept / "earned.db")
    other = open_store(kept)
    assert log(other) == after
    other.close()
    decide(store, 1)
    assert len(log(store)) == 4, "the restored store is written to as before"


def test_a_new_home_needs_no_force_and_one_with_a_store_does(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "b.db"
    backup(store, file)
    with pytest.raises(UsageError, match="There is a store"):
        put_back(store, file, force=False)
    done = restore(tmp_path / "new", file, rebuild=lambda: None)
    assert done.kept == ""
    fresh = open_store(tmp_path / "new")
    assert log(fresh) == log(store)
    fresh.close()


@pytest.mark.parametrize("harm", ["flipped", "cut", "text", "empty", "foreign", "forged", "newer"])
def test_what_does_not_verify_is_never_put_in_place(harm: str, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "b.db"
    backup(store, file)
    content = bytearray(file.read_bytes())
    if harm == "flipped":
        content[len(content) // 2] ^= 0xFF
    elif harm == "cut":
        content = content[: len(content) * 2 // 3]
    elif harm == "text":
        content = bytearray(b"not a database at all\n" * 100)
    elif harm == "empty":
        content = bytearray()
    file.write_bytes(content)
    if harm in ("foreign", "forged", "newer"):
        (tmp_path / "b.db.sha256").unlink()
        with sqlite3.connect(file) as conn:
            if harm == "foreign":
                conn.execute("PRAGMA foreign_keys=OFF")
                conn.execute("DROP TABLE decisions")
            elif harm == "newer":
                conn.execute("UPDATE alembic_version SET version_num = '9999'")
            else:
                conn.execute("DROP TRIGGER decisions_no_update")
                conn.execute("UPDATE decisions SET actor = 'mallory' WHERE seq = 2")
        conn.close()
    before = log(store)
    with pytest.raises(StoreError):
        put_back(store, file)
    assert log(store) == before
    assert sorted(path.name for path in store.home.iterdir() if "before" in path.name or "verify" in path.name) == []


@pytest.mark.parametrize("harm", ["cut", "text", "empty"])
def test_a_file_harmed_without_a_checksum_beside_it_does_not_verify_either(harm: str, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "b.db"
    backup(store, file)
    content = file.read_bytes()
    file.write_bytes({"cut": content[: len(content) * 2 // 3], "text": b"hello\n" * 300, "empty": b""}[harm])
    with pytest.raises(StoreError):
        verified(file, tmp_path)


def test_a_damaged_store_is_replaced_and_kept(store: Store, tmp_path: Path) -> None:
    file, before = tmp_path / "b.db", log(store)
    backup(store, file)
    store.close()
    (store.home / "earned.db").write_bytes(b"rubbish" * 3000)
    done = put_back(store, file)
    assert "damaged" in done.warnings[0]
    assert Path(done.kept).read_bytes().startswith(b"rubbish")
    again = open_store(store.home)
    assert log(again) == before
    again.close()


def test_a_restore_that_undoes_an_erasure_says_so(store: Store, tmp_path: Path) -> None:
    backup(store, tmp_path / "b.db")
    purge(store, Request(account="a-1"), actor="ops", rebuild=lambda: None, clock=lambda: NOW)
    done = put_back(store, tmp_path / "b.db")
    assert any("account a-1" in warning and "purge it again" in warning for warning in done.warnings)


def test_not_while_a_run_writes(store: Store, tmp_path: Path) -> None:
    backup(store, tmp_path / "b.db")
    with run_lock(store.home), pytest.raises(RunLocked):
        put_back(store, tmp_path / "b.db")


def test_the_commands(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "b.db")
    assert earned("backup", file, home=store.home) == Exit.OK
    assert "3 decisions" in capsys.readouterr().err
    assert earned("restore", file, "--json", home=tmp_path / "second") == Exit.OK
    assert '"decisions": 3' in capsys.readouterr().out
    (tmp_path / "b.db.sha256").unlink()
    assert earned("restore", file, "--force", home=tmp_path / "second") == Exit.PARTIAL
    assert "could not be checked" in capsys.readouterr().err
