"""A small account whose economics can be worked out by hand, and signals from the sample book's own words."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from agent.economics import Facts, facts_of, revenue_of
from agent.signals import Signal, text_signal
from retrieval.accounts import Account, Catalog, CatalogItem
from retrieval.readers.book import Book, open_book

BOOK = Path(__file__).resolve().parents[3] / "evals" / "datasets" / "tessellate"
START = date(2026, 1, 5)
BASIC = CatalogItem("basic", "Basic", "plan", 10.0, "seat", ("1,000 calls per month",))
PRO = CatalogItem("pro", "Pro", "plan", 30.0, "seat", ())
SCANS = CatalogItem("scans", "Scans", "addon", 100.0, "500 scans, needs Pro", ())
CATALOG = Catalog(
    "Vendor",
    ("vendor.example",),
    "USD",
    (BASIC, PRO),
    (SCANS,),
    (("per_1000_calls", 2.0), ("per_scan", 0.05), ("per_support_ticket", 20.0), ("per_onboarding_hour", 80.0)),
)
ACCOUNT = Account("a-1", "Ashgrove", plan="basic", arr=12_000.0, currency="USD", seats_licensed=100, renewal_date="2026-12-31")


def weekly(value: float, later: float | None = None, weeks: int = 30) -> tuple[tuple[date, float], ...]:
    """A weekly series: `value`, and `later` in its last eight weeks."""
    rows = [value if later is None or week < weeks - 8 else later for week in range(weeks)]
    return tuple((START + timedelta(weeks=week), float(row)) for week, row in enumerate(rows))


def facts(**more: object) -> Facts:
    """100 licensed and 50 active seats, 2,000 calls a week, one ticket every two weeks."""
    last = START + timedelta(weeks=29)
    fields: dict[str, object] = {
        "account": ACCOUNT,
        "catalog": CATALOG,
        "usage": {"active_seats": weekly(50), "licensed_seats": weekly(100), "calls": weekly(2000)},
        "tickets": tuple(last - timedelta(weeks=2 * n) for n in range(15)),
        "first_day": START,
        "as_of": last,
        "book": revenue_of((ACCOUNT, Account("a-2", "Other", arr=36_000.0, currency="USD"))),
        **more,
    }
    return Facts(**fields)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def sample() -> Book:
    return open_book(BOOK)


def sample_facts(account_id: str, item_id: str | None, *quotes: tuple[str, str], motion: str = "add_on", **more: object) -> Facts:
    """Facts of an account of the sample book, with signals made from (kind, words) that stand in its records."""
    book = sample()
    records = book.records(account_id).records
    signals: list[Signal] = []
    for kind, words in quotes:
        record = next(record for record in records if words in record.text and record.voice.value == "customer")
        at = record.text.index(words)
        signals.append(text_signal(record, at, at + len(words), kind=kind, strength="strong", method="test"))
    account = book.account(account_id)
    item = book.catalog.item(item_id) if item_id else None
    same = item is not None and item.item_id == account.plan
    return facts_of(
        account,
        book.catalog,
        signals,
        records,
        item=item,
        more_of_the_same=same,
        motion=motion,
        book=book.accounts,
        **more,  # type: ignore[arg-type]
    )
