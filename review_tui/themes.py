"""Three themes, as colours for roles. Every pair of text and background is at least 4.5:1 (a test computes it).

No meaning is in the colour alone: signs (`+ - ~ ?`), words and `>> <<` say the same in black and white.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Look(NamedTuple):
    """How a role is painted: names of colours of the palette (empty: those of the widget) and attributes."""

    colour: str = ""
    back: str = ""
    attributes: tuple[str, ...] = ()


LOOKS: Final[dict[str, Look]] = {
    "body": Look(),
    "label": Look("label", "", ("bold",)),
    "strong": Look("strong", "", ("bold",)),
    "title": Look("strong", "", ("bold",)),
    "dim": Look("dim"),
    "vendor": Look("dim"),
    "done": Look("dim"),
    "quote": Look("quote"),
    "supports": Look("supports", "", ("bold",)),
    "counter": Look("counter", "", ("bold",)),
    "missing": Look("missing", "", ("bold",)),
    "warn": Look("missing", "", ("bold",)),
    "pretend": Look("pretend", "", ("bold",)),
    "key": Look("key", "", ("bold",)),
    "customer": Look("label", "", ("bold",)),
    "rule": Look("bar"),
    "hit": Look("hit", "hit-back", ("bold", "underline")),
    "other-hit": Look("other", "other-back", ("underline",)),
    "cursor": Look("cursor", "cursor-back", ("bold",)),
    "error": Look("error", "error-back", ("bold",)),
}
"""Every role of `review_tui.lines`."""

PALETTES: Final[dict[str, dict[str, str]]] = {
    "review-dark": {
        "back": "#16181d",
        "text": "#d8dbe2",
        "dim": "#9aa1ad",
        "label": "#8fb4e8",
        "strong": "#ffffff",
        "quote": "#e6d9b8",
        "supports": "#8fd18f",
        "counter": "#ff9d93",
        "missing": "#f0c674",
        "pretend": "#c9a3e8",
        "key": "#8fd0e0",
        "bar-back": "#262b36",
        "bar": "#c3cad8",
        "focus-back": "#2f4a73",
        "focus": "#ffffff",
        "cursor-back": "#2f4a73",
        "cursor": "#ffffff",
        "hit-back": "#5a4a12",
        "hit": "#fff4cc",
        "other-back": "#2b2f3a",
        "other": "#e0d6bd",
        "error-back": "#7a1f1f",
        "error": "#ffffff",
    },
    "review-light": {
        "back": "#fbfaf7",
        "text": "#24272e",
        "dim": "#5d6470",
        "label": "#1d4f91",
        "strong": "#000000",
        "quote": "#513c06",
        "supports": "#1a6b2d",
        "counter": "#a3201a",
        "missing": "#7a5200",
        "pretend": "#6a3391",
        "key": "#0b5c70",
        "bar-back": "#e6e3da",
        "bar": "#3a404b",
        "focus-back": "#1d4f91",
        "focus": "#ffffff",
        "cursor-back": "#cfe0f7",
        "cursor": "#0a0f1a",
        "hit-back": "#ffe58a",
        "hit": "#2b2200",
        "other-back": "#f0ebd8",
        "other": "#513c06",
        "error-back": "#a3201a",
        "error": "#ffffff",
    },
    "review-contrast": {
        "back": "#000000",
        "text": "#ffffff",
        "dim": "#d0d0d0",
        "label": "#66ccff",
        "strong": "#ffffff",
        "quote": "#ffff99",
        "supports": "#66ff66",
        "counter": "#ffb3ab",
        "missing": "#ffd75f",
        "pretend": "#e6b8ff",
        "key": "#7fffff",
        "bar-back": "#303030",
        "bar": "#ffffff",
        "focus-back": "#ffffff",
        "focus": "#000000",
        "cursor-back": "#ffffff",
        "cursor": "#000000",
        "hit-back": "#ffff00",
        "hit": "#000000",
        "other-back": "#404040",
        "other": "#ffff99",
        "error-back": "#ff5f5f",
        "error": "#000000",
    },
}
PAIRS: Final[tuple[tuple[str, str], ...]] = (
    *((name, "back") for name in ("text", "dim", "label", "strong", "quote", "supports", "counter", "missing", "pretend", "key")),
    *((name, "bar-back") for name in ("bar", "supports", "counter", "missing", "pretend", "key")),
    ("focus", "focus-back"),
    ("cursor", "cursor-back"),
    ("hit", "hit-back"),
    ("other", "other-back"),
    ("error", "error-back"),
)
"""(text, background) of everything that is painted."""


def contrast(one: str, other: str) -> float:
    """The WCAG 2 contrast ratio of two `#rrggbb` colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def variables(name: str) -> dict[str, str]:
    """The colours of a theme as the stylesheets name them: `$r-quote`."""
    return {f"r-{role}": colour for role, colour in PALETTES[name].items()}
