"""From records to passages: spans long enough to mean something and short enough to be retrieved and read.

A ticket comment or a note becomes passages of whole paragraphs or sentences; consecutive turns of one call are grouped.
A passage never mixes documents or accounts, and its text is exactly what the records say between its offsets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from retrieval.records import Record, Voice, stable_id
from retrieval.sentences import Span, paragraph_spans, sentence_spans, trimmed

MAX_WORDS = 180
"""Words in a passage, about 240 tokens: what the default embedder sees at once (it cuts at 256)."""
MAX_TURNS = 6
LONG_TURN = 220
"""A single turn or record of up to so many words stays whole; a longer one is split at sentence borders."""
MAX_DOCUMENT_WORDS = 200_000
"""Words of one document that become passages, some 1,100 of them. A pasted log of a million words would hold up a night for an
hour; what lies beyond stays in its record, is not searched, and is reported (`overlong`)."""

_SET_ASIDE = frozenset({"signature", "autoreply", "hidden"})
"""Values of `context["part"]` that readers give to what is in a message but is not a statement of anybody."""
_SET_ASIDE_REASON = re.compile(r"(?:signature|automatic reply|auto-?reply|hidden)\b", re.I)

Slice = tuple[Record, int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of one record's text, or of consecutive turns of one call.

    `text` is the slices of the records joined by `"\\n"`: for one record `record.text[start:end]`; for several, the first
    from `start`, those between whole, the last up to `end`. `passage_id` is the address of that content: the same words at
    the same place in the same account have the same id on every night.
    """

    passage_id: str
    account_id: str
    document: str
    source: str
    locator: str
    record_ids: tuple[str, ...]
    start: int
    """Offset into the first record's text, in code points."""
    end: int
    """Offset into the last record's text, in code points."""
    text: str
    position: int
    """Order within the document, from 0 and without gaps: `position ± 1` are its neighbours."""
    voices: tuple[Voice, ...]
    """Whose words are in it, each once, in order of appearance."""
    occurred_at: str = ""
    """That of its last record, ISO 8601."""

    @property
    def is_call(self) -> bool:
        """Part of a conversation in which the next passage goes on where this one stops."""
        return is_call(self.document)

    def to_json(self) -> dict[str, Any]:
        return {
            "passage_id": self.passage_id,
            "account_id": self.account_id,
            "source": self.source,
            "locator": self.locator,
            "record_ids": list(self.record_ids),
            "start": self.start,
            "end": self.end,
            "text": self.text,
        }


def is_call(document: str) -> bool:
    return document.startswith("transcript:")


def is_indexed(record: Record) -> bool:
    """False for what no search should return: usage series (numbers, not words), and what nobody means by the message.

    The latter is hidden text, signatures and automatic replies (design invariant 2). A speaker whom nobody could place is
    indexed; only their voice is unknown.
    """
    if record.source.startswith("usage:") or record.document.startswith("usage:"):
        return False
    if record.context.get("part") in _SET_ASIDE:
        return False
    if record.voice is Voice.UNKNOWN and _SET_ASIDE_REASON.match(record.voice_reason):
        return False
    return bool(record.text.strip())


def passages_of(records: Iterable[Record]) -> list[Passage]:
    """The passages of any number of accounts' records, by account, document and position.

    Deterministic and independent of the order in which records are given.
    """
    kept = sorted(filter(is_indexed, records), key=lambda r: (r.account_id, r.document, r.position, r.record_id))
    found: list[Passage] = []
    for (_, document), group in groupby(kept, key=lambda r: (r.account_id, r.document)):
        cut = _call if is_call(document) else _writing
        found.extend(_passage(position, slices) for position, slices in enumerate(_capped(cut(list(group)))))
    return found


def overlong(records: Iterable[Record]) -> list[tuple[str, str, int]]:
    """`(account, document, words)` of the documents of which only the first `MAX_DOCUMENT_WORDS` become passages."""
    sizes: dict[tuple[str, str], list[Record]] = {}
    for record in filter(is_indexed, records):
        sizes.setdefault((record.account_id, record.document), []).append(record)
    # A word takes two characters at least, so that the words of ordinary documents need not be counted.
    large = {key: items for key, items in sizes.items() if sum(len(item.text) for item in items) >= 2 * MAX_DOCUMENT_WORDS}
    counted = {key: sum(word_count(item.text) for item in items) for key, items in large.items()}
    return [(account_id, document, words) for (account_id, document), words in counted.items() if words > MAX_DOCUMENT_WORDS]


def _capped(cuts: Iterator[list[Slice]]) -> Iterator[list[Slice]]:
    words = 0
    for slices in cuts:
        words += sum(word_count(record.text[start:end]) for record, start, end in slices)
        if words > MAX_DOCUMENT_WORDS:
            return
        yield slices


def passage_slices(passage: Passage, records: Mapping[str, Record]) -> list[tuple[Record, int, int]]:
    """`(record, start, end)` of each record in `passage`, in order, from a mapping by record id.

    Raises KeyError if a record is missing.
    """
    chain = [records[record_id] for record_id in passage.record_ids]
    last = len(chain) - 1
    return [
        (record, passage.start if i == 0 else 0, passage.end if i == last else len(record.text)) for i, record in enumerate(chain)
    ]


def indexed_text(passage: Passage, records: Mapping[str, Record]) -> str:
    """What is embedded and lexically indexed, and nothing else: the words with their speakers, under the document's title."""
    lines: list[str] = []
    for record, start, end in passage_slices(passage, records):
        title = record.context.get("title", "").strip()
        if title and not lines and not passage.is_call and title not in record.text[start:end]:
            lines.append(title)
        words = record.text[start:end]
        lines.append(f"{record.speaker}: {words}" if record.speaker else words)
    return "\n".join(lines)


def word_count(text: str) -> int:
    return len(text.split())


def _passage(position: int, slices: Sequence[Slice]) -> Passage:
    first, start, _ = slices[0]
    last, _, end = slices[-1]
    text = "\n".join(record.text[a:b] for record, a, b in slices)
    record_ids = tuple(record.record_id for record, _, _ in slices)
    locators = [record.locator for record, _, _ in slices if record.locator]
    return Passage(
        passage_id=stable_id(first.account_id, first.document, *record_ids, str(start), str(end), text),
        account_id=first.account_id,
        document=first.document,
        source=first.source,
        locator=" to ".join(dict.fromkeys([*locators[:1], *locators[-1:]])),
        record_ids=record_ids,
        start=start,
        end=end,
        text=text,
        position=position,
        voices=tuple(dict.fromkeys(record.voice for record, _, _ in slices)),
        occurred_at=last.occurred_at,
    )


def _writing(records: Sequence[Record]) -> Iterator[list[Slice]]:
    for record in records:
        for start, end in _pieces(record.text):
            yield [(record, start, end)]


def _call(turns: Sequence[Record]) -> Iterator[list[Slice]]:
    """Greedily up to `MAX_TURNS` turns and `MAX_WORDS` words; a long turn stands alone, in pieces."""
    group: list[Slice] = []
    size = 0
    for turn in turns:
        words = word_count(turn.text)
        if group and (len(group) == MAX_TURNS or size + words > MAX_WORDS or turn.source != group[0][0].source):
            yield group
            group, size = [], 0
        if words > MAX_WORDS:
            for start, end in _pieces(turn.text):
                yield [(turn, start, end)]
        else:
            group.append((turn, 0, len(turn.text)))
            size += words
    if group:
        yield group


def _pieces(text: str) -> list[Span]:
    """`text` whole if it is short enough, else runs of whole paragraphs or sentences of about equal length."""
    total = word_count(text)
    whole = trimmed(text, 0, len(text))
    if whole is None:
        return []
    if total <= LONG_TURN:
        return [whole]
    aim = -(-total // -(-total // MAX_WORDS))  # the same number of pieces, but no short tail
    return _packed(text, [unit for span in paragraph_spans(text) for unit in _units(text, span)], aim)


def _units(text: str, paragraph: Span) -> list[Span]:
    """The paragraph if it fits, else its sentences, else (speech without a stop) runs of words."""
    start, end = paragraph
    if word_count(text[start:end]) <= MAX_WORDS // 2:
        return [paragraph]
    units: list[Span] = []
    for a, b in sentence_spans(text[start:end]):
        units.extend(_runs(text, start + a, start + b))
    return units


def _runs(text: str, start: int, end: int) -> list[Span]:
    words = [(start + m.start(), start + m.end()) for m in re.finditer(r"\S+", text[start:end])]
    if len(words) <= MAX_WORDS:
        return [(start, end)]
    size = -(-len(words) // -(-len(words) // MAX_WORDS))
    return [(words[i][0], words[min(i + size, len(words)) - 1][1]) for i in range(0, len(words), size)]


def _packed(text: str, units: Sequence[Span], aim: int) -> list[Span]:
    """Join consecutive units while they come no further than `aim` words (or nearer to it than without), never past the limit."""
    packed: list[Span] = []
    size = 0
    for start, end in units:
        words = word_count(text[start:end])
        closer = abs(size + words - aim) <= abs(aim - size)
        if packed and size + words <= MAX_WORDS and (size + words <= aim or closer):
            packed[-1] = (packed[-1][0], end)
            size += words
        else:
            packed.append((start, end))
            size = words
    return packed
