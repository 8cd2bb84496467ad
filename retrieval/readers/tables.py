"""CSV as people export it: any encoding, comma, semicolon or tab, headers by any of their usual names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

from retrieval.readers.files import FileText, read_file
from retrieval.records import Problem

csv.field_size_limit(16 * 1024 * 1024)
_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_FIELD = 200
"""Lines that one quoted field may run over; beyond, its closing quotation mark is taken to be missing."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "account_id": ("account", "accountid", "account number", "customer_id", "company_id", "org_id", "organization_id"),
    "name": ("account_name", "company name", "company", "full name", "contact", "full_name"),
    "email": ("e-mail", "email address", "mail", "email_address"),
    "domain": ("domains", "website", "company domain name"),
    "owner_email": ("owner", "owner e-mail", "account owner", "company owner", "csm", "csm_email"),
    "seats_licensed": ("seats", "licensed_seats", "licenses", "licences", "seats purchased", "seats_purchased"),
    "contract_start": ("start_date", "contract start date", "go_live_date"),
    "renewal_date": ("renewal", "contract_end", "contract end date"),
    "health_score": ("health", "score"),
    "currency": ("currency code", "currencyisocode"),
    "date": ("day", "week", "period", "timestamp", "occurred_at"),
    "metric": ("metric_name", "measure"),
    "value": ("metric_value", "amount", "count"),
    "headline": ("title", "summary", "text"),
    "title": ("job title", "job_title", "position"),
    "role": ("buying role", "persona"),
    "kind": ("type", "event", "event_type"),
    "source": ("url", "publisher"),
}
"""Other headers for a column, as CRM and warehouse exports name it (formats.md 2.13, 2.14)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table by canonical column name; a column that the line lacks is None."""

    line: int
    values: Mapping[str, str | None]

    def get(self, column: str) -> str:
        """The trimmed text of a column, "" where it is absent."""
        return (self.values.get(column) or "").strip()


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read_table(path: Path, wanted: tuple[str, ...], required: tuple[str, ...], root: Path | None = None) -> Table:
    """Read a delimited file. `wanted`: canonical columns to look for; `required`: without these nothing can be read."""
    return parse_table(read_file(path, root), wanted, required)


def parse_table(file: FileText, wanted: tuple[str, ...] = (), required: tuple[str, ...] = ()) -> Table:
    """The rows of a delimited text; a line with too many or too few fields is a `Problem`, the rest goes on."""
    problems = list(file.problems)
    text = file.text.removeprefix("\ufeff")
    delimiter = _delimiter(text)
    header: tuple[str, ...] | None = None
    rows: list[Row] = []
    source = _lines(text, delimiter, file.name, problems)
    again: bool | None = None
    while True:
        try:
            line, fields, several = source.send(again)
        except StopIteration:
            break
        again = None
        if not any(field.strip() for field in fields):
            continue
        if header is None:
            if len(fields) == 1 and re.fullmatch(r"sep=.", fields[0].strip(), re.IGNORECASE):
                continue
            header = _columns(fields, wanted)
            missing = [column for column in required if column not in header]
            if missing:
                why = f"the header has no column {', '.join(missing)}"
                problems.append(Problem(file.name, why, f"Name the columns {', '.join(required)}", line=line))
                return Table(file.name, header, (), tuple(problems))
            continue
        if len(fields) != len(header):
            surplus = [field for field in fields[len(header) :] if field.strip()]
            if len(fields) < len(header) or surplus:
                field = header[len(fields)] if len(fields) < len(header) else f"column {len(header) + 1}"
                why = f"{len(fields)} fields where the header has {len(header)}"
                problems.append(Problem(file.name, why, "Quote fields that hold the delimiter, and fill the others", line, field))
                again = several
                continue
        rows.append(Row(line, dict(zip(header, fields, strict=False))))
    if header is None and file.readable:
        problems.append(Problem(file.name, "the file is empty", "Export it again with its header line"))
    return Table(file.name, header or (), tuple(rows), tuple(problems))


def _lines(
    text: str, delimiter: str, name: str, problems: list[Problem]
) -> Generator[tuple[int, list[str], bool], bool | None, None]:
    """(line number, fields, whether it ran over several lines); the consumer sends True to go on at the second of them."""
    lines = io.StringIO(text, newline="").readlines()
    i = 0
    while i < len(lines):
        if '"' not in lines[i]:
            yield i + 1, lines[i].rstrip("\r\n").split(delimiter), False
            i += 1
            continue
        end, quotes = i + 1, lines[i].count('"')
        while quotes % 2 and end < len(lines) and end - i <= _LONGEST_FIELD:
            quotes += lines[end].count('"')
            end += 1
        if quotes % 2:
            problems.append(Problem(name, "a quotation mark is not closed", "Close it or double it", line=i + 1))
            i += 1
            continue
        try:
            fields = next(csv.reader(lines[i:end], delimiter=delimiter))
        except (csv.Error, StopIteration) as error:
            problems.append(Problem(name, f"not a CSV line ({error})", "Check its quotation marks", line=i + 1))
            i += 1
            continue
        again = yield i + 1, fields, end - i > 1
        i = i + 1 if again else end


def _delimiter(text: str) -> str:
    lines = [line for line in text[:20_000].splitlines() if line.strip()]
    if not lines:
        return ","
    declared = re.fullmatch(r'"?sep=(.)"?', lines[0].strip(), re.IGNORECASE)
    if declared:
        return declared[1]
    bare = re.sub(r'"[^"]*"', "", lines[0])
    return max(_DELIMITERS, key=lambda mark: (bare.count(mark), -_DELIMITERS.index(mark)))


def _columns(fields: list[str], wanted: tuple[str, ...]) -> tuple[str, ...]:
    plain = [_plain(field) for field in fields]
    columns = [re.sub(r"\s+", "_", field.strip().casefold()) for field in fields]
    for canonical in wanted:
        if _plain(canonical) in plain:
            columns[plain.index(_plain(canonical))] = canonical
            continue
        alias = next((a for a in ALIASES.get(canonical, ()) if _plain(a) in plain), None)
        if alias is not None and columns[plain.index(_plain(alias))] not in wanted:
            columns[plain.index(_plain(alias))] = canonical
    return tuple(columns)


def _plain(header: str) -> str:
    return re.sub(r"[^\w]+|_", "", header.casefold())
