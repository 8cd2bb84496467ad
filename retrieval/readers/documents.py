"""JSON files as exports leave them: one object, a list, one object per line, or cut off in the middle."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retrieval.readers.files import FileText
from retrieval.records import Problem

_SPACE = " \t\r\n,"
_WORDY = 3
"""A text of more words than this may be a sentence; names, states and ids are shorter."""
_WORDY_DAY = 6
"""The same of a date: `Thu, 06 Aug 2026 10:00:00 +0000` is one."""
_NAMES_ONLY = frozenset({"id", "key", "email", "type", "part_type", "public", "private", "incoming", "is_public", "url", "self"})
_DEEPEST = 8
_TEXTS_ONLY = frozenset({"role", "name", "subject", "title"})


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value of a file; `line` is where it stands, if the file has one value a line."""

    value: Any
    line: int | None = None


def documents_of(file: FileText, listed: str | None = None) -> tuple[list[Document], list[Problem]]:
    """The JSON values of a file. `listed`: the key whose list is salvaged item by item where the file is cut off or damaged."""
    text = file.text.removeprefix("\ufeff")
    problems = list(file.problems)
    if not text.strip():
        if not problems:
            problems.append(Problem(file.name, "the file is empty", "Export it again"))
        return [], problems
    twice: dict[str, None] = {}
    try:
        value = _parsed(text, twice)
        problems += [_repeated(file.name, key) for key in twice]
        return [Document(value)], problems
    except RecursionError:
        problems.append(Problem(file.name, "JSON nested too deeply", "Export it again"))
        return [], problems
    except ValueError as error:
        damage = error
    lines = re.split(r"\r\n|\n|\r", text)  # not splitlines: JSON texts may hold U+2028
    first = next((line for line in lines if line.strip()), "")
    if _parses(first) and len(lines) > 1:
        return _by_line(file.name, lines, problems), problems
    return _salvaged(file.name, text, listed, damage, problems), problems


def _parsed(text: str, twice: dict[str, None]) -> Any:
    """The JSON value; keys that stand twice in one object go into `twice` (JSON itself keeps the last and says nothing)."""

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            twice.update((key, None) for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return found

    return json.loads(text, object_pairs_hook=object_of)


def _repeated(name: str, key: str, line: int | None = None) -> Problem:
    return Problem(name, f'"{key[:60]}" stands twice in one object; the last is used', "Export it again", line, key[:60])


def unread_words(raw: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """Keys that hold what somebody may have said, a text of several words, where no reader looks for it, however deep.

    That is every key but the `known` ones, and of these each that by its name is an id, a switch or a date: words in it are
    somebody's that an export, or damage, put into the wrong place.
    """
    return [key for key, value in raw.items() if (key not in known and _has_words(value)) or _is_misplaced(key, value)]


def unread_inside(raw: Mapping[str, Any], key: str, known: Collection[str]) -> list[str]:
    """The same of an object that stands under `key`, as `key.inner`; `key` itself where it is no object and holds words."""
    value = raw.get(key)
    if isinstance(value, dict):
        return [f"{key}.{inner}" for inner in unread_words(value, known)]
    return [key] if _has_words(value) else []


def _is_misplaced(key: str, value: Any) -> bool:
    if key.endswith(("_at", "_since", "_until", "_by")) or key in ("created", "updated", "createdAt", "updatedAt"):
        return len(value.split(None, _WORDY_DAY)) > _WORDY_DAY if isinstance(value, str) else _has_words(value)
    if key == "email" and isinstance(value, str) and "@" in value:
        return False  # `Dana van der Berg <dana@acme.example>`
    plain = key in _NAMES_ONLY or key.endswith("_id") or (key in _TEXTS_ONLY and not isinstance(value, str))
    return plain and _has_words(value)


def _has_words(value: Any, depth: int = 0) -> bool:
    if isinstance(value, str):
        return len(value.split(None, _WORDY)) > _WORDY
    if depth == _DEEPEST or not isinstance(value, (dict, list)):
        return False
    return any(_has_words(part, depth + 1) for part in (value.values() if isinstance(value, dict) else value))


def _by_line(name: str, lines: list[str], problems: list[Problem]) -> list[Document]:
    found: list[Document] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        twice: dict[str, None] = {}
        try:
            found.append(Document(_parsed(line, twice), number))
            problems += [_repeated(name, key, number) for key in twice]
        except (ValueError, RecursionError) as error:
            why = f"not JSON ({_reason(error)})"
            last = not any(later.strip() for later in lines[number:])
            remedy = "The line is cut off: export it again" if last else "Repair or export the line again"
            problems.append(Problem(name, why, remedy, line=number))
    return found


def _salvaged(name: str, text: str, listed: str | None, damage: ValueError, problems: list[Problem]) -> list[Document]:
    line = getattr(damage, "lineno", None)
    start = text.find(f'"{listed}"') if listed else -1
    opening = text.find("[", start + 1 if start >= 0 else 0)
    items = list(_items(text, opening + 1)) if opening >= 0 and (start >= 0 or text.lstrip().startswith("[")) else []
    why = f"not JSON ({_reason(damage)})"
    remedy = f"Export it again; the first {len(items)} entries were read" if items else "Export it again"
    problems.append(Problem(name, why, remedy, line=line))
    if not items:
        return []
    return [Document({listed: items} if listed and start >= 0 else items)]


def _items(text: str, position: int) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    while True:
        while position < len(text) and text[position] in _SPACE:
            position += 1
        try:
            item, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        yield item


def _parses(line: str) -> bool:
    try:
        return isinstance(json.loads(line), (dict, list))
    except (ValueError, RecursionError):
        return False


def _reason(error: Exception) -> str:
    return getattr(error, "msg", None) or ("nested too deeply" if isinstance(error, RecursionError) else str(error))


def mapping_of(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The value if it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else []
