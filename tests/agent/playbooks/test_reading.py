"""The playbook file: what ships can be read, and what is wrong in somebody's own is named with file, line, key and nearest spelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import ConfigurationError, NotFound
from agent.playbooks.playbook import Condition
from agent.playbooks.reading import chosen, read_playbooks, shipped

HEAD = 'version = "1"\nchangelog = []\n'
GOOD = """
[[playbook]]
name = "full"
because = "people share log-ins"
when = [{ signal = "license_saturation", at_least = 0.9 }]
opens = "task"
text = "Look at {account}."
"""


def file(tmp_path: Path, text: str, name: str = "playbooks.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_what_ships_is_sound_and_each_playbook_says_why() -> None:
    books = shipped()
    assert len(books.playbooks) >= 12
    assert all(book.because and book.text and book.when for book in books.playbooks)
    assert {book.opens for book in books.playbooks} == {"hypothesis", "task"}


def test_a_file_that_is_given_wins_over_the_homes_and_that_over_ours(tmp_path: Path) -> None:
    assert chosen(tmp_path, None).file == "playbooks/default.toml"
    file(tmp_path, HEAD + GOOD)
    own = chosen(tmp_path, None)
    assert (own.file, [book.name for book in own.playbooks]) == ("playbooks.toml", ["full"])
    assert own.playbooks[0].when == (Condition("signal", "license_saturation", at_least=0.9),)
    other = file(tmp_path, HEAD + GOOD.replace('"full"', '"other"'), "mine.toml")
    assert chosen(tmp_path, other).playbooks[0].name == "other"
    with pytest.raises(NotFound, match=r"none\.toml"):
        chosen(tmp_path, tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "line", "said", "remedy"),
    [
        ("license_saturation", "licence_saturation", 7, "'licence_saturation' is not known", "Did you mean license_saturation?"),
        ("at_least", "atleast", 7, "[when] of 'full': 'atleast'", "Did you mean at_least?"),
        ("at_least = 0.9", "for_days = 3", 7, "'for_days' is not known", "at_least, at_most, count, within_days"),
        ("at_least = 0.9", 'at_least = "0.9"', 7, "'0.9' is not a number", "without quotation marks"),
        ("at_least = 0.9", "count = 0", 7, "whole number of at least 1", "digits"),
        ("signal = ", "signals = ", 7, "'signals' is not known", "Did you mean signal?"),
        ('opens = "task"', 'opens = "tasks"', 8, "'tasks' is not known", "Did you mean task?"),
        ("opens", "open", 8, "'open' is not known", "Did you mean opens?"),
        ("{account}", "{acount}", 9, "'acount' is not known", "Did you mean account?"),
        ("{account}", "{account!r}", 9, "carries a format", "alone in braces"),
        ("{account}", "{account", 9, "a brace is open", "{{"),
        ('"full"', '"Full house"', 5, "is no name", "lower case"),
        ('because = "people share log-ins"\n', "", 4, "has no because", "Every playbook has"),
        ("text =", "ask = \"Is there a risk?\"\ntext =", 9, "'risk', which customers must not read", "customer's words"),
        ("[{ signal", "[{ grade = \"earned\", signal", 7, "names 2 things", "Name one of"),
        ("[{ signal = \"license_saturation\", at_least = 0.9 }]", "[]", 7, "names nothing", "Give at least one"),
        ("signal = \"license_saturation\", at_least = 0.9", "figure = \"margin\"", 7, "has no limit", "Add at_least"),
        ('"task"', "3", 8, "is not a text", "Write opens"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(old: str, new: str, line: int, said: str, remedy: str, tmp_path: Path) -> None:
    text = HEAD + GOOD
    assert old in text
    with pytest.raises(ConfigurationError) as caught:
        read_playbooks(file(tmp_path, text.replace(old, new)))
    assert caught.value.what.startswith(f"playbooks.toml:{line} ")
    assert said in caught.value.what
    assert remedy in caught.value.remedy


def test_the_right_playbook_is_named_where_several_use_the_same_words(tmp_path: Path) -> None:
    second = GOOD.replace('"full"', '"again"').replace("license_saturation", "license_saturated")
    with pytest.raises(ConfigurationError, match=r"^playbooks.toml:14 \[signal\] of 'again'"):
        read_playbooks(file(tmp_path, HEAD + GOOD + second))
    with pytest.raises(ConfigurationError, match=r"^playbooks.toml:12 \[name\] of 'full': 'full' is there twice"):
        read_playbooks(file(tmp_path, HEAD + GOOD + GOOD))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = \n", "line 1"),
        (HEAD + "[[playbok]]\n", "playbok"),
        (HEAD + "playbook = 3\n", "not a list of tables"),
        ("changelog = []\n" + GOOD, "version"),
    ],
)
def test_a_file_that_is_none_says_so(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_playbooks(file(tmp_path, text))
    assert caught.value.remedy
