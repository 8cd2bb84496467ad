"""Sentences of chatty English, with offsets that lead back to the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.sentences import paragraph_spans, sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


CHATTY = st.text(
    alphabet=st.one_of(
        st.sampled_from("aB1 .!?…\n\r\t\"'”’()[]-*•>#:;,`~/@🎉😀 　。？\u2028\ufe0f\u200d"), st.characters(codec=None)
    ),
    max_size=200,
)
PIECES = st.lists(
    st.sampled_from(
        [
            "Mr.",
            "e.g.",
            "J.",
            "3.5",
            "ok",
            "We",
            "```",
            "\n",
            "\n\n",
            "- ",
            "1. ",
            "...",
            "?!",
            "U.S.",
            "https://a.b/c?d=e.",
            "Inc.",
            '"Yes."',
            "🎉",
            ":)",
            "they",
            "Thanks,",
            "Regards",
            ":",
            "  ",
            "`a. b`",
            "etc.",
            "a.m.",
            "Monday",
        ]
    ),
    max_size=40,
).map(" ".join)


@given(st.one_of(CHATTY, PIECES))
def test_every_character_that_is_not_blank_is_in_exactly_one_trimmed_span(text: str) -> None:
    for spans in (sentence_spans(text), paragraph_spans(text)):
        covered = set()
        last = 0
        for start, end in spans:
            assert last <= start < end <= len(text)
            assert text[start:end] == text[start:end].strip()
            covered.update(range(start, end))
            last = end
        assert all(i in covered for i, char in enumerate(text) if not char.isspace())


@given(st.one_of(CHATTY, PIECES))
def test_the_same_text_gives_the_same_spans(text: str) -> None:
    assert sentence_spans(text) == sentence_spans(str(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We lost 3 docs. Any news?", ["We lost 3 docs.", "Any news?"]),
        ("it broke again. we need help", ["it broke again.", "we need help"]),
        ("Mr. Smith and Dr. Okafor agree. Good.", ["Mr. Smith and Dr. Okafor agree.", "Good."]),
        ("Ask J. K. Rowling about it. She knows.", ["Ask J. K. Rowling about it.", "She knows."]),
        ("So do I. We agree.", ["So do I.", "We agree."]),
        ("That is plan B. We go.", ["That is plan B.", "We go."]),
        ("It rose 3.5 %. Then 4.", ["It rose 3.5 %.", "Then 4."]),
        ("Some tools, e.g. Excel, i.e. by hand. Yes.", ["Some tools, e.g. Excel, i.e. by hand.", "Yes."]),
        ("Acme Inc. Berlin signed. Acme Inc. They signed.", ["Acme Inc. Berlin signed.", "Acme Inc.", "They signed."]),
        ("Call at 10 a.m. Monday. Not 4 p.m. We close.", ["Call at 10 a.m. Monday.", "Not 4 p.m.", "We close."]),
        ("We use reports, exports, etc. They are slow.", ["We use reports, exports, etc.", "They are slow."]),
        ("See No. 5 there. No. We do not.", ["See No. 5 there.", "No.", "We do not."]),
        (
            "Our U.S. team waits. It is in the U.S. The rest is not.",
            ["Our U.S. team waits.", "It is in the U.S.", "The rest is not."],
        ),
        ("Well... maybe later. Well... Then no.", ["Well... maybe later.", "Well...", "Then no."]),
        ("See https://a.b/c?d=e.f. Then www.x.com, please.", ["See https://a.b/c?d=e.f.", "Then www.x.com, please."]),
        ("Are you serious?! We pay for this!!! Fix it", ["Are you serious?!", "We pay for this!!!", "Fix it"]),
        ('"Really?" she asked. "Yes." He left.', ['"Really?" she asked.', '"Yes."', "He left."]),
        ("(It failed again.) Then it worked.", ["(It failed again.)", "Then it worked."]),
        ("He said (approx.) ten.", ["He said (approx.) ten."]),
        ("Great work 🎉 We love it! 😀 Next one.", ["Great work 🎉", "We love it! 😀", "Next one."]),
        ("That helps :) Thanks a lot", ["That helps :)", "Thanks a lot"]),
        ("Run `a. B` now. Ok.", ["Run `a. B` now.", "Ok."]),
        ("version 2.3.1 is out. see notes.md for it", ["version 2.3.1 is out.", "see notes.md for it"]),
        ("I guess . Check one . OK", ["I guess .", "Check one .", "OK"]),
        ("好的。谢谢！再见", ["好的。", "谢谢！", "再见"]),
        ("no stop at all", ["no stop at all"]),
        ("   \n\t ", []),
        ("", []),
    ],
)
def test_chatty_english(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_lists_greetings_and_signatures_keep_their_lines() -> None:
    text = "Hi Tom,\nwe lost 3 docs.\n\nProblems:\n- SSO. Again\n- exports\n1. First\n2) Second\nRegards,\nDana Ruiz\nHead of Ops"
    assert sentences(text) == [
        "Hi Tom,",
        "we lost 3 docs.",
        "Problems:",
        "- SSO.",
        "Again",
        "- exports",
        "1. First",
        "2) Second",
        "Regards,",
        "Dana Ruiz",
        "Head of Ops",
    ]


def test_a_line_that_a_mail_client_wrapped_is_not_a_sentence() -> None:
    first = "We have been waiting for the export to finish since this morning and\nit still has not."
    second = "It fails for every one of the teams that have tried\nit so far."
    assert sentences(f"{first} {second}") == [first, second]


def test_a_fenced_block_is_one_span_and_an_open_fence_is_plain_text() -> None:
    assert sentences("See:\n```\nfoo. Bar.\n\nbaz\n```\nDone. Ok") == ["See:", "```\nfoo. Bar.\n\nbaz\n```", "Done.", "Ok"]
    assert sentences("```\nfoo. Bar") == ["```", "foo.", "Bar"]


def test_paragraphs_are_what_blank_lines_part() -> None:
    text = "a b\nc\n\n\n```\nx\n\ny\n```\nd"
    assert [text[start:end] for start, end in paragraph_spans(text)] == ["a b\nc", "```\nx\n\ny\n```\nd"]


@pytest.mark.parametrize("piece", ["a. ", "```x\n", "(", "\n", "- a\n", "🎉", "...", "`", "A.", " \n", "x" * 7])
def test_long_and_hostile_text_takes_linear_time(piece: str) -> None:
    began = time.process_time()
    sentence_spans(piece * (200_000 // len(piece)))
    assert time.process_time() - began < 5
