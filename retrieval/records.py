"""The facts that readers emit: one utterance-level `Record`, and the `Problem` that a reader could not read.

A record's `text` is a contiguous, unaltered slice of what the source holds (or, for a speaker's turn, its cues joined by
single spaces). Every offset anywhere in the product counts code points of `Record.text`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Voice(StrEnum):
    """Who says it. Only `customer` and `telemetry` can prove anything (design invariant 2)."""

    CUSTOMER = "customer"
    VENDOR = "vendor"
    TELEMETRY = "telemetry"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


class Visibility(StrEnum):
    PUBLIC = "public"
    """Seen by both sides: a ticket reply, a call."""
    INTERNAL = "internal"
    """Written by the vendor for the vendor: an internal comment, an account note."""
    EXTERNAL = "external"
    """Published by somebody else: a news item."""


@dataclass(frozen=True, slots=True)
class Record:
    """One utterance-level unit of a source: a ticket comment, a speaker's turn, a note, a usage series, an event.

    `source` names the place the way people would (`ticket:48112/comment:4811202`, `transcript:2026-05-19-review`,
    `note:2026-05-20-recap`, `usage:active_seats`, `event:2026-07-14`); several records may share it, e.g. the turns of one
    call, or a comment's own words and the reply that it quotes. `record_id` is unique and stable across re-exports of
    unchanged text. `document` groups what belongs to one conversation (`ticket:48112`, `transcript:...`).
    """

    record_id: str
    account_id: str
    source: str
    locator: str
    """Where exactly: `chars 0-213`, `cues 12-14 @00:00:30.383`, `line 8`. For people; never parsed."""
    document: str
    occurred_at: str
    """ISO 8601 date or UTC date-time, as exact as the source is."""
    speaker: str | None
    speaker_email: str | None
    voice: Voice
    voice_reason: str
    """Why this voice, in words that an account owner can check."""
    visibility: Visibility
    text: str
    position: int = 0
    """Order within the document, from 0."""
    start_time: float | None = None
    """Seconds from the start of the call."""
    end_time: float | None = None
    context: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Facts of the document that a reader needs beside the words: `title`, `status`, `priority`, `tags`, `quoted_from`."""

    @property
    def text_sha256(self) -> str:
        return text_sha256(self.text)

    @property
    def date(self) -> str:
        """The day, `YYYY-MM-DD`."""
        return self.occurred_at[:10]

    def to_json(self) -> dict[str, Any]:
        """The line that `earned records --json` prints."""
        row: dict[str, Any] = {
            "record_id": self.record_id,
            "account_id": self.account_id,
            "source": self.source,
            "locator": self.locator,
            "document": self.document,
            "occurred_at": self.occurred_at,
            "speaker": self.speaker,
            "speaker_email": self.speaker_email,
            "voice": self.voice.value,
            "voice_reason": self.voice_reason,
            "visibility": self.visibility.value,
            "text": self.text,
            "text_sha256": self.text_sha256,
            "position": self.position,
        }
        if self.start_time is not None:
            row["start_time"] = round(self.start_time, 3)
        if self.end_time is not None:
            row["end_time"] = round(self.end_time, 3)
        if self.context:
            row["context"] = dict(self.context)
        return row


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not read, with enough to repair it: quarantined and reported, never dropped in silence."""

    file: str
    """Path relative to the book, or the path as given."""
    why: str
    remedy: str
    line: int | None = None
    field: str | None = None
    account_id: str | None = None

    def __str__(self) -> str:
        where = self.file + (f":{self.line}" if self.line is not None else "")
        which = f" [{self.field}]" if self.field else ""
        return f"{where}{which}: {self.why}. {self.remedy}"

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "field": self.field,
            "why": self.why,
            "remedy": self.remedy,
            "account_id": self.account_id,
        }


def text_sha256(text: str) -> str:
    """Hex sha256 of the UTF-8 bytes; lone surrogates, which a broken export may hold, are kept apart from '?'."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def stable_id(*parts: str, length: int = 16) -> str:
    """A short content address: the first `length` hex digits of the sha256 of the parts."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:length]
