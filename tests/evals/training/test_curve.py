"""The learning curve: its points, its file, its table and its plot. Nothing is trained here."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import UsageError
from evals import learning
from evals.learning import Curve, Point
from evals.training.corpus import TRAINING
from evals.training.curve import SIZES, THRESHOLDS, Held, point
from evals.training.validation import PRECISION

CURVE = Curve(2, 24, 1_234, tuple(Point(n, f1, f1 - 0.1, f1 + 0.1, 0.62, 0.4) for n, f1 in ((6, 0.3), (10, 0.4), (20, 0.45))))


def held(hits: list[int], found: list[int], labelled: int) -> Held:
    """An account whose counts at the first thresholds are these, and at the others nothing."""
    rest = len(THRESHOLDS) - len(hits)
    return Held(np.array([*hits, *[0] * rest]), np.array([*found, *[0] * rest]), labelled)


def test_a_point_is_the_best_f1_of_enough_precision() -> None:
    """At the first threshold 12 of 30 (precision .40), at the second 9 of 14 (.64), at the third 5 of 6 (.83); 20 are labelled."""
    found = point(12, [held([8, 6, 3], [18, 9, 4], 12), held([4, 3, 2], [12, 5, 2], 8)])
    assert (found.accounts, found.f1, found.precision, found.recall) == (
        12,
        round(18 / 34, 3),
        round(9 / 14, 3),
        round(9 / 20, 3),
    )
    assert found.low <= found.f1 <= found.high


def test_where_nothing_is_precise_enough_the_most_precise_one_counts() -> None:
    found = point(6, [held([8, 4], [40, 10], 10), held([8, 4], [40, 10], 10)])
    assert found.precision == 0.4 < PRECISION


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=6))
def test_points_are_shares_and_no_threshold_of_enough_precision_is_better(rows: list[tuple[int, int, int]]) -> None:
    accounts = [held([hits], [hits + wrong], hits + missed) for hits, wrong, missed in rows]
    found = point(6, accounts)
    assert 0 <= found.f1 <= 1
    hits, wrong, missed = (sum(row[at] for row in rows) for at in range(3))
    if hits and hits / (hits + wrong) >= PRECISION:
        assert found.f1 == pytest.approx(2 * hits / (2 * hits + wrong + missed), abs=0.001)


def test_the_last_doubling() -> None:
    assert CURVE.last_step == pytest.approx(0.05), "from 10 to 20"
    assert Curve(1, 12, 9, CURVE.points[:1]).last_step == 0.0


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "curve.json"
    assert learning.read(path) is None
    path.write_text(json.dumps(asdict(CURVE)), "utf-8")
    assert learning.read(path) == CURVE
    path.write_text('{"points": 3}', "utf-8")
    with pytest.raises(UsageError, match="no learning curve"):
        learning.read(path)


def test_the_committed_curve_is_of_all_training_books_and_stands_in_the_readme() -> None:
    curve = learning.read()
    assert curve is not None
    assert (curve.books, curve.accounts) == (len(TRAINING), 108)
    assert tuple(p.accounts for p in curve.points) == SIZES
    text = learning.README.read_text("utf-8")
    assert learning.fill(text, learning.table(curve)) == text, "run python -m evals.training.curve"


def test_a_readme_without_its_place_is_refused() -> None:
    assert learning.fill("a\n<!-- curve -->\nold\n<!-- /curve -->\nb", "new") == "a\n<!-- curve -->\nnew\n<!-- /curve -->\nb"
    with pytest.raises(UsageError, match="no place for the curve"):
        learning.fill("nothing", "new")


def test_the_plot_has_a_dot_and_an_interval_for_each_point() -> None:
    drawn = learning.plot(CURVE)
    assert drawn.count("<circle") == drawn.count('class="line"/>') - 1 == 3
    assert all(f">{p.accounts}</text>" in drawn for p in CURVE.points)
