"""Customers' text made safe to show, without losing the place of a single character.

The one boundary between what somebody wrote in a ticket and what reaches a terminal. A terminal obeys escape sequences wherever
they come from, and Textual passes them on: `\\x1b]52;...` in a comment would write the reviewer's clipboard. So nothing is shown that
did not go through `clean`. Offsets of quotes count code points of the raw text (design invariant 1); `Clean.at` carries them over.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rich.cells import cell_len as _rich_cells

TAB: Final = 4
MAX_MARKS: Final = 4
"""Combining marks kept on one character; more than that climb out of their line on the screen."""

_NEWLINE: Final = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_SUSPECT: Final = re.compile(
    "\r\n|[^\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u0590\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]"
)
"""Everything that is not plainly a letter, a sign or an ideograph is looked at one by one."""
_ASCII: Final = re.compile("[\x20-\x7e]*\\Z")


@dataclass(frozen=True, slots=True)
class Clean:
    """Text that is safe to show: printable characters and `\\n` only, with the way back to the raw offsets."""

    text: str
    _raw: tuple[int, ...]
    _shown: tuple[int, ...]
    """Where the two texts part: at raw offset `_raw[i]` stands the shown offset `_shown[i]`, and they run in step from there."""

    def at(self, raw: int) -> int:
        """The place in `text` of a raw offset."""
        i = bisect_right(self._raw, raw) - 1
        following = self._shown[i + 1] if i + 1 < len(self._shown) else len(self.text)
        return min(self._shown[i] + raw - self._raw[i], following)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A raw span as a span of `text`: a quote keeps its exact words."""
        return self.at(start), self.at(end)


def clean(raw: str) -> Clean:
    """Make a text safe and keep its offsets.

    Control characters become visible escapes (`\\x1b`), bidirectional overrides and other invisible ones a mark (`<U+202E>`),
    line ends of all kinds
    `\\n`, tabs spaces, lone surrogates U+FFFD, flags their two letters. Emoji lose their joiners and selectors: terminals disagree
    about the width of the joined form. Cost is proportional to what is unusual: 1 MB of English takes about 10 ms.
    """
    if raw.isascii() and raw.isprintable():
        return Clean(raw, (0,), (0,))
    parts: list[str] = []
    raws, showns = [0], [0]
    done = shown = marks = column = 0
    last_mark = -1
    for found in _SUSPECT.finditer(raw):
        at, end = found.span()
        plain = raw[done:at]
        parts.append(plain)
        shown += len(plain)
        column += len(plain)
        marks = marks + 1 if at == last_mark else 0
        piece = found.group()
        if unicodedata.category(piece[0]) == "Mn" and not _selector(ord(piece[0])):
            new = piece if marks < MAX_MARKS else ""
            last_mark = end
        elif piece == "\t":
            new = " " * (TAB - column % TAB)
        else:
            new = _shown_as(piece, raw[at - 1] if at else "")
        parts.append(new)
        shown += len(new)
        column = 0 if new == "\n" else column + len(new)
        done = end
        if len(new) != end - at:
            raws.append(end)
            showns.append(shown)
            if new and end - at == 1 and len(new) > 1:
                # The character itself starts where its mark starts; only what follows is shifted.
                raws.insert(-1, at)
                showns.insert(-1, shown - len(new))
    parts.append(raw[done:])
    return Clean("".join(parts), tuple(raws), tuple(showns))


def safe(raw: str) -> str:
    """One line of safe text, for names and titles: line ends become spaces."""
    return clean(raw).text.replace("\n", " ")


def _shown_as(piece: str, before: str) -> str:
    if _NEWLINE.fullmatch(piece):
        return "\n"
    code = ord(piece)
    if code == 0x200D or code == 0x200C:
        # Persian and Indic scripts need the joiners; between emoji they only make the width a matter of opinion.
        marked = unicodedata.category(before or "x") in ("Mn", "Mc") and not _selector(ord(before))
        return piece if before.isalpha() or marked else ""
    if _selector(code) or 0x1F3FB <= code <= 0x1F3FF or code in (0x00AD, 0x200B, 0x2060, 0xFEFF):
        return ""
    if 0x1F1E6 <= code <= 0x1F1FF:
        return chr(code - 0x1F1E6 + ord("A"))
    return _by_category(piece)


def _selector(code: int) -> bool:
    """Variation selectors: they only choose between two looks, of two widths, of the character before."""
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF


@lru_cache(maxsize=4096)
def _by_category(char: str) -> str:
    code = ord(char)
    category = unicodedata.category(char)
    if category == "Cc":
        return f"\\x{code:02x}"
    if category == "Cs":
        return "\ufffd"
    if category in ("Cf", "Co", "Cn"):
        return f"<U+{code:04X}>"
    if category == "Zs":
        return " "
    if category in ("Me", "Lm", "Lo", "Mc") and _rich_cells(char) == 0:
        return f"<U+{code:04X}>"
    return char


def cells(text: str) -> int:
    """How many columns a safe text takes: the sum over its characters, which is what every terminal agrees on."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


@lru_cache(maxsize=16384)
def _cells(char: str) -> int:
    return _rich_cells(char)


def cut(text: str, width: int, *, mark: str = "~") -> str:
    """The text in at most `width` columns; `mark` ends what was cut."""
    if cells(text) <= width:
        return text
    if width <= len(mark):
        return mark[:width]
    head = text[: _fitting(text, 0, len(text), width - len(mark))].rstrip()
    return head + mark if cells(head) + len(mark) <= width else mark  # not even one wide character fits beside the mark


def fit(text: str, width: int) -> str:
    """The text in exactly `width` columns: cut or filled up with spaces."""
    short = cut(text, width)
    return short + " " * (width - cells(short))


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Spans of the lines of a safe text in `width` columns. Joined with what lies between them (one space or line end, which are
    not shown, or nothing where a long word is broken) they are the text again, so offsets stay true. Never empty.
    """
    width = max(width, 2)
    spans: list[tuple[int, int]] = []
    start = 0
    while True:
        newline = text.find("\n", start)
        end = newline if newline >= 0 else len(text)
        _wrap_line(text, start, end, width, spans)
        if newline < 0:
            return spans
        start = newline + 1


def _wrap_line(text: str, start: int, end: int, width: int, spans: list[tuple[int, int]]) -> None:
    plain = text.isascii() if len(text) < 200 else bool(_ASCII.match(text[start:end]))
    while True:
        stop = min(start + width, end) if plain else _fitting(text, start, end, width)
        if stop >= end:
            spans.append((start, end))
            return
        if text[stop] == " ":
            spans.append((start, stop))
            start = stop + 1
            continue
        space = text.rfind(" ", start + 1, stop)
        if space > start:
            spans.append((start, space))
            start = space + 1
        else:
            spans.append((start, stop))
            start = stop


def _fitting(text: str, start: int, end: int, width: int) -> int:
    """The offset up to which the text fits into `width` columns; at least one character."""
    used = 0
    for at in range(start, end):
        used += _cells(text[at])
        if used > width:
            return max(at, start + 1)
    return end
