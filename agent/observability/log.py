"""The structured log of a run: one JSON object a line, with ids and numbers in it and no text of anybody.

Every line has `at`, `level`, `event`, `invocation` and `run_id` (null until the run has one; the last lines join the two).
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from agent.errors import ConfigurationError, EarnedError, Exit
from agent.nightly import Progress
from retrieval.records import stable_id

Level = Literal["debug", "info", "warning", "error"]
LONGEST_NAME: Final = 24
"""Characters of a stage or a count whose name may have a space in it; what is longer could be a sentence."""
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@/+-]{0,79}", re.ASCII)


class RunLog:
    """Where the lines of one invocation go. A log that cannot be written stops nothing: `trouble` says so once it happened."""

    def __init__(self, write: Callable[[str], object], clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._write = write
        self._clock = clock
        self.invocation = f"i-{uuid.uuid4().hex[:10]}"
        self.run_id: str | None = None
        self.trouble = ""

    def event(
        self,
        name: str,
        counts: Mapping[str, float] | None = None,
        *,
        level: Level = "info",
        account: str | None = None,
        stage: str | None = None,
        code: str | None = None,
    ) -> None:
        """Write a line. `counts` are numbers; anything else raises TypeError, since it could be somebody's words."""
        counts = counts or {}
        if strange := [key for key, value in counts.items() if not isinstance(value, (int, float))]:
            raise TypeError(f"A log line holds ids and numbers only, not {', '.join(strange)}.")
        at = self._clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line: dict[str, Any] = {
            "at": at,
            "level": level,
            "event": identifier(name),
            "invocation": self.invocation,
            "run_id": self.run_id,
        }
        named = {"account": account, "stage": stage, "code": code}
        line |= {key: identifier(value) for key, value in named.items() if value is not None}
        line |= {identifier(key): value for key, value in counts.items() if key not in line}
        try:
            self._write(json.dumps(line, ensure_ascii=True) + "\n")
        except OSError as error:
            self.trouble = self.trouble or f"The log could not be written ({error.strerror}); the run went on without it."

    def finished(self, report: Mapping[str, Any]) -> None:
        """The lines of a run that came to its end, from the object of `earned run --json`."""
        self.run_id = str(report["run_id"])
        for stage, seconds in report["seconds"].items():
            self.event("stage_finished", {"seconds": seconds}, stage=stage)
        for account, why in report.get("failures", {}).items():
            self.event("account_failed", level="error", account=account, code=why.partition(":")[0])
        for kind, count in sorted(Counter(_kind_of(problem) for problem in report["quarantined"]).items()):
            self.event("quarantined", {"count": count}, level="warning", code=kind)
        if report["warnings"]:
            self.event("warnings", {"count": len(report["warnings"])}, level="warning")
        self.event("records_read", report["records"])
        signals = report["signals"]
        quotes = {name: signals[name] for name in ("verified", "repaired")}
        self.event("quotes_verified", {**quotes, "rejected": sum(signals["rejected"].values())})
        self.event("hypotheses_saved", _numbers(report["hypotheses"]))
        self.event("model_called", _numbers(report["llm"]))
        self.event("run_finished", {**_numbers(report["accounts"]), "dry_run": bool(report["dry_run"])})

    def failed(self, error: BaseException) -> None:
        """The last line of a run that did not: the kind of error and the exit code, never its message."""
        match error:
            case EarnedError():
                code = int(error.exit_code)
            case KeyboardInterrupt():
                code = int(Exit.INTERRUPTED)
            case SystemExit(code=int(given)):
                code = given
            case _:
                code = int(Exit.FAILED)
        self.event("run_failed", {"exit_code": code}, level="error", code=type(error).__name__)


class LoggedProgress:
    """Hands progress on and writes it down: each stage with its size, each account that was worked on."""

    def __init__(self, inner: Progress, log: RunLog) -> None:
        self._inner = inner
        self._log = log
        self._reading = True

    def stage(self, name: str, total: int) -> None:
        self._reading = name == "Reading"
        self._log.event("stage_started", {"units": total}, stage=name)
        self._inner.stage(name, total)

    def begin(self, what: str) -> None:
        self._inner.begin(what)

    def advance(self, what: str) -> None:
        if not self._reading:
            self._log.event("account_done", account=what)
        self._inner.advance(what)


@contextmanager
def opened(path: Path) -> Iterator[RunLog]:
    """Append to a file, a line at a time. Raises ConfigurationError where it cannot be opened. An error on the way out is logged."""
    try:
        file = path.open("a", encoding="utf-8", newline="\n", buffering=1)
    except OSError as error:
        raise ConfigurationError(
            f"The log {path} cannot be opened: {error.strerror}.", "Choose another file with --log."
        ) from error
    with file:
        log = RunLog(file.write)
        log.event("run_started")
        try:
            yield log
        except BaseException as error:
            log.failed(error)
            raise


def identifier(text: str) -> str:
    """The text if it can only be an id, with spaces as underscores; else a short hash of it, which still tells two apart."""
    plain = text.replace(" ", "_") if len(text) <= LONGEST_NAME else text
    return plain if _IDENTIFIER.fullmatch(plain) else f"sha256:{stable_id(text, length=12)}"


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in values.items() if isinstance(value, (int, float))}


def _kind_of(problem: Mapping[str, Any]) -> str:
    """The folder or table that a problem is in: `tickets`, `accounts.csv`; never a file that may be named after somebody."""
    return str(problem.get("file") or "book").replace("\\", "/").partition("/")[0]
