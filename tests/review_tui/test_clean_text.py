"""Customers' text: nothing that a terminal obeys comes through, and no offset is lost."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from review_tui.text import cells, clean, cut, fit, safe, wrap

ANY = st.text(max_size=300)
NASTY = st.text(
    alphabet=st.sampled_from("a \t\n\r\x1b\x07\x9b\x85\u2028\u202e\u2066\u200d\ufe0f\u0301👩🇫🇷日\ud800\U000e0041]52;c"),
    max_size=120,
)


@given(st.one_of(ANY, NASTY))
@example("\x1b]52;c;aGk=\x07")
@example("👩\u200d👩\u200d👧 ❤️ 🇫🇷")
def test_nothing_that_a_terminal_obeys_comes_through(raw: str) -> None:
    for char in clean(raw).text:
        assert char == "\n" or unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cn"), repr(char)
        assert char not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c", repr(char)
    clean(raw).text.encode()


@given(st.one_of(ANY, NASTY))
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    once = clean(raw).text
    assert clean(once).text == once


@given(st.one_of(ANY, NASTY), st.data())
def test_the_offsets_of_a_quote_survive(raw: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    shown = clean(raw)
    at, to = shown.span(start, end)
    assert 0 <= at <= to <= len(shown.text)
    assert shown.at(0) == 0
    assert shown.at(len(raw)) == len(shown.text)


@given(st.text(alphabet="ab \x1b\u202e\n日é", max_size=60), st.data())
def test_a_cleaned_span_says_what_its_raw_span_says(raw: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    at, to = clean(raw).span(start, end)
    assert clean(raw).text[at:to] == clean(raw[start:end]).text


@given(st.one_of(ANY, NASTY), st.integers(2, 90))
def test_wrapped_lines_fit_and_join_to_the_text(raw: str, width: int) -> None:
    text = clean(raw).text
    spans = wrap(text, width)
    assert spans
    done = 0
    for start, end in spans:
        assert text[done:start] in ("", " ", "\n")
        assert cells(text[start:end]) <= width
        done = end
    assert text[done:] == ""


@given(ANY, st.integers(1, 40))
def test_fit_is_exact(raw: str, width: int) -> None:
    text = safe(raw)
    assert cells(cut(text, width)) <= width
    assert cells(fit(text, width)) == width


def test_escapes_and_overrides_are_shown_as_what_they_are() -> None:
    assert clean("a\x1b[2Jb\x9bc").text == "a\\x1b[2Jb\\x9bc"
    assert clean("user\u202etxt.exe").text == "user<U+202E>txt.exe"
    assert clean("a\r\nb\x0bc").text == "a\nb\nc"
    assert safe("two\nlines") == "two lines"


def test_arabic_japanese_and_persian_joiners_stay_readable() -> None:
    for text in ("التقرير يوفر علينا يومين", "現在の席数では足りません。", "می\u200cخواهیم", "Größe, naïve, Łódź"):
        assert clean(text).text == text


def test_emoji_have_a_width_that_no_terminal_disputes() -> None:
    assert clean("👩\u200d👩\u200d👧").text == "👩👩👧"
    assert clean("🇫🇷").text == "FR"
    assert clean("👍🏽❤️").text == "👍❤"


def test_a_megabyte_on_one_line_is_wrapped_without_being_lost() -> None:
    text = clean("x" * 1_000_000 + " 日本" * 50_000).text
    spans = wrap(text, 80)
    assert sum(end - start for start, end in spans) >= len(text) - len(spans)
