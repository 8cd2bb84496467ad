"""The three tables that say who is who in a book: accounts, contacts, the vendor's team."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from retrieval.accounts import Account, Contact, TeamMember
from retrieval.readers.files import FileText
from retrieval.readers.tables import Row, parse_table
from retrieval.readers.values import UnclearValueError, day_of, is_null, number_of
from retrieval.records import Problem

ACCOUNT_COLUMNS = (
    "account_id", "name", "domain", "industry", "segment", "plan", "arr", "currency", "seats_licensed", "contract_start",
    "renewal_date", "owner_email", "health_score",
)  # fmt: skip
CONTACT_COLUMNS = ("account_id", "name", "email", "title", "role")
TEAM_COLUMNS = ("name", "email", "title")
_T = TypeVar("_T")


class Accounts(Protocol):
    """Where accounts go: a dict, or a mapping on a shelf."""

    def __contains__(self, account_id: object, /) -> bool: ...
    def __setitem__(self, account_id: str, account: Account, /) -> None: ...


def read_accounts(file: FileText) -> tuple[list[Account], list[Problem]]:
    """The accounts in the order of the file; a field that cannot be read is left unknown and is a `Problem`."""
    table = parse_table(file, ACCOUNT_COLUMNS, ("account_id",))
    accounts: dict[str, Account] = {}
    problems: list[Problem] = []
    collect_accounts(table.name, table.rows, accounts, problems)
    return list(accounts.values()), [*table.problems, *problems]


def collect_accounts(name: str, rows: Iterable[Row], accounts: Accounts, problems: list[Problem]) -> None:
    """The same, row by row, into `accounts`; `name` is the file's."""
    for row in rows:
        account_id = row.get("account_id")
        if not account_id:
            problems.append(Problem(name, "no account_id is given", "Fill it in", row.line, "account_id"))
            continue
        if account_id in accounts:
            why = f"account {account_id} stands here twice"
            problems.append(Problem(name, why, "Keep one row", row.line, "account_id", account_id))
            continue
        seats = _field(name, row, "seats_licensed", number_of, problems)
        accounts[account_id] = Account(
            account_id=account_id,
            name=row.get("name") or account_id,
            domain=row.get("domain"),
            industry=row.get("industry"),
            segment=row.get("segment"),
            plan=row.get("plan"),
            arr=_field(name, row, "arr", number_of, problems),
            currency=row.get("currency").upper(),
            seats_licensed=round(seats) if seats is not None else None,
            contract_start=_field(name, row, "contract_start", day_of, problems) or "",
            renewal_date=_field(name, row, "renewal_date", day_of, problems) or "",
            owner_email=row.get("owner_email"),
            health_score=_score(row),
        )


def read_contacts(file: FileText) -> tuple[list[Contact], list[Problem]]:
    """The contacts of all accounts."""
    table = parse_table(file, CONTACT_COLUMNS, ("account_id",))
    problems: list[Problem] = []
    contacts = list(each_contact(table.name, table.rows, problems))
    return contacts, [*table.problems, *problems]


def each_contact(name: str, rows: Iterable[Row], problems: list[Problem]) -> Iterator[Contact]:
    """The same, row by row; `name` is the file's."""
    for row in rows:
        account_id, who, email = row.get("account_id"), row.get("name"), row.get("email")
        if not account_id or not (who or email):
            column = "account_id" if not account_id else "name"
            problems.append(Problem(name, f"no {column} is given", "Fill it in", row.line, column, account_id or None))
            continue
        yield Contact(account_id, who, email, row.get("title"), row.get("role").casefold())


def read_team(file: FileText) -> tuple[list[TeamMember], list[Problem]]:
    """The vendor's own people."""
    table = parse_table(file, TEAM_COLUMNS)
    problems = list(table.problems)
    team: list[TeamMember] = []
    for row in table.rows:
        if not row.get("name") and not row.get("email"):
            problems.append(Problem(table.name, "neither name nor email is given", "Fill one in", row.line, "name"))
            continue
        team.append(TeamMember(row.get("name"), row.get("email"), row.get("title")))
    return team, problems


def _field(name: str, row: Row, column: str, read: Callable[[object], _T], problems: list[Problem]) -> _T | None:
    value = row.get(column)
    if is_null(value):
        return None
    try:
        return read(value)
    except UnclearValueError as error:
        remedy = "Write dates as YYYY-MM-DD" if read is day_of else "Write a plain number, or leave it empty"
        problems.append(Problem(name, str(error), remedy, row.line, column, row.get("account_id")))
        return None


def _score(row: Row) -> float | None:
    # Health is often a colour; that is no error, and no number either.
    try:
        return number_of(row.get("health_score"))
    except UnclearValueError:
        return None
