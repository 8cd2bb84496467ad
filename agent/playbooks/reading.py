"""Reading a playbook file. What is wrong with it is named: file, line, key, and the nearest spelling."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, Final, cast

from agent.drafting.message import INTERNAL_WORDS
from agent.errors import ConfigurationError, NotFound
from agent.playbooks.playbook import LIMITS, NAMES, PLACES, Condition, Opens, Playbook, Playbooks, Subject

OVERRIDE: Final = "playbooks.toml"
"""The file in the data folder that replaces ours."""
_KEYS: Final = ("name", "because", "when", "unless", "segments", "opens", "text", "ask")
_REQUIRED: Final = ("name", "because", "when", "opens", "text")


def chosen(home: Path, given: Path | None) -> Playbooks:
    """The file that was given, else the home's, else the one that ships. Raises NotFound, or ConfigurationError where it is wrong."""
    if given is not None:
        if not given.is_file():
            raise NotFound(f"There is no file {given}.", "Give a playbook file, or leave --playbooks out.")
        return read_playbooks(given)
    own = home / OVERRIDE
    return read_playbooks(own) if own.is_file() else shipped()


def shipped() -> Playbooks:
    text = resources.files("agent.playbooks").joinpath("default.toml").read_text("utf-8")
    return _parsed("playbooks/default.toml", text)


def read_playbooks(path: Path) -> Playbooks:
    """Raises ConfigurationError with file, line and key."""
    try:
        return _parsed(path.name, path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path.name} is not UTF-8 text.", "Save it as UTF-8.") from error


def _parsed(file: str, text: str) -> Playbooks:
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers of 5,000 digits, and lists in lists in lists
        raise ConfigurationError(f"{file}: {error}.", "Correct that line; it must be TOML.") from error
    top = _Block(file, text, 0, "")
    top.only(tree, ("version", "changelog", "playbook"))
    version = top.text(tree, "version")
    found = tree.get("playbook", [])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise top.wrong("playbook", "is not a list of tables", "Begin each playbook with [[playbook]].")
    books = tuple(_playbook(_Block(file, text, at, str(row.get("name", at))), row) for at, row in enumerate(found, 1))
    for at, book in enumerate(books, 1):
        if book.name in [other.name for other in books[: at - 1]]:
            raise _Block(file, text, at, book.name).wrong("name", f"{book.name!r} is there twice", "Name each playbook once.")
    return Playbooks(file, version, books)


def _playbook(block: _Block, row: Mapping[str, Any]) -> Playbook:
    block.only(row, _KEYS)
    for key in _REQUIRED:
        if key not in row:
            raise block.wrong("", f"has no {key}", f"Every playbook has {', '.join(_REQUIRED)}.")
    name = block.text(row, "name")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise block.wrong("name", f"{name!r} is no name", "Use lower case letters, digits and underscores.")
    opens = block.text(row, "opens")
    block.among("opens", opens, ("hypothesis", "task"))
    when, unless = (tuple(_conditions(block, key, row.get(key, []))) for key in ("when", "unless"))
    if not when:
        raise block.wrong("when", "names nothing", 'Give at least one condition, such as [{ signal = "usage_growth" }].')
    segments = row.get("segments", [])
    if not isinstance(segments, list) or not all(isinstance(segment, str) for segment in segments):
        raise block.wrong("segments", "is not a list of texts", 'Write segments = ["smb", "enterprise"].')
    text, ask = block.text(row, "text"), block.text(row, "ask") if "ask" in row else ""
    block.filled("text", text, PLACES)
    block.filled("ask", ask, ())
    if inner := INTERNAL_WORDS.search(ask):
        raise block.wrong("ask", f"holds {inner[0]!r}, which customers must not read", "Put it in the customer's words.")
    because = block.text(row, "because")
    return Playbook(name, because, when, cast(Opens, opens), text, unless, frozenset(segments), ask)


def _conditions(block: _Block, key: str, rows: Any) -> Iterable[Condition]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise block.wrong(key, "is not a list of conditions", f'Write {key} = [{{ signal = "usage_growth" }}].')
    for row in rows:
        subjects = [name for name in row if name in NAMES]
        known = (*NAMES, *dict.fromkeys(limit for limits in LIMITS.values() for limit in limits))
        for name in row:
            block.among(key, name, known, where=name)
        if len(subjects) != 1:
            raise block.wrong(key, f"a condition names {len(subjects)} things", f"Name one of {', '.join(NAMES)} in each.")
        subject = cast(Subject, subjects[0])
        block.among(subject, row[subject], NAMES[subject], where=str(row[subject]))
        limits = {name: row[name] for name in row if name != subject}
        for name, value in limits.items():
            block.among(name, name, LIMITS[subject], where=name)
            block.limit(name, value)
        if subject == "figure" and not limits:
            raise block.wrong(key, f"{row[subject]} has no limit", "Add at_least or at_most.")
        yield Condition(subject, row[subject], **limits)


@dataclass(frozen=True, slots=True)
class _Block:
    """A place in the file: the n-th playbook, or its head (0). It knows where things stand and how to complain."""

    file: str
    source: str
    number: int
    name: str

    def wrong(self, key: str, what: str, remedy: str, *, where: str = "") -> ConfigurationError:
        playbook = f" of {self.name!r}" if self.number else ""
        place = f"[{key}]{playbook}" if key else f"[[playbook]] {self.name!r}"
        return ConfigurationError(f"{self.file}:{self._line(where or key)} {place}: {what}.", remedy)

    def only(self, row: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in row:
            self.among(key, key, known, where=key)

    def among(self, key: str, value: Any, known: tuple[str, ...], *, where: str = "") -> None:
        """Raises for a word that is not known, with the nearest one that is."""
        if value not in known or not isinstance(value, str):
            near = get_close_matches(str(value), known, 1)
            remedy = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known) or 'nothing'}."
            raise self.wrong(key, f"{value!r} is not known here", remedy, where=where)

    def text(self, row: Mapping[str, Any], key: str) -> str:
        value = row.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "is not a text", f'Write {key} = "...".')
        return value.strip()

    def limit(self, name: str, value: Any) -> None:
        whole = name in ("count", "within_days", "for_days")
        good = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool) and abs(value) < 1e9
        if not good or (whole and value < (1 if name == "count" else 0)):
            kind = "a whole number of at least " + ("1" if name == "count" else "0") if whole else "a number"
            raise self.wrong(name, f"{value!r} is not {kind}", "Write it in digits, without quotation marks.", where=name)

    def filled(self, key: str, text: str, places: tuple[str, ...]) -> None:
        try:
            fields = [(name, spec, turned) for _, name, spec, turned in string.Formatter().parse(text) if name is not None]
        except ValueError as error:
            raise self.wrong(key, f"a brace is open: {error}", "Write {{ for a brace.") from error
        for name, spec, turned in fields:
            self.among(key, name, places, where=f"{{{name}")
            if spec or turned:
                raise self.wrong(key, f"{{{name}}} carries a format", "Write the name alone in braces.")

    def _line(self, word: str) -> int:
        """The line of a word in this playbook, or else of its beginning. Found in the text, as TOML readers forget lines."""
        lines = self.source.split("\n")
        heads = [at for at, line in enumerate(lines) if re.match(r"\s*\[\[\s*playbook\s*\]\]", line)]
        first = heads[self.number - 1] if 0 < self.number <= len(heads) else 0
        last = (
            (heads[self.number] if self.number < len(heads) else len(lines))
            if self.number
            else (heads[0] if heads else len(lines))
        )
        inside = [
            at for at in range(first, last) if word and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lines[at].partition("#")[0])
        ]
        return (inside[0] if inside else first) + 1
