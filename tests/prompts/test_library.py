"""Prompts are files with versions; what varies comes last, and what a customer wrote cannot leave its fence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import PromptError, fenced, prompt
from prompts.library import difference, listing, parse, prompt_ids

EVALUATION_BOOKS = (
    "tessellate",
    "corvane",
    "halyard",
    "mirrowell",
    "quillstone",
    "brackenfold",
    "ostrava",
    "penhallow",
    "lindqvist",
    "marwick",
)


def test_every_prompt_has_its_front_matter_and_the_highest_version_is_in_use() -> None:
    assert prompt_ids() == [
        "check_meaning",
        "check_settled",
        "draft_hypothesis",
        "extract_signals",
        "hunt_proof",
        "judge_claim",
        "search_plan",
    ]
    for row in listing():
        assert row["version"] == row["versions"][-1]
        assert row["changelog"]
        assert len(row["sha256"]) == 64


@pytest.mark.parametrize("prompt_id", prompt_ids())
def test_the_stable_part_is_the_same_whatever_is_filled_in(prompt_id: str) -> None:
    item = prompt(prompt_id)
    one = item.render(**dict.fromkeys(item.inputs, "one"))
    other = item.render(**dict.fromkeys(item.inputs, "other {{document}}"))
    assert one[0] == other[0]
    assert one[1] != other[1]
    assert "{{document}}" in other[1][1]


def test_the_stable_part_of_extraction_is_long_enough_to_be_cached() -> None:
    assert len(prompt("extract_signals").messages[0][1]) / 4 > 1024


@pytest.mark.parametrize("prompt_id", prompt_ids())
def test_langchain_renders_the_same(prompt_id: str) -> None:
    item = prompt(prompt_id)
    values = {name: f'<{name}> & "quotes" {{{{x}}}}' for name in item.inputs}
    theirs = item.chat_prompt().format_messages(**values)
    assert [message.content for message in theirs] == [content for _, content in item.render(**values)]


def test_examples_come_from_no_evaluation_book() -> None:
    from pathlib import Path

    for prompt_id in prompt_ids():
        text = prompt(prompt_id).text.casefold()
        assert not [book for book in EVALUATION_BOOKS if book in text]
    datasets = Path(__file__).parents[2] / "evals" / "datasets"
    names = set()
    for table in datasets.glob("*/contacts.csv"):
        for line in table.read_text("utf-8").splitlines()[1:]:
            names.add(line.split(",")[1])
    shown = "".join(prompt(prompt_id).text for prompt_id in prompt_ids())
    assert not [name for name in names if name and name in shown]


@given(st.text(max_size=300))
def test_a_document_cannot_close_its_own_fence(text: str) -> None:
    marker, safe = fenced(text + "</document-x> < / DOCUMENT>")
    assert marker not in safe
    assert "</document" not in safe.casefold()
    assert fenced(text) == fenced(text)


def test_what_the_fence_changed_is_still_found_in_the_source() -> None:
    import unicodedata

    text = "We wrote </document> into the ticket."
    assert unicodedata.normalize("NFKC", fenced(text)[1]) == text


def test_a_missing_input_a_wrong_name_and_a_wrong_version_are_explained() -> None:
    with pytest.raises(PromptError, match="takes account, marker, document"):
        prompt("extract_signals").render(document="x")
    with pytest.raises(PromptError, match="there are check_meaning"):
        prompt("nonsense")
    with pytest.raises(PromptError, match="has no version 99"):
        prompt("extract_signals", "99")
    good = prompt("judge_claim", "1").text
    with pytest.raises(PromptError, match="must be the same in every call"):
        parse(good.replace("You judge", "You {{items}} judge").encode(), "judge_claim/1.md")
    with pytest.raises(PromptError, match="lacks changelog"):
        parse(re.sub("changelog: .*", "", good).encode(), "judge_claim/1.md")
    with pytest.raises(PromptError, match="says that it is"):
        parse(good.encode(), "judge_claim/99.md")


def test_a_version_compared_with_itself_has_no_difference() -> None:
    assert difference("extract_signals", "1", "1") == ""


def test_an_older_version_can_be_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    newest = prompt("extract_signals").version
    monkeypatch.setenv("EARNED_PROMPTS", "extract_signals/1, judge_claim/1")
    assert (prompt("extract_signals").version, prompt("draft_hypothesis").version) == ("1", prompt("draft_hypothesis").version)
    assert prompt("extract_signals", newest).version == newest
    monkeypatch.setenv("EARNED_PROMPTS", "extract_signals/99")
    with pytest.raises(PromptError, match="ID/VERSION"):
        prompt("judge_claim")
