"""A seeded part of `python -m evals.bench.fuzz`: every reader, 300 damaged files each."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.bench.fuzz import fuzz, read
from evals.bench.fuzz_samples import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_an_undamaged_sample_is_read_without_a_problem(name: str, tmp_path: Path) -> None:
    outcome = read(SAMPLES[name], SAMPLES[name].text.encode(), tmp_path)
    assert (outcome.problems, outcome.wrong) == (0, "")
    assert outcome.records or not SAMPLES[name].marks


def test_words_that_no_record_holds_are_noticed(tmp_path: Path) -> None:
    """The judge itself: a reader that dropped a ticket without a word would be found out."""
    sample = SAMPLES["note"]
    hidden = sample.text.replace("date:", "hidden: kivora\ndate:").replace("We keep kivora in a sheet, é.", "Nothing.")
    assert "kivora vanished" in read(sample, hidden.encode(), tmp_path).wrong


@pytest.mark.parametrize("name", SAMPLES)
def test_no_damage_raises_and_none_makes_words_vanish(name: str, tmp_path: Path) -> None:
    figures, wrong = fuzz(name, 300, 7, tmp_path)
    assert not wrong
    assert figures["with problems"] > 50
