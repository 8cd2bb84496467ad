"""What a program can see of an answer in each form: an id, words, or an id with words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.extraction.model import ReadSignal
from agent.extraction.windows import windows_of
from evals.bench.extraction_call import reading_of
from evals.bench.ids_or_quotes import FORMS, Asked, body, judged, table
from evals.bench.ids_recorded import extent
from evals.bench.ids_recorded import judged as became
from retrieval.sentences import sentence_spans

TEXT = (
    "[00:01] Ana (Acme): Good morning to you both. We need twelve more seats for the Lyon team by May.\n"
    "[00:20] Ben (Acme): The export failed again on Friday, and nobody called us back.\n"
)
SEATS = "We need twelve more seats for the Lyon team by May."
EXPORT = "The export failed again on Friday, and nobody called us back."


@pytest.fixture
def window() -> Asked:
    whole = windows_of(reading_of(TEXT).records)[0]
    places = [(turn.record.record_id, *span) for turn in whole.turns for span in sentence_spans(turn.record.text)]
    sentences = {f"S{number}": place for number, place in enumerate(places, start=1)}
    return Asked("book/a-1/1", whole, sentences, (places[1],))


def given(cut: bool = False, **item: str) -> dict[str, Any]:
    return {"text": json.dumps(item), "cut": cut, "output_tokens": 9, "prompt_tokens": 90, "seconds": 1.0}


def true(found: dict[str, bool]) -> set[str]:
    return {name for name, holds in found.items() if holds}


def test_each_form_shows_and_asks_for_its_own(window: Asked) -> None:
    assert window.text("ids").splitlines()[1] == f"[S2 Ana (Acme)] {SEATS}"
    assert window.text("both").splitlines()[1] == f"[T2 Ben (Acme)] {EXPORT}"
    assert window.text("quotes").splitlines()[1] == f"[Ben (Acme)] {EXPORT}"
    wanted = {form: body(window, form, "m")["response_format"]["json_schema"]["schema"]["required"] for form in FORMS}
    assert wanted == {"ids": ["sentence", "kind"], "quotes": ["quote", "kind"], "both": ["turn", "quote", "kind"]}


def test_a_wrong_id_cannot_be_told_from_a_right_one(window: Asked) -> None:
    right, wrong = (judged(window, "ids", given(sentence=key, kind="unmet_need")) for key in ("S2", "[S3 Ben"))
    assert true(right) == {"whole", "id_valid", "kept", "labelled"}
    assert true(wrong) == {"whole", "id_valid", "kept"}
    assert true(judged(window, "ids", given(sentence="S9", kind="unmet_need"))) == {"whole"}


def test_words_that_nobody_said_are_seen(window: Asked) -> None:
    assert true(judged(window, "quotes", given(quote=SEATS))) == {"whole", "verbatim", "stands", "kept", "labelled"}
    assert true(judged(window, "quotes", given(quote=SEATS.replace("twelve", "twenty")))) == {"whole"}
    assert true(judged(window, "quotes", given(quote=""))) == {"whole"}


def test_an_id_and_words_that_do_not_belong_together_are_seen(window: Asked) -> None:
    both = judged(window, "both", given(turn="T1", quote=SEATS))
    assert true(both) == {"whole", "verbatim", "stands", "id_valid", "agree", "kept", "labelled"}
    assert true(judged(window, "both", given(turn="T2", quote=SEATS))) == {"whole", "verbatim", "stands", "id_valid"}
    assert true(judged(window, "both", given(turn="Ana", quote=SEATS))) == {"whole", "verbatim", "stands"}


def test_an_answer_that_was_cut_or_is_no_json_is_no_answer(window: Asked) -> None:
    assert "whole" not in true(judged(window, "both", given(cut=True, turn="T1", quote=SEATS)))
    assert true(judged(window, "ids", given() | {"text": '{"sentence": "S1'})) == set()


def test_only_windows_that_were_answered_in_all_forms_are_compared(window: Asked) -> None:
    answers = {(window.key, form): given(sentence="S2", turn="T1", quote=SEATS) for form in FORMS}
    rows = {row["form"]: row for row in table([window], answers)}
    assert {form: row["answers"] for form, row in rows.items()} == dict.fromkeys(FORMS, 1)
    assert rows["both"]["agree"].startswith("1/1 ")
    del answers[window.key, "quotes"]
    assert [row["answers"] for row in table([window], answers)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("turn", "quote", "became_of_it", "how_much"),
    [
        ("T1", SEATS, "verbatim", "whole_sentence"),
        ("T1", SEATS.rstrip("."), "verbatim", "whole_sentence"),
        ("T2", "nobody called us back", "clipped", "part_of_sentence"),
        ("T1", f"Good morning to you both. {SEATS}", "verbatim", "across_sentences"),
        ("T1", SEATS.replace("May", "March"), "rejected", "not_in_turn"),
        ("T7", SEATS, "no_such_turn", "not_in_turn"),
    ],
)
def test_what_became_of_a_recorded_quote(window: Asked, turn: str, quote: str, became_of_it: str, how_much: str) -> None:
    item = ReadSignal(turn=turn, quote=quote, kind="unmet_need", strength="strong")
    assert became(item, window.window) == became_of_it
    assert extent(item, window.window) == how_much
