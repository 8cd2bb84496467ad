"""HTML to the text that a person sees, for bodies that an export gives in no other form."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from retrieval.readers.markup import hidden_spans

_BREAKS = frozenset(
    re.split(" ", "address article blockquote br div dl dt dd h1 h2 h3 h4 h5 h6 hr li ol p pre section table td th tr ul")
)


_WORDY = 3
"""Words inside a tag, from which on they are taken for text."""
_LONGEST = 500_000
"""Characters; the standard parser is slow on long malformed input, so that beyond this tags are only taken out."""


_BROKEN = re.compile(r"<[A-Za-z][^<>\"']*(?=<)")


def broken_tag(html: str) -> str:
    """What an opening tag swallows because another begins before it is closed, or a comment that never ends, as in browsers.

    "" where there is none.
    """
    opened = html.rfind("<!--")
    if opened >= 0 and "-->" not in html[opened:]:
        return html[opened:]
    match = _BROKEN.search(html)
    return match[0] if match and len(match[0].split()) > _WORDY else ""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "blockquote":
            self.quotes += 1
        if tag in _BREAKS:
            self._break(tag == "br")

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._break(False)
            self.quotes = max(0, self.quotes - 1)
        elif tag in _BREAKS:
            self._break(False)

    def _break(self, always: bool) -> None:
        if always or (self.pieces and not self.pieces[-1].endswith("\n")):
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        data = re.sub(r"[ \t\r\n\f]+", " ", data)
        if not self.pieces or self.pieces[-1].endswith("\n"):
            data = data.lstrip(" ")
            if data and self.quotes:
                data = "> " * self.quotes + data
        if data:
            self.pieces.append(data)


def text_of_html(source: str) -> str:
    """The visible text, one line per block; block quotes get `> ` marks, so that quotations stay quotations. Never raises."""
    if len(source) > _LONGEST:
        return re.sub(r"<[^<>]*>", " ", source).strip()
    parts: list[str] = []
    position = 0
    for start, end in hidden_spans(source):
        parts.append(source[position:start])
        position = end
    parser = _Text()
    try:
        parser.feed("".join(parts) + source[position:])
        parser.close()
    except (AssertionError, ValueError):
        # The standard parser asserts on some malformed declarations: then the tags alone are taken out.
        return re.sub(r"<[^<>]*>", " ", source).strip()
    return "\n".join(line.rstrip() for line in "".join(parser.pieces).split("\n")).strip()
