"""When a risk is over, who says so, and what does not end it."""

from __future__ import annotations

from types import MappingProxyType

from agent.resolution import relief, resolve
from agent.signals import Signal, text_signal
from retrieval.accounts import Contact
from retrieval.records import Record, Visibility, Voice

CONTACTS = [Contact("a", "Ida", "ida@x.example", "", "sponsor"), Contact("a", "Ben", "ben@x.example", "", "user")]


def said(
    day: str,
    text: str,
    kind: str | None = None,
    *,
    by: str = "Ida",
    ticket: str = "",
    status: str = "open",
    voice: Voice = Voice.CUSTOMER,
) -> tuple[Record, Signal | None]:
    document = f"ticket:{ticket}" if ticket else f"transcript:{day}"
    record = Record(
        f"{document}-{day}", "a", document, "", document, day, by, None, voice, "", Visibility.PUBLIC, text,
        context=MappingProxyType({"status": status}),
    )  # fmt: skip
    return record, text_signal(record, 0, len(text), kind=kind, strength="strong", method="t") if kind else None


def open_kinds(*lines: tuple[Record, Signal | None]) -> set[str]:
    found = resolve([signal for _, signal in lines if signal], [record for record, _ in lines], CONTACTS)
    return {signal.kind for signal in found if signal.is_open_risk}


LEAVING = said("2026-05-01", "I finish here at the end of the month.", "sponsor_risk")
FREEZE = said("2026-05-01", "All spending has been stopped.", "budget_pressure")
DOUBT = said("2026-05-01", "I do not see that saving anywhere.", "value_disputed")
GAIN = said("2026-07-01", "We are down from nine days to two.", "proven_value", by="Ben")
ASK = said("2026-07-02", "Send me the price for twenty more.", "stakeholder_pull", by="Ben")


def test_a_successor_ends_a_departure() -> None:
    assert open_kinds(LEAVING, said("2026-06-01", "I have taken over from her.", by="Ben")) == set()


def test_who_leaves_does_not_replace_themselves() -> None:
    assert open_kinds(LEAVING, said("2026-05-20", "I have taken over the garden at home.")) == {"sponsor_risk"}


def test_a_promise_of_ours_ends_nothing() -> None:
    assert open_kinds(FREEZE, said("2026-06-01", "The freeze was lifted, I hear.", by="Rep", voice=Voice.VENDOR)) == {
        "budget_pressure"
    }


def test_relief_that_is_only_imagined_ends_nothing() -> None:
    assert open_kinds(FREEZE, said("2026-06-01", "If the freeze were lifted we could talk.")) == {"budget_pressure"}


def test_the_end_of_a_freeze_ends_it_unless_it_is_named_again() -> None:
    lifted = said("2026-06-01", "The freeze has been lifted.")
    assert open_kinds(FREEZE, lifted) == set()
    assert open_kinds(FREEZE, lifted, said("2026-06-20", "Spending has stopped once more.", "budget_pressure")) == {
        "budget_pressure"
    }


def test_closing_a_ticket_ends_a_fault_and_not_a_freeze() -> None:
    fault = said("2026-05-01", "The export stops at row twelve.", "product_friction", ticket="7", status="solved")
    freeze = said("2026-05-01", "All spending has been stopped.", "budget_pressure", ticket="8", status="solved")
    thanks = [said("2026-05-03", "Good, thank you.", ticket=number, status="solved") for number in ("7", "8")]
    assert open_kinds(fault, freeze, *thanks) == {"budget_pressure"}


def test_a_customer_who_gained_and_asks_for_more_has_moved_on() -> None:
    assert open_kinds(DOUBT, GAIN, ASK) == set()
    assert open_kinds(DOUBT, ASK) == {"value_disputed"}
    assert open_kinds(DOUBT, GAIN) == {"value_disputed"}


def test_nobody_has_moved_on_while_another_lasting_risk_is_named_later() -> None:
    later = said("2026-08-01", "Two others are on our list for the decision.", "competitor_evaluation")
    assert open_kinds(DOUBT, GAIN, ASK, later) == {"value_disputed", "competitor_evaluation"}


def test_every_closed_risk_names_what_closed_it() -> None:
    closed = resolve([s for _, s in (DOUBT, GAIN, ASK) if s], [r for r, _ in (DOUBT, GAIN, ASK)], CONTACTS)[0]
    assert closed.resolved
    assert closed.resolved_by == ASK[0].record_id


def test_every_lasting_risk_has_words_of_relief() -> None:
    assert {"sponsor_risk", "churn_intent", "competitor_evaluation", "onboarding_incomplete", "product_friction"} <= set(relief())


def test_a_status_that_we_set_after_the_customers_last_word_ends_nothing() -> None:
    fault = said("2026-05-01", "The labels came out for the wrong parcel.", "product_friction", ticket="7", status="solved")
    stands = said("2026-05-02", "No new client goes on until it is proved.", ticket="7", status="solved")
    ours = said("2026-05-09", "This ticket was set to solved.", ticket="7", status="solved", voice=Voice.VENDOR)
    assert open_kinds(fault, stands, ours) == {"product_friction"}
    relieved = said("2026-05-02", "It works again, thank you.", ticket="7", status="solved")
    assert open_kinds(fault, relieved, ours) == set()
