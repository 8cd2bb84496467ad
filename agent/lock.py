"""One writer per home. The lock is the operating system's, so it dies with its holder: there are no stale locks to clear."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agent.errors import DiskFull, RunLocked, is_full

LOCK: Final = "run.lock"


@contextmanager
def run_lock(home: Path) -> Iterator[None]:
    """Hold the home's run lock. Raises RunLocked, naming the holder, where another run has it; DiskFull."""
    from filelock import FileLock, Timeout

    lock, holder = FileLock(home / LOCK), home / f"{LOCK}.pid"
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:  # an OSError too, so it comes first
        who = holder.read_text("utf-8").strip() if holder.exists() else "unknown"
        raise RunLocked(f"Another run (process {who}) is writing to {home}.", "Wait until it has finished.") from error
    except OSError as error:
        raise DiskFull(home) if is_full(error) else error from error
    try:
        _sign(holder, home)
        yield
        holder.unlink(missing_ok=True)
    finally:
        lock.release()


def _sign(holder: Path, home: Path) -> None:
    try:
        holder.write_text(str(os.getpid()), "utf-8")
    except OSError as error:
        if is_full(error):
            raise DiskFull(home) from error
        raise
