"""What a model is shown at once: whole turns with ids, under their documents' headings. Pure.

A long call is cut into windows of about equal length at turn borders, each beginning with the last turn of the one before, so that
an answer never loses its question. Small documents of one account share a window, oldest first: a new ticket then changes only
the last such window, and what was read before stays paid for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from agent.extraction.candidates import roles_of
from retrieval.accounts import Account, Catalog, Contact
from retrieval.passages import is_call, is_indexed
from retrieval.records import Record, Visibility, Voice
from retrieval.sentences import sentence_spans

CHARACTERS: Final = 40_000
"""How much of a call is read at once. Measured on a call of 20,000 words (evals/bench): every window pays for the instructions
again, so that 6,000 characters cost about twice the tokens of 40,000; a window whose answer is cut off is read again in halves."""
SHARED: Final = 6_000
"""How much of small documents is packed together. What an account adds tonight makes its last pack be read again, so packs are small."""
_LABEL = re.compile(r"^\s*\[(?=T\d)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Turn:
    """A record, or a piece of one that is too long to be read at once."""

    id: str
    """`T1`, `T2` ... within its window."""
    record: Record
    start: int
    end: int

    @property
    def words(self) -> str:
        return self.record.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Window:
    turns: tuple[Turn, ...]
    overlap: int = 0
    """How many of the first turns belong to the window before."""

    @property
    def name(self) -> str:
        """What people call it: `transcript:2026-05-19-review turns 1-40`, `ticket:48112 and 3 more`."""
        documents = list(dict.fromkeys(turn.record.document for turn in self.turns))
        if len(documents) == 1 and is_call(documents[0]):
            own = self.turns[self.overlap :] or self.turns
            return f"{documents[0]} turns {own[0].record.position + 1}-{own[-1].record.position + 1}"
        return documents[0] if len(documents) == 1 else f"{documents[0]} and {len(documents) - 1} more"

    def record_of(self, turn_id: str) -> Record | None:
        """The record that a turn's id stands for; tolerant of the brackets that models copy."""
        wanted = turn_id.strip().strip("[]").split(" ", 1)[0].upper()
        return next((turn.record for turn in self.turns if turn.id == wanted), None)

    def halves(self) -> tuple[Window, Window] | None:
        """The same in two windows, or None where there is only one turn."""
        if len(self.turns) < 2:
            return None
        middle = len(self.turns) // 2
        first, second = self.turns[:middle], self.turns[middle:]
        return Window(first, min(self.overlap, middle)), Window(_numbered([(t.record, t.start, t.end) for t in second]))


def windows_of(records: Sequence[Record], limit: int = CHARACTERS, shared_limit: int = SHARED) -> list[Window]:
    """The windows of one account. Every readable record is in one of them; the order of `records` does not matter.

    A document of up to `limit` characters is never cut; those up to `shared_limit` share windows with their neighbours in time.
    """
    kept = sorted(filter(_is_read, records), key=lambda r: (r.document, r.position, r.record_id))
    documents = [list(group) for _, group in groupby(kept, key=lambda r: r.document)]
    documents.sort(key=lambda group: (group[0].occurred_at, group[0].document))
    packed = min(limit, shared_limit)
    found: list[Window] = []
    shared: list[_Piece] = []
    size = 0
    for document in documents:
        pieces = [piece for record in document for piece in _pieces(record, limit)]
        length = sum(_length(piece) for piece in pieces)
        if length > packed:
            found.extend(_cut(pieces, length, limit))
            continue
        if shared and size + length > packed:
            found.append(Window(_numbered(shared)))
            shared, size = [], 0
        shared.extend(pieces)
        size += length
    if shared:
        found.append(Window(_numbered(shared)))
    return found


def shown(window: Window, contacts: Sequence[Contact]) -> str:
    """The window as text. What looks like a turn's id inside somebody's words is written with a full-width bracket."""
    return "\n".join(_lines(window, roles_of(contacts)))


def account_facts(account: Account, catalog: Catalog) -> str:
    """What a reader must know of the account: whose product it is, what they own, and what they could buy."""
    owned = catalog.owned(account.plan)
    lines = [f"Vendor: {catalog.vendor or 'unknown'}. Customer: {account.name}."]
    if owned:
        features = "; ".join(feature for item in owned for feature in item.features)
        lines.append(f"They own {' and '.join(item.name for item in owned)}: {features}.")
    others = [item for item in catalog.items if item not in owned]
    if others:
        lines.append("They do not own " + ". ".join(f"{item.name}: {', '.join(item.features)}" for item in others) + ".")
    return "\n".join(lines)


_Piece = tuple[Record, int, int]


def _is_read(record: Record) -> bool:
    """Words that somebody at the table said or wrote; in writing, text that nobody can be credited with is left out."""
    if not is_indexed(record) or record.source.startswith("event:"):
        return False
    return is_call(record.document) or record.voice is not Voice.UNKNOWN


def _pieces(record: Record, limit: int) -> Iterator[_Piece]:
    """The record whole, or in runs of whole sentences where it is longer than a window."""
    if len(record.text) <= limit:
        yield record, 0, len(record.text)
        return
    start = end = 0
    for first, last in sentence_spans(record.text):
        if end > start and last - start > limit:
            yield record, start, end
            start = first
        end = last
        while end - start > limit:  # one endless sentence: a pasted log
            yield record, start, start + limit
            start += limit
    if end > start:
        yield record, start, end


def _length(piece: _Piece) -> int:
    record, start, end = piece
    return end - start + len(record.speaker or "") + 20


def _cut(pieces: Sequence[_Piece], length: int, limit: int) -> Iterator[Window]:
    """Windows of about equal length; those of a call overlap by one turn."""
    aim = length / -(-length // limit)
    overlap = is_call(pieces[0][0].document)
    group: list[_Piece] = []
    carried = 0
    size = 0.0
    for piece in pieces:
        if len(group) > carried and size + _length(piece) / 2 > aim:
            yield Window(_numbered(group), carried)
            last = group[-1]
            carried = int(overlap and _length(last) * 4 < aim)
            group, size = [last] * carried, 0.0
        group.append(piece)
        size += _length(piece)
    yield Window(_numbered(group), carried)


def _numbered(pieces: Sequence[_Piece]) -> tuple[Turn, ...]:
    return tuple(Turn(f"T{number}", *piece) for number, piece in enumerate(pieces, start=1))


def _lines(window: Window, roles: Mapping[str, str]) -> Iterator[str]:
    document = None
    introduced: dict[str | None, str] = {}
    for turn in window.turns:
        record = turn.record
        if record.document != document:
            document = record.document
            title = " ".join(part for part in (record.context.get("title", ""), record.context.get("status", "")) if part)
            yield f"== {document} {record.date} {title}".rstrip()
        who = _who(record, roles)
        if introduced.get(record.speaker) == who:  # voice and role are said once, and again when they change
            who = who.split(", ", 1)[0]
        else:
            introduced[record.speaker] = who
        yield f"[{turn.id} {who}] {_LABEL.sub(lambda found: found[0].replace('[', '［'), turn.words)}"


def _who(record: Record, roles: Mapping[str, str]) -> str:
    voice = record.voice.value if record.voice in (Voice.CUSTOMER, Voice.VENDOR) else "other"
    role = ""
    if record.voice is Voice.CUSTOMER:
        role = roles.get((record.speaker_email or "").casefold()) or roles.get((record.speaker or "").casefold()) or ""
    if record.visibility is Visibility.INTERNAL:
        role = "internal note"
    name = (record.speaker or "unknown").replace("]", ")").replace(",", "").replace("\n", " ")
    return ", ".join(part for part in (name, voice, role) if part)
