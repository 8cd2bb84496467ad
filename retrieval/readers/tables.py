"""CSV as people export it: any encoding, comma, semicolon or tab, headers by any of their usual names."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
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
        """The trimmed text of a column, "" where it is absent; NUL, which no database takes, as "�"."""
        return (self.values.get(column) or "").strip().replace("\0", "\ufffd")


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
    text = file.text.removeprefix("\ufeff")
    reader = RowReader(file.name, delimiter_of(text), wanted, required, list(file.problems))
    rows = [reader.row(line, fields) for line, _, _, fields in reader.read(io.StringIO(text, newline=""))]
    if reader.columns is None and file.readable:
        reader.problems.append(Problem(file.name, "the file is empty", "Export it again with its header line"))
    return Table(file.name, reader.columns or (), tuple(rows), tuple(reader.problems))


def columns_of(file: FileText, wanted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The columns of a delimited text as `parse_table` names them; () where it has no header."""
    text = file.text.removeprefix("\ufeff")
    reader = RowReader(file.name, delimiter_of(text), wanted, (), [])
    next(reader.read(io.StringIO(text, newline="")), None)
    return reader.columns or ()


Line = tuple[int, int, int, list[str]]
"""(number of its first line, where it begins and ends in bytes of UTF-8, its fields)."""


class RowReader:
    """Reads a delimited text from any source of lines, keeping one row at a time. `problems` collects what cannot be read."""

    def __init__(
        self,
        name: str,
        delimiter: str,
        wanted: tuple[str, ...],
        required: tuple[str, ...],
        problems: list[Problem],
        columns: tuple[str, ...] | None = None,
    ) -> None:
        self.name, self.delimiter, self.wanted, self.required, self.problems = name, delimiter, wanted, required, problems
        self.columns = columns
        """None until the header is read; to be given where the lines begin below it."""

    def row(self, line: int, fields: list[str]) -> Row:
        return Row(line, dict(zip(self.columns or (), fields, strict=False)))

    def read(self, source: Iterable[str], first: int = 1) -> Iterator[Line]:
        """The rows below the header; `first` is the number of the first line."""
        lines = _lines(source, self.delimiter, self.name, self.problems, first)
        refused: bool | None = None
        while True:
            try:
                found = lines.send(refused)
            except StopIteration:
                return
            refused = None
            fields = found[3]
            if not any(field.strip() for field in fields):
                continue
            if self.columns is None:
                if len(fields) == 1 and re.fullmatch(r"sep=.", fields[0].strip(), re.IGNORECASE):
                    continue
                self.columns = _columns(fields, self.wanted)
                if stray := next((field for field in fields if '"' in field or self.delimiter in field), None):
                    why = f"the header reads like a line of the table: {stray.strip()[:60]}"
                    self.problems.append(Problem(self.name, why, "Export it again: a line may be cut off", line=found[0]))
                missing = [column for column in self.required if column not in self.columns]
                if missing:
                    why = f"the header has no column {', '.join(missing)}"
                    remedy = f"Name the columns {', '.join(self.required)}"
                    self.problems.append(Problem(self.name, why, remedy, line=found[0]))
                    return
            elif len(fields) == len(self.columns) or self._fits(found[0], fields, self.columns):
                yield found
            else:
                refused = True

    def _fits(self, line: int, fields: list[str], columns: tuple[str, ...]) -> bool:
        surplus = [field for field in fields[len(columns) :] if field.strip()]
        if len(fields) >= len(columns) and not surplus:
            return True
        field = columns[len(fields)] if len(fields) < len(columns) else f"column {len(columns) + 1}"
        why = f"{len(fields)} fields where the header has {len(columns)}"
        remedy = "Quote fields that hold the delimiter, and fill the others"
        self.problems.append(Problem(self.name, why, remedy, line, field))
        return False


def _lines(
    source: Iterable[str], delimiter: str, name: str, problems: list[Problem], first: int
) -> Generator[Line, bool | None, None]:
    """Every line with its fields, or several where a quoted field runs on; after True is sent, the second of these comes next."""
    coming = iter(source)
    ahead: deque[str] = deque()
    number, offset = first, 0
    while (line := ahead.popleft() if ahead else next(coming, None)) is not None:
        size = _bytes(line)
        if '"' not in line:
            yield number, offset, offset + size, line.rstrip("\r\n").split(delimiter)
            number, offset = number + 1, offset + size
            continue
        group, trouble, fields = _row_from(line, ahead, coming, delimiter)
        refused: bool | None = True
        if trouble:
            problems.append(Problem(name, trouble, "Close it or double it" if "closed" in trouble else "Check it", line=number))
        else:
            refused = yield number, offset, offset + sum(map(_bytes, group)), fields
        used = 1 if refused else len(group)
        ahead.extendleft(reversed(group[used:]))
        number, offset = number + used, offset + sum(map(_bytes, group[:used]))


def _row_from(line: str, ahead: deque[str], coming: Iterator[str], delimiter: str) -> tuple[list[str], str, list[str]]:
    """(the lines that a row takes up, what is wrong with it, its fields). Only the row's own lines decide about it."""
    group: list[str] = []
    unclosed = False

    def lines() -> Iterator[str]:
        nonlocal unclosed
        following: str | None = line
        while following is not None and len(group) <= _LONGEST_FIELD:
            group.append(following)
            yield following
            following = ahead.popleft() if ahead else next(coming, None)
        if following is not None:
            ahead.appendleft(following)
        unclosed = True

    try:
        fields = next(csv.reader(lines(), delimiter=delimiter))
    except (csv.Error, StopIteration) as error:
        return group, f"not a CSV line ({error})", []
    return group, "a quotation mark is not closed" if unclosed else "", fields


def _bytes(line: str) -> int:
    return len(line) if line.isascii() else len(line.encode("utf-8", "surrogatepass"))


def delimiter_of(text: str) -> str:
    """The one that a `sep=` line declares, else the commonest in the first line."""
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
