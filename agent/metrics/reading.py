"""MRR files: CSV with the standard library, Parquet with DuckDB (extra `metrics`).

CSV does not go through DuckDB: on 65,000 rows the standard library reads in a fifth of a second what DuckDB imports, reads and hands over
in one, and it knows the exact line of every row, quoted line breaks included (`python -m evals.bench.metrics_year`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.economics.money import Rates
from agent.errors import ConfigurationError, NotFound, UsageError
from agent.metrics.rows import OPTIONAL, REQUIRED, Row, checked
from retrieval.readers.values import UnclearValueError, number_of
from retrieval.records import Problem


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows of a file, and what of it was set aside."""

    file: str
    rows: tuple[Row, ...]
    quarantined: tuple[Problem, ...]


def read_mrr(path: Path) -> Reading:
    """Read `account_id,month,mrr,currency,segment[,owner_email,product]` from CSV or Parquet.

    Raises NotFound without the file, UsageError where it is no such table or no row of it can be read, ConfigurationError where Parquet
    is given and DuckDB is not installed. Single bad rows are set aside with their line (in Parquet: row).
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "Give an MRR export: CSV or Parquet.")
    name = path.name
    rows, problems = checked(name, _parquet(path) if _is_parquet(path) else _csv(path))
    if not rows:
        first = f" First: {problems[0]}" if problems else ""
        raise UsageError(f"{name} has no row that can be read.{first}", f"Its columns are {','.join(REQUIRED)}.")
    return Reading(name, tuple(rows), tuple(problems))


def read_rates(path: Path) -> Rates:
    """Rates from a CSV `currency,rate`: what one unit is worth in the reporting currency, which is the line with rate 1.

    Raises UsageError with the line where it cannot be read, or where there is not exactly one reporting currency.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "Give a CSV with the columns currency,rate.")
    worth: dict[str, float] = {}
    base = ""
    for line, values in lines(path, ("currency", "rate")):
        currency = (values.get("currency") or "").strip().upper()
        try:
            rate = number_of(values.get("rate"))
        except UnclearValueError as error:
            raise UsageError(f"{path.name}:{line} [rate]: {error}.", "Write a plain number.") from error
        if rate <= 0 or not currency or currency in worth:
            raise UsageError(
                f"{path.name}:{line}: {currency or 'no currency'} at {rate:g}.", "Give each currency once, with a positive rate."
            )
        worth[currency] = rate
        if rate == 1:
            base = base or currency
    if not base:
        raise UsageError(f"{path.name} names no reporting currency.", "Give it a line with rate 1, such as `EUR,1`.")
    return Rates(base, worth, path.name)


def _csv(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    return lines(path, REQUIRED)


def lines(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, values) of each row; the header may stand in any order and letter case, with commas, semicolons or tabs."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is not UTF-8 text.", "Export it as UTF-8.") from error
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    # Strict: a quotation mark that is never closed would otherwise swallow the rows after it, and they would read as churn.
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    at = 0
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        _complain(path.name, header, required)
        at = reader.line_num
        for fields in reader:
            line, at = at + 1, reader.line_num
            if any(field.strip() for field in fields):
                yield line, dict(zip(header, fields, strict=False))
    except csv.Error as error:
        raise UsageError(f"{path.name}:{at + 1}: {error}.", "Export it again; a quotation mark may be open.") from error


def _complain(name: str, header: list[str], required: tuple[str, ...]) -> None:
    lacking = [column for column in required if column not in header]
    if lacking:
        found = ", ".join(header)[:120] or "nothing"
        raise UsageError(
            f"{name} has no column {', '.join(lacking)}; its header is: {found}.", f"Name the columns {','.join(required)}."
        )


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _parquet(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        import duckdb
    except ImportError as error:
        raise ConfigurationError(
            "Reading Parquet needs DuckDB, which is not installed.", "pip install 'earned[metrics]', or export CSV."
        ) from error
    with duckdb.connect(config={"enable_external_access": True, "autoinstall_known_extensions": False}) as connection:
        table: Any = (
            connection.from_parquet(str(path)) if hasattr(connection, "from_parquet") else connection.read_parquet(str(path))
        )
        names = {name.casefold(): name for name in table.columns}
        _complain(path.name, list(names), REQUIRED)
        wanted = [column for column in (*REQUIRED, *OPTIONAL) if column in names]
        columns = ", ".join(f'CAST("{names[column]}" AS VARCHAR)' for column in wanted)
        found = table.project(columns).fetchall()
    for line, values in enumerate(found, 1):
        yield line, dict(zip(wanted, values, strict=True))
