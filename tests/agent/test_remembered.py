"""Finished readings are kept by document, and a document is read by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.extraction.proposals import Proposal, Proposer, Reading
from agent.extraction.remembered import Remembered
from agent.pipeline import Pipeline
from agent.store import open_store
from agent.store.runs import Answers
from retrieval.readers.book import open_book


class Counting(Proposer):
    """The real extractor, noting which documents it was asked about."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._inner = pipeline.extractor
        self.asked: list[str] = []

    @property
    def version(self) -> str:
        return self._inner.version

    def propose(self, reading: Reading) -> Sequence[Proposal]:
        self.asked += sorted({record.document for record in reading.records})
        return self._inner.propose(reading)


class Here:
    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def recall(self, keys: Sequence[str]) -> Mapping[str, Any]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def remember(self, found: Mapping[str, Any]) -> None:
        self.kept.update(found)


@pytest.fixture(scope="module")
def reading(sample_book: Path) -> Reading:
    book = open_book(sample_book)
    contacts = tuple(contact for contact in book.contacts if contact.account_id == "acc-111")
    return Reading(book.account("acc-111"), contacts, book.catalog, book.records("acc-111").records)


def test_what_is_read_document_by_document_is_what_is_read_at_once(pipeline: Pipeline, reading: Reading) -> None:
    assert list(Remembered(pipeline.extractor, Here()).propose(reading)) == list(pipeline.extractor.propose(reading))
    parts = [
        Reading(reading.account, reading.contacts, reading.catalog, (r,)) for r in reading.records if r.source.startswith("note:")
    ]
    alone = [p for part in parts for p in pipeline.extractor.propose(part)]
    ids = {record.record_id for part in parts for record in part.records}
    assert alone == [p for p in pipeline.extractor.propose(reading) if p.record_id in ids]


def test_only_a_new_document_is_read(pipeline: Pipeline, reading: Reading, tmp_path: Path) -> None:
    store = open_store(tmp_path / "home", create=True)
    counting = Counting(pipeline)
    extractor = Remembered(counting, Answers(store, "extract", "offline"))
    older = tuple(record for record in reading.records if record.document != "ticket:51601")
    extractor.propose(Reading(reading.account, reading.contacts, reading.catalog, older))
    counting.asked.clear()
    everything = extractor.propose(reading)
    assert counting.asked == ["ticket:51601"]
    counting.asked.clear()
    assert extractor.propose(reading) == everything
    assert counting.asked == []
