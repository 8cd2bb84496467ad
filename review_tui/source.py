"""The conversation around a quote as lines, with the quote marked by its exact offsets. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agent.queue import Conversation
from retrieval.records import Record, Visibility, Voice
from review_tui.dates import clock, day
from review_tui.lines import Line, Span, flow, line, row
from review_tui.quotes import WORDS, Quote
from review_tui.text import cells, clean, cut, fit, safe

AROUND = 40
"""Records shown on either side of the quote; a ticket with 5,000 comments must not cost a second for each key."""
LONGEST = 6_000
"""Characters shown of one record; what is left out is counted."""
GUTTER = 4
INDENT = GUTTER + 1
SIDES = {
    Voice.CUSTOMER: "customer",
    Voice.VENDOR: "us",
    Voice.TELEMETRY: "telemetry",
    Voice.EXTERNAL: "news",
    Voice.UNKNOWN: "side unknown",
}


@dataclass(frozen=True, slots=True)
class Source:
    """The lines of a source and the one on which the quote starts."""

    lines: tuple[Line, ...]
    at: int
    found: bool = True
    """False where the text at the quote's place is not the quote (any more)."""


def source_header(quote: Quote, total: int, today: date, width: int) -> Line:
    """Which quote this is, whose, and what it is shown for."""
    signal = quote.signal
    stance = WORDS[signal.stance].upper()
    facts = f" {quote.number} of {total}  {quote.who()}  {quote.when(today)}  {safe(signal.source)}  {quote.status()} "
    return row(
        (cut(facts, max(10, width - cells(stance) - 1)), "rule"),
        (stance, quote.role),
        (" ", "rule"),
    )


def source_lines(
    conversation: Conversation, quotes: Sequence[Quote], current: Quote, width: int, today: date, *, everything: bool = False
) -> Source:
    """The conversation in `width` columns. `quotes` are marked where they stand; `current` is the one that was asked for.

    `everything` shows all records and all text, for the full screen; otherwise what is left out above and below is counted.
    """
    records = conversation.records
    first, last = (0, len(records)) if everything else (max(0, conversation.at - AROUND), conversation.at + AROUND + 1)
    by_record: dict[str, list[Quote]] = {}
    for quote in quotes:
        if quote.signal.quote:
            by_record.setdefault(quote.signal.record_id, []).append(quote)
    lines: list[Line] = []
    title = records[conversation.at].context.get("title", "")
    if title:
        lines += flow([(safe(title), "strong")], width)
    if first:
        lines.append(line(f"... {first} earlier, o shows all", "dim"))
    at, found = 0, False
    for record in records[first:last]:
        lines += _speaker(record, width, today)
        body, hit = _body(record, by_record.get(record.record_id, ()), current, width, everything)
        if record.record_id == current.signal.record_id:
            at, found = len(lines) + (hit or 0), hit is not None
        lines += body
    if len(records) > last:
        lines.append(line(f"... {len(records) - last} later, o shows all", "dim"))
    if not found:
        warning = (
            "The words at this place are not the quote any more: the source has changed. It proves nothing until a run reads it."
        )
        lines = flow([(warning, "error")], width) + lines
        at = 0
    return Source(tuple(lines), at, found)


def _speaker(record: Record, width: int, today: date) -> list[Line]:
    when = _moment(record, today)
    who = safe(record.speaker or "unknown speaker")
    side = SIDES[record.voice] + (", internal" if record.visibility is Visibility.INTERNAL else "")
    role = "customer" if record.voice is Voice.CUSTOMER else "vendor"
    head = cut(f"{when} {who}", width - cells(side) - 4)
    return [row((" ", "body"), (head, role), (f" ({side})", "dim"))]


def _moment(record: Record, today: date) -> str:
    if record.start_time is not None:
        minutes, seconds = divmod(int(record.start_time), 60)
        return f"[{minutes:02d}:{seconds:02d}]"
    return f"{day(record.occurred_at, today)} {clock(record.occurred_at)}".strip()


def _body(record: Record, quotes: Sequence[Quote], current: Quote, width: int, everything: bool) -> tuple[list[Line], int | None]:
    """The words of a record, and the line on which the current quote starts if it stands here."""
    here = [q for q in quotes if record.text[q.signal.start : q.signal.end] == q.signal.quote]
    focus = next((q for q in here if q.signal.id == current.signal.id), None)
    text, shift, left = _excerpt(record.text, focus, everything)
    shown = clean(text)
    pieces: list[Span] = []
    numbers: list[tuple[int, int, Quote]] = []
    done = 0
    for quote in sorted(here, key=lambda q: (q.signal.start, -q.signal.end)):
        start, end = shown.span(max(0, quote.signal.start - shift), min(len(text), max(0, quote.signal.end - shift)))
        if end <= done:
            continue
        start = max(start, done)
        pieces.append((shown.text[done:start], "body"))
        is_current = quote.signal.id == current.signal.id
        opened, closed = (">>", "<<") if is_current else ("", "")
        before = sum(len(piece) for piece, _ in pieces)
        pieces.append((opened + shown.text[start:end] + closed, "hit" if is_current else "other-hit"))
        numbers.append((before, before + len(pieces[-1][0]), quote))
        done = end
    pieces.append((shown.text[done:], "body"))
    before_text, after_text = left
    if before_text:
        lead = f"[{before_text:,} characters not shown] "
        pieces.insert(0, (lead, "dim"))
        numbers = [(start + len(lead), end + len(lead), quote) for start, end, quote in numbers]
    if after_text:
        pieces.append((f" [{after_text:,} characters not shown, o shows all]", "dim"))
    return _with_gutter(pieces, numbers, width, current)


def _with_gutter(
    pieces: Sequence[Span], numbers: Sequence[tuple[int, int, Quote]], width: int, current: Quote
) -> tuple[list[Line], int | None]:
    lines: list[Line] = []
    hit: int | None = None
    hits = {id(quote): False for _, _, quote in numbers}
    for one in flow(pieces, width - INDENT):
        roles = [role for _, role in one.spans]
        gutter, number = " " * GUTTER, None
        if "hit" in roles:
            gutter, number = f"{current.number:>2}{current.sign}|", current.number
            hit = len(lines) if hit is None else hit
        elif "other-hit" in roles:
            other = next((q for _, _, q in numbers if q is not current and not hits[id(q)]), None)
            if other is not None:
                gutter, number = f"{other.number:>2}{other.sign}|", other.number
                hits[id(other)] = True
        lines.append(Line(((fit(gutter, INDENT), "key"), *one.spans), number))
    return lines, hit


def _excerpt(text: str, focus: Quote | None, everything: bool) -> tuple[str, int, tuple[int, int]]:
    """What is shown of a long text, where it starts, and how much is left out before and after."""
    if everything or len(text) <= LONGEST:
        return text, 0, (0, 0)
    start = max(0, focus.signal.start - LONGEST // 3) if focus is not None else 0
    end = min(len(text), max(start + LONGEST, focus.signal.end if focus is not None else 0))
    return text[start:end], start, (start, len(text) - end)
