"""One way of writing a page in Markdown and in HTML, in which no customer's words can become markup. Pure.

A page is a list of blocks; text in a block is plain text. HTML is self-contained: no script, no font, no address that is fetched, and a
content security policy that says so to the browser.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list; each item is a line and lines of detail under it (sources, formulas)."""

    items: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    """Columns that are set to the right."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG that this program made, and what it shows in words for Markdown."""

    svg: str
    words: str


Block = Heading | Paragraph | Items | Table | Drawing

STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #ccc}h3{font-size:1rem}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{padding:.25rem .5rem;border-bottom:1px solid #ddd;text-align:left;"
    "vertical-align:top}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.q,small{color:#555}"
    "li small{display:block}p,li,td{overflow-wrap:anywhere;white-space:pre-line}"
    ".plot{width:100%;height:auto;font:12px system-ui,sans-serif}"
    ".plot .line{fill:none;stroke:#1f5fa8;stroke-width:2}.plot .grid{stroke:#ddd}@media print{body{margin:0}}"
    "@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}.q,small{color:#aaa}.plot{fill:#e6e6e6}"
    ".plot .line{stroke:#7db2f0}.plot .grid{stroke:#444}th,td,h2{border-color:#444}}"
)
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def markdown(blocks: Sequence[Block]) -> str:
    """The page as CommonMark with tables."""
    return "\n\n".join(text for block in blocks if (text := _markdown(block))) + "\n"


def page(title: str, blocks: Sequence[Block]) -> str:
    """The page as one HTML document."""
    body = "\n".join(_html(block) for block in blocks)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY, quote=True)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f"<title>{escape_html(title)}</title><style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def escape_html(text: str) -> str:
    return html.escape(plain(text), quote=True)


def escape_markdown(text: str) -> str:
    """Text that no Markdown reader takes for markup, and that people can still read: what can open a span, a cell, a formula or a link is
    escaped everywhere, what can open a block only at the beginning; `<` and `&` are entities. One line."""
    text = plain(text).replace("\n", " ").strip()
    text = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", text)
    text = re.sub(r":(?=//)", r"\:", text)
    text = re.sub(r"\b(www)\.", r"\1\.", text, flags=re.IGNORECASE)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"^(\d{1,9})([.)])(?=\s|$)", r"\1\\\2", text)
    return re.sub(r"^([#+=:-])", r"\\\1", text)


def plain(text: str) -> str:
    """Printable text: controls and invisible direction marks become U+FFFD, line ends `\\n`. Nothing else is changed."""
    text = re.sub("\r\n|[\r\x0b\x0c\x85\u2028\u2029]", "\n", text)
    return "".join(
        c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn", "Co") or c in "\u200c\u200d" else "\ufffd"
        for c in text
    )


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {escape_markdown(text)}"
        case Paragraph(text, _):
            return escape_markdown(text)
        case Items(items):
            lines = []
            for text, details in items:
                lines.append(f"- {escape_markdown(text)}")
                lines += [f"  - {escape_markdown(detail)}" for detail in details]
            return "\n".join(lines)
        case Table(head, rows, numbers):
            rule = ["---:" if at in numbers else "---" for at in range(len(head))]
            lines = ["| " + " | ".join(escape_markdown(cell) for cell in row) + " |" for row in (head, *rows)]
            return "\n".join([lines[0], "| " + " | ".join(rule) + " |", *lines[1:]])
        case Drawing(_, words):
            return escape_markdown(words)


def _html(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{escape_html(text)}</h{level}>"
        case Paragraph(text, quiet):
            return f'<p class="q">{escape_html(text)}</p>' if quiet else f"<p>{escape_html(text)}</p>"
        case Items(items):
            lines = "".join(
                f"<li>{escape_html(text)}{''.join(f'<small>{escape_html(detail)}</small>' for detail in details)}</li>"
                for text, details in items
            )
            return f"<ul>{lines}</ul>"
        case Table(head, rows, numbers):
            head_cells = "".join(f'<th{_class(at, numbers)} scope="col">{escape_html(cell)}</th>' for at, cell in enumerate(head))
            body = "".join(
                "<tr>" + "".join(f"<td{_class(at, numbers)}>{escape_html(cell)}</td>" for at, cell in enumerate(row)) + "</tr>"
                for row in rows
            )
            return f"<table><thead><tr>{head_cells}</tr></thead><tbody>{body}</tbody></table>"
        case Drawing(svg, _):
            return svg


def _class(column: int, numbers: frozenset[int]) -> str:
    return ' class="n"' if column in numbers else ""
