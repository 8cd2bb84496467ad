"""Data checks: what is remarkable of a book against the last run, and what stops a night."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agent.anomalies import Observed, Sources, check, enforce, findings, observed, sources_of
from agent.checks import Checks, as_toml, parsed, read_checks
from agent.errors import ConfigurationError, Exit, InputAnomaly
from retrieval.readers import open_book

TODAY = date(2026, 11, 1)
GOOD = Observed(
    Sources({"ticket": 100, "usage": 30}, {"ticket": "2026-10-30", "usage": "2026-10-30"}),
    40,
    {"tickets": 40, "usage.csv": 40},
    {},
    {"accounts.csv": ("account_id", "name", "domain", "owner_email"), "catalog.json": ("plans",)},
)


def said(now: Observed, before: Observed | None = GOOD, checks: Checks | None = None) -> list[tuple[str, bool]]:
    return [(finding.said, finding.stops) for finding in findings(now, before, checks or Checks(), today=TODAY)]


def with_sources(**changes: dict[str, object]) -> Observed:
    return replace(GOOD, sources=replace(GOOD.sources, **changes))


def test_a_book_like_the_last_one_is_nothing_to_speak_of() -> None:
    assert said(GOOD) == []
    assert said(GOOD, None) == []


@pytest.mark.parametrize(
    ("tickets", "expected"),
    [
        (100, None),
        (130, None),
        (81, None),
        (80, False),
        (51, False),
        (50, True),
        (0, True),
    ],
)
def test_a_source_that_shrinks_is_a_warning_and_one_that_is_halved_stops_the_run(tickets: int, expected: bool | None) -> None:
    found = said(with_sources(records={"ticket": tickets, "usage": 30}))
    assert found == ([] if expected is None else [(f"ticket: {tickets} records, 100 in the last run", expected)])


def test_a_source_that_is_gone_altogether_stops_the_run_unless_it_was_small() -> None:
    assert said(with_sources(records={"ticket": 100}))[0] == ("usage: 0 records, 30 in the last run", True)
    small = with_sources(records={"ticket": 100, "usage": 19})
    assert said(with_sources(records={"ticket": 100}), small)[0] == ("usage: 0 records, 19 in the last run", False)


def test_halved_accounts_stop_the_run() -> None:
    assert said(replace(GOOD, accounts=20)) == [("accounts.csv: 20 accounts, 40 in the last run", True)]


def test_a_source_whose_accounts_are_unknown_is_named_and_stops_where_most_are() -> None:
    assert said(replace(GOOD, strangers={"tickets": 2})) == []
    assert said(replace(GOOD, strangers={"tickets": 10})) == [("tickets: 10 of 50 accounts are not in accounts.csv", False)]
    assert said(replace(GOOD, strangers={"usage.csv": 40}))[0][1]
    assert said(replace(GOOD, strangers={"events.csv": 3})) == [("events.csv: 3 of 3 accounts are not in accounts.csv", False)]


def test_much_that_could_not_be_read_is_a_warning() -> None:
    assert said(with_sources(set_aside={"ticket": 5})) == []
    assert said(with_sources(set_aside={"ticket": 6})) == [("ticket: 6 places could not be read, beside 100 records", False)]


def test_a_lost_column_is_named_and_stops_where_voices_or_owners_depend_on_it() -> None:
    without = ("account_id", "name", "domain")
    assert said(replace(GOOD, columns={**GOOD.columns, "accounts.csv": without})) == [("accounts.csv has lost owner_email", True)]
    unnamed = ("account_id", "domain", "owner_email")
    assert said(replace(GOOD, columns={**GOOD.columns, "accounts.csv": unnamed})) == [("accounts.csv has lost name", False)]


def test_a_lost_catalogue_stops_the_run_and_one_that_never_was_is_a_warning() -> None:
    without = replace(GOOD, columns={"accounts.csv": GOOD.columns["accounts.csv"]})
    assert said(without) == [("catalog.json is missing", True)]
    (first,) = said(without, None)
    assert (first[1], "catalog.json" in first[0]) == (False, True)
    assert said(without, without) == []


def test_a_column_that_nobody_reads_is_named_once() -> None:
    more = replace(GOOD, columns={**GOOD.columns, "accounts.csv": (*GOOD.columns["accounts.csv"], "arr_eur", "x" * 99)})
    assert said(more, None) == [(f"accounts.csv: nobody reads the columns arr_eur, {'x' * 40}", False)]
    assert said(more, GOOD) == said(more, None)
    assert said(more, more) == []


def test_a_source_that_went_back_or_stands_still_is_a_warning() -> None:
    back = with_sources(newest={"ticket": "2026-10-29", "usage": "2026-10-30"})
    assert said(back) == [("ticket: the newest is of 2026-10-29, it was of 2026-10-30 in the last run", False)]
    old = with_sources(newest={"ticket": "2026-10-17", "usage": "2026-10-18", "event": "2020-01-01"})
    assert said(old, old) == [("ticket: the newest is of 2026-10-17, 15 days ago", False)]
    assert said(old, None) == []
    assert said(old, old, parsed("[freshness]\nticket = 0\n")) == []


def test_what_stops_raises_unless_it_is_accepted() -> None:
    found = findings(with_sources(records={}), GOOD, Checks(), today=TODAY)
    with pytest.raises(InputAnomaly, match="ticket: 0 records") as raised:
        enforce(found, accept=False)
    assert raised.value.exit_code == Exit.ANOMALY
    assert "--accept-anomaly" in raised.value.remedy
    assert len(enforce(found, accept=True)) == 2
    assert enforce([], accept=False) == []


def test_counts_alone_are_checked_as_ever() -> None:
    previous = {"report": {"records": {"ticket": 100, "note": 5}}}
    assert check({"ticket": 51, "note": 0}, previous, accept=False) == ["note: 0 records, 5 in the last run"]
    with pytest.raises(InputAnomaly, match="ticket: 50 records, 100 in the last run"):
        check({"ticket": 50, "note": 5}, previous, accept=False)
    assert check({}, None, accept=False) == []


def test_what_was_seen_survives_the_report_and_older_reports_are_read() -> None:
    again = Observed.from_json(json.loads(json.dumps(GOOD.to_json())))
    assert said(again) == said(GOOD, again) == []
    assert Observed.from_json({}) == Observed()


def test_sources_add_up() -> None:
    one = Sources({"ticket": 2}, {"ticket": "2026-01-02"}, {"ticket": 1})
    two = Sources({"ticket": 1, "note": 1}, {"ticket": "2026-01-01", "note": ""}, {})
    assert one + two == Sources({"ticket": 3, "note": 1}, {"ticket": "2026-01-02", "note": ""}, {"ticket": 1})
    assert one + Sources() == one


@pytest.fixture
def root(tmp_path: Path, sample_book: Path) -> Path:
    return Path(shutil.copytree(sample_book, tmp_path / "book"))


def look(root: Path) -> Observed:
    book = open_book(root)
    total = Sources()
    for account_id in book.account_ids():
        read = book.records(account_id)
        total += sources_of(read.records, read.problems)
    return observed(book, total)


def spoil(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    return lambda root: (root / name).write_text(change((root / name).read_text("utf-8")), "utf-8") and None


def test_the_sample_book_is_sound(root: Path) -> None:
    seen = look(root)
    assert (seen.accounts, seen.joined["tickets"], seen.strangers) == (12, 12, {})
    assert set(seen.sources.records) == {"ticket", "transcript", "note", "usage", "event"}
    assert findings(seen, None, Checks(), today=TODAY) == []


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        (lambda root: shutil.rmtree(root / "tickets"), "ticket: 0 records"),
        (lambda root: (root / "usage.csv").unlink(), "usage: 0 records"),
        (lambda root: (root / "catalog.json").unlink(), "catalog.json is missing"),
        (lambda root: (root / "contacts.csv").unlink(), "contacts.csv is missing"),
        (spoil("accounts.csv", lambda text: text.replace("owner_email", "owner_mail_x")), "accounts.csv has lost owner_email"),
        (spoil("usage.csv", lambda text: text.replace("acc-1", "ACC-1")), "usage.csv: 12 of 12 accounts"),
        (spoil("events.csv", lambda text: text.replace("headline", "headline,mood")), "the column mood"),
    ],
)
def test_what_can_go_wrong_with_an_export_is_noticed(root: Path, spoilt: Callable[[Path], object], expected: str) -> None:
    before = look(root)
    spoilt(root)
    assert any(expected in finding.said for finding in findings(look(root), before, Checks(), today=TODAY))


def test_a_home_without_checks_has_the_defaults_and_its_own_file_replaces_some(tmp_path: Path) -> None:
    assert read_checks(tmp_path) == Checks()
    (tmp_path / "checks.toml").write_text('[volume]\nstop = 0.25\n[columns]\nstop = ["accounts.csv:arr"]\n')
    checks = read_checks(tmp_path)
    assert (checks.volume.stop, checks.volume.warn, checks.columns.stop) == (0.25, 0.8, ("accounts.csv:arr",))
    assert parsed(as_toml()) == Checks()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[volum]\nstop = 1\n", r"checks\.toml:1 \[volum\]: is not known here.*\n  Did you mean volume\?"),
        ("\n[volume]\n\nstopp = 0.5\n", r"checks\.toml:4 \[volume\] stopp: is not known here.*\n  Did you mean stop\?"),
        ("[join]\nwarn = 3\n", r"checks\.toml:2 \[join\] warn: 3 is not a share"),
        ("[join]\nwarn = true\n", r"checks\.toml:2 \[join\] warn: True is not a number"),
        ("[freshness]\nticket = 1.5\n", r"checks\.toml:2 \[freshness\] ticket: 1.5 is not a whole number"),
        ("[columns]\nstop = ['owner']\n", r"checks\.toml:2 \[columns\] stop: is not a list of file:column"),
        ("[volume]\nstop = 0.9\n", r"checks\.toml:2 \[volume\] stop: 0.9 is above warn"),
        ("volume = 3\n", r"checks\.toml:1 \[volume\]: is not a section"),
        ("[volume\n", r"checks\.toml: .*line 1"),
    ],
)
def test_what_is_wrong_in_the_file_is_named_with_line_key_and_remedy(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parsed(text)
