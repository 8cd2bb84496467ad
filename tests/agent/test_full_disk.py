"""A full disk, a real one: what is full is named, what was there stays, and once there is room the same command goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli import main
from agent.errors import Exit
from tests.agent.disks import SmallDisk, needs_mounts
from tests.conftest import ROOT
from tests.stub import Stub

PLENTY = 200_000
"""Kilobytes."""


@pytest.fixture
def disk(ready: Path, tmp_path: Path) -> Iterator[SmallDisk]:
    """A roomy disk with that home on it."""
    needs_mounts()
    with SmallDisk(tmp_path / "disk", PLENTY) as disk:
        shutil.copytree(ready, disk.outside, dirs_exist_ok=True)
        yield disk


def rows(disk: SmallDisk, table: str) -> int:
    """Counted in a copy: SQLite follows /proc/<pid>/root back to the folder that nothing is mounted at."""
    with tempfile.TemporaryDirectory() as folder:
        for part in disk.outside.glob("earned.db*"):
            if not part.name.endswith("-shm"):
                shutil.copy(part, folder)
        conn = sqlite3.connect(Path(folder) / "earned.db")
        try:
            return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        finally:
            conn.close()


def queue(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str, str]]:
    assert done.returncode == Exit.OK, done.stderr
    return sorted((row["account_id"], row["title"], row["grade"]) for row in map(json.loads, done.stdout.splitlines()))


def is_well(disk: SmallDisk) -> bool:
    done = disk.earned("doctor", "--audit")
    assert "FAIL" not in done.stderr, done.stderr
    return done.returncode == Exit.OK


def says_full(done: subprocess.CompletedProcess[str], place: Path) -> bool:
    assert done.returncode == Exit.FAILED, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr
    assert f"The disk that holds {place} is full" in done.stderr, done.stderr
    assert "Free some space" in done.stderr
    return True


@pytest.mark.parametrize("share", [0.02, 0.4, 0.9])
def test_a_night_that_finds_no_room_goes_on_the_next_time(share: float, book: Path, ready: Path, tmp_path: Path) -> None:
    needs_mounts()
    size = (ready / "earned.db").stat().st_size // 1024
    with SmallDisk(tmp_path / "disk", max(4, int(size * share))) as disk:
        assert says_full(disk.earned("run", "--book", book), disk.folder)
        disk.resize(PLENTY)
        done = disk.earned("run", "--book", book, "--json")
        assert done.returncode == Exit.OK, done.stderr
        assert json.loads(done.stdout)["accounts"]["failed"] == 0
        expected = queue(
            subprocess.run(
                [sys.executable, "-m", "agent", "hypotheses", "--home", str(ready), "--json"],
                capture_output=True,
                text=True,
                cwd=ROOT,
            )
        )
        assert queue(disk.earned("hypotheses", "--json")) == expected
        assert is_well(disk)


@pytest.mark.parametrize("leave", [0, 40])
def test_a_decision_that_finds_no_room_is_taken_once_there_is_some(disk: SmallDisk, leave: int) -> None:
    (first, second) = [json.loads(line)["id"] for line in disk.earned("hypotheses", "--json").stdout.splitlines()]
    assert disk.earned("decide", first, "reject", "--reason", "not_now").returncode == Exit.OK
    disk.fill(leave)
    done = disk.earned("decide", second, "snooze", "--until", "2099-01-01", "--note", "x" * 60_000)
    assert says_full(done, disk.folder)
    disk.relieve()
    assert rows(disk, "decisions") == 1
    assert disk.earned("decide", second, "snooze", "--until", "2099-01-01").returncode == Exit.OK
    assert rows(disk, "decisions") == 2
    assert is_well(disk)


def test_the_doctor_names_the_disk(disk: SmallDisk) -> None:
    disk.fill(2000)
    done = disk.earned("doctor", "--json")
    bad = {check["name"]: check["said"] for check in json.loads(done.stdout)["checks"] if not check["ok"]}
    assert (done.returncode, list(bad)) == (Exit.FAILED, ["disk"])
    assert "1 MB free" in bad["disk"]


def test_a_backup_without_room_leaves_the_one_that_was_there(disk: SmallDisk) -> None:
    target = disk.folder / "b.db"
    assert disk.earned("backup", target).returncode == Exit.OK
    before = hashlib.sha256((disk.outside / "b.db").read_bytes()).hexdigest()
    disk.fill(300)
    assert says_full(disk.earned("backup", target, "--force"), disk.folder)
    assert hashlib.sha256((disk.outside / "b.db").read_bytes()).hexdigest() == before
    assert not list(disk.outside.glob(".b.db*"))
    disk.relieve()
    assert disk.earned("backup", target, "--force").returncode == Exit.OK


def test_a_restore_without_room_leaves_the_store_with_its_last_decision(disk: SmallDisk, tmp_path: Path) -> None:
    backup = tmp_path / "b.db"
    assert disk.earned("backup", backup).returncode == Exit.OK
    (first, _) = [json.loads(line)["id"] for line in disk.earned("hypotheses", "--json").stdout.splitlines()]
    assert disk.earned("decide", first, "reject", "--reason", "not_now").returncode == Exit.OK
    size = backup.stat().st_size // 1024
    for leave in (0, size + 100, 2 * size + 200):  # no room to verify, none to keep what is there, none to write what comes
        disk.fill(leave)
        done = disk.earned("restore", backup, "--force")
        disk.relieve()
        if done.returncode == Exit.OK:
            break
        assert says_full(done, disk.folder)
        assert rows(disk, "decisions") == 1
        assert not [path.name for path in disk.outside.iterdir() if path.name.startswith((".verify", ".earned", "before"))]
        assert is_well(disk)


def test_an_index_without_room_is_told_and_built_later(disk: SmallDisk) -> None:
    disk.fill(60)
    assert says_full(disk.earned("reindex"), disk.folder / "index")
    disk.relieve()
    assert disk.earned("reindex").returncode == Exit.OK
    assert is_well(disk)


def test_a_purge_without_room_removes_all_or_nothing(disk: SmallDisk) -> None:
    disk.fill(0)
    before = rows(disk, "records")
    assert says_full(disk.earned("purge", "--account", "a-1"), disk.folder)
    disk.relieve()
    assert rows(disk, "records") == before
    done = disk.earned("purge", "--account", "a-1", "--json")
    assert (done.returncode, json.loads(done.stdout)["bytes_gone"]) == (Exit.OK, True)
    assert is_well(disk)


def test_paid_answers_outlive_a_full_disk(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept is not asked again: the second night pays for the rest only."""
    needs_mounts()
    monkeypatch.setenv("EARNED_MODEL", "openai:colleague")
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    with Stub("--latency", "0", "--reply", str(ROOT / "tests" / "stub" / "colleague.py")) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
        assert main(["run", "--book", str(book), "--home", str(tmp_path / "undisturbed")]) == Exit.OK
        whole = stub.stats()["ok"]
        with SmallDisk(tmp_path / "disk", PLENTY) as disk:
            assert disk.earned("run", "--book", book, "--dry-run").returncode == Exit.OK  # the tables are there
            before, cut_short = whole, 0
            for leave in (150, 180, 210, 240):
                disk.fill(leave)
                night = disk.earned("run", "--book", book)
                disk.relieve()
                if night.returncode == Exit.OK:  # only the index found no room
                    break
                assert says_full(night, disk.folder)
                asked = stub.stats()["ok"] - before
                cut_short, before = cut_short + (asked > 0), before + asked
            assert cut_short, "the disk was full before anything was asked"
            done = disk.earned("run", "--book", book, "--json")
            assert done.returncode == Exit.OK, done.stderr
            assert json.loads(done.stdout)["llm"]["calls"] < whole
            assert stub.stats()["ok"] - whole <= whole + cut_short, "of each night one answer at most had found no room"
            assert disk.earned("reindex").returncode == Exit.OK
            assert is_well(disk)


@pytest.mark.parametrize("command", [["hypotheses", "--json"], ["records", "BOOK", "--json"]])
def test_output_to_a_full_disk_is_an_error_and_no_traceback(command: list[str], ready: Path, book: Path) -> None:
    """Linux's /dev/full is a disk without room for anything."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    words = [str(book) if word == "BOOK" else word for word in command] + ["--home", str(ready)]
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "agent", *words], stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert done.returncode == Exit.FAILED
    assert done.stderr.splitlines()[0] == "earned: A disk is full: the output's, the data folder's or that of temporary files."
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
