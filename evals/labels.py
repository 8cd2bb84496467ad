"""Gold labels of a book: what a careful, sceptical account owner would find (`evals/datasets/GUIDE.md`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.records import Record

DATASETS = Path(__file__).parent / "datasets"


@dataclass(frozen=True, slots=True)
class GoldSignal:
    account_id: str
    kind: str
    source: str
    quote: str
    """Verbatim; empty for usage."""
    voice: str
    resolved: bool


@dataclass(frozen=True, slots=True)
class GoldAccount:
    account_id: str
    signals: tuple[GoldSignal, ...]
    distractors: tuple[GoldSignal, ...]
    """What looks like the kind and is none."""
    verdict: dict[str, Any]

    @property
    def grade(self) -> str:
        return str(self.verdict["grade"])


def read_gold(book: Path) -> dict[str, GoldAccount]:
    """The labels of a book, by account."""
    lines = (json.loads(line) for line in (book / "gold.jsonl").read_text("utf-8").splitlines() if line.strip())
    return {row["account_id"]: _account(row) for row in lines}


def _account(row: dict[str, Any]) -> GoldAccount:
    key = row["account_id"]
    signals = tuple(GoldSignal(key, s["kind"], s["source"], s["quote"], s["voice"], s["resolved"]) for s in row["signals"])
    tempting = tuple(GoldSignal(key, d["tempting_kind"], d["source"], d["quote"], "", False) for d in row["distractors"])
    return GoldAccount(key, signals, tempting, row["verdict"])


@dataclass(frozen=True, slots=True)
class Span:
    """Where a labelled quote stands."""

    record_id: str
    start: int
    end: int


def locate(signal: GoldSignal, records: list[Record]) -> Span | None:
    """The record and offsets of a labelled quote; None for usage, or where no record of its source holds it."""
    if not signal.quote:
        return None
    for record in records:
        if record.source == signal.source:
            at = record.text.find(signal.quote)
            if at >= 0:
                return Span(record.record_id, at, at + len(signal.quote))
    return None
