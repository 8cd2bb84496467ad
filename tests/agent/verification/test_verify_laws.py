"""Laws that hold for any text: every span is the source's, every real run of words passes, no altered run does."""

from __future__ import annotations

import re
from itertools import pairwise

from conversation import talk
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.verification import DocumentText, Rejected, Status, Verified, verify

PLAIN = [
    *("ledger invoice planner yard seats report Leeds Hull Priya Marta team export".split()),  # noqa: SIM905
    *("the our and we run send 40 9 £12,500 v2.3 don’t".split()),  # noqa: SIM905
]
words = st.lists(st.sampled_from(PLAIN), min_size=6, max_size=40)
sentences = st.lists(words, min_size=1, max_size=4)
MORE = 300
"""Letters of any script, controls and lone surrogates."""


def outcome(quote: str, records: DocumentText, named: str | None = "r0") -> tuple[Verified, ...]:
    got = verify(quote, record_id=named, records=records)
    return () if isinstance(got, Rejected) else got


def is_run(part: list[str], whole: list[str]) -> bool:
    return any(whole[i : i + len(part)] == part for i in range(len(whole)))


def stutters(said: list[str]) -> bool:
    return any(one == two for one, two in pairwise(said))


@given(sentences, st.data())
def test_any_run_of_whole_words_is_found_as_it_stands(made: list[list[str]], data: st.DataObject) -> None:
    text = " ".join(" ".join(one).capitalize() + "." for one in made)
    cuts = [m.span() for m in re.finditer(r"\S+", text)]
    a = data.draw(st.integers(0, len(cuts) - 4))
    b = data.draw(st.integers(a + 3, len(cuts) - 1))
    quote = text[cuts[a][0] : cuts[b][1]]
    said = [word.strip(".").lower() for word in text.split()]
    assume(len(quote) >= 12 and sum(said[i : i + b - a + 1] == said[a : b + 1] for i in range(len(said))) == 1)
    (got,) = outcome(quote, talk(f"Ana: {text}"))
    assert quote in got.quote
    if got.status is not Status.CLIPPED:
        assert (got.status, got.quote, got.needs_meaning_check) == (Status.EXACT, quote, False)
    else:
        assert "don’t" in text.lower() or re.search(r"\d", text)  # a negation beside it, or a number cut from its neighbour


@given(words, st.data())
def test_a_changed_word_never_passes(made: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(made) - 1))
    other = data.draw(st.sampled_from([w for w in [*PLAIN, "not", "never", "nine", "may", "they", "90"] if w != made[at]]))
    forged = [*made[:at], other, *made[at + 1 :]]
    assert not outcome(" ".join(forged), talk(f"Ana: {' '.join(made)}"))


@given(words, st.sampled_from(["not", "never", "hardly", "no"]), st.data())
def test_an_added_negation_never_passes(made: list[str], negation: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(made)))
    assert not outcome(" ".join([*made[:at], negation, *made[at:]]), talk(f"Ana: {' '.join(made)}"))


@given(words, st.sampled_from(["not", "never", "hardly", "no"]), st.data())
def test_a_removed_negation_never_passes(made: list[str], negation: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(made) - 1))
    assert not outcome(" ".join(made), talk(f"Ana: {' '.join([*made[:at], negation, *made[at:]])}"))


@given(words, st.data())
def test_a_changed_digit_never_passes(made: list[str], data: st.DataObject) -> None:
    text = " ".join([*made, "41,70"])
    at = data.draw(st.sampled_from([i for i, c in enumerate(text) if c.isdigit()]))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != text[at]]))
    assert not outcome(text[:at] + digit + text[at + 1 :], talk(f"Ana: {text}"))


@given(words, words, st.data())
def test_spliced_halves_never_pass_as_one_quote(one: list[str], two: list[str], data: st.DataObject) -> None:
    a, b = data.draw(st.integers(2, len(one) - 1)), data.draw(st.integers(1, len(two) - 2))
    forged = one[:a] + two[b:]
    whole = [*one, "Meanwhile", *two]
    assume(not is_run(forged, whole) and not stutters(forged))
    assume(not stutters(whole))
    assert not outcome(" ".join(forged), talk(f"Ana: {' '.join(one)}. Meanwhile {' '.join(two)}."))


@given(st.permutations(PLAIN[:9]))
def test_reordered_words_never_pass(order: list[str]) -> None:
    assume(order != PLAIN[:9])
    assert not outcome(" ".join(order), talk(f"Ana: {' '.join(PLAIN[:9])}"))


@given(words, words)
def test_another_speaker_s_words_never_pass(mine: list[str], theirs: list[str]) -> None:
    assume(not is_run(theirs, mine) and not stutters(theirs))
    records = talk(f"Ana: {' '.join(mine)}", f"*Rep: {' '.join(theirs)}", f"Tom: {' '.join(theirs)}")
    assert not outcome(" ".join(theirs), records)


@given(st.text(max_size=MORE), st.text(max_size=MORE), st.data())
def test_whatever_the_text_a_span_is_the_source_s_own_and_starts_and_ends_between_words(
    text: str, noise: str, data: st.DataObject
) -> None:
    records = talk(f"Ana: {text}", f"*Rep: {noise}")
    a, b = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
    for quote in (text[a:b], noise, text.upper(), text[a:b] + " ... " + text):
        for named in ("r0", "r1", None):
            for got in outcome(quote, records, named):
                source = records.records[records.number[got.record_id]].text
                assert source[got.start : got.end] == got.quote
                assert got.quote
                assert got.record_id == named or named is None or named == "r1"


@given(words, st.data())
def test_case_white_space_and_punctuation_do_not_matter(made: list[str], data: st.DataObject) -> None:
    text = " ".join(made)
    quote = data.draw(
        st.sampled_from([text.upper(), text.lower(), text.replace(" ", "  \n"), f"“{text}…”", text.replace("’", "'")])
    )
    (got,) = outcome(quote, talk(f"Ana: {text}"))
    assert got.quote == text
