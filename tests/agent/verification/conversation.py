"""A conversation in a few words: `talk("Ana: We need it.", "*Rep: Do you?")`; a star marks the vendor."""

from __future__ import annotations

from collections.abc import Callable

from agent.verification import DocumentText, Rejected, Verified
from retrieval.records import Record, Visibility, Voice


def talk(*lines: str, context: dict[str, str] | None = None) -> DocumentText:
    records = []
    for i, line in enumerate(lines):
        who, text = line.split(": ", 1)
        voice = Voice.VENDOR if who.startswith("*") else Voice.CUSTOMER
        records.append(
            Record(
                record_id=f"r{i}",
                account_id="acc",
                source="call:1",
                locator=f"turn {i}",
                document="call:1",
                occurred_at="2026-05-01",
                speaker=who.strip("*"),
                speaker_email=None,
                voice=voice,
                voice_reason="test",
                visibility=Visibility.PUBLIC,
                text=text,
                position=i,
                context=context or {},
            )
        )
    return DocumentText(records)


Check = Callable[..., tuple[Verified, ...] | Rejected]
