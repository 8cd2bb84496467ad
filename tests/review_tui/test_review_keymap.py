"""Keys are checked whole before the first screen; a clash never starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import ConfigurationError
from review_tui.actions import ACTIONS, BY_ID
from review_tui.keymap import MANDATORY, load, save_view, settings_from


def test_the_defaults_are_valid_and_complete() -> None:
    settings = settings_from({}, "review.toml")
    assert set(settings.keys) == set(BY_ID)
    assert all(settings.keys[name] for name in MANDATORY)


def test_every_hint_and_label_is_short_enough_to_be_read() -> None:
    assert all(len(act.hint) <= 12 and len(act.label) <= 60 for act in ACTIONS)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"approve": "x"}, "'x' is already the key of approve"),
        ({"aprove": "a"}, "Did you mean approve?"),
        ({"approve": "shift+ctrl+a"}, "'shift+ctrl+a' is not a key"),
        ({"approve": "ctrl+enter"}, "is not a key"),
        ({"approve": "1"}, "taken for good"),
        ({"help": ""}, "has no key"),
        ({"approve": 3}, "is not text"),
        ({"single_letters": "no"}, "is not true or false"),
    ],
)
def test_a_keymap_that_would_surprise_is_refused(keys: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigurationError, match=r"review\.toml") as raised:
        settings_from({"keys": keys}, "review.toml")
    assert says in str(raised.value)


def test_a_key_can_be_given_away_when_its_owner_gets_another() -> None:
    settings = settings_from({"keys": {"approve": "y", "copy_quote": "a"}}, "review.toml")
    assert settings.lookup["y"] == "approve"
    assert settings.lookup["a"] == "copy_quote"


def test_decisions_can_do_without_single_letters() -> None:
    settings = settings_from({"keys": {"single_letters": False}}, "review.toml")
    letters = [key for key in settings.keys["approve"] + settings.keys["reject"] if len(key) == 1]
    assert not letters
    assert settings.lookup["f2"] == "approve"


def test_views_are_remembered_beside_the_file_that_people_write(tmp_path: Path) -> None:
    (tmp_path / "review.toml").write_text('theme = "review-light"\n[views]\nhot = "grade:earned"\n')
    save_view(tmp_path, 'my "best"', "acct:fjord\\x")
    settings = load(tmp_path)
    assert settings.theme == "review-light"
    assert settings.views == {"hot": "grade:earned", 'my "best"': "acct:fjord\\x"}


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "review.toml").write_text("theme = [")
    with pytest.raises(ConfigurationError, match=r"review\.toml cannot be read"):
        load(tmp_path)
