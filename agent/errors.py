"""One exception tree. Each class says what happened, where, and what to do; `exit_code` is the command line's contract (cli.md)."""

from __future__ import annotations

import errno
import os
import shutil
from enum import IntEnum
from pathlib import Path
from typing import Final


class Exit(IntEnum):
    """Exit codes that operations script against."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    ANOMALY = 4
    GATE = 6
    LOCKED = 75
    BUDGET = 76
    CONFIG = 78
    INTERRUPTED = 130
    TERMINATED = 143


class EarnedError(Exception):
    """Base of every error that a person can do something about. `remedy` is the next thing to try."""

    exit_code: Exit = Exit.FAILED

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}\n  {self.remedy}" if self.remedy else self.what


class ConfigurationError(EarnedError):
    """A setting, an environment variable or a file of settings cannot be used."""

    exit_code = Exit.CONFIG


class UsageError(EarnedError):
    """The command was called with something that cannot be."""

    exit_code = Exit.USAGE


class NotFound(UsageError):
    """An id, an account or a file that does not exist here."""


class HomeMissing(ConfigurationError):
    """There is no data folder yet, or it has no store."""


class RunLocked(EarnedError):
    """Another run is writing to this home."""

    exit_code = Exit.LOCKED


class InputAnomaly(EarnedError):
    """The book is so different from the last run's that going on would do harm (an empty or halved source)."""

    exit_code = Exit.ANOMALY


class DecisionConflict(EarnedError):
    """Somebody else decided, or a new revision arrived, since the caller looked."""


class DecisionRefused(UsageError):
    """The decision breaks a rule of the queue, e.g. rejecting without a reason."""


class StoreError(EarnedError):
    """The database refused: full disk, locked, damaged, or of a newer version than this program."""


class StoreBusy(StoreError):
    """Another process held the database's write lock for longer than one waits. Nothing was written; trying again is safe."""


KEPT: Final = "What was finished before is kept, and nothing is half done"


class DiskFull(StoreError):
    """There was no room for something that had to be written. `place`: the folder or file, whose disk is full."""

    def __init__(self, place: Path | str, kept: str = KEPT) -> None:
        left = room_left(Path(place)) if str(place) else None
        said = f" ({left // 1024:,} KB free)" if left is not None else ""
        what = (
            f"The disk that holds {place} is full{said}."
            if str(place)
            else "A disk is full: the output's, the data folder's or that of temporary files."
        )
        super().__init__(
            what, f"{kept}. Free some space there, then run the same command again; `earned doctor` says how things are."
        )
        self.place = place


def is_full(error: BaseException) -> bool:
    """Whether an error of the operating system says that a disk, or a user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _no_more_files(folder: Path) -> bool:
    """Whether the file system has no inode left: there may be bytes, but no new file, and SQLite needs one for its log."""
    if not hasattr(os, "statvfs"):
        return False
    facts = os.statvfs(folder)
    return facts.f_files > 0 and facts.f_favail == 0


def room_left(place: Path) -> int | None:
    """Bytes that may still be written where `place` is or is to be; None where that cannot be asked."""
    for folder in (place, *place.absolute().parents):
        try:
            return 0 if _no_more_files(folder) else shutil.disk_usage(folder).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None
