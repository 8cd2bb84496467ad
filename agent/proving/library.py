"""One account's own words, figures and catalogue, to be searched while a case is being made. Nothing of any other account is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from agent.extraction.proposals import Reading
from agent.signals import Signal
from retrieval import store as texts
from retrieval.embeddings import Embedder
from retrieval.passages import Passage, passages_of
from retrieval.records import Record
from retrieval.search import Searcher
from retrieval.tables import metadata

Vectors = Mapping[str, NDArray[np.float32]]
"""Vectors of passages by the hash of their text, where they are known already."""


@dataclass(frozen=True, slots=True)
class Library:
    """Use `opened` to get one. `looked_for`: every search, in order."""

    records: Mapping[str, Record]
    telemetry: tuple[Signal, ...]
    searcher: Searcher
    account_id: str
    looked_for: list[str]

    def search(self, words: str, k: int) -> list[Passage]:
        """The `k` best passages by hybrid search, best first; none for no words."""
        self.looked_for.append(" ".join(words.split())[:120])
        return self.near(words, k)

    def near(self, words: str, k: int) -> list[Passage]:
        """The same without a note: nobody wants to read that a quote was looked up."""
        return [hit.passage for hit in self.searcher.search(words, account_id=self.account_id, k=k)]

    def around(self, passages: Sequence[Passage]) -> tuple[Record, ...]:
        """Their records, with the turn before and after each in a conversation: an answer is nothing without its question."""
        places = {(r.document, r.position): r for r in self.records.values()}
        wanted: dict[str, Record] = {}
        for passage in passages:
            for record_id in passage.record_ids:
                record = self.records[record_id]
                reach = (-1, 0, 1) if passage.is_call else (0,)
                beside = (places.get((record.document, record.position + step)) for step in reach)
                wanted.update((found.record_id, found) for found in beside if found is not None)
        return tuple(wanted.values())


@contextmanager
def opened(reading: Reading, ledger: Sequence[Signal], embedder: Embedder, vectors: Vectors) -> Iterator[Library]:
    """The library of one account, in memory. Passages whose vectors are not given are embedded."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            texts.replace_account(connection, reading.account.account_id, reading.records, passages_of(reading.records))
            missing = texts.missing_vectors(connection, embedder.name)
            known = {item.text_sha256: vectors[item.text_sha256] for item in missing if item.text_sha256 in vectors}
            fresh = [item for item in missing if item.text_sha256 not in known]
            if fresh:
                found = embedder.embed([item.text for item in fresh])
                known |= {item.text_sha256: row for item, row in zip(fresh, found, strict=True)}
            texts.save_vectors(connection, embedder.name, known)
            records = {record.record_id: record for record in reading.records}
            measured = tuple(signal for signal in ledger if signal.measurement)
            yield Library(records, measured, Searcher(connection, embedder), reading.account.account_id, [])
    finally:
        engine.dispose()
