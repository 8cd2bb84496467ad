"""A signal: a typed fact with its evidence. Text signals quote the source word for word; telemetry says what was computed.

A signal is only ever built from a verified quote (`agent.verification`) or from rows (`agent.telemetry`); voice, speaker and
date are copied from the record, never taken from a model (design invariants 1 and 2).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agent.kinds import KINDS, Kind, Stance
from retrieval.records import Record, Voice, stable_id

Strength = Literal["strong", "medium", "weak"]


class Measurement(BaseModel):
    """What telemetry computed, from which rows, and how (R075: usage may open a hypothesis, never prove one)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    window: str
    """The rows that were used, e.g. `2026-10-05..2026-10-26 (4 weeks)`."""
    value: float
    baseline: float | None
    formula: str


class Signal(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    account_id: str
    kind: str
    source: str
    document: str
    record_id: str
    start: int
    """Code points into the record's text; 0 and 0 for telemetry."""
    end: int
    quote: str
    """`record.text[start:end]`, always; empty for telemetry."""
    voice: Voice
    speaker: str | None
    stakeholder: str | None
    """The customer's person behind it, where the directory knows one."""
    role: str | None = None
    """The stakeholder's role in the buying centre: sponsor, champion, economic_buyer, admin, user, procurement, security."""
    date: str
    strength: Strength
    resolved: bool = False
    resolved_by: str | None = None
    """The record whose later words closed this risk, or overtook this wish."""
    method: str
    """What proposed it: `offline/<version>`, `telemetry`, `event`, or a model and prompt."""
    status: Literal["exact", "folded", "repaired", "clipped"] = "exact"
    measurement: Measurement | None = None

    @property
    def info(self) -> Kind:
        return KINDS[self.kind]

    @property
    def stance(self) -> Stance:
        return self.info.stance

    @property
    def is_open_risk(self) -> bool:
        return self.stance is Stance.OPPOSES and not self.resolved

    @property
    def blocks(self) -> bool:
        """Whether this signal alone forbids expansion now (design section 6)."""
        if not self.is_open_risk or self.voice is Voice.EXTERNAL:
            return False
        return self.info.blocks == "always" or (self.info.blocks == "severe" and self.strength == "strong")

    def to_json(self) -> dict[str, Any]:
        """The line that `earned signals --json` prints."""
        row: dict[str, Any] = {
            "id": self.id,
            "account_id": self.account_id,
            "kind": self.kind,
            "stance": self.stance.value,
            "source": self.source,
            "record_id": self.record_id,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "voice": self.voice.value,
            "speaker": self.speaker,
            "stakeholder": self.stakeholder,
            "role": self.role,
            "date": self.date,
            "strength": self.strength,
            "resolved": self.resolved,
            "method": self.method,
            "status": self.status,
        }
        if self.resolved_by:
            row["resolved_by"] = self.resolved_by
        if self.measurement:
            row |= self.measurement.model_dump()
        return row


def signal_id(account_id: str, kind: str, record_id: str, start: int, end: int) -> str:
    """Stable across runs for the same words of the same record read as the same kind."""
    return "s-" + stable_id(account_id, kind, record_id, str(start), str(end), length=12)


def text_signal(
    record: Record,
    start: int,
    end: int,
    *,
    kind: str,
    strength: Strength,
    method: str,
    status: Literal["exact", "folded", "repaired", "clipped"] = "exact",
    role: str | None = None,
) -> Signal:
    """A signal from a verified span; everything but kind and strength is read from the record.

    Raises ValueError where the span is empty or outside the text: a caller's bug, never a customer's doing.
    """
    if not 0 <= start < end <= len(record.text):
        raise ValueError(f"span {start}:{end} is not inside record {record.record_id} of {len(record.text)} characters")
    return Signal(
        id=signal_id(record.account_id, kind, record.record_id, start, end),
        account_id=record.account_id,
        kind=kind,
        source=record.source,
        document=record.document,
        record_id=record.record_id,
        start=start,
        end=end,
        quote=record.text[start:end],
        voice=record.voice,
        speaker=record.speaker,
        stakeholder=record.speaker if record.voice is Voice.CUSTOMER else None,
        role=role,
        date=record.date,
        strength=strength,
        method=method,
        status=status,
    )
