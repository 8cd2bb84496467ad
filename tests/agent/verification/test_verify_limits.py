"""Time and size: cheap for the usual, bounded for the absurd. Limits are several times what is measured."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from conversation import talk

from agent.verification import Reason, Rejected, verify

RANDOM = random.Random(4)
LEXICON = ["".join(RANDOM.choice("abcdefghijklmnoprstuvw") for _ in range(RANDOM.randint(2, 9))) for _ in range(4000)]


def prose(characters: int) -> str:
    made: list[str] = []
    size = 0
    while size < characters:
        made.append(RANDOM.choice(LEXICON) + (". " if len(made) % 12 == 11 else " "))
        size += len(made[-1])
    return "".join(made)


def cpu(call: Callable[[], object]) -> float:
    """Best of five, in milliseconds."""
    best = float("inf")
    for _ in range(5):
        begun = time.process_time()
        call()
        best = min(best, time.process_time() - begun)
    return 1e3 * best


@pytest.mark.parametrize(("characters", "limit"), [(8_000, 3.0), (115_000, 20.0)])
@pytest.mark.parametrize("named", ["r0", None])
def test_an_invented_quote_of_sixty_words_is_turned_down_at_once(characters: int, limit: float, named: str | None) -> None:
    records = talk(*(f"Ana: {prose(characters // 20)}" for _ in range(20)))
    quote = " ".join(RANDOM.choice(LEXICON) for _ in range(60))
    assert isinstance(verify(quote, record_id=named, records=records), Rejected)
    assert cpu(lambda: verify(quote, record_id=named, records=records)) < limit


def test_a_long_call_is_folded_once_and_quickly() -> None:
    text = prose(115_000)
    assert cpu(lambda: talk(f"Ana: {text}")) < 200


def test_a_megabyte_in_one_line_is_searched_and_its_sentence_is_cut_to_reach() -> None:
    text = prose(1_000_000).replace(".", "")
    records = talk(f"Ana: {text}")
    start = text.index(" ", 500_000) + 1
    quote = text[start : text.index(" ", start + 60)]
    got = verify(quote, record_id="r0", records=records)
    assert not isinstance(got, Rejected)
    assert len(got[0].quote) < 4_000
    assert cpu(lambda: verify(quote, record_id="r0", records=records)) < 50


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("we want more seats in Hull " * 10_000, "we want more seats in Hull"),
        ("we want more seats in Hull " * 10_000, "we want more seats in Hulll town"),
        ("we want more seats in Hull. " * 10_000, "we want moore seeats in Hull."),
        ("um, uh, " * 100_000, "we want more seats"),
        ("a b c d e f " * 20_000, "a b c d e f " * 1_500),
        ("a b c d e f " * 20_000, "a b c d e f ... " * 1_200),
        ("x" * 1_000_000, "we want more seats"),
        ("\n>" * 100_000 + "we want more seats", "we want more seats"),
        ("'" * 100_000 + " we want more seats", "we want more seats"),
        ("1," * 200_000 + " we want more seats", "1,1,1 we want more"),
        ("we want more seats" + "\u0301\u200d" * 50_000, "we want more seats"),
        ("- we want more seats\n" * 20_000, "we want more seats"),
    ],
)
def test_pathological_text_is_bounded(text: str, quote: str) -> None:
    records = talk(f"Ana: {text}")
    assert cpu(lambda: verify(quote, record_id="r0", records=records)) < 500


def test_a_quote_of_fifty_kilobytes_is_no_quote() -> None:
    got = verify("we want more seats " * 2_700, record_id="r0", records=talk("Ana: we want more seats"))
    assert isinstance(got, Rejected)
    assert got.reason is Reason.TOO_LONG


def test_documents_without_words_or_records_reject() -> None:
    assert isinstance(verify("we want more seats", record_id=None, records=talk()), Rejected)
    assert isinstance(verify("we want more seats", record_id="r0", records=talk("Ana: ")), Rejected)
    assert isinstance(verify("we want more seats", record_id=None, records=talk("Ana: …", "Tom:  ")), Rejected)
