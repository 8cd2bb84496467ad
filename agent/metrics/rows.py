"""One line of an MRR export, checked: what cannot be read is a problem with its line, its field and a remedy. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from retrieval.readers.values import UnclearValueError, day_of, is_null, number_of
from retrieval.records import Problem

REQUIRED: Final = ("account_id", "month", "mrr", "currency", "segment")
OPTIONAL: Final = ("owner_email", "product")
_PLAIN: Final = re.compile(r"\d{1,15}(\.\d{1,9})?\Z")
"""What needs no thought; everything else is read by `number_of`, which refuses what could mean two things."""
_CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")
_MONTH: Final = re.compile(r"(\d{4})[-/](\d{1,2})\Z")


class Row(NamedTuple):
    """The recurring revenue of an account (or of one of its products) in a month. Amounts of one currency per row."""

    account_id: str
    month: int
    """Months since year 0: `year * 12 + month - 1`, so that a year is twelve and neighbours differ by one."""
    mrr: float
    currency: str
    segment: str = ""
    owner: str = ""
    product: str = ""


@lru_cache(maxsize=1000)
def month_of(text: str) -> int:
    """`2026-10`, or any date in that month. Raises UnclearValueError for what could be another month or none."""
    match = _MONTH.match(text.strip())
    if match:
        year, month = int(match[1]), int(match[2])
        if 1 <= month <= 12 and year > 1900:
            return year * 12 + month - 1
        raise UnclearValueError(f'"{text.strip()[:20]}" is not a month')
    day = day_of(text)
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def month_name(month: int) -> str:
    """`2026-10`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def row_of(file: str, line: int, values: Mapping[str, str]) -> Row | Problem:
    """A row, or what is wrong with it."""
    account = (values.get("account_id") or "").strip()
    if not account:
        return Problem(file, "no account is given", "Fill in account_id", line, "account_id")
    field, remedy = "month", "Write months as YYYY-MM"
    try:
        month = month_of(values.get("month") or "")
        field, remedy = "mrr", "Write a plain number; leave out months without revenue"
        amount = values.get("mrr") or ""
        mrr = float(amount) if _PLAIN.match(amount) else number_of(amount)
    except UnclearValueError as error:
        return Problem(file, str(error), remedy, line, field, account)
    if mrr < 0:
        return Problem(file, f"{mrr:g} is negative", "Net credits against the month they belong to", line, "mrr", account)
    currency = (values.get("currency") or "").strip().upper()
    if not _CURRENCY.match(currency):
        return Problem(file, "no currency is given", "Write its three letters, such as EUR", line, "currency", account)
    segment, owner, product = (_text(values.get(name)) for name in ("segment", "owner_email", "product"))
    return Row(account, month, mrr, currency, segment, owner.casefold(), product)


def unique(file: str, read: Sequence[tuple[int, Row]]) -> tuple[list[Row], list[Problem]]:
    """The rows, each account, product, month and currency once.

    A repeated line is kept once. Where two lines disagree none is kept, whichever comes first: a sum or a choice would be a guess.
    """
    by_key: dict[tuple[str, str, int, str], list[tuple[int, Row]]] = {}
    for line, row in read:
        by_key.setdefault((row.account_id, row.product, row.month, row.currency), []).append((line, row))
    rows: list[Row] = []
    problems: list[Problem] = []
    for (account, product, month, _), found in by_key.items():
        if len(found) == 1:
            rows.append(found[0][1])
            continue
        what = f"{month_name(month)} of {account}{' / ' + product if product else ''}"
        if len({row for _, row in found}) == 1:
            rows.append(found[0][1])
            problems += [
                Problem(
                    file,
                    f"{what} is there twice (line {found[0][0]})",
                    "Export it once; it was counted once",
                    line,
                    "month",
                    account,
                )
                for line, _ in found[1:]
            ]
            continue
        lines = ", ".join(str(line) for line, _ in found)
        problems += [
            Problem(
                file,
                f"{what} is there with different values (lines {lines})",
                "Keep the right line; none was counted",
                line,
                "mrr",
                account,
            )
            for line, _ in found
        ]
    return rows, sorted(problems, key=lambda problem: problem.line or 0)


def checked(file: str, lines: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[list[Row], list[Problem]]:
    """Every line as a row or a problem, duplicates told apart."""
    good: list[tuple[int, Row]] = []
    bad: list[Problem] = []
    for line, values in lines:
        made = row_of(file, line, values)
        if isinstance(made, Row):
            good.append((line, made))
        else:
            bad.append(made)
    rows, repeated = unique(file, good)
    return rows, sorted(bad + repeated, key=lambda problem: problem.line or 0)


@lru_cache(maxsize=10_000)
def _text(value: str | None) -> str:
    return "" if value is None or is_null(value) else value.strip()
