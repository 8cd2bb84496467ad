"""The book's revenue: an account's share of it follows everybody else's revenue exactly as far as people see it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.economics import Rates, economics_of, revenue_of, said, share_shown
from agent.economics.book import total_in, unknown_named
from retrieval.accounts import Account
from tests.agent.economics.making import ACCOUNT, facts

OTHERS = st.lists(
    st.builds(
        Account,
        account_id=st.sampled_from(["b", "c", "d"]),
        name=st.just("Other"),
        arr=st.none() | st.integers(0, 10_000_000).map(float),
        currency=st.sampled_from(["USD", "EUR", "GBP"]),
    ),
    max_size=6,
)
RATES = st.sampled_from([None, Rates("USD", {"EUR": 1.1}), Rates("USD", {"EUR": 1.1, "GBP": 1.3})])


def seen(others: list[Account], rates: Rates | None) -> str:
    """The concentration as people read it, of an account that would buy nothing."""
    return said(economics_of(facts(book=revenue_of([ACCOUNT, *others]), rates=rates))["risk_concentration"])


@settings(deadline=None)
@given(OTHERS, OTHERS, RATES)
def test_an_equal_key_means_that_people_see_the_same(one: list[Account], other: list[Account], rates: Rates | None) -> None:
    keys = [share_shown(ACCOUNT, [ACCOUNT, *others], rates) for others in (one, other)]
    pages = [seen(others, rates) for others in (one, other)]
    assert (keys[0] == keys[1]) == (pages[0] == pages[1])


def test_a_new_contract_elsewhere_moves_the_share_and_a_small_one_does_not() -> None:
    others = [Account("b", "Other", arr=36_000.0, currency="USD")]
    before = share_shown(ACCOUNT, [ACCOUNT, *others], None)
    assert share_shown(ACCOUNT, [ACCOUNT, replace(others[0], arr=36_010.0)], None) == before
    assert share_shown(ACCOUNT, [ACCOUNT, replace(others[0], arr=96_000.0)], None) != before


def test_a_currency_without_a_rate_shows_until_there_is_one() -> None:
    book = revenue_of([ACCOUNT, Account("b", "Other", arr=100.0, currency="EUR")])
    assert total_in(book, "USD", None).without_rate == ("EUR",)
    converted = total_in(book, "USD", Rates("USD", {"EUR": 1.1}))
    assert (converted.amount, converted.counted, converted.without_rate) == (12_000 + 110, 2, ())


def test_a_book_that_is_added_up_is_not_added_up_again() -> None:
    book = revenue_of([ACCOUNT])
    assert revenue_of(book) is book
    assert share_shown(ACCOUNT, book, None) == share_shown(ACCOUNT, [ACCOUNT], None) == "1.000||"


def test_many_accounts_without_revenue_are_counted_and_not_listed() -> None:
    book = revenue_of([Account(f"a-{number}", "Nameless") for number in range(20)])
    assert unknown_named(book) == "a-0, a-1, a-2 and 17 more"
    assert share_shown(replace(ACCOUNT, arr=None), book, None).startswith("|")
