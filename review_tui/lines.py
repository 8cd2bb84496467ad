"""Pages as values: lines of spans, each with a role. Widgets paint them, plain mode prints them, tests read them.

Roles are names that the stylesheets give a look to (`styles/lines.tcss`); no meaning is in the colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from review_tui.text import cells, cut, fit, wrap

ROLES: Final = (
    "body",
    "label",
    "strong",
    "dim",
    "quote",
    "supports",
    "counter",
    "missing",
    "pretend",
    "title",
    "hit",
    "other-hit",
    "rule",
    "warn",
    "error",
    "key",
    "cursor",
    "done",
    "customer",
    "vendor",
)
LABEL: Final = 9
"""Columns of the words in front of a section: the longest is `IF NEVER`."""

Span = tuple[str, str]
"""(text, role); the text is safe (`review_tui.text.clean`)."""


class Line(NamedTuple):
    spans: tuple[Span, ...] = ()
    quote: int | None = None
    """The number of the quote that a click on the line opens."""
    link: str | None = None
    """The action that a click on the line performs."""

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.spans)


def line(text: str = "", role: str = "body", *, quote: int | None = None, link: str | None = None) -> Line:
    return Line(((text, role),) if text else (), quote, link)


def row(*spans: Span, quote: int | None = None) -> Line:
    return Line(tuple(span for span in spans if span[0]), quote)


def flow(pieces: Sequence[Span], width: int, *, quote: int | None = None) -> list[Line]:
    """The pieces run on as one text, wrapped to `width`; roles follow the words over the line ends."""
    text = "".join(piece for piece, _ in pieces)
    bounds: list[tuple[int, str]] = []
    at = 0
    for piece, role in pieces:
        at += len(piece)
        bounds.append((at, role))
    lines: list[Line] = []
    current = 0
    for start, end in wrap(text, width):
        spans: list[Span] = []
        while start < end:
            while bounds[current][0] <= start:
                current += 1
            stop = min(end, bounds[current][0])
            spans.append((text[start:stop], bounds[current][1]))
            start = stop
        lines.append(Line(tuple(spans), quote))
    return lines


def beside(head: Span, body: Iterable[Line], column: int) -> list[Line]:
    """Lines with a head in front of the first one and blanks in front of the others."""
    text, role = head
    out: list[Line] = []
    for number, one in enumerate(body):
        lead: tuple[Span, ...] = ((fit(text, column), role),) if number == 0 else ((" " * column, "body"),)
        out.append(Line(lead + one.spans, one.quote, one.link))
    return out


def section(label: str, body: Iterable[Line]) -> list[Line]:
    """A section of the card: its word in the left column."""
    return beside((label, "label"), body, LABEL)


def clip(one: Line, width: int) -> Line:
    """The line in at most `width` columns; a `~` ends what was cut."""
    if sum(cells(text) for text, _ in one.spans) <= width:
        return one
    left = width
    spans: list[Span] = []
    for text, role in one.spans:
        size = cells(text)
        if size > left:
            spans.append((cut(text, left), role))
            break
        spans.append((text, role))
        left -= size
    return one._replace(spans=tuple(spans))


def printed(lines: Iterable[Line]) -> str:
    """The lines as text without trailing blanks."""
    return "\n".join(one.text.rstrip() for one in lines)
