"""One exception tree. Each class says what happened, where, and what to do; `exit_code` is the command line's contract (cli.md)."""

from __future__ import annotations

from enum import IntEnum


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
