"""Put a backup in the place of the store: verified first, in one transaction, with what was there kept aside."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.errors import DiskFull, EarnedError, StoreError, UsageError, is_full
from agent.indexing import FOLDER
from agent.lock import run_lock
from agent.retention.backup import Contents, checksum, copy, pour, sha256, sqlite_only, verified
from agent.retention.purge import erasures
from agent.retention.traces import rewrite_index
from agent.store import decisions, open_store
from agent.store.engine import DATABASE, trouble


@dataclass(frozen=True, slots=True)
class Restored:
    contents: Contents
    kept: str
    """The copy of the store that was there before; "" where there was none."""
    lost_decisions: int
    """Decisions of the former store that the backup does not have; they are in the copy."""
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            **self.contents.to_json(),
            "kept": self.kept,
            "lost_decisions": self.lost_decisions,
            "warnings": list(self.warnings),
        }


def restore(
    home: Path,
    file: Path,
    *,
    force: bool = False,
    rebuild: Callable[[], object],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Restored:
    """Verify `file`, then replace the home's store by it. `rebuild` makes the derived index anew.

    Raises UsageError where there is a store and `force` is not given, StoreError where the backup does not verify, DiskFull or
    StoreBusy: the home is as it was then. Raises RunLocked while a run writes. People who have the queue open see the restored
    one at their next step.
    """
    if not file.is_file():
        raise UsageError(f"There is no backup {file}.", "Give a file that `earned backup` made.")
    warnings = _checked(file)
    present = home / DATABASE
    if present.exists() and not force:
        raise UsageError(f"There is a store in {home}.", "Replace it with --force; a copy of it is kept.")
    with run_lock(home):
        contents, kept, lost = verified(file, home), "", 0
        if present.exists():
            stamp = clock().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
            aside = home / f"before-restore-{stamp}.db"
            lost, more = _differences(home, file)
            warnings += more
            _put(file, present, aside)
            kept = str(aside)
        else:
            _place(file, present)
        open_store(home).close()  # migrates an older backup forward
        (home / FOLDER).mkdir(exist_ok=True)
        warnings += rewrite_index(home, rebuild)
    return Restored(contents, kept, lost, tuple(warnings))


def _checked(file: Path) -> list[str]:
    """Compare with the checksum beside it, if there is one."""
    beside = checksum(file)
    if not beside.is_file():
        return [f"There is no {beside.name} beside it: that the file is as it was made could not be checked."]
    said = beside.read_text("utf-8").split()
    if not said or said[0] != sha256(file):
        raise StoreError(f"{file} is not as it was made: its checksum differs from {beside.name}.", "Use another backup.")
    return []


def _differences(home: Path, file: Path) -> tuple[int, list[str]]:
    """How many decisions would be lost, and which erasures would be undone. A damaged store cannot say."""
    try:
        store = open_store(home)
        sqlite_only(store)
        with store.read() as conn:
            log, erased = decisions.whole_log(conn), erasures(conn)
        store.close()
    except UsageError:
        raise
    except EarnedError:
        return 0, ["The store that was there is damaged: what it held beyond the backup is not known."]
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=home) as scratch:
        copy(file, Path(scratch) / DATABASE)
        older = open_store(Path(scratch))
        with older.read() as conn:
            hashes, repeated = {entry.hash for entry in decisions.whole_log(conn)}, erasures(conn)
        older.close()
    again = [entry for entry in erased if entry not in repeated]
    lost = sum(entry.hash not in hashes for entry in log)
    return lost, [f"What was erased at {entry['at']} ({entry['what']}) is back: purge it again." for entry in again]


def _put(file: Path, present: Path, aside: Path) -> None:
    """Copy over the live database in one transaction, so that whoever has it open never sees half of it."""
    try:
        copy(present, aside)
        aside.chmod(0o600)
        with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(present, timeout=1)) as new:
            pour(old, new)
    except (OSError, sqlite3.OperationalError) as error:
        # No room, or somebody writes: what is there is sound, and must stay with what its log beside it holds.
        aside.unlink(missing_ok=True)
        raise trouble(error, present.parent) from error
    except sqlite3.DatabaseError:
        # What is there is damaged: it cannot be written into, so it is moved away.
        aside.unlink(missing_ok=True)
        os.replace(present, aside)
        for end in ("-wal", "-shm"):
            present.with_name(f"{DATABASE}{end}").unlink(missing_ok=True)
        _place(file, present)


def _place(file: Path, present: Path) -> None:
    fresh = present.with_name(f".{DATABASE}.part")
    try:
        shutil.copyfile(file, fresh)
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(fresh, present)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        if is_full(error):
            raise DiskFull(present.parent, "Nothing was restored") from error
        raise EarnedError(f"{present} cannot be written: {error.strerror}.", "Free some space, then restore again.") from error
