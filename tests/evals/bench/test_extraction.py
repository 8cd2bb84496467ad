"""What the extraction benches conclude from their figures, held against arithmetic done by hand."""

from __future__ import annotations

import pytest

from evals.bench.extraction_cache import feasible, least_total, most_cached
from evals.bench.extraction_speed import ideal, middle


def test_a_documents_own_words_are_always_fresh() -> None:
    assert most_cached(27_000, 36_000) == pytest.approx(0.25)
    assert most_cached(40_000, 36_000) == 0.0  # it does not fit, whatever is cached
    assert least_total(27_000, 0.6) == pytest.approx(67_500)


@pytest.mark.parametrize(("document", "both"), [(14_400, True), (14_401, False), (28_871, False), (0, True)])
def test_two_aims_hold_together_only_for_documents_that_are_small_enough(document: int, both: bool) -> None:
    assert feasible(document, 36_000, 0.6) is both
    cuttings = ((prefix, windows) for prefix in range(500, 40_000, 500) for windows in range(1, 60))
    sent = ((document + prefix * windows, prefix * windows) for prefix, windows in cuttings)
    found = any(total <= 36_000 and repeated >= 0.6 * total for total, repeated in sent)
    assert found <= both  # what a search over prompts and windows finds is never more than the bound allows


def test_the_ideal_is_a_pool_that_is_never_idle() -> None:
    assert ideal([1.0, 1.0, 1.0], 3) == 1.0
    assert ideal([1.0, 3.0, 1.0, 1.0], 2) == 3.0
    assert ideal([2.0, 2.0, 2.0], 2) == 4.0


def test_the_row_that_is_shown_is_the_median_and_keeps_all_ratios() -> None:
    rows = [{"ratio": ratio, "cpu_s": cpu, "ratio_by_cpu": 1.1} for ratio, cpu in ((1.3, 0.1), (1.1, 0.2), (1.2, 0.9))]
    shown = middle(rows)
    assert (shown["ratio"], shown["cpu_s"], shown["ratios"]) == (1.2, 0.2, [1.3, 1.1, 1.2])
