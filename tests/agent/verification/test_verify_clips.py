"""A quote that leaves out what turns its meaning comes back as the whole sentence, marked for a reader."""

from __future__ import annotations

import pytest
from conversation import Check, talk

from agent.verification import Rejected, Status, sentence_around, verify

TURNED = [
    ("We will not renew unless the export is fixed.", "We will not renew"),
    ("We will take forty more seats if finance agrees.", "We will take forty more seats"),
    ("We will take forty more seats, subject to procurement.", "We will take forty more seats"),
    ("We would upgrade to the top plan at half the price.", "upgrade to the top plan"),
    ("Would you upgrade to the top plan?", "upgrade to the top plan"),
    ("We need forty more seats, right?", "We need forty more seats"),
    ("do we need forty more seats now", "we need forty more seats"),
    ("I wouldn't say the rollout has been a success.", "the rollout has been a success"),
    ("It hardly saves us any time at all.", "saves us any time at all"),
    ("It was supposed to save ten hours a week.", "save ten hours a week"),
    ("We used to do it all by hand in Excel.", "do it all by hand in Excel"),
    ("You said it saves ten hours a week.", "it saves ten hours a week"),
    ("It saves ten hours a week, according to your deck.", "It saves ten hours a week"),
    ("They claim that it paid for itself in a year.", "it paid for itself in a year"),
    ("Your slide says “it saves ten hours a week” and so on.", "it saves ten hours a week"),
    ("Nobody in the yard uses the mobile app.", "in the yard uses the mobile app"),
    ("Perhaps the team in Hull wants the same.", "the team in Hull wants the same"),
    ("We refused to sign off the second phase.", "sign off the second phase"),
    ("We decided against adding seats in Hull.", "adding seats in Hull"),
    ("We might, once the audit is over, add seats in Hull.", "add seats in Hull"),
    ("We love the reports but the price is a joke.", "We love the reports"),
    ("It cut our time in half, said nobody ever.", "It cut our time in half"),
    ("We would have bought forty more seats.", "bought forty more seats"),
    ("It saves less than two hours a week.", "two hours a week"),
    ("It is forty to fifty seats for the yard.", "fifty seats for the yard"),
    ("We want twenty-five hundred seats.", "hundred seats.."),
    ("The loss was four hundred thousand in the year.", "The loss was four hundred"),
    ("The margin grew by -5 % over the year.", "5 % over the year"),
    ("We paid almost forty thousand for it.", "forty thousand for it"),
    ("We dont use the dashboard for that.", "use the dashboard for that"),
    ("We will buy the add-on. Just kidding.", "We will buy the add-on."),
    ("We will buy the add-on. But only if finance agrees.", "We will buy the add-on."),
    ("We need it for:\n- planning\n\nNot needed:\n- SSO for the Hull yard\n- the audit log", "SSO for the Hull yard"),
    ("❌ SSO for the Hull yard", "SSO for the Hull yard"),
    ("~~We want forty more seats.~~ See below.", "We want forty more seats."),
    ("Sure.\n\nOn 3 May Sam wrote:\n> We want forty more seats.", "We want forty more seats."),
    ("Sure.\n\n-----Original Message-----\nWe want forty more seats.", "We want forty more seats."),
    ("我们现在不需要更多的席位因为预算已经冻结了。", "需要更多的席位因为预算"),
    ("We will buy the add-on. That's not true.", "We will buy the add-on."),
    ("We will buy the add-on. At least that's what your deck says.", "We will buy the add-on."),
    ("We will buy the add-on. No, we won't.", "We will buy the add-on."),
    ("We will buy the add-on – or so they claim.", "We will buy the add-on"),
    ("Sam wrote:\nWe will buy the add-on.", "We will buy the add-on."),
    ("Were the board to agree, we buy the add-on.", "we buy the add-on"),
    ("Had we bought it, the yard would be done.", "we bought it, the yard"),
    ("We buy the add-on as soon as the audit is over.", "We buy the add-on"),
    ("We buy the add-on after the audit.", "We buy the add-on"),
    ("Their tool has cut our time in half.", "has cut our time in half"),
    ("Your ROI sheet has us saving ten hours.", "us saving ten hours"),
    ("The plan to add seats in Hull is on hold.", "The plan to add seats in Hull"),
    ("We need between 40 and 50 seats in Hull.", "50 seats in Hull"),
    ("The price went from $40 to $50 a seat.", "The price went from $40"),
    ("It takes us two and a half hours a day.", "It takes us two"),
    ("We need forty-five seats in Hull.", "five seats in Hull"),
    ("Zero people here use the mobile app.", "people here use the mobile app"),
    ("Wir brauchen die neuen Lizenzen nicht.", "Wir brauchen die neuen Lizenzen"),
]


@pytest.mark.parametrize(("source", "quote"), TURNED)
def test_what_turns_the_meaning_is_brought_back_or_the_quote_fails(check: Check, source: str, quote: str) -> None:
    got = check(quote, source)
    if isinstance(got, Rejected):
        return
    assert got[0].status is Status.CLIPPED
    assert got[0].needs_meaning_check


def test_the_whole_sentence_is_given_instead(check: Check) -> None:
    got = check("We will not renew", "Hello. We will not renew unless the export is fixed. Bye.")
    assert not isinstance(got, Rejected)
    assert (got[0].quote, got[0].widened) == ("We will not renew unless the export is fixed.", True)


def test_nearly_every_clip_is_widened_and_not_lost(check: Check) -> None:
    kept = [quote for source, quote in TURNED if not isinstance(check(quote, source), Rejected)]
    assert len(kept) >= len(TURNED) - 2


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("It was nine days, and it's two now. Would you believe it?", "It was nine days, and it's two now."),
        ("We would upgrade to the top plan at half the price.", "We would upgrade to the top plan at half the price."),
        ("Hello Rosalind, the missing 312 are just not there.", "the missing 312 are just not there."),
        ("Is it dear? We pay forty thousand a year.", "We pay forty thousand a year."),
        ("But we pay forty thousand a year.", "we pay forty thousand a year."),
        ("The loss is small and the yard in Hull wants it.", "the yard in Hull wants it."),
        ("Needed:\n- SSO for the Hull yard", "SSO for the Hull yard"),
        ("'Tis the season. We want forty more seats.", "We want forty more seats."),
    ],
)
def test_a_quote_whose_sentence_adds_nothing_that_turns_it_stands(check: Check, source: str, quote: str) -> None:
    got = check(quote, source)
    assert not isinstance(got, Rejected)
    assert (got[0].status, got[0].quote, got[0].needs_meaning_check) == (Status.EXACT, quote, False)


def test_a_quote_that_asks_what_the_source_states_is_looked_at(check: Check) -> None:
    got = check("We want forty more seats?", "We want forty more seats.")
    assert not isinstance(got, Rejected)
    assert got[0].needs_meaning_check


def test_a_record_that_is_itself_a_quoted_reply_is_judged_by_its_words() -> None:
    records = talk("Ana: > We want forty more seats.", context={"quoted_from": "Ana"})
    got = verify("We want forty more seats.", record_id="r0", records=records)
    assert not isinstance(got, Rejected)
    assert got[0].status is Status.EXACT


def test_sentence_around_gives_every_sentence_that_is_touched() -> None:
    text = "One is here. Two is there. Three is gone."
    assert sentence_around(text, 4, 16) == (0, 26)
    assert sentence_around(text, 13, 26) == (13, 26)
