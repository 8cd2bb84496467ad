"""News about the account: `account_id,date,kind,headline,source`. Somebody else's words; they raise priority, never prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from retrieval.readers.files import FileText
from retrieval.readers.tables import Row, Table, parse_table
from retrieval.readers.values import UnclearValueError, day_of
from retrieval.records import Problem, Record, Visibility, Voice, stable_id

COLUMNS = ("account_id", "date", "kind", "headline", "source")
REQUIRED = ("account_id", "date", "headline")


@dataclass(frozen=True, slots=True)
class Events:
    """Per account its events in file order, as (day, row); with the problems of the file."""

    by_account: Mapping[str, tuple[tuple[str, Row], ...]]
    problems: tuple[Problem, ...]


def read_events(file: FileText) -> Events:
    """Group an events table; a row without account, headline or clear date is a `Problem`."""
    return events_of(parse_table(file, COLUMNS, REQUIRED))


def events_of(table: Table) -> Events:
    """The same of a table that is parsed already."""
    problems = list(table.problems)
    grouped: dict[str, list[tuple[str, Row]]] = {}
    for row in table.rows:
        account = row.get("account_id")
        missing = [column for column in ("account_id", "headline") if not row.get(column)]
        problems += [
            Problem(table.name, f"no {column} is given", "Fill it in", row.line, column, account or None) for column in missing
        ]
        if missing:
            continue
        try:
            day = day_of(row.get("date"))
        except UnclearValueError as error:
            problems.append(Problem(table.name, str(error), "Write dates as YYYY-MM-DD", row.line, "date", account))
            continue
        grouped.setdefault(account, []).append((day, row))
    return Events({account: tuple(rows) for account, rows in grouped.items()}, tuple(problems))


def event_records(account_id: str, events: tuple[tuple[str, Row], ...], file_name: str = "events.csv") -> list[Record]:
    """One record per event, by date; the same row twice is one event."""
    records: list[Record] = []
    seen: set[tuple[str, ...]] = set()
    places: dict[str, int] = {}
    for day, row in sorted(events, key=lambda event: (event[0], event[1].line)):
        key = (day, row.get("kind"), row.get("headline"), row.get("source"))
        if key in seen:
            continue
        seen.add(key)
        source = f"event:{day}"
        place = places[day] = places.get(day, -1) + 1
        publisher = row.get("source")
        facts = {"kind": row.get("kind").casefold(), "source": publisher}
        records.append(
            Record(
                record_id=stable_id(account_id, source, str(place), row.get("headline")),
                account_id=account_id,
                source=source,
                # No line number: a row put in above would move it, and make every account below look changed.
                locator=f"{file_name}, {day}",
                document=source,
                occurred_at=day,
                speaker=publisher or None,
                speaker_email=None,
                voice=Voice.EXTERNAL,
                voice_reason=f"published by somebody else ({publisher})" if publisher else "published by somebody else",
                visibility=Visibility.EXTERNAL,
                text=row.get("headline"),
                position=place,
                context=MappingProxyType({name: value for name, value in facts.items() if value}),
            )
        )
    return records
