"""A held key decides once, whatever the terminal's repeat rate."""

from __future__ import annotations

import pytest

from review_tui.guard import HELD, TOO_SOON, Guard


@pytest.mark.parametrize("first_repeat", [0.25, 0.5, 0.66])
@pytest.mark.parametrize("interval", [0.011, 0.033, 0.1])
def test_a_held_key_decides_one_item(first_repeat: float, interval: float) -> None:
    guard, decided, now = Guard(), 0, 10.0
    guard.shown("h-0", 0.0)
    presses = [now, *(now + first_repeat + interval * n for n in range(100))]
    for press in presses:
        key = f"h-{decided}"
        if guard.refusal("a", key, press) is None:
            decided += 1
            guard.shown(f"h-{decided}", press + 0.01)
    assert decided == 1


def test_a_card_must_have_been_on_the_screen() -> None:
    guard = Guard()
    assert guard.refusal("a", "h-1", 5.0) == TOO_SOON
    guard.shown("h-1", 5.0)
    assert guard.refusal("x", "h-1", 5.1) == TOO_SOON
    assert guard.refusal("z", "h-1", 5.4) is None


def test_deliberate_presses_go_through() -> None:
    guard = Guard()
    for number in range(5):
        guard.shown(f"h-{number}", float(number))
        assert guard.refusal("a", f"h-{number}", number + 0.9) is None


def test_what_changed_under_the_eyes_must_be_read_again() -> None:
    guard = Guard()
    guard.shown("h-1", 0.0)
    guard.reset(5.0)
    assert guard.refusal("a", "h-1", 5.1) == TOO_SOON


def test_repeats_keep_the_key_silent() -> None:
    guard = Guard()
    guard.shown("h-1", 0.0)
    assert guard.refusal("a", "h-1", 1.0) is None
    guard.shown("h-2", 1.0)
    assert guard.refusal("a", "h-2", 1.5) == HELD
    assert guard.refusal("a", "h-2", 2.2) == HELD
    assert guard.refusal("a", "h-2", 3.0) is None
