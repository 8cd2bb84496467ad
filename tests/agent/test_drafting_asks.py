"""What a sentence asks and what it already tells: sentences of our own, in the ways people write."""

from __future__ import annotations

import pytest

from agent.drafting import asks
from agent.signals import Signal
from retrieval.accounts import Catalog, CatalogItem
from retrieval.records import Voice
from tests.agent.test_readiness import signal

SCAN = CatalogItem("scan", "Scan Desk EU", "addon", 200.0, "organisation", ("reads paper forms",))
VAULT = CatalogItem("vault", "Vault Desk", "addon", 90.0, "organisation", ())
CATALOG = Catalog("Vendor", ("vendor.example",), "EUR", (), (SCAN, VAULT))


@pytest.mark.parametrize(
    "sentence",
    [
        "Could we have pricing for twelve crates?",
        "I'd need a price for three more.",
        "What would four more be?",
        "Please send the order form.",
        "And what it costs for us, on one page.",
        "I want an offer from you for the north.",
        "Could you price six more seats for us?",
        "Please quote Tower for twelve months.",
        "Send me the contract so that it starts in May.",
        "Give me a pilot and one price if we keep it.",
        "Can you let me have terms in writing by the fourth?",
    ],
)
def test_a_price_is_asked_for(sentence: str) -> None:
    assert asks.asks_price(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "I don't want a price, I want it to work.",
        "Please keep the sandbox open until the offer is signed.",
        "The price of steel went up.",
        "I ask that you offer us storage in the region.",
        "We are not asking for a quote.",
    ],
)
def test_no_price_is_asked_for(sentence: str) -> None:
    assert not asks.asks_price(sentence)


@pytest.mark.parametrize(
    ("sentence", "time", "start"),
    [
        ("Twelve of them on it from the first of November.", True, True),
        ("We could start with ten people in the new year.", True, True),
        ("An offer, with a start on four groups (one, two, three) in March?", True, True),
        ("I need the paper before the fifteenth of October.", True, False),
        ("Before we go, can I check one thing?", False, False),
        ("It may be that I come.", False, False),
        ("She gave us two log-ins from the depot.", False, False),
    ],
)
def test_a_time_and_a_start_are_told_apart(sentence: str, time: bool, start: bool) -> None:
    assert (asks.names_time(sentence), asks.names_start(sentence)) == (time, start)


def test_whose_money_it_is() -> None:
    assert asks.names_budget("It's in my building budget.")
    assert asks.names_budget("The budget has been approved.")
    assert not asks.names_budget("In writing, before the October budget round.")


def test_leaving_a_thing_is_not_leaving() -> None:
    assert asks.says_leaving("My last day here is Friday.")
    assert asks.says_leaving("I'm moving on in May.")
    assert not asks.says_leaving("I'm leaving the gate open for now.")
    assert not asks.says_leaving("Nobody is leaving.")


def test_only_a_word_of_its_own_names_an_item() -> None:
    assert asks.names_item("the EU add-on for everybody", SCAN, CATALOG)
    assert not asks.names_item("something for my desk", SCAN, CATALOG)
    assert not asks.names_item("the EU add-on", None, CATALOG)


def test_who_asked_for_a_price_and_decides_is_answered_first() -> None:
    def said(speaker: str, role: str, quote: str, date: str) -> Signal:
        new = {"speaker": speaker, "role": role, "quote": quote, "date": date, "id": speaker}
        return signal("stakeholder_pull").model_copy(update=new)

    late = said("Late", "user", "Can we see it on our own files?", "2026-09-01")
    clerk = said("Clerk", "user", "What would that cost?", "2026-08-01")
    boss = said("Boss", "economic_buyer", "Send me a price, please.", "2026-07-01")
    assert [s.speaker for s in asks.ranked([late, clerk, boss], SCAN, CATALOG)] == ["Boss", "Clerk", "Late"]


def test_our_own_notes_spare_a_question_and_prove_nothing() -> None:
    note = signal("vendor_push", Voice.VENDOR).model_copy(
        update={"quote": "A price was asked for, start 1 January, in her budget."}
    )
    assert asks.on_record([note]) == {"start", "budget"}
    over = signal("stakeholder_pull", resolved=True).model_copy(update={"quote": "Send me a price, please."})
    assert asks.on_record([over]) == frozenset()
