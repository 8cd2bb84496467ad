"""Extraction is done once per document for life: finished readings are kept by content address (design section 7).

A document's key covers everything that its reading depends on: the extractor's version, the words and voices of its records, the
roles of its speakers, the catalogue and the plan. A new ticket costs that ticket; a killed run keeps what it had read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Protocol

from agent.extraction.proposals import Proposal, Proposer, Reading
from retrieval.records import Record, stable_id


class Memory(Protocol):
    """Where finished readings are kept."""

    def recall(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """What is known under these keys."""

    def remember(self, found: Mapping[str, Any]) -> None:
        """Keep JSON values under their keys."""


class Remembered(Proposer):
    """An extractor that asks another one only about documents that it has not read yet.

    The other one must judge each document by itself: what it proposes for one may not depend on the rest of the account.
    """

    def __init__(self, extractor: Proposer, memory: Memory) -> None:
        self._extractor = extractor
        self._memory = memory

    @property
    def version(self) -> str:
        return self._extractor.version

    def propose(self, reading: Reading) -> Sequence[Proposal]:
        documents: dict[str, list[Record]] = {}
        for record in reading.records:
            documents.setdefault(record.document, []).append(record)
        keys = {document: self._key(reading, records) for document, records in documents.items()}
        known = dict(self._memory.recall(list(keys.values())))
        fresh = {document: records for document, records in documents.items() if keys[document] not in known}
        if fresh:
            records = tuple(record for group in fresh.values() for record in group)
            of = {record.record_id: document for document, group in fresh.items() for record in group}
            found: dict[str, list[dict[str, Any]]] = {keys[document]: [] for document in fresh}
            for proposal in self._extractor.propose(replace(reading, records=records)):
                found[keys[of[proposal.record_id]]].append(asdict(proposal))
            self._memory.remember(found)
            known.update(found)
        return [Proposal(**row) for document in documents for row in known[keys[document]]]

    def _key(self, reading: Reading, records: Sequence[Record]) -> str:
        facts = [self.version, reading.account.plan, repr(reading.catalog), repr(reading.contacts)]
        return stable_id(*facts, *(f"{record.to_json()}" for record in records), length=64)
