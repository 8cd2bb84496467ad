"""How much of one document is read for signals: a cap, so that no pasted log or endless call holds up a night or empties a budget.

What lies beyond stays in its records, can be opened and is searched as far as passages go (`retrieval.passages`); the run's report
names it. Pure, but for the setting.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from agent.errors import ConfigurationError
from retrieval.records import Record

SETTING: Final = "EARNED_READ_CHARACTERS"
CHARACTERS: Final = 600_000
"""About 100,000 words: a call of ten hours, 15 windows of a model. The longest call of the sample books has 110,000."""
LEAST: Final = 4_000
"""An utterance is not shortened below this: the last ones of a document that is long by their number are read instead."""


def limit() -> int:
    """The cap that is set, in characters of one document. Raises ConfigurationError."""
    said = os.environ.get(SETTING, "").strip()
    if not said:
        return CHARACTERS
    if not said.isascii() or not said.isdigit() or not LEAST <= int(said[:12]) <= 10**9:
        raise ConfigurationError(
            f"{SETTING} is {said[:40]!r}, which is no number of characters from {LEAST:,} to 1,000,000,000.",
            "Correct or unset it.",
        )
    return int(said)


def within(records: Sequence[Record], most: int) -> tuple[tuple[Record, ...], tuple[str, ...]]:
    """The records as they are read, and for each document beyond `most` characters a sentence of what is not.

    Of such a document the longest utterances are read up to the same length first (a pasted log is seldom what matters); where
    that is not enough, the last utterances are read and the earlier ones left out. Offsets into what is left stay valid.
    """
    sizes: dict[str, int] = {}
    for record in records:
        sizes[record.document] = sizes.get(record.document, 0) + len(record.text)
    beyond = {document for document, size in sizes.items() if size > most}
    if not beyond:
        return tuple(records), ()
    kept: dict[str, Record] = {}
    notes: list[str] = []
    for document in sorted(beyond):
        own = sorted((r for r in records if r.document == document), key=lambda r: r.position)
        length = _level([len(record.text) for record in own], most)
        room = most
        for record in reversed(own):
            short = _shortened(record, length)
            if len(short.text) > room:
                break
            room -= len(short.text)
            kept[record.record_id] = short
        notes.append(f"{document}: {most - room:,} of its {sizes[document]:,} characters were read for signals ({SETTING})")
    return tuple(kept.get(r.record_id, r) for r in records if r.document not in beyond or r.record_id in kept), tuple(notes)


def _level(lengths: Sequence[int], most: int) -> int:
    """The longest length, at least LEAST, to which all can be cut so that together they are within `most`."""
    room = most
    for number, length in enumerate(sorted(lengths)):
        share = room // (len(lengths) - number)
        if length > share:
            return max(share, LEAST)
        room -= length
    return max(lengths, default=LEAST)


def _shortened(record: Record, length: int) -> Record:
    """Cut where a word ends, if one ends near."""
    if len(record.text) <= length:
        return record
    end = max(record.text.rfind(" ", length - 200, length), record.text.rfind("\n", length - 200, length))
    return replace(record, text=record.text[: end if end > 0 else length])
