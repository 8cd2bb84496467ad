"""Product usage: the long table `account_id,date,metric,value` to one series per account and metric. Missing is never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from retrieval.readers.files import FileText
from retrieval.readers.tables import Table, parse_table
from retrieval.readers.values import UnclearValueError, day_of, number_of, plain_number
from retrieval.records import Problem, Record, Visibility, Voice, stable_id

COLUMNS = ("account_id", "date", "metric", "value")


@dataclass(frozen=True, slots=True)
class Usage:
    """Per account, per metric: day to value as plain decimal text; with the problems of the file."""

    by_account: Mapping[str, Mapping[str, Mapping[str, str]]]
    problems: tuple[Problem, ...]


def read_usage(file: FileText) -> Usage:
    """Group a usage table. A later row for the same account, metric and day replaces an earlier one."""
    return usage_of(parse_table(file, COLUMNS, COLUMNS))


def usage_of(table: Table) -> Usage:
    """The same of a table that is parsed already."""
    problems = list(table.problems)
    grouped: dict[str, dict[str, dict[str, str]]] = {}
    for row in table.rows:
        account, metric = row.get("account_id"), row.get("metric")
        for column, given in (("account_id", account), ("metric", metric)):
            if not given:
                problems.append(Problem(table.name, f"no {column} is given", "Fill it in", row.line, column, account or None))
        if not account or not metric:
            continue
        column = "date"
        try:
            day = day_of(row.get("date"))
            column = "value"
            value = plain_number(number_of(row.get("value")))
        except UnclearValueError as error:
            remedy = (
                "Write dates as YYYY-MM-DD" if column == "date" else "Write a plain number; leave rows out that were not measured"
            )
            problems.append(Problem(table.name, str(error), remedy, row.line, column, account))
            continue
        grouped.setdefault(account, {}).setdefault(metric, {})[day] = value
    return Usage(grouped, tuple(problems))


def usage_records(account_id: str, metrics: Mapping[str, Mapping[str, str]], file_name: str = "usage.csv") -> list[Record]:
    """One record per metric, by name: `YYYY-MM-DD,value` lines in the order of their dates."""
    records: list[Record] = []
    for metric in sorted(metrics):
        days = sorted(metrics[metric].items())
        text = "\n".join(f"{day},{value}" for day, value in days)
        source = f"usage:{metric}"
        records.append(
            Record(
                record_id=stable_id(account_id, source, "0", text),
                account_id=account_id,
                source=source,
                locator=f"{file_name}, {len(days)} rows",
                document=source,
                occurred_at=days[-1][0],
                speaker=None,
                speaker_email=None,
                voice=Voice.TELEMETRY,
                voice_reason="measured by the product",
                visibility=Visibility.INTERNAL,
                text=text,
                context=MappingProxyType({"metric": metric}),
            )
        )
    return records


def series(record: Record) -> tuple[tuple[date, float], ...]:
    """The (day, value) pairs of a usage record, by day. Raises ValueError for any other record."""
    if record.voice is not Voice.TELEMETRY:
        raise ValueError(f"{record.source} is not a usage series")
    pairs = (line.split(",", 1) for line in record.text.splitlines())
    return tuple((date.fromisoformat(day), float(value)) for day, value in pairs)
