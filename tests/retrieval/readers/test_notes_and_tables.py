"""Notes, usage, events and the catalogue: what each record says of itself, and what each reader refuses to guess."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.readers.catalog import read_catalog
from retrieval.readers.events import event_records, read_events
from retrieval.readers.files import FileText
from retrieval.readers.notes import read_note
from retrieval.readers.people import directory_of
from retrieval.readers.usage import read_usage, series, usage_records
from retrieval.records import Problem, Record, Visibility, Voice

DIRECTORY = directory_of(
    [Account("a1", "Acme", "acme.example")],
    [Contact("a1", "Dana Ruiz", "dana@acme.example")],
    [TeamMember("Sam Lee", "sam@vendor.example")],
    Catalog("Vendor", ("vendor.example",)),
)


def note(text: str, name: str = "notes/a1/2026-08-12-recap.md", account: str | None = "a1") -> tuple[list[Record], list[Problem]]:
    return read_note(FileText(name, text), account, DIRECTORY)


MATTER = "---\naccount_id: a1\nauthor: sam@vendor.example\ndate: 2026-08-11\ntype: qbr\n---\n\n"


def test_a_note_is_one_record_of_our_own_side() -> None:
    (record,), problems = note(MATTER + 'Sponsor is happy.\n\n> Dana: "ten seats"\n')
    assert record.text == 'Sponsor is happy.\n\n> Dana: "ten seats"'
    assert (record.source, record.locator, record.occurred_at) == ("note:2026-08-12-recap", "line 8", "2026-08-11")
    assert (record.voice, record.visibility, record.speaker) == (Voice.VENDOR, Visibility.INTERNAL, "Sam Lee")
    assert dict(record.context) == {"title": "recap", "kind": "qbr"}
    assert not problems


def test_a_note_without_front_matter_takes_its_date_from_its_name() -> None:
    (record,), problems = note("Just text.\n---\nmore")
    assert (record.text, record.occurred_at, record.voice, problems) == ("Just text.\n---\nmore", "2026-08-12", Voice.VENDOR, [])


def test_a_note_without_any_date_says_so() -> None:
    (record,), problems = note("Text.", "notes/a1/recap.md")
    assert (record.occurred_at, [p.field for p in problems]) == ("", ["date"])


def test_a_customer_s_own_note_is_the_customer_s() -> None:
    (record,), _ = note("---\nauthor: Dana Ruiz <dana@acme.example>\n---\nOurs.")
    assert record.voice is Voice.CUSTOMER
    (record,), _ = note("---\nauthor: someone@elsewhere.example\n---\nTheirs.")
    assert record.voice is Voice.VENDOR


def test_the_folder_decides_the_account_and_a_contradiction_is_reported() -> None:
    (record,), problems = note("---\naccount_id: a2\n---\nText.")
    assert (record.account_id, problems[0].field) == ("a1", "account_id")
    (record,), _ = note("---\naccount: a2\n---\nText.", "loose.md", None)
    assert record.account_id == "a2"


BOMB = "a: &a [x, x]\n" + "\n".join(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]" for i in range(24))


HOSTILE = [
    BOMB,
    "a: [" * 5000,
    "a: b: c",
    "- 1\n- 2",
    "!!python/object/apply:os.system ['true']",
    "a: " + "x" * 70000,
    "a: \x00",
    "date: 9999999999-99-99",
]


@pytest.mark.parametrize("matter", HOSTILE)
def test_hostile_front_matter_loses_no_text(matter: str) -> None:
    (record,), _ = note(f"---\n{matter}\n---\nThe words.\n")
    assert record.text.endswith("The words.")


def test_a_sentence_between_the_marks_is_no_field() -> None:
    (record,), problems = note("---\nauthor: Sam\nThey keep it all in a sheet, says Ana: eight hours a week\n---\nThe words.\n")
    assert "eight hours a week" in record.text
    assert [(p.field, p.line) for p in problems] == [("front matter", 1)]


def test_a_usage_series_is_one_record_in_the_order_of_its_days() -> None:
    text = "account_id,date,metric,value\na1,2026-08-31,seats,47\na1,2026-08-24,seats,46.50\na1,2026-08-31,seats,48\n"
    usage = read_usage(FileText("usage.csv", text))
    (record,) = usage_records("a1", usage.by_account["a1"])
    assert (record.source, record.text, record.occurred_at) == ("usage:seats", "2026-08-24,46.5\n2026-08-31,48", "2026-08-31")
    assert (record.voice, record.speaker) == (Voice.TELEMETRY, None)
    assert series(record) == ((date(2026, 8, 24), 46.5), (date(2026, 8, 31), 48.0))


def test_what_was_not_measured_is_not_zero() -> None:
    rows = ["a1,2026-08-31,seats,", "a1,2026-08-31,seats,NULL", "a1,2026-08-31,seats,many", "a1,08/09/2026,seats,4"]
    rows += [",2026-08-31,seats,4", "a1,2026-08-31,,4"]
    usage = read_usage(FileText("usage.csv", "account_id,date,metric,value\n" + "\n".join(rows)))
    assert not usage.by_account
    assert [(p.line, p.field, p.account_id) for p in usage.problems] == [
        (2, "value", "a1"),
        (3, "value", "a1"),
        (4, "value", "a1"),
        (5, "date", "a1"),
        (6, "account_id", None),
        (7, "metric", "a1"),
    ]


def test_series_refuses_what_is_no_series() -> None:
    with pytest.raises(ValueError, match="not a usage series"):
        series(note("Text.")[0][0])


def test_two_events_on_a_day_are_two_records() -> None:
    funding, office = "a1,2026-07-14,funding,Acme raises 18m,press", "a1,2026-07-14,new_office,Acme opens in Leeds,press"
    text = "\n".join(["account_id,date,kind,headline,source", funding, office, funding])
    found = event_records("a1", read_events(FileText("events.csv", text)).by_account["a1"])
    assert [(r.source, r.text, r.context["kind"], r.voice) for r in found] == [
        ("event:2026-07-14", "Acme raises 18m", "funding", Voice.EXTERNAL),
        ("event:2026-07-14", "Acme opens in Leeds", "new_office", Voice.EXTERNAL),
    ]
    assert len({r.record_id for r in found}) == 2
    assert dict(found[0].context) == {"kind": "funding", "source": "press"}


def test_an_event_without_a_clear_date_or_headline_is_reported() -> None:
    found = read_events(FileText("events.csv", "account_id,date,headline\na1,08/09/2026,x\na1,2026-08-09,\n"))
    assert (dict(found.by_account), [(p.line, p.field) for p in found.problems]) == ({}, [(2, "date"), (3, "headline")])


def catalog(raw: Any) -> tuple[Catalog, list[Problem]]:
    return read_catalog(FileText("catalog.json", json.dumps(raw)))


def test_a_catalogue_keeps_plans_in_order_and_tolerates_more_keys() -> None:
    plans = [{"id": "team", "name": "Team", "price_per_seat_month": 29, "features": ["a"], "colour": "red"}]
    addons = [{"id": "ai", "name": "AI", "price_month": "450", "unit": "5,000 pages", "features": []}]
    found, problems = catalog(
        {"vendor": "V", "domains": ["v.example"], "plans": plans, "addons": addons, "unit_costs": {"run": 0.4}, "x": 1}
    )
    assert not problems
    assert (found.plans[0].price, found.plans[0].unit, found.addons[0].price, found.addons[0].kind) == (29, "seat", 450, "addon")
    assert found.unit_costs == (("run", 0.4),)


def test_what_a_catalogue_lacks_is_reported_and_the_rest_is_used() -> None:
    found, problems = catalog({"plans": [{"id": "team"}, {"name": "x"}, 3], "addons": {}, "unit_costs": {"run": "cheap"}})
    assert [item.item_id for item in found.plans] == ["team"]
    assert [p.field for p in problems] == [
        "vendor",
        "domains",
        "plans[0].price",
        "plans[0].features",
        "plans[1].id",
        "plans[2].id",
        "addons",
        "unit_costs.run",
    ]
