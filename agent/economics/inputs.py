"""What people supply to the economics: exchange rates, and answers to "unknown - ask whom" (R021, R114, R167-R168).

    rates = rates_for(home, given)            # CSV: currency,rate; the reporting currency has rate 1
    answers = answers_for(home, given)        # CSV: account_id,name,value,unit,said_by[,item,on]
    answers.of(account_id, item_id, catalog.currency)

Without a file that is given, `rates.csv` and `answers.csv` in the data folder are read where they exist, so that one night does not
forget what the night before was told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from agent.economics.figures import Input
from agent.economics.money import Rates
from agent.errors import NotFound, UsageError
from agent.metrics.reading import lines, read_rates
from retrieval.accounts import Catalog
from retrieval.readers.values import UnclearValueError, number_of

RATES_FILE: Final = "rates.csv"
ANSWERS_FILE: Final = "answers.csv"
COLUMNS: Final = ("account_id", "name", "value", "unit", "said_by")
EVERYBODY: Final = "*"
"""As account_id: holds for every account that says nothing of its own."""
MONEY: Final = "a currency"
QUESTIONS: Final = {
    "onboarding_hours": "hours",
    "onboarding_days": "days",
    "tickets_per_month": "tickets",
    "item_cost_per_month": MONEY,
}
"""What can be answered, and its unit: the names that `Facts.answers` holds."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the file."""

    account_id: str
    name: str
    value: float
    unit: str
    said_by: str
    item: str
    """Only for this catalogue item; empty for any."""
    on: str
    file: str
    line: int

    @property
    def given(self) -> Input:
        """The answer as an input of a figure; whoever reads the figure sees who said it, when, and where it is written."""
        when = f" on {self.on}" if self.on else ""
        about = f", for {self.item}" if self.item else ""
        return Input(self.name, self.value, self.unit, f"{self.said_by}{when}{about} ({self.file}:{self.line})")


@dataclass(frozen=True, slots=True)
class Answers:
    """A file of answers. The default holds none."""

    rows: tuple[Answer, ...] = ()

    def of(self, account_id: str, item_id: str | None, currency: str) -> dict[str, Input]:
        """The answers for one account and item, by name. The closer one wins: of the account before everybody's, of the item before any's.

        An amount in another currency than the catalogue's is left out: it is never taken for one in the catalogue's (`doubts` names it).
        """
        fitting = [
            row
            for row in self.rows
            if row.account_id in (account_id, EVERYBODY)
            and row.item in ("", item_id or "")
            and (QUESTIONS[row.name] != MONEY or row.unit == currency)
        ]
        ranked = sorted(fitting, key=lambda row: (row.account_id == account_id, bool(row.item)))
        return {row.name: row.given for row in ranked}

    def doubts(self, accounts: Iterable[str], catalog: Catalog) -> list[str]:
        """Lines that nothing in the book can use, in words, for the run's warnings."""
        known, made = set(accounts), []
        for row in self.rows:
            place = f"{row.file}:{row.line}"
            if row.account_id not in known and row.account_id != EVERYBODY:
                made.append(f"{place} [account_id]: the book has no account {row.account_id}.{_near(row.account_id, known)}")
            if row.item and catalog.item(row.item) is None:
                items = [item.item_id for item in catalog.items]
                made.append(f"{place} [item]: the catalogue has no {row.item}.{_near(row.item, items)}")
            if QUESTIONS[row.name] == MONEY and row.unit != catalog.currency:
                made.append(
                    f"{place} [unit]: {row.unit} is not the catalogue's {catalog.currency or 'currency'}; it was not used."
                )
        return made


def rates_for(home: Path, given: Path | None) -> Rates | None:
    """The rates that were given, else the home's, else None. Raises NotFound or UsageError with the line."""
    path = _chosen(home / RATES_FILE, given)
    return read_rates(path) if path else None


def answers_for(home: Path, given: Path | None) -> Answers:
    """The answers that were given, else the home's, else none. Raises NotFound or UsageError with file, line and field."""
    path = _chosen(home / ANSWERS_FILE, given)
    return read_answers(path) if path else Answers()


def read_answers(path: Path) -> Answers:
    """Read a file of answers. One wrong line refuses the file: a figure must not rest on what somebody did not mean to say.

    Raises UsageError with file, line, field and the nearest spelling; NotFound without the file.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", f"Give a CSV with the columns {','.join(COLUMNS)}[,item,on].")
    rows = [_answer(path.name, line, values) for line, values in lines(path, COLUMNS)]
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row.account_id, row.item, row.name)
        if key in seen:
            raise _wrong(
                row.file, row.line, "name", f"{row.name} was answered on line {seen[key]} already", "Keep the right one."
            )
        seen[key] = row.line
    return Answers(tuple(rows))


def _answer(file: str, line: int, values: Mapping[str, str]) -> Answer:
    cells = {name: (values.get(name) or "").strip() for name in (*COLUMNS, "item", "on")}
    if cells["name"] not in QUESTIONS:
        remedy = _near(cells["name"], QUESTIONS).strip() or f"Known are {', '.join(QUESTIONS)}."
        raise _wrong(file, line, "name", f"{cells['name']!r} is not a question", remedy)
    for name, remedy in (
        ("account_id", "Write `*` for every account."),
        ("said_by", "Name who said it: a figure needs a source."),
    ):
        if not cells[name]:
            raise _wrong(file, line, name, "is empty", remedy)
    try:
        value = number_of(cells["value"])
    except UnclearValueError as error:
        raise _wrong(file, line, "value", str(error), "Write a plain number.") from error
    if not 0 <= value < 1e12:
        raise _wrong(file, line, "value", f"{value:g} cannot be", "Write a number of zero or more.")
    if cells["on"] and not _is_day(cells["on"]):
        raise _wrong(file, line, "on", f"{cells['on']!r} is not a day", "Write YYYY-MM-DD.")
    unit = _unit(file, line, cells["name"], cells["unit"])
    return Answer(cells["account_id"], cells["name"], value, unit, cells["said_by"], cells["item"], cells["on"], file, line)


def _unit(file: str, line: int, name: str, unit: str) -> str:
    wanted = QUESTIONS[name]
    if wanted == MONEY:
        if len(unit) != 3 or not unit.isalpha() or not unit.isascii():
            raise _wrong(file, line, "unit", f"{unit!r} is not a currency", "Write its three letters, such as EUR.")
        return unit.upper()
    if unit != wanted:
        raise _wrong(file, line, "unit", f"{unit!r} is not the unit of {name}", f"Write {wanted}.")
    return unit


def _wrong(file: str, line: int, field: str, what: str, remedy: str) -> UsageError:
    return UsageError(f"{file}:{line} [{field}]: {what}.", remedy)


def _near(word: str, known: Iterable[str]) -> str:
    found = get_close_matches(word, list(known), 1)
    return f" Did you mean {found[0]}?" if found else ""


def _chosen(own: Path, given: Path | None) -> Path | None:
    return given if given is not None else own if own.is_file() else None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
