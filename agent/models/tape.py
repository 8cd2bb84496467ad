"""Recorded answers in a folder: the whole model path without network or key, the same on every machine.

`tape.json` says which model answered and with which parameters; `answers.jsonl` has one answer a line, under the same key as the
journal's. What was asked and is not there is remembered, so that `write_wanted` can list it for whoever records next.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agent.errors import ConfigurationError
from agent.models.journal import ATTEMPT, Journal, Row

HEADER: Final = "tape.json"
ANSWERS: Final = "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Header:
    model: str
    params: dict[str, Any]


def read_header(folder: Path) -> Header:
    """Raises ConfigurationError where the folder is no tape."""
    try:
        content = json.loads((folder / HEADER).read_text("utf-8"))
        return Header(str(content["model"]), dict(content["params"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{folder} holds no recorded answers: {HEADER} cannot be used ({error}).",
            "Record with EARNED_MODEL=record:DIR:<model>.",
        ) from error


@dataclass(slots=True)
class Tape:
    """Reads recorded answers; keeps nothing. Of equal keys the last line counts, so a tape can be amended by appending."""

    folder: Path
    _answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        path = self.folder / ANSWERS
        if not path.exists():
            return
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                entry = json.loads(line)
                self._answers[str(entry["key"])] = dict(entry["content"])
            except (ValueError, KeyError, TypeError) as error:
                raise ConfigurationError(
                    f"{path}:{number} is no recorded answer: {error}.", "Remove or correct the line."
                ) from error

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, key: str) -> Mapping[str, Any] | None:
        return self._answers.get(key)

    def keep(self, rows: Sequence[Row]) -> None:
        """Nothing: a replay leaves its tape alone."""


@dataclass(slots=True)
class Recorder:
    """A journal that also writes a tape: every answer that a run used, whether it was paid for now or earlier."""

    journal: Journal
    folder: Path
    header: Header
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / HEADER
        if path.exists():
            known = read_header(self.folder)
            if known != self.header:
                raise ConfigurationError(
                    f"{self.folder} has answers of {known.model} {known.params}, not of {self.header.model} {self.header.params}.",
                    "Record into another folder.",
                )
        else:
            path.write_text(json.dumps({"model": self.header.model, "params": self.header.params}) + "\n", "utf-8")
        self._seen = set(Tape(self.folder)._answers)

    def find(self, key: str) -> Mapping[str, Any] | None:
        content = self.journal.find(key)
        if content is not None:
            self._record([(key, content)])
        return content

    def keep(self, rows: Sequence[Row]) -> None:
        self.journal.keep(rows)
        self._record([(row["key"], row["content"]) for row in rows if not row["stage"].startswith(ATTEMPT)])

    def _record(self, found: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        fresh = [(key, content) for key, content in found if key not in self._seen]
        if fresh:
            self._seen.update(key for key, _ in fresh)
            with (self.folder / ANSWERS).open("a", encoding="utf-8") as out:
                out.writelines(json.dumps({"key": key, "content": dict(content)}) + "\n" for key, content in fresh)


def write_wanted(path: Path, wanted: Mapping[str, Mapping[str, Any]]) -> None:
    """The questions that a replay could not answer, one a line with their messages and schema: to be answered and appended."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps({"key": key, **question}) + "\n" for key, question in wanted.items())
