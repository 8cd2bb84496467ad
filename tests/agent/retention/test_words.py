"""Which kept answers repeat what is to be forgotten: too many is a cost, too few would keep somebody's words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from agent.retention.drafts import ERASED
from agent.retention.erasing import drop_answers
from agent.retention.words import Forgotten
from agent.store import Store, open_store, tables

SAID = "We still type the paper delivery forms into a spreadsheet by hand every morning."


@pytest.fixture
def forgotten() -> Forgotten:
    found = Forgotten({"ticket:7/description#0"}, named=lambda text: "Dana" in text)
    found.add([SAID])
    return found


@pytest.mark.parametrize(
    "content",
    [
        [{"record_id": "ticket:7/description#0", "quote": "x", "kind": "unmet_need"}],
        {"quote": "the paper delivery forms into a spreadsheet"},
        {"quote": "by hand every morning"},
        {"text": json.dumps({"signals": [{"quote": "paper delivery forms"}]})},
        {"text": "The customer says that they TYPE the paper — delivery forms into spreadsheets, by hand."},
        {"summary": "Dana wants a price."},
        {"Dana": 1},
    ],
)
def test_an_answer_that_cites_names_or_repeats_is_found(content: object, forgotten: Forgotten) -> None:
    assert forgotten.repeats(content)


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"kind": "manual_workaround", "score": 0.5},
        {"quote": "the paper is nice"},
        {"quote": "We type a letter by hand"},
        {"text": '{"signals": []}'},
        {"text": "{broken"},
    ],
)
def test_others_are_left(content: object, forgotten: Forgotten) -> None:
    assert not forgotten.repeats(content)


def test_the_bill_still_adds_up(forgotten: Forgotten, store_with_answers: Store) -> None:
    with store_with_answers.write() as conn:
        assert drop_answers(conn, forgotten) == 2
        rows = {row.key: (row.content, row.cost) for row in conn.execute(select(tables.answers))}
    assert set(rows) == {"attempt-1", "other"}
    assert rows["attempt-1"] == ({"error": ERASED, "tokens": 7}, 0.25)


@pytest.fixture
def store_with_answers(tmp_path: Path) -> Store:
    store = open_store(tmp_path, create=True)
    about = {"model": "m", "created_at": "2026-11-20T00:00:00Z"}
    rows = [
        {"key": "answer", "stage": "extract", "content": {"text": SAID}, "cost": 0.0, **about},
        {
            "key": "attempt-1",
            "stage": "attempt/extract",
            "content": {"error": f"cut: {SAID}", "tokens": 7},
            "cost": 0.25,
            **about,
        },
        {"key": "other", "stage": "extract", "content": {"text": "Nothing of the kind"}, "cost": 0.0, **about},
    ]
    with store.write() as conn:
        conn.execute(insert(tables.answers), rows)
    return store
