"""On the labelled sample book every labelled quote stands in exactly one record of its source, with the labelled voice."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from retrieval.readers import Book, open_book
from retrieval.records import Record, Voice
from tests.retrieval.readers.shared import sample_book


@pytest.fixture(scope="module")
def book() -> Book:
    return open_book(sample_book())


@pytest.fixture(scope="module")
def records(book: Book) -> dict[str, list[Record]]:
    return {account_id: list(book.records(account_id).records) for account_id in book.account_ids()}


@pytest.fixture(scope="module")
def labels() -> list[dict[str, Any]]:
    path = sample_book() / "gold.jsonl"
    if not path.exists():
        pytest.skip("the book has no labels")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_sample_book_reads_without_a_problem(book: Book) -> None:
    assert not book.problems
    assert not [problem for account_id in book.account_ids() for problem in book.records(account_id).problems]


def test_every_labelled_quote_is_found_once_with_its_voice(
    records: dict[str, list[Record]], labels: list[dict[str, Any]]
) -> None:
    wrong = []
    for gold in labels:
        by_source: dict[str, list[Record]] = defaultdict(list)
        for record in records[gold["account_id"]]:
            by_source[record.source].append(record)
        for signal in gold["signals"]:
            hits = [r for r in by_source[signal["source"]] if signal["quote"] in r.text]
            found = [(r.voice.value, r.speaker, r.date) for r in hits]
            expected = [(signal["voice"], signal["stakeholder"] or (hits[0].speaker if hits else None), signal["date"])]
            if not signal["source"].startswith("usage:") and found != expected:
                wrong.append((signal["source"], signal["quote"], expected, found))
            if not hits:
                wrong.append((signal["source"], signal["quote"], expected, found))
    assert not wrong


def test_everything_that_tempts_is_in_a_record_too(records: dict[str, list[Record]], labels: list[dict[str, Any]]) -> None:
    for gold in labels:
        for distractor in gold["distractors"]:
            texts = [r.text for r in records[gold["account_id"]] if r.source == distractor["source"]]
            assert any(distractor["quote"] in text for text in texts), distractor["source"]


def test_nothing_of_the_team_counts_as_the_customer_s(book: Book, records: dict[str, list[Record]]) -> None:
    team = {member.name for member in book.team} | {member.email for member in book.team}
    customer = [record for found in records.values() for record in found if record.voice is Voice.CUSTOMER]
    assert not [record for record in customer if record.speaker in team or record.speaker_email in team]
    assert not [record for record in customer if "part" in record.context]


def test_record_ids_are_unique(records: dict[str, list[Record]]) -> None:
    ids = [record.record_id for found in records.values() for record in found]
    assert len(ids) == len(set(ids))
