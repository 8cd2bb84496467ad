"""One message body into whose words it holds: the author's own, quotations, signature, forwarded, automatic, hidden.

`split_message` cuts a body into contiguous segments that cover it; `message_records` makes records of them with a voice each.
Only the author's own words carry the author's voice. The customer's words that are quoted again count where they were first
written, and nowhere else (design invariant 2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from retrieval.readers.autoreplies import is_autoreply
from retrieval.readers.markup import Kind, Line, lines_of
from retrieval.readers.people import Attribution, Directory
from retrieval.readers.quoting import Mark, Part, marks_of, quote_depth
from retrieval.readers.signatures import author_of, signature_lines
from retrieval.readers.values import storable
from retrieval.records import Record, Visibility, Voice, stable_id

__all__ = ["Message", "Part", "Segment", "message_records", "split_message"]

_FORWARDED_SUBJECT = re.compile(r"^\s*(fwd?|wg|tr|rv|vs|i|enc|doorst)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Segment:
    """`body[start:end]` and what it is; `attributed_*` say whom a quotation names, if anybody."""

    start: int
    end: int
    part: Part
    attributed_name: str | None = None
    attributed_email: str | None = None
    markup: bool = False
    """Tags only, no words."""


def split_message(
    body: str, author_name: str | None = None, author_email: str | None = None, subject: str = ""
) -> tuple[Segment, ...]:
    """Contiguous segments that cover `body` in order; offsets are code points of `body`. An empty body has none."""
    if not body:
        return ()
    lines = lines_of(body)
    marks = marks_of(lines, bool(_FORWARDED_SUBJECT.match(subject)))
    own = "\n".join(line.seen for line, mark in zip(lines, marks, strict=True) if mark.part is Part.OWN)
    if is_autoreply(own, subject):
        marks = [Mark(Part.AUTOREPLY) if mark.part is Part.OWN else mark for mark in marks]
    else:
        _mark_signatures(lines, marks, author_name, author_email)
    return _merged(body, lines, marks)


def _mark_signatures(lines: list[Line], marks: list[Mark], name: str | None, email: str | None) -> None:
    author = author_of(name, email)
    run: list[int] = []
    spoken = False
    for index in range(len(lines) + 1):
        kind = lines[index].kind if index < len(lines) else None
        if kind in (Kind.HIDDEN, Kind.MARKUP):
            continue
        if kind is Kind.TEXT and marks[index].part is Part.OWN:
            run.append(index)
            continue
        if run:
            seen = ["x" if lines[i].fenced else lines[i].seen for i in run]
            for i, flag in zip(run, signature_lines(seen, author, spoken), strict=True):
                if flag and not lines[i].fenced:
                    marks[i] = Mark(Part.SIGNATURE)
            spoken = spoken or any(text.strip() for text in seen)
            run = []
        spoken = spoken or (index < len(lines) and quote_depth(lines[index]) > 0)


def _merged(body: str, lines: list[Line], marks: list[Mark]) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    for line, mark in zip(lines, marks, strict=True):
        blank = not body[line.start : line.end].strip()
        last = segments[-1] if segments else None
        if last is not None and (blank or _same(last, mark)):
            segments[-1] = Segment(last.start, line.end, last.part, last.attributed_name, last.attributed_email, last.markup)
        elif last is not None and not body[last.start : last.end].strip():
            segments[-1] = Segment(last.start, line.end, mark.part, mark.name, mark.email, mark.markup)
        else:
            segments.append(Segment(line.start, line.end, mark.part, mark.name, mark.email, mark.markup))
    return tuple(segments)


def _same(segment: Segment, mark: Mark) -> bool:
    return (segment.part, segment.attributed_name, segment.attributed_email, segment.markup) == (
        mark.part,
        mark.name,
        mark.email,
        mark.markup,
    )


@dataclass(frozen=True, slots=True)
class Message:
    """A body and what its source says of it: everything that `message_records` needs."""

    account_id: str
    source: str
    document: str
    occurred_at: str
    author_name: str | None
    author_email: str | None
    body: str
    attribution: Attribution
    """The author's voice, resolved by the reader that knows the source's own roles."""
    visibility: Visibility = Visibility.PUBLIC
    subject: str = ""
    context: Mapping[str, str] = field(default_factory=dict)


def message_records(message: Message, directory: Directory, position: int = 0) -> list[Record]:
    """One record per segment that has words; `position` numbers the first. Texts are unaltered slices of the body."""
    records: list[Record] = []
    for segment in split_message(message.body, message.author_name, message.author_email, message.subject):
        raw = message.body[segment.start : segment.end]
        text = raw.strip()
        if segment.markup or not text:
            continue
        start = segment.start + len(raw) - len(raw.lstrip())
        who = _attribution(message, segment, directory)
        context = dict(message.context)
        if segment.part is not Part.OWN:
            context["part"] = segment.part.value
        if segment.part in (Part.QUOTED, Part.FORWARDED):
            context["quoted_from"] = storable(segment.attributed_name or segment.attributed_email or "somebody not named")
        part = len(records)
        records.append(
            Record(
                record_id=stable_id(message.account_id, message.source, str(part), text),
                account_id=message.account_id,
                source=message.source,
                locator=f"chars {start}-{start + len(text)}",
                document=message.document,
                occurred_at=message.occurred_at,
                speaker=who.name,
                speaker_email=who.email,
                voice=who.voice,
                voice_reason=who.reason,
                visibility=message.visibility,
                text=text,
                position=position + part,
                context=MappingProxyType(context),
            )
        )
    return records


_SET_ASIDE = {
    Part.SIGNATURE: "signature: not a statement",
    Part.AUTOREPLY: "automatic reply: the mailbox wrote it, not the person",
    Part.HIDDEN: "hidden text: nobody who reads the message sees it",
}


def _attribution(message: Message, segment: Segment, directory: Directory) -> Attribution:
    author = message.attribution
    if message.visibility is Visibility.INTERNAL or segment.part is Part.OWN:
        return author
    if segment.part in _SET_ASIDE:
        return Attribution(Voice.UNKNOWN, _SET_ASIDE[segment.part], author.name, author.email)
    name, email = segment.attributed_name, segment.attributed_email
    quoted = "forwarded message" if segment.part is Part.FORWARDED else "quoted reply"
    if not name and not email:
        return Attribution(Voice.UNKNOWN, f"{quoted}: it does not say whose words these are", None, None)
    who = directory.voice_of(message.account_id, name, email)
    if who.voice is Voice.CUSTOMER:
        return Attribution(Voice.UNKNOWN, f"{quoted}: these words count where they were first written", who.name, who.email)
    if who.voice is Voice.UNKNOWN:
        return Attribution(Voice.UNKNOWN, f"{quoted}: {who.reason}", who.name, who.email)
    return Attribution(who.voice, f"{quoted} of {who.name or who.email}: {who.reason}", who.name, who.email)
