"""The units that are judged: sentences of what somebody at the table said or wrote, each with its neighbours. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.accounts import Contact
from retrieval.records import Record, Voice
from retrieval.sentences import sentence_spans

MIN_WORDS: Final = 3
MAX_CHARACTERS: Final = 600
"""A longer "sentence" is a table, a log or a block of code: too wide to be a quote."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence of a record: `record.text[start:end]`."""

    record: Record
    start: int
    end: int
    before: str
    """The sentence before it: in the record, or the end of the turn before, whoever spoke."""
    after: str
    """The sentence after it: in the record, or the beginning of the next turn, whoever speaks."""
    role: str
    """The speaker's role in the buying centre, or an empty string."""
    index: int
    """Its number within the record."""
    count: int
    """How many sentences the record has."""

    @property
    def text(self) -> str:
        return self.record.text[self.start : self.end]


def candidates(records: Sequence[Record], contacts: Sequence[Contact]) -> Iterator[Candidate]:
    """Sentences of customers and of the vendor's own people, in the order of the records.

    Records of other voices yield nothing: outsiders, quoted replies, signatures and hidden text are nobody's evidence
    (design invariant 2), and usage is measured, not read.
    """
    roles = roles_of(contacts)
    spans = {
        record.record_id: sentence_spans(record.text) for record in records if record.voice in (Voice.CUSTOMER, Voice.VENDOR)
    }
    opening = _next_openings(records, spans)
    previous: dict[str, str] = {}
    for record in records:
        inside = spans.get(record.record_id)
        if not inside:
            continue
        texts = [record.text[start:end] for start, end in inside]
        role = roles.get((record.speaker_email or "").casefold()) or roles.get((record.speaker or "").casefold(), "")
        for index, (start, end) in enumerate(inside):
            if len(texts[index].split()) < MIN_WORDS or end - start > MAX_CHARACTERS:
                continue
            before = texts[index - 1] if index else previous.get(record.document, "")
            after = texts[index + 1] if index + 1 < len(texts) else opening.get(record.record_id, "")
            yield Candidate(record, start, end, before, after, role if record.voice is Voice.CUSTOMER else "", index, len(texts))
        previous[record.document] = texts[-1]


def _next_openings(records: Sequence[Record], spans: Mapping[str, list[tuple[int, int]]]) -> dict[str, str]:
    """Record id -> the first sentence of what is said next in the same document."""
    following: dict[str, str] = {}
    openings: dict[str, str] = {}
    for record in reversed(records):
        inside = spans.get(record.record_id)
        if inside:
            openings[record.record_id] = following.get(record.document, "")
            following[record.document] = record.text[inside[0][0] : inside[0][1]]
    return openings


def roles_of(contacts: Sequence[Contact]) -> Mapping[str, str]:
    """Roles by name and by e-mail address, folded."""
    roles = {contact.name.casefold(): contact.role for contact in contacts}
    roles.update((contact.email.casefold(), contact.role) for contact in contacts if contact.email)
    return roles
