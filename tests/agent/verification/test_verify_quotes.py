"""What passes, what it is replaced by, and what is turned down, and why."""

from __future__ import annotations

import pytest
from conversation import Check, talk

from agent.verification import Reason, Rejected, Status, Verified, verify
from retrieval.records import Voice

TURN = (
    "We moved 40 planners in Leeds onto it in March. Since then the re-keying is down from nine hours a week to two. "
    "Priya’s team, um, wants the “audit” add-on – for   the\nrenewal, I mean. The budget is £12,500, near enough."
)


def only(got: tuple[Verified, ...] | Rejected) -> Verified:
    assert not isinstance(got, Rejected), got
    assert len(got) == 1
    return got[0]


@pytest.mark.parametrize(
    ("quote", "status", "source"),
    [
        ("We moved 40 planners in Leeds onto it in March.", Status.EXACT, None),
        ("the re-keying is down from nine hours a week to two", Status.EXACT, None),
        ("WE MOVED 40 PLANNERS IN LEEDS ONTO IT IN MARCH", Status.FOLDED, "We moved 40 planners in Leeds onto it in March"),
        ("we moved 40 planners in leeds onto it in march.", Status.FOLDED, "We moved 40 planners in Leeds onto it in March."),
        ("“We moved 40 planners in Leeds onto it in March.”", Status.FOLDED, "We moved 40 planners in Leeds onto it in March."),
        ("We moved 40 planners in Leeds onto it in March!!", Status.FOLDED, "We moved 40 planners in Leeds onto it in March"),
        ('wants the "audit" add-on - for the renewal', Status.FOLDED, "wants the “audit” add-on – for   the\nrenewal"),
        ("The budget is £ 12,500, near enough", Status.FOLDED, "The budget is £12,500, near enough"),
        ("Priya's team wants the audit add-on", Status.REPAIRED, "Priya’s team, um, wants the “audit” add-on"),
    ],
)
def test_a_harmless_difference_passes_and_the_source_s_words_come_back(
    check: Check, quote: str, status: Status, source: str | None
) -> None:
    got = only(check(quote, TURN))
    assert got.status is status
    assert got.quote == (source or quote)
    assert not got.needs_meaning_check


@pytest.mark.parametrize(
    ("quote", "reason"),
    [
        ("We moved 400 planners in Leeds onto it in March.", Reason.ALTERED_NUMBER),
        ("We moved 41 planners in Leeds onto it in March.", Reason.ALTERED_NUMBER),
        ("the re-keying is down from five hours a week to two", Reason.ALTERED_NUMBER),
        ("We moved 40 planners in Leeds onto it in May.", Reason.ALTERED_NUMBER),
        ("The budget is $12,500, near enough.", Reason.ALTERED_NUMBER),
        ("The budget is £12,50, near enough.", Reason.ALTERED_NUMBER),
        ("The budget is £125,00, near enough.", Reason.ALTERED_NUMBER),
        ("We have not moved 40 planners in Leeds onto it in March.", Reason.ALTERED_NEGATION),
        ("We moved 40 planners in Derby onto it in March.", Reason.ALTERED_NAME),
        ("They moved 40 planners in Leeds onto it in March.", Reason.NOT_FOUND),
        ("We moved 40 planners in March onto it in Leeds.", Reason.ALTERED_NUMBER),
        ("the re-keying is up from nine hours a week to two", Reason.NOT_FOUND),
        ("the re-keying was down from nine hours a week to two", Reason.NOT_FOUND),
        ("We moved 40 planners onto it in March.", Reason.ALTERED_NAME),
        ("We moved 40 planners in Leeds wants the audit add-on", Reason.STITCHED),
        ("Our board has approved the whole programme for next year.", Reason.NOT_FOUND),
        ("oved 40 planners in Leeds onto it", Reason.NOT_FOUND),
        ("The budget is £12", Reason.ALTERED_NUMBER),
        ("We moved", Reason.TOO_SHORT),
        ("the", Reason.TOO_SHORT),
        ("a week to", Reason.TOO_SHORT),
        ("", Reason.EMPTY),
        (" … – !", Reason.EMPTY),
    ],
)  # fmt: skip
def test_a_changed_or_invented_quote_is_turned_down_with_its_reason(check: Check, quote: str, reason: Reason) -> None:
    got = check(quote, TURN)
    assert isinstance(got, Rejected)
    assert got.reason is reason


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("Their suport was realy slow in the spring.", "Their support was really slow in the spring."),
        ("We recieved the second invoice twice.", "We received the second invoice twice."),
    ],
)
def test_a_mended_slip_of_the_pen_passes_in_the_source_s_spelling_and_is_looked_at(check: Check, source: str, quote: str) -> None:
    got = only(check(quote, source))
    assert (got.status, got.quote, got.needs_meaning_check) == (Status.REPAIRED, source, True)


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("Mr Jansen approved the second batch today.", "Mr Hansen approved the second batch today."),
        ("It was Maria Johnson who approved the batch.", "It was Maria Johnston who approved the batch."),
        ("We approve the second batch of seats today.", "We approved the second batch of seats today."),
        ("We want the same plan for both offices now.", "We went the same plan for both offices now."),
        ("They are unable to read the export file here.", "They are enable to read the export file here."),
        ("We lost fourteen seats over the summer break.", "We lost fourteenth seats over the summer break."),
        ("The older seats go to the planners in the yard.", "The older seat go to the planners in the yard."),
        ("We use C++ for the import and nothing else.", "We use C# for the import and nothing else."),
        ("It is 10² planners on the night shift now.", "It is 102 planners on the night shift now."),
        ("The change was -5% on the year before it.", "The change was 5% on the year before it."),
        ("Version 2.3 of the client is on our laptops.", "Version 23 of the client is on our laptops."),
    ],
)
def test_one_letter_that_makes_another_word_name_or_number_does_not_pass(check: Check, source: str, quote: str) -> None:
    assert isinstance(check(quote, source), Rejected)


@pytest.mark.parametrize(
    ("source", "quote", "found"),
    [
        ("So we, um, you know, need SSO before, uh, May.", "So we need SSO before May.", None),
        (
            "The the report is, like, ready on Mondays.",
            "The report is ready on Mondays.",
            "the report is, like, ready on Mondays.",
        ),
        ("I, uh, I think- it saves, er, four hours.", "I think it saves four hours.", "I think- it saves, er, four hours."),
        ("by , uh , watching the little bars", "by watching the little bars", None),
        ("by , uh , watching the the bars", "by, uh, watching the the bars", None),
        ("well um we recieved , uh , two invoices", "well um we received, uh, two invoices", None),
        ("so we 're on the new plan and we do n't mind", "so we're on the new plan and we don't mind", None),
        ("we dont want to go back to the binder", "we don't want to go back to the binder", None),
    ],
)
def test_hesitations_stutters_and_spacing_of_the_source_may_be_missing(
    check: Check, source: str, quote: str, found: str | None
) -> None:
    assert only(check(quote, source)).quote == (found or source)


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("We don't, uh, need the add-on this year.", "We need the add-on this year."),
        ("We like you know who to send the bills.", "We like to send the bills."),
        ("We sort of need the add-on this year.", "We need the add-on this year."),
        ("As you know, we cut the claims team by ten.", "As we cut the claims team by ten."),
        ("That is, no, not what we need from you.", "That is what we need from you."),
        ("We need the add-on this year.", "We, um, need the add-on this year."),
        ("We need the add-on this year.", "We, you know, need the add-on this year."),
    ],
)
def test_the_quote_may_leave_out_sounds_but_never_words_and_may_add_nothing(check: Check, source: str, quote: str) -> None:
    assert isinstance(check(quote, source), Rejected)


def test_short_answers_pass_to_the_letter_in_the_named_record_only(check: Check) -> None:
    assert only(check("You may quote the four.", "You may quote the four. Not the nine.")).status is Status.EXACT
    assert only(check("Agreed, signed.", "Agreed, signed.")).status is Status.EXACT
    assert only(check("It held up.", "It held up. We were surprised.")).status is Status.EXACT
    assert isinstance(check("It held up.", "It held up. Fine.", record_id=None), Rejected)
    assert isinstance(check("Agreed, signed", "Agreed, signed by Tom."), Rejected)
    assert isinstance(check("held up we", "It held up. We were surprised."), Rejected)


def test_an_ellipsis_gives_several_spans_of_one_record_never_one_joined_quote(check: Check) -> None:
    text = "We cut the backlog by half. Nobody minded. The yard in Hull wants the same thing."
    got = check("We cut the backlog by half. […] The yard in Hull wants the same thing.", text)
    assert not isinstance(got, Rejected)
    assert [one.quote for one in got] == ["We cut the backlog by half.", "The yard in Hull wants the same thing."]
    assert not any(one.needs_meaning_check for one in got)


def test_parts_of_sentences_that_an_ellipsis_joins_are_looked_at(check: Check) -> None:
    text = "The finance people in Hull refused. The yard in Hull wants the same thing as Leeds."
    got = check("The finance people in Hull ... wants the same thing", text)
    assert not isinstance(got, Rejected)
    assert all(one.needs_meaning_check for one in got)


@pytest.mark.parametrize(
    "quote",
    [
        "The yard in Hull wants it. ... We cut the backlog by half.",  # the wrong way round
        "We cut the backlog by half. ... and doubled the seats in Hull.",  # a part that nobody said
        "We cut the backlog ... by half.",  # a part too short to be found
    ],
)
def test_every_part_must_pass_on_its_own_in_order(check: Check, quote: str) -> None:
    got = check(quote, "We cut the backlog, honestly, by half. The yard in Hull wants it.")
    assert isinstance(got, Rejected)
    assert got.reason is Reason.STITCHED


CALL = (
    "Ana: The pilot in Hull went fine for us.",
    "*Rep: You would save six hours a week with the add-on.",
    "Tom: I have not seen a number I believe.",
    "Ana: We want twelve more seats for Hull. The pilot went fine.",
    "Tom: Send me the price for Hull in writing.",
    "Ana: Send me the price for Hull in writing.",
)


@pytest.mark.parametrize(
    ("quote", "named", "reason"),
    [
        ("You would save six hours a week with the add-on.", "r0", Reason.VENDOR_WORDS),
        ("I have not seen a number I believe.", "r3", Reason.WRONG_RECORD),
        ("We want twelve more seats for Hull.", "r1", Reason.WRONG_RECORD),
        ("We want twelve more seats for Hull.", "r77", Reason.WRONG_DOCUMENT),
        ("Send me the price for Hull in writing.", "r0", Reason.AMBIGUOUS),
        ("Send me the price for Hull in writing.", None, Reason.AMBIGUOUS),
        ("I have not seen a number I believe. We want twelve more seats", "r2", Reason.CROSSES_TURNS),
        ("The pilot in Hull went fine for us. You would save six hours", None, Reason.CROSSES_TURNS),
    ],
)
def test_words_stay_with_who_said_them(quote: str, named: str | None, reason: Reason) -> None:
    got = verify(quote, record_id=named, records=talk(*CALL))
    assert isinstance(got, Rejected)
    assert got.reason is reason


def test_the_same_speaker_s_words_move_to_their_true_record_if_they_are_there_only_once() -> None:
    assert only(verify("We want twelve more seats for Hull.", record_id="r0", records=talk(*CALL))).record_id == "r3"
    assert only(verify("Send me the price for Hull in writing.", record_id="r4", records=talk(*CALL))).record_id == "r4"
    assert only(verify("We want twelve more seats for Hull.", record_id=None, records=talk(*CALL))).record_id == "r3"


def test_a_caller_may_insist_on_a_voice() -> None:
    words = "You would save six hours a week with the add-on."
    got = verify(words, record_id="r1", records=talk(*CALL), voice=Voice.CUSTOMER)
    assert isinstance(got, Rejected)
    assert got.reason is Reason.VENDOR_WORDS
    assert only(verify(words, record_id="r1", records=talk(*CALL), voice=Voice.VENDOR)).record_id == "r1"


def test_a_rejection_points_at_the_nearest_words_for_the_reviewer() -> None:
    got = verify("We want ninety more seats for Hull.", record_id="r3", records=talk(*CALL))
    assert isinstance(got, Rejected)
    assert (got.nearest, got.start, got.end) == ("r3", 0, len("We want twelve more seats for Hull"))
    assert 70 < got.similarity < 100


def test_where_the_words_stand_twice_the_plain_place_is_taken_and_a_turned_one_is_not_forgotten(check: Check) -> None:
    got = only(check("we take the extra seats", "If it works we take the extra seats. Fine, we take the extra seats."))
    assert (got.status, got.start, got.needs_meaning_check) == (Status.EXACT, 43, True)
