"""The second readings: they stand in their sources, and agree with the labels as far as the README says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.agreement import FILE, agreement
from evals.cases import split_of
from evals.metrics.spans import Score


def test_the_second_readings_are_of_training_accounts_and_of_no_other() -> None:
    rows = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
    assert {split_of(row["book"]) for row in rows} == {"train"}
    assert len({row["account_id"] for row in rows}) == len(rows) == 12


def test_two_readers_agree_on_most_signals_and_on_nearly_every_grade() -> None:
    found = agreement()
    figures = found.to_json()
    assert figures["f1"] == pytest.approx(0.82, abs=0.01)
    assert figures["grades_equal"] == 11
    assert found.overall == sum(found.kinds.values(), Score(0, 0, 0))


def test_a_quote_that_stands_nowhere_is_named(tmp_path: Path) -> None:
    row = json.loads(FILE.read_text("utf-8").splitlines()[0])
    row["signals"] = [{"kind": "unmet_need", "source": row["signals"][0]["source"], "quote": "nobody said so", "resolved": False}]
    broken = tmp_path / "readings.jsonl"
    broken.write_text(json.dumps(row) + "\n", "utf-8")
    with pytest.raises(ValueError, match="does not stand there"):
        agreement(broken)
