"""One file that holds the whole store, made while others read and write, verified before anybody relies on it.

The search index is not in it: it is derived, and made again after a restore. Customers' words are in it: only its owner may read it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.decisions import broken_link
from agent.errors import DiskFull, EarnedError, StoreError, UsageError
from agent.store import Store, accounts, decisions, engine, open_store
from agent.store.engine import DATABASE, trouble

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What a verified file holds; `head` is the newest decision's hash, which a cut log would not have."""

    file: str
    bytes: int
    sha256: str
    accounts: int
    decisions: int
    head: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def backup(store: Store, target: Path, *, force: bool = False) -> Contents:
    """Copy the store into `target` and its checksum into `<target>.sha256` (as `sha256sum -c` reads it).

    One consistent state, blocking nobody. Raises UsageError for a file that is there without `force`, StoreError where the copy
    does not verify, EarnedError where it cannot be written; what was at `target` is untouched then.
    """
    sqlite_only(store)
    refuse_to_overwrite(target, store.home, force)
    fresh: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        os.close(handle)
        fresh = Path(name)
        copy(store.home / DATABASE, fresh)
        found = verified(fresh, target.parent)
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(fresh, target)
        checksum(target).write_text(f"{found.sha256}  {target.name}\n", "utf-8")
    except (OSError, sqlite3.OperationalError) as error:
        if isinstance(trouble(error, target.parent), DiskFull):
            raise DiskFull(target.parent, f"The store is as it was, and so is what was at {target}") from error
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise EarnedError(f"{target} cannot be written: {said}.", "Choose another place, or free some space.") from error
    finally:
        if fresh is not None:
            for end in (
                "",
                "-wal",
                "-shm",
                "-journal",
            ):  # SQLite leaves them where it could not finish; customers' words are in them
                fresh.with_name(fresh.name + end).unlink(missing_ok=True)
    return Contents(**{**found.to_json(), "file": str(target)})


def copy(source: Path, target: Path) -> None:
    """SQLite's own online copy, all pages in one step: one state, and writers in WAL mode go on meanwhile."""
    with closing(sqlite3.connect(source, timeout=10)) as old, closing(sqlite3.connect(target)) as new:
        pour(old, new)
        new.execute("PRAGMA journal_mode=DELETE")


def pour(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """All pages in one step. Raises OperationalError where one of the two is locked for longer than one waits: Python would wait on."""
    begun = time.monotonic()

    def stepped(status: int, _left: int, _of: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() - begun >= engine.WAIT:
            raise sqlite3.OperationalError("database is locked")

    old.backup(new, pages=-1, progress=stepped, sleep=0.1)


def verified(file: Path, scratch: Path) -> Contents:
    """Read the whole file and check it: pages, references, the decision chain. Raises StoreError, and changes nothing in it.

    `scratch`: a folder with room for a copy, e.g. of an older version, which is migrated there.
    """
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as conn:
        try:
            damage = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
            dangling = conn.execute("PRAGMA foreign_key_check").fetchone()
            tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{file} is damaged or no backup: {error}.", "Use another backup.") from error
    if not {"alembic_version", "decisions", "records"} <= tables:
        raise StoreError(f"{file} is a database of something else.", "Give a file that `earned backup` made.")
    if damage != "ok" or dangling is not None:
        said = damage if damage != "ok" else f"a row of {dangling[0]} refers to nothing"
        raise StoreError(f"{file} is damaged: {said}.", "Use another backup.")
    return _contents(file, scratch)


def _contents(file: Path, scratch: Path) -> Contents:
    """Open a copy as this program would."""
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=scratch) as folder:
        copy(file, Path(folder) / DATABASE)
        store = open_store(Path(folder))
        try:
            with store.read() as conn:
                log = decisions.whole_log(conn)
                known = len(accounts.ids(conn))
        finally:
            store.close()
    broken = broken_link(log)
    if broken is not None:
        raise StoreError(
            f"In {file} decision {broken.id} does not follow from the one before it.",
            "Somebody changed the log: use another backup.",
        )
    return Contents(str(file), file.stat().st_size, sha256(file), known, len(log), log[-1].hash if log else "")


def sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while piece := content.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def checksum(file: Path) -> Path:
    """Where the checksum of a backup is written."""
    return file.with_name(f"{file.name}.sha256")


def sqlite_only(store: Store) -> None:
    if store.engine.dialect.name != "sqlite":
        raise UsageError(
            "This store is a PostgreSQL database: it is backed up and restored with PostgreSQL's own tools.",
            "Use pg_dump --format=custom and pg_restore, then `earned doctor --audit` and `earned reindex`.",
        )


def refuse_to_overwrite(target: Path, home: Path, force: bool) -> None:
    if target.resolve() in {(home / f"{DATABASE}{end}").resolve() for end in ("", "-wal", "-shm")}:
        raise UsageError(f"{target} is the store itself.", "Choose another file, best on another disk.")
    if target.is_dir():
        raise UsageError(f"{target} is a folder.", "Give the name of a file in it.")
    if target.exists() and not force:
        raise UsageError(f"{target} is there already.", "Choose another name, or replace it with --force.")
