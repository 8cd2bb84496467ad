"""Settings of the queue in `review.toml` of the home: keys, theme, views. Checked whole before the first screen. Pure, but for `load`.

    theme = "review-light"
    [keys]
    approve = "a,f2"          # several keys, separated by commas; "" for none
    single_letters = false    # decisions only by alt+letter and function keys (WCAG 2.1.4)
    [views]
    hot = "grade:earned age<7d"

Two actions on one key, an unknown action or an unknown key is an error that names both: the framework would let one of them win
in silence, and a key that approves instead of rejecting must never start.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from agent.errors import ConfigurationError
from review_tui.actions import ACTIONS, BY_ID, QUOTE_KEYS

FILE: Final = "review.toml"
VIEWS_FILE: Final = "review-views.toml"
THEMES: Final = ("review-dark", "review-light", "review-contrast")
NAMED: Final = frozenset(
    {"enter", "escape", "tab", "shift+tab", "space", "backspace", "delete", "insert", "home", "end"}
    | {"pageup", "pagedown", "up", "down", "left", "right"}
)
MANDATORY: Final = ("help", "quit", "back", "down", "up")
RESERVED: Final = frozenset({*QUOTE_KEYS, "ctrl+c"})
WITHOUT_LETTERS: Final = {
    "approve": ("alt+a", "f2"),
    "edit": ("alt+e", "f3"),
    "reject": ("alt+x", "f4"),
    "proof": ("alt+p", "f5"),
    "snooze": ("alt+z", "f6"),
    "undo": ("ctrl+z",),
    "check": ("alt+v",),
    "flag": ("alt+w",),
}
_MODIFIED = re.compile(r"(?:ctrl|alt)\+(?:[a-z]|up|down|left|right)|f(?:[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file says, complete with the defaults."""

    keys: dict[str, tuple[str, ...]]
    theme: str = "review-dark"
    views: dict[str, str] = field(default_factory=dict)

    @property
    def lookup(self) -> dict[str, str]:
        """Key -> action id."""
        return {key: name for name, keys in self.keys.items() for key in keys}


def defaults() -> dict[str, tuple[str, ...]]:
    return {act.id: act.keys for act in ACTIONS}


def load(home: Path) -> Settings:
    """Read `review.toml` and the views saved from the app. Raises ConfigurationError naming the file and the entry."""
    settings = settings_from(_read(home / FILE), str(home / FILE))
    saved = _views(_read(home / VIEWS_FILE), str(home / VIEWS_FILE))
    return Settings(settings.keys, settings.theme, {**settings.views, **saved})


def save_view(home: Path, name: str, text: str) -> None:
    """Remember a filter under a name, beside the file that people write by hand."""
    views = {**_views(_read(home / VIEWS_FILE), str(home / VIEWS_FILE)), name: text}
    body = "".join(f"{_quoted(key)} = {_quoted(value)}\n" for key, value in sorted(views.items()))
    (home / VIEWS_FILE).write_text(body, encoding="utf-8")


def settings_from(content: Mapping[str, Any], where: str) -> Settings:
    """Check the content of the file. Raises ConfigurationError for the first thing that is wrong."""
    for name in content:
        if name not in ("keys", "theme", "views"):
            raise _wrong(where, name, "is not a setting", _near(name, ("keys", "theme", "views")))
    theme = content.get("theme", "review-dark")
    if theme not in THEMES:
        raise _wrong(where, "theme", f"{theme!r} is not a theme", f"Choose one of: {', '.join(THEMES)}.")
    given = content.get("keys", {})
    if not isinstance(given, Mapping):
        raise _wrong(where, "keys", "is not a table", 'Write [keys] and lines such as approve = "a".')
    return Settings(_keys(given, where), theme, _views(content.get("views", {}), where))


def _keys(given: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    keys = defaults()
    letters = given.get("single_letters", True)
    if not isinstance(letters, bool):
        raise _wrong(where, "keys.single_letters", f"{letters!r} is not true or false", "Write true or false.")
    if not letters:
        keys |= WITHOUT_LETTERS
    for name, value in given.items():
        if name == "single_letters":
            continue
        if name not in BY_ID:
            raise _wrong(where, f"keys.{name}", "is not an action", _near(name, tuple(BY_ID)))
        if not isinstance(value, str):
            raise _wrong(where, f"keys.{name}", f"{value!r} is not text", 'Write keys as text, e.g. "a,f2".')
        keys[name] = tuple(_split(value))
        for key in keys[name]:
            if not _is_key(key):
                raise _wrong(
                    where, f"keys.{name}", f"{key!r} is not a key", "Use a character, a name such as enter, ctrl+d or f2."
                )
            if key in RESERVED:
                raise _wrong(where, f"keys.{name}", f"{key!r} is taken for good", "Digits open quotes and ctrl+c copies.")
    for name in MANDATORY:
        if not keys[name]:
            raise _wrong(where, f"keys.{name}", "has no key", "It must stay reachable; give it one.")
    taken: dict[str, str] = {}
    for name, used in keys.items():
        for key in used:
            if key in taken:
                remedy = f'Give one of them another key, or {taken[key]} = "" for none.'
                raise _wrong(where, f"keys.{name}", f"{key!r} is already the key of {taken[key]}", remedy)
            taken[key] = name
    return keys


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _is_key(key: str) -> bool:
    return (len(key) == 1 and key.isprintable() and key != " ") or key in NAMED or _MODIFIED.fullmatch(key) is not None


def _views(given: Any, where: str) -> dict[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        raise _wrong(where, "views", "is not a table of filters", 'Write lines such as hot = "grade:earned".')
    return dict(given)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.", "Correct it, or move it away for the defaults.") from error


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _wrong(where: str, entry: str, why: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"{where} [{entry}]: {why}.", remedy)


def _near(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
