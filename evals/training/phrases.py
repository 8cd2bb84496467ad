"""Hand-written training sentences (`phrases.toml`) as rows beside the books': most for the kinds that books hold few of."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from agent.extraction.candidates import Candidate
from agent.kinds import KINDS, TEXT_KINDS, Stance
from retrieval.records import Record, Visibility, Voice

FILE = Path(__file__).with_name("phrases.toml")


def read_phrases() -> tuple[list[Candidate], NDArray[np.bool_]]:
    """Candidates and labels (n, kinds), in the order of the file. They alternate between tickets and calls."""
    items: list[Candidate] = []
    labels: list[NDArray[np.bool_]] = []
    for name, group in tomllib.loads(FILE.read_text("utf-8")).items():
        for text in group.get("said", []):
            items.append(_customer(text, len(items)))
            labels.append(_label(name))
        for text in group.get("not_said", []):
            items.append(_customer(text, len(items)))
            labels.append(_label(None))
        for text in group.get("vendor", []):
            noted = name == "tenure" or KINDS[name].stance is Stance.OPPOSES
            items.append(_candidate(text, Voice.VENDOR, "note:n" if noted else "transcript:t", internal=noted))
            labels.append(_label(_vendors(name, noted)))
    return items, np.vstack(labels)


def _vendors(kind: str, noted: bool) -> str | None:
    """What a line of ours is: a risk that we noted down is that risk, a next step that we offer is a push."""
    if noted or kind == "vendor_push":
        return kind
    return "vendor_push" if kind in ("stakeholder_pull", "new_audience_interest") else None


def _label(kind: str | None) -> NDArray[np.bool_]:
    return np.array([name == kind for name in TEXT_KINDS])


def _customer(text: str, number: int) -> Candidate:
    return _candidate(text, Voice.CUSTOMER, "transcript:t" if number % 2 else "ticket:1/comment:1", internal=False)


def _candidate(text: str, voice: Voice, source: str, *, internal: bool) -> Candidate:
    visibility = Visibility.INTERNAL if internal else Visibility.PUBLIC
    document = source.partition("/")[0]
    record = Record("phrase", "", source, "", document, "2026-01-01", None, None, voice, "", visibility, text,
                    context=MappingProxyType({}))  # fmt: skip
    return Candidate(record, 0, len(text), "", "", "", index=1, count=3)  # neither first nor last of its text
