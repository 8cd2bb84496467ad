"""The revenue of a whole book, reckoned once and handed to every account: what a share of the revenue is a share of. Pure.

    of_book = revenue_of(book.accounts)                 # once a run
    share_shown(account, of_book, rates)                # part of the account's input hash

An account's concentration depends on everybody else's revenue. `share_shown` is what of it people see: as long as it stays the same, a
colleague's new contract is no reason to work out the others again; when it moves, they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agent.economics.money import Rates, currency, factor
from retrieval.accounts import Account

SHOWN: Final = 3
"""Decimals of a share that people see: a tenth of a percent."""
NAMED: Final = 3
"""Accounts without revenue that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class BookRevenue:
    """ARR by currency. The default is a book without accounts."""

    by_currency: tuple[tuple[str, float, int], ...] = ()
    """(currency, ARR, how many accounts), by name."""
    accounts: int = 0
    unknown: tuple[str, ...] = ()
    """Accounts whose ARR the export does not say, in the book's order: unknown is not zero."""


@dataclass(frozen=True, slots=True)
class Total:
    """The book's ARR in one currency, as far as rates were given."""

    amount: float
    counted: int
    """Accounts that are in it."""
    without_rate: tuple[str, ...]
    """Currencies that are not in it."""


def revenue_of(accounts: Iterable[Account] | BookRevenue) -> BookRevenue:
    """Add up a book; one that is added up already comes back as it is."""
    if isinstance(accounts, BookRevenue):
        return accounts
    sums: dict[str, tuple[float, int]] = {}
    count, unknown = 0, []
    for account in accounts:
        count += 1
        if account.arr is None:
            unknown.append(account.account_id)
            continue
        amount, number = sums.get(account.currency, (0.0, 0))
        sums[account.currency] = (amount + account.arr, number + 1)
    rows = tuple((name, amount, number) for name, (amount, number) in sorted(sums.items()))
    return BookRevenue(rows, count, tuple(unknown))


def total_in(book: BookRevenue, wanted: str, rates: Rates | None) -> Total:
    """The book in one currency; what cannot be converted is named, never guessed."""
    amount, counted, gaps = 0.0, 0, set()
    for name, part, number in book.by_currency:
        rate = 1.0 if name == wanted else factor(rates, name, wanted)
        if rate is None:
            gaps.add(currency(name))
        else:
            amount, counted = amount + part * rate, counted + number
    return Total(amount, counted, tuple(sorted(gaps)))


def unknown_named(book: BookRevenue) -> str:
    """`a-1, a-2, a-3 and 17 more`; empty where every account's ARR is known."""
    more = len(book.unknown) - NAMED
    return ", ".join(book.unknown[:NAMED]) + (f" and {more} more" if more > 0 else "")


def share_shown(account: Account, book: Iterable[Account] | BookRevenue, rates: Rates | None) -> str:
    """What people see of the account's share of the book: for the hash of what an account's draft is made from."""
    of_book = revenue_of(book)
    total = total_in(of_book, account.currency, rates)
    share = "" if account.arr is None or total.amount <= 0 else f"{account.arr / total.amount:.{SHOWN}f}"
    return "|".join((share, ",".join(total.without_rate), unknown_named(of_book)))
