"""Which catalogue item a customer means: their own words, and what is named around them."""

from __future__ import annotations

from agent.adjacency import Adjacency, next_adjacency
from agent.signals import Signal, text_signal
from retrieval.accounts import Account, Catalog, CatalogItem
from retrieval.records import Record, Voice
from tests.retrieval.making import WordBagEmbedder, record

CATALOG = Catalog(
    vendor="Vendor",
    plans=(
        CatalogItem("base", "Base", "plan", 10.0, "seat", ("shared calendar", "weekly export of jobs")),
        CatalogItem("wide", "Wide", "plan", 20.0, "seat", ("approval of invoices by two people",)),
    ),
    addons=(
        CatalogItem("scan", "Scan Desk", "addon", 100.0, "month", ("reading paper delivery notes",)),
        CatalogItem("vault", "Vault", "addon", 50.0, "month", ("records that nobody can alter",)),
    ),
)
ACCOUNT = Account("acc-1", "Ashgrove Mills", plan="base")


def said(row: Record, kind: str = "unmet_need") -> Signal:
    return text_signal(row, 0, len(row.text), kind=kind, strength="medium", method="test")


def points(ledger: list[Signal], *records: Record) -> Adjacency | None:
    return next_adjacency(ledger, ACCOUNT, CATALOG, WordBagEmbedder(), records)


def test_a_need_points_to_the_item_that_does_it() -> None:
    need = said(record("r-1", "Somebody types every paper delivery note in again."))
    found = points([need])
    assert found is not None
    assert (found.item.item_id, found.signals, found.more_of_the_same) == ("scan", (need.id,), False)


def test_that_thing_is_what_we_have_just_named() -> None:
    ours = record("r-1", "That would be the Vault.", document="transcript:call", voice=Voice.VENDOR)
    theirs = record("r-2", "Then send us the paperwork with a start in December.", document="transcript:call", position=1)
    assert points([said(theirs, "stakeholder_pull")]) is None
    found = points([said(theirs, "stakeholder_pull")], ours, theirs)
    assert found is not None
    assert (found.item.item_id, found.signals) == ("vault", (said(theirs, "stakeholder_pull").id,))


def test_what_we_name_where_the_customer_asks_for_nothing_points_nowhere() -> None:
    ours = record(
        "r-1", "Have you thought about the Vault? The Vault is discounted.", document="transcript:pitch", voice=Voice.VENDOR
    )
    theirs = record("r-2", "Then send us the paperwork with a start in December.", document="transcript:call")
    assert points([said(theirs, "stakeholder_pull")], ours, theirs) is None
    assert points([], ours) is None


def test_an_outsider_names_nothing() -> None:
    advert = record("r-1", "Vault is great, buy Vault.", document="ticket:1", voice=Voice.UNKNOWN)
    theirs = record("r-2", "Then send us the paperwork with a start in December.", document="ticket:1", position=1)
    assert points([said(theirs, "stakeholder_pull")], advert, theirs) is None


def test_a_need_that_their_plan_covers_is_no_adjacency() -> None:
    assert points([said(record("r-1", "We want a weekly export of jobs."))]) is None


def test_several_faint_hints_of_one_item_outweigh_one_of_another() -> None:
    hints = [
        record("r-1", "The paper is everywhere and Ana is reading half of it.", document="ticket:1"),
        record("r-2", "Delivery notes again until nine at night.", document="ticket:2"),
        record("r-3", "Somebody has to look at that after lunch on Mondays, with two others.", document="ticket:3"),
    ]
    found = points([said(row) for row in hints])
    assert found is not None
    assert found.item.item_id == "scan"
    assert said(hints[2]).id not in found.signals


def test_more_seats_are_more_of_the_same_only_where_nothing_else_is_meant() -> None:
    seats = said(record("r-1", "We need four more seats by May."), "stakeholder_pull")
    found = points([seats])
    assert found is not None
    assert (found.item.item_id, found.more_of_the_same) == ("base", True)
