"""What an outcome may say, the story that outcomes tell, and rates that are not given before they mean something."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import UsageError
from agent.hypotheses import Grade
from agent.outcomes.cases import Followed
from agent.outcomes.conversion import by_grade, by_kind, wilson
from agent.outcomes.facts import Outcome, What, checked, effective, story
from tests.agent.making import draft

TODAY = date(2026, 11, 1)


def entry(
    what: What, number: int = 0, *, day: str = "2026-10-01", amount: float | None = None, undoes: str | None = None
) -> Outcome:
    return Outcome(f"o-{number}", "h-1", "a-1", 1, what, day, amount, None, None, "kim", "2026-11-01T08:00:00Z", undoes)


@pytest.mark.parametrize(
    ("what", "value", "kept"),
    [
        (What.DONE, None, (None, None)),
        (What.CLOSED, ("12000", "eur"), (12000.0, "EUR")),
        (What.CLOSED, None, (None, None)),
        (What.MARGIN, ("62", "%"), (0.62, "share")),
        (What.MARGIN, ("-0.1", "share"), (-0.1, "share")),
        (What.SUPPORT, ("0.05", "tickets"), (0.05, "tickets")),
    ],
)
def test_what_can_be_said(what: What, value: tuple[str, str] | None, kept: tuple[float | None, str | None]) -> None:
    assert checked(what, TODAY, value, today=TODAY) == kept


@pytest.mark.parametrize(
    ("what", "day", "value", "said"),
    [
        (What.DONE, date(2026, 11, 2), None, "has not come yet"),
        (What.DONE, TODAY, ("1", "EUR"), "takes no value"),
        (What.MARGIN, TODAY, None, "needs its figure"),
        (What.MARGIN, TODAY, ("62", "share"), "more than all of the revenue"),
        (What.MARGIN, TODAY, ("62", "EUR"), "not the unit"),
        (What.CLOSED, TODAY, ("1,000", "EUR"), "not a plain number"),
        (What.CLOSED, TODAY, ("nan", "EUR"), "not a plain number"),
        (What.CLOSED, TODAY, ("1000", "euros"), "not a currency"),
        (What.CLOSED, TODAY, ("-5", "EUR"), "negative"),
    ],
)
def test_what_cannot_be_said(what: What, day: date, value: tuple[str, str] | None, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        checked(what, day, value, today=TODAY)
    assert caught.value.remedy


def test_the_newest_of_each_sort_holds_and_an_undo_brings_back_the_one_before() -> None:
    log = [entry(What.DONE, 1), entry(What.REFUSED, 2), entry(What.CLOSED, 3)]
    assert (story(log).earned, story(log).converted) == (False, True)
    log += [entry(What.UNDO, 4, undoes="o-3")]
    assert (story(log).earned, story(log).converted) == (False, False)
    log += [entry(What.UNDO, 5, undoes="o-2")]
    assert (story(log).earned, story(log).converted) == (True, None)
    assert [held.id for held in effective(log)] == ["o-1"]


def test_retention_is_told_after_twelve_months_or_when_it_is_gone() -> None:
    closed = entry(What.CLOSED, 1, day="2025-10-01")
    assert story([closed]).retained is None
    assert story([closed, entry(What.KEPT, 2, day="2026-09-30")]).retained is None
    assert story([closed, entry(What.KEPT, 2, day="2026-10-01")]).retained is True
    assert story([closed, entry(What.LEFT, 2, day="2026-01-01")]).retained is False
    assert story([entry(What.KEPT, 2, day="2026-10-01")]).retained is None


def followed(account: int, what: What, *, kinds: tuple[str, ...] = (), grade: Grade = Grade.EARNED) -> Followed:
    return Followed(f"h-{account}", f"a-{account}", 1, draft(f"a-{account}", grade=grade, kinds=kinds), (entry(what),))


def test_under_twenty_accounts_a_rate_is_uncalibrated() -> None:
    found = [followed(n, What.CLOSED if n % 2 else What.LOST, kinds=("unmet_need",)) for n in range(19)]
    earned = by_grade(found)[0]
    assert (earned.value, earned.interval, str(earned)) == (None, None, "uncalibrated (9 of 19 accounts; 20 are needed)")
    found.append(followed(19, What.REFUSED, kinds=("unmet_need", "usage_growth")))
    earned, need = by_grade(found)[0], by_kind(found)[0]
    assert (earned.value, need.value, need.name) == (0.45, 0.45, "unmet_need")
    assert str(by_kind(found)[1]).startswith("uncalibrated (0 of 1")
    assert earned.interval == pytest.approx((0.2582, 0.6579), abs=1e-4)


def test_an_account_counts_once_and_open_ones_not_at_all() -> None:
    again = Followed("h-x", "a-1", 1, draft(grade=Grade.EARNED), (entry(What.LOST),))
    rate = by_grade([followed(1, What.CLOSED), again, followed(2, What.DONE)])[0]
    assert (rate.converted, rate.settled) == (1, 1)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_is_symmetric(counts: tuple[int, int]) -> None:
    successes, trials = counts
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1
    assert wilson(trials - successes, trials) == pytest.approx((1 - high, 1 - low))
