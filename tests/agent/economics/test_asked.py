"""How many they asked for: a number counts only where the customer asks for it."""

from __future__ import annotations

import pytest

from agent.economics.asked import needs, seats_asked, unit_of, units_asked
from agent.signals import Signal
from retrieval.accounts import CatalogItem
from retrieval.records import Voice


def said(quote: str, kind: str = "stakeholder_pull", voice: Voice = Voice.CUSTOMER, **more: object) -> Signal:
    fields = {
        "id": f"s-{abs(hash(quote)) % 10**8}", "account_id": "a", "kind": kind, "source": "ticket:1/description", "document": "ticket:1",
        "record_id": quote, "start": 0, "end": len(quote), "quote": quote, "voice": voice, "speaker": "Ann", "stakeholder": "Ann",
        "date": "2026-09-01", "strength": "strong", "method": "test", **more,
    }  # fmt: skip
    return Signal.model_validate(fields)


def item(unit: str, name: str = "Extra") -> CatalogItem:
    return CatalogItem("x", name, "addon", 10.0, unit, ())


@pytest.mark.parametrize(
    ("quote", "counts"),
    [
        ("Please quote us for 25 more seats.", [25]),
        ("So what I would like is a proper price for the connectors and eleven more people, in writing.", [11]),
        ("Then I want the offer, eighteen people, from the first of January.", [18]),
        ("We've only six log-ins and they're all used, what would two more be?", [2]),
        ("We have 40 users and I'd need a price for more.", []),
        ("We are six persons now using it.", []),
        ("I would like to say it's not 30 seats that we need.", []),
        ("Can you add twenty-five users?", [25]),
        ("How much for a hundred licences?", [100]),
        ("How much would 1,200 seats be?", [1200]),
        ("Can we get 12 colleagues in, or 15 people if the other office joins?", [12, 15]),
        ("The pilot ran for 60 days.", []),
        ("It is nice.", []),
    ],
)
def test_seats_are_counted_where_they_are_asked_for(quote: str, counts: list[int]) -> None:
    assert sorted(one.count for one in seats_asked([said(quote)])) == counts


@pytest.mark.parametrize(
    "more",
    [{"voice": Voice.VENDOR}, {"voice": Voice.UNKNOWN}, {"resolved": True}, {"strength": "weak"}, {"kind": "weak_praise"}],
)
def test_other_voices_settled_wishes_and_praise_ask_for_nothing(more: dict[str, object]) -> None:
    assert not seats_asked([said("Please quote us for 25 more seats.", **more)])


def test_the_newest_count_comes_first() -> None:
    asked = seats_asked([said("I need 5 seats.", date="2026-01-01"), said("I need 9 seats.", date="2026-02-01")])
    assert [one.count for one in asked] == [9, 5]


@pytest.mark.parametrize(
    ("unit", "read"),
    [
        ("5,000 pages", (5000, "page")),
        ("pack of 5 premium connectors", (1, "pack")),
        ("organisation, needs Business or Enterprise", (1, "organisation")),
        ("20 probes, needs Wing", (20, "probe")),
        ("connected asset", (1, "asset")),
        ("per 200 qualified signatures a month", (200, "signature")),
        ("per branded portal", (1, "portal")),
        ("seat", (1, "seat")),
        ("", (1, "unit")),
    ],
)
def test_a_unit_has_a_size_and_a_noun(unit: str, read: tuple[float, str]) -> None:
    assert unit_of(item(unit)) == read


def test_volumes_and_blocks_are_read_in_the_items_own_unit() -> None:
    pages = item("5,000 pages", "AI Extract")
    assert [one.count for one in units_asked([said("Could we have pricing for about 6,500 pages a month?")], pages)] == [6500]
    assert [one.count for one in units_asked([said("We want one block of AI Extract.")], pages)] == [1]
    desk = item("per branded portal", "Front Desk")
    assert [one.count for one in units_asked([said("How much are two Front Desks?")], desk)] == [2]
    assert units_asked([said("We have not asked for a Front Desk.")], desk) == ()
    assert not units_asked([said("We want one block of the other thing.")], pages)


def test_an_add_on_may_need_a_plan() -> None:
    plans = [CatalogItem(name.casefold(), name, "plan", 1.0, "seat", ()) for name in ("Team", "Business", "Enterprise")]
    assert [plan.name for plan in needs(item("organisation, needs Business or Enterprise"), plans)] == ["Business", "Enterprise"]
    assert not needs(item("organisation"), plans)
