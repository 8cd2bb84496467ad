"""Writing systems and invisible characters: the same words pass in any form, and no span cuts a character in two."""

from __future__ import annotations

import unicodedata

import pytest
from conversation import Check

from agent.verification import Rejected, Status
from agent.verification.folding import splits_cluster, tokenise


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        (
            "Åsa och Björn i Göteborg är nöjda med det.",
            unicodedata.normalize("NFD", "Åsa och Björn i Göteborg är nöjda med det."),
        ),
        (unicodedata.normalize("NFD", "Le café de la gare est très bien."), "Le café de la gare est très bien."),
        ("İSTANBUL ekibi IŞIK HIZINDA çalışıyor", "istanbul ekibi ışık hızında çalışıyor"),
        ("Die Straße in Gießen ist fertig.", "DIE STRASSE IN GIESSEN IST FERTIG."),
        ("The ﬁrst oﬃce ﬂoor is done.", "The first office floor is done."),
        ("We need ４０ ｓｅａｔｓ for the yard.", "We need 40 seats for the yard."),
        ("We need\u00a040\u202fseats for\u2003the yard.", "We need 40 seats for the yard."),
        ("We need 40 sea\u200bts for the\u2060 yard.", "We need 40 seats for the yard."),
        ("We need 40 seats for the yard.", "We\ufeff need 40 se\u00adats for the yard\u200d."),
        ("می\u200cخواهیم چهل صندلی دیگر بخریم", "میخواهیم چهل صندلی دیگر بخریم"),
        ("نحتاج إلى أربعين مقعدا إضافيا", "نحتاج إلى أربعين مقعدا إضافيا"),
        ("私たちは四十席を追加したいです。", "私たちは四十席を追加したいです。"),
        ("ｶﾞﾀﾞﾝｽｸ の ﾁｰﾑ は ﾏﾝｿﾞｸ です", "ガダンスク の チーム は マンゾク です"),
        (unicodedata.normalize("NFD", "우리는 마흔 자리가 더 필요합니다"), "우리는 마흔 자리가 더 필요합니다"),
        ("हमें चालीस और सीटें चाहिए", "हमें चालीस और सीटें चाहिए"),
        ("We love it 👩‍💻 and the yard does too.", "We love it and the yard does too."),
    ],
)
def test_the_same_words_in_another_form_pass(check: Check, source: str, quote: str) -> None:
    got = check(quote, source)
    assert not isinstance(got, Rejected), got
    assert got[0].status in (Status.EXACT, Status.FOLDED)
    assert got[0].quote.rstrip(".。") == source.rstrip(".。")


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("हमें चालीस और सीटें चाहिए कि नहीं", "हमें चालीस और सीटें चाहिए का नहीं"),  # a vowel sign is part of the word
        ("El año pasado fue muy bueno.", "El ano pasado fue muy bueno."),
        ("It was 2½ hours for the yard.", "It was 21/2 hours for the yard."),
        ("我们需要四十个席位给仓库团队使用", "我们需要九十个席位给仓库团队使用"),
        ("We need ٤٠ seats for the yard.", "We need ٤٩ seats for the yard."),
    ],
)
def test_marks_and_digits_that_carry_meaning_are_never_folded_away(check: Check, source: str, quote: str) -> None:
    assert isinstance(check(quote, source), Rejected)


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("We love this team 👩‍💻 a lot", "We love this team 👩"),
        ("We love this team 🇸🇪 a lot", "We love this team 🇸"),
        ("We love this team 👍🏽 a lot", "We love this team 👍"),
        ("We love this cafe\u0301 a lot", "We love this cafe"),
        ("We love this te\u0301am a lot", "\u0301am a lot of"),
        ("We love \ud83d\ude00 this team a lot", "\ude00 this team a lot"),
    ],
)
def test_no_span_begins_or_ends_inside_a_character(check: Check, source: str, quote: str) -> None:
    got = check(quote, source)
    if not isinstance(got, Rejected):
        assert not splits_cluster(source, got[0].start)
        assert not splits_cluster(source, got[0].end)


def test_a_broken_half_of_a_character_in_an_export_does_no_harm(check: Check) -> None:
    got = check("this team a lot of good", "We do \ud83d this team a lot of good \udc00")
    assert not isinstance(got, Rejected)


def test_folded_words_know_their_exact_place_in_the_source() -> None:
    text = "E\u0301té, İzmir: “Straße” ﬁne\u200b 12,500 don’t 我们"
    tokens = tokenise(text)
    assert tokens.words == ["été", "izmir", "strasse", "fine", "12,500", "do", "n't", "我", "们"]
    places = [text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)]
    assert places == ["E\u0301té", "İzmir", "Straße", "ﬁne", "12,500", "do", "n’t", "我", "们"]
