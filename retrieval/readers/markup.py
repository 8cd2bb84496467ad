"""What of a message body a person never sees: tags, comments, hidden styling, encoded runs, spliced text.

Bodies come as plain text, as HTML and as plain text with remnants of HTML. They are never rewritten: `lines_of` cuts them into
contiguous pieces, and says of each piece whether it is visible text, a tag or hidden. Text that hides from people but not from
machines is the usual carrier of instructions to machines, and it is nobody's evidence.
"""

from __future__ import annotations

import html
import re
import sys
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    TEXT = "text"
    MARKUP = "markup"
    """Tags only: no words."""
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of a body: `body[start:end]`, its line break included. All pieces in order give the body back."""

    start: int
    end: int
    kind: Kind
    seen: str
    """The words as a person sees them: without inline tags, entities resolved, without the line break."""
    depth: int = 0
    """How many HTML block quotes stand around it."""
    fenced: bool = False
    """Inside a code fence, where nothing has a meaning of its own."""


_BLOCK = "address|article|aside|blockquote|body|br|caption|center|col|colgroup|dd|div|dl|dt|fieldset|figure|footer|form|h[1-6]"
_BLOCK += "|head|header|hr|html|li|main|meta|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|title|tr|ul|link|base"
_INLINE = "a|abbr|b|big|cite|code|del|em|font|i|img|ins|kbd|label|mark|q|s|samp|small|span|strike|strong|sub|sup|tt|u|var|o:p"
_ATTRIBUTES = r"(?:\s+[^<>]*|\s*/?)"
BLOCK_TAG = re.compile(rf"</?(?P<name>{_BLOCK}){_ATTRIBUTES}>", re.IGNORECASE)
INLINE_TAG = re.compile(rf"</?(?:{_INLINE}){_ATTRIBUTES}>", re.IGNORECASE)
_ANY_TAG = re.compile(rf"<(?P<name>{_BLOCK}|{_INLINE})(?P<attributes>{_ATTRIBUTES})>", re.IGNORECASE)
_VOID = frozenset({"br", "hr", "img", "meta", "link", "base", "col"})

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|&lt;!--.*?(?:--&gt;|\Z)|<!\[CDATA\[|\]\]>|<!doctype[^>]*>|<\?xml[^>]*>", re.I | re.S)
_ELEMENT = re.compile(r"<(?P<name>script|style|template|noscript|xml)\b[^>]*>.*?(?:</(?P=name)\s*>|\Z)", re.I | re.S)
_MARKDOWN_COMMENT = re.compile(r"^[ \t]*\[(?://|comment|_)\]:[ \t]*#[^\r\n]*", re.M | re.I)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|text-indent\s*:\s*-\d{3,}"
    r"|(?:font-size|opacity|max-height|line-height)\s*:\s*0*(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?=[;\"'!]|$)"
    r"|(?<![-\w])color\s*:\s*(?:transparent|white|#f{3}(?:f{3})?(?![0-9a-f])|rgba?\(\s*255\s*,\s*255\s*,\s*255)"
    r"|\shidden(?:\s|=|/|$)",
    re.IGNORECASE,
)
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u180e"
_SPLICED = re.compile(rf"(?:[^\r\n{_ZERO_WIDTH}][{_ZERO_WIDTH}]+){{5,}}[^\r\n{_ZERO_WIDTH}]?")
_TAG_CHARACTERS = re.compile(r"(?<![\U0001F3F4\U000E0000-\U000E007F])[\U000E0000-\U000E007F]{3,}")
_ENCODED = re.compile(r"(?<![\w/+=.%-])(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/_-]{40,}={0,2}(?![\w/+=-])")
_FENCE = re.compile(r"^[ \t]{0,3}(```+|~~~+)(.*)$", re.DOTALL)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")

Span = tuple[int, int]


def hidden_spans(body: str, fences: list[Span] | None = None) -> list[Span]:
    """Where a body holds text that a person does not see, in order and without overlaps."""
    fences = fence_spans(body) if fences is None else fences
    found = [match.span() for pattern in (_COMMENT, _ELEMENT, _MARKDOWN_COMMENT, _SPLICED) for match in pattern.finditer(body)]
    found += [match.span() for match in _TAG_CHARACTERS.finditer(body)]
    found += [match.span() for match in _ENCODED.finditer(body) if _looks_encoded(match[0])]
    covered = 0
    for match in _ANY_TAG.finditer(body) if "<" in body else ():
        if match.start() < covered:
            continue
        if _hides(match["attributes"]) and match["name"].lower() not in _VOID:
            covered = _closing(body, match.end(), match["name"])
            found.append((match.start(), covered))
    return _merged([span for span in found if not _inside(span, fences)])


def fence_spans(body: str) -> list[Span]:
    """Closed code fences: their inside is the author's own, whatever it looks like."""
    if "```" not in body and "~~~" not in body:
        return []
    spans: list[Span] = []
    opened: tuple[int, str] | None = None
    for line in _LINE.finditer(body):
        match = _FENCE.match(line[0])
        if match and opened is None:
            opened = (line.start(), match[1])
        elif match and opened and match[1].startswith(opened[1]) and not match[2].strip():
            spans.append((opened[0], line.end()))
            opened = None
    return spans


def lines_of(body: str) -> list[Line]:
    """Cut a body into contiguous visible, tag and hidden pieces."""
    fences = fence_spans(body)
    hidden = hidden_spans(body, fences)
    cuts: list[tuple[int, int, Kind, str]] = [(start, end, Kind.HIDDEN, "") for start, end in hidden]
    for match in BLOCK_TAG.finditer(body) if "<" in body else ():
        if not _inside(match.span(), fences) and not _inside(match.span(), hidden):
            cuts.append((*match.span(), Kind.MARKUP, match[0]))
    lines: list[Line] = []
    position = depth = 0
    for start, end, kind, tag in sorted(cuts):
        if start < position:
            continue
        lines += _text_lines(body, position, start, depth, fences)
        if tag.lower().startswith("<blockquote"):
            depth += 1
        lines.append(Line(start, end, kind, "", depth))
        if tag.lower().startswith("</blockquote"):
            depth = max(0, depth - 1)
        position = end
    return lines + _text_lines(body, position, len(body), depth, fences)


def _text_lines(body: str, start: int, end: int, depth: int, fences: list[Span]) -> list[Line]:
    lines: list[Line] = []
    for match in _LINE.finditer(body, start, end):
        left, right = match.span()
        if _inside((left, right), fences):
            lines.append(Line(left, right, Kind.TEXT, match[0].rstrip("\r\n"), depth, fenced=True))
            continue
        # Tags at the edges of a line are no words of it; a tag between two words stays, so that a sentence stays whole.
        tags = [tag.span() for tag in INLINE_TAG.finditer(body, left, right)] if "<" in match[0] else []
        begin, finish, first, last = left, right, 0, len(tags)
        while first < last and not body[begin : tags[first][0]].strip():
            begin, first = tags[first][1], first + 1
        while first < last and not body[tags[last - 1][1] : finish].strip():
            finish, last = tags[last - 1][0], last - 1
        if begin > left:
            lines.append(Line(left, begin, Kind.MARKUP, "", depth))
        if finish > begin:
            seen = INLINE_TAG.sub("", body[begin:finish]) if tags else body[begin:finish]
            lines.append(Line(begin, finish, Kind.TEXT, html.unescape(seen).rstrip("\r\n"), depth))
        if right > finish:
            lines.append(Line(finish, right, Kind.MARKUP, "", depth))
    return lines


def _hides(attributes: str) -> bool:
    found = _HIDING.search(attributes)
    # White text on a coloured ground is a button, not a hiding place.
    return bool(found) and not (found[0].lower().startswith("color") and "background" in attributes.lower()) if found else False


def _closing(body: str, position: int, name: str) -> int:
    depth = 1
    for match in re.compile(rf"<(/?){re.escape(name)}\b[^<>]*>", re.IGNORECASE).finditer(body, position):
        depth += -1 if match[1] else 1
        if depth == 0:
            return match.end()
    return len(body)


def _looks_encoded(run: str) -> bool:
    run = run.rpartition(",")[2]
    mixed = re.search(r"[a-z]", run) and re.search(r"[A-Z]", run) and re.search(r"[0-9+/=]", run)
    return bool(mixed) and not re.search(r"[-_/][A-Za-z]+[-_/][A-Za-z]+[-_/]", run)


def _inside(span: Span, spans: list[Span]) -> bool:
    """Whether a span lies within one of `spans`, which are sorted and do not overlap."""
    place = bisect_right(spans, (span[0], sys.maxsize)) - 1
    return place >= 0 and span[1] <= spans[place][1]


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged
