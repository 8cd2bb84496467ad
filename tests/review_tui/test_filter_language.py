"""The filter language narrows what it understands and searches the rest; it never fails."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.queue import Filter
from review_tui.filters import HELP, parse

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BASE = Filter(owner="ana", states=("open",))


@given(st.text(max_size=80))
def test_anything_can_be_typed(text: str) -> None:
    parse(text, BASE, NOW)


@given(
    st.lists(
        st.sampled_from(["acct:x", "grade:earned", "has:counter", "age<7d", '"two words"', "word", "bogus:1", "state:", ":"]),
        max_size=6,
    )
)
def test_parts_combine(parts: list[str]) -> None:
    parsed = parse(" ".join(parts), BASE, NOW)
    assert parsed.wanted.owner == "ana"
    assert ("two words" in parsed.wanted.words) == ('"two words"' in parts)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("acct:fjord", "accounts", ("fjord",)),
        ("acct:Fjord,Hexa", "accounts", ("Fjord", "Hexa")),
        ("grade:earned,wish", "grades", ("earned", "wish")),
        ("state:all", "states", ()),
        ("state:proof", "states", ("proof_asked",)),
        ("missing:pull", "missing", ("stakeholder_pull",)),
        ("missing:yes", "has_missing", True),
        ("has:counter", "has_counter", True),
        ("no:counter", "has_counter", False),
        ("is:changed", "changed", True),
        ("play:seat", "motions", ("seat",)),
        ("quality:noisy", "qualities", ("noisy",)),
        ("owner:all", "owner", None),
        ("owner:ben@x", "owner", "ben@x"),
        ("age<7d", "since", "2026-11-14T09:00:00Z"),
        ("age>2w", "before", "2026-11-07T09:00:00Z"),
        ('"forty seats" now', "words", ("forty seats", "now")),
        ('acct:"Sable & Sons"', "accounts", ("Sable & Sons",)),
    ],
)
def test_each_part_narrows(text: str, field: str, value: object) -> None:
    parsed = parse(text, BASE, NOW)
    assert getattr(parsed.wanted, field) == value
    assert not parsed.hints


@pytest.mark.parametrize(
    ("text", "hint"),
    [("grde:earned", "did you mean grade:?"), ("grade:earnd", "did you mean earned?"), ("grade:", "needs a value")],
)
def test_a_slip_is_searched_as_text_and_named(text: str, hint: str) -> None:
    parsed = parse(text, BASE, NOW)
    assert any(hint in told for told in parsed.hints)


def test_every_example_of_the_help_is_understood() -> None:
    for example, _ in HELP:
        assert not parse(example, BASE, NOW).hints, example
