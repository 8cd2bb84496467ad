"""The thresholds of the data checks: ours, or a home's own in checks.toml. What is wrong in that file is named: line, key, remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from agent.errors import ConfigurationError

FILE: Final = "checks.toml"
"""In the data folder. Sections and keys are the fields below; what is left out keeps its default."""


@dataclass(frozen=True, slots=True)
class Volume:
    """Records of a source, and accounts, against the last run."""

    stop: float = 0.5
    """At most this share of the last run's is an anomaly: the run stops before it withdraws anything."""
    warn: float = 0.8
    small: int = 20
    """Sources of fewer records than this come and go: reaching `stop` is only a warning."""


@dataclass(frozen=True, slots=True)
class Join:
    """Accounts that a source names and accounts.csv has, among all that it names (formats.md, account identity ladder)."""

    warn: float = 0.95
    stop: float = 0.5


@dataclass(frozen=True, slots=True)
class SetAside:
    """What of a source could not be read, among all of it: unparsed cues, rows without a date."""

    warn: float = 0.05


@dataclass(frozen=True, slots=True)
class Freshness:
    """Days after which the newest record of a source is too old; 0 means that it may be of any age."""

    ticket: int = 14
    transcript: int = 45
    note: int = 45
    usage: int = 14
    event: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns whose loss since the last run stops it, as `file:column`; a lost file loses all of its columns."""

    stop: tuple[str, ...] = ("accounts.csv:domain", "accounts.csv:owner_email", "contacts.csv:name", "contacts.csv:email")


@dataclass(frozen=True, slots=True)
class Checks:
    volume: Volume = field(default_factory=Volume)
    join: Join = field(default_factory=Join)
    set_aside: SetAside = field(default_factory=SetAside)
    freshness: Freshness = field(default_factory=Freshness)
    columns: Columns = field(default_factory=Columns)


def read_checks(home: Path) -> Checks:
    """The home's thresholds, or ours where it has none. Raises ConfigurationError."""
    path = home / FILE
    if not path.is_file():
        return Checks()
    try:
        return parsed(path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from error
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}).", "Check its permissions.") from error


def parsed(text: str) -> Checks:
    """Thresholds from the text of a checks.toml. Raises ConfigurationError with line, section and key."""
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers of 5,000 digits, and lists in lists in lists
        raise ConfigurationError(f"{FILE}: {error}.", "Correct that line; it must be TOML.") from error
    chosen = Checks()
    for section, values in tree.items():
        known = _named(text, "", section, [item.name for item in fields(Checks)])
        if not isinstance(values, dict):
            raise _wrong(text, "", section, "is not a section", f"Write it as [{section}] with its keys under it.")
        old = getattr(chosen, known)
        new: dict[str, Any] = {}
        for key, value in values.items():
            _named(text, section, key, [item.name for item in fields(old)])
            new[key] = _value(text, section, key, value, getattr(old, key))
        chosen = replace(chosen, **{known: replace(old, **new)})
    for name, limits in (("volume", chosen.volume), ("join", chosen.join)):
        if limits.stop > limits.warn:
            raise _wrong(text, name, "stop", f"{limits.stop} is above warn ({limits.warn})", "A run warns before it stops.")
    return chosen


def _value(text: str, section: str, key: str, value: Any, old: Any) -> Any:
    if isinstance(old, tuple):
        named = isinstance(value, list) and all(isinstance(item, str) and re.fullmatch(r"[^:]+:[^:]+", item) for item in value)
        if not named:
            raise _wrong(text, section, key, "is not a list of file:column", 'Write ["accounts.csv:owner_email"].')
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(text, section, key, f"{value!r} is not a number", "Write it in digits, without quotation marks.")
    if isinstance(old, int):
        if not isinstance(value, int) or not 0 <= value <= 100_000:
            raise _wrong(text, section, key, f"{value!r} is not a whole number from 0", "Write whole records or days.")
        return value
    if not 0 <= value <= 1:
        raise _wrong(text, section, key, f"{value!r} is not a share", "Write a number from 0 to 1; 0.5 is one half.")
    return float(value)


def _named(text: str, section: str, key: str, known: Sequence[str]) -> str:
    if key in known:
        return key
    near = get_close_matches(key, known, 1)
    raise _wrong(text, section, key, "is not known here", f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}.")


def _wrong(text: str, section: str, key: str, what: str, remedy: str) -> ConfigurationError:
    place = f"[{section}] {key}" if section else f"[{key}]"
    return ConfigurationError(f"{FILE}:{_line(text, section, key)} {place}: {what}.", remedy)


def _line(text: str, section: str, key: str) -> int:
    """Where a key stands, looked for in the text: TOML readers forget lines."""
    inside = not section
    for number, line in enumerate(text.split("\n"), 1):
        if head := re.match(r"\s*\[\s*([^\]]+?)\s*\]", line):
            inside = not section or head[1].strip("\"' ") == section
        if inside and re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", line.partition("#")[0]):
            return number
    return 1


def as_toml(checks: Checks | None = None) -> str:
    """A checks.toml with every key: what a home's own begins from."""
    lines: list[str] = []
    chosen = checks or Checks()
    for section in fields(Checks):
        values: Any = getattr(chosen, section.name)
        lines.append(f"[{section.name}]")
        for item in fields(values):
            value = getattr(values, item.name)
            written = "[" + ", ".join(f'"{part}"' for part in value) + "]" if isinstance(value, tuple) else str(value)
            lines.append(f"{item.name} = {written}")
        lines.append("")
    return "\n".join(lines)


__all__ = ["FILE", "Checks", "Columns", "Freshness", "Join", "SetAside", "Volume", "as_toml", "parsed", "read_checks"]
