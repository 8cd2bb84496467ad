"""A book of business: a folder of exports, opened once, read one account at a time.

Layout: `accounts.csv` (required), `contacts.csv`, `team.csv`, `catalog.json`, `usage.csv`, `events.csv`, `tickets/<account>.json`,
`transcripts/<account>/*`, `notes/<account>/*.md`. What is missing is fine; what is there and is not read is a `Problem`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.readers.catalog import read_catalog
from retrieval.readers.events import Events, event_records, read_events
from retrieval.readers.files import FileText, read_file
from retrieval.readers.fingerprints import digest_of, readers_version
from retrieval.readers.formats import TICKETS, read_account_file, read_ticket_files, with_companion
from retrieval.readers.listing import FOLDERS, TABLES, Listing, list_files
from retrieval.readers.people import Directory, directory_of
from retrieval.readers.rosters import read_accounts, read_contacts, read_team
from retrieval.readers.usage import Usage, read_usage, usage_records
from retrieval.records import Problem, Record

__all__ = ["FOLDERS", "TABLES", "AccountRecords", "Book", "BookError", "open_book"]


class BookError(Exception):
    """A folder that is not a book. The message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class AccountRecords:
    """Everything that one account's files say, and what of them could not be read."""

    records: tuple[Record, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Book:
    root: Path
    accounts: tuple[Account, ...]
    """In the order of accounts.csv."""
    contacts: tuple[Contact, ...]
    team: tuple[TeamMember, ...]
    catalog: Catalog
    directory: Directory
    problems: tuple[Problem, ...]
    """Of the book itself; those of an account's own files come with its records."""
    listing: Listing = field(repr=False, default_factory=Listing)
    usage: Usage = field(repr=False, default_factory=lambda: Usage({}, ()))
    events: Events = field(repr=False, default_factory=lambda: Events({}, ()))

    def account_ids(self) -> tuple[str, ...]:
        return tuple(account.account_id for account in self.accounts)

    def account(self, account_id: str) -> Account:
        """The account's row. Raises KeyError for an account that the book does not have."""
        return self._by_id[account_id]

    def contacts_of(self, account_id: str) -> tuple[Contact, ...]:
        """The account's rows of contacts.csv, in their order."""
        return self.directory.contacts.get(account_id, ())

    def files(self, account_id: str) -> tuple[Path, ...]:
        """The files that are this account's own: tickets, transcripts, notes, each by name."""
        return tuple(self.root / name for name in self.listing.files.get(account_id, ()))

    def records(self, account_id: str) -> AccountRecords:
        """Read one account's files, in order: tickets, transcripts, notes, usage, events. Other accounts' are not touched."""
        self.account(account_id)
        records, problems = self._tickets(account_id)
        directory = _with_writers(self.directory, account_id, records)
        for path in self.files(account_id):
            if (folder := self._folder(path)) == TICKETS:
                continue
            file = with_companion(read_file(path, self.root, account_id), path)
            found, trouble = read_account_file(file, folder, account_id, directory)
            records += found
            problems += trouble
        records += usage_records(account_id, self.usage.by_account.get(account_id, {}))
        records += event_records(account_id, self.events.by_account.get(account_id, ()))
        problems += self._table_problems.get(account_id, ())
        return AccountRecords(*_unique(records, problems))

    def directory_for(self, account_id: str) -> Directory:
        """The directory with the people who write in this account's tickets: what its transcripts and notes are read with."""
        return _with_writers(self.directory, account_id, self._tickets(account_id)[0])

    def fingerprint(self, account_id: str) -> str:
        """64 hex digits that change when anything does that the account's records and facts are read from; reads no file.

        Its own files go in by name, size, both times and inode (`listing` says what that misses); its rows of the tables, the
        team, the catalogue and the readers' own code by content. Not in it: what a run is given beside the book (a date to stop
        at, rates, answers), and other accounts' rows, of which only the reason of an outsider's voice may speak ("is a contact
        of another account"). Raises KeyError.
        """
        return digest_of(
            self._shared_facts,
            self.account(account_id),
            self.contacts_of(account_id),
            self.listing.stamps.get(account_id),
            self.usage.by_account.get(account_id),
            [(day, dict(row.values)) for day, row in self.events.by_account.get(account_id, ())],
            self._table_problems.get(account_id),
        )

    @cached_property
    def _by_id(self) -> dict[str, Account]:
        return {account.account_id: account for account in self.accounts}

    @cached_property
    def _shared_facts(self) -> str:
        return digest_of(readers_version(), self.team, self.catalog)

    @cached_property
    def _table_problems(self) -> dict[str, list[Problem]]:
        found: dict[str, list[Problem]] = {}
        for problem in (*self.usage.problems, *self.events.problems):
            if problem.account_id is not None:
                found.setdefault(problem.account_id, []).append(problem)
        return found

    def _tickets(self, account_id: str) -> tuple[list[Record], list[Problem]]:
        paths = [path for path in self.files(account_id) if self._folder(path) == TICKETS]
        return read_ticket_files([read_file(path, self.root, account_id) for path in paths], account_id, self.directory)

    def _folder(self, path: Path) -> str:
        return path.relative_to(self.root).parts[0]


def _with_writers(directory: Directory, account_id: str, records: Iterable[Record]) -> Directory:
    # Only authors count: a name that stands in a quotation, a signature or hidden text is nobody's signed message.
    writers = [(record.speaker, record.speaker_email) for record in records if "part" not in record.context]
    return directory.with_seen(account_id, writers)


def open_book(root: Path | str) -> Book:
    """Open a book: read its tables, list its files. Raises `BookError` where there is no readable accounts.csv."""
    root = Path(root)
    file = _part(root, "accounts.csv")
    if file is None or not file.readable:
        why = file.problems[0].why if file and file.problems else "there is no accounts.csv"
        raise BookError(
            f"{root} is not a book: {why}. Put accounts.csv (account_id,name,domain,...) into it, or name another folder."
        )
    accounts, problems = read_accounts(file)
    if not accounts:
        why = str(problems[0]) if problems else "it names no account"
        raise BookError(f"{root / 'accounts.csv'} has no accounts: {why}. Export it again with an account_id column.")
    known = {account.account_id for account in accounts}
    contacts, trouble = read_contacts(part) if (part := _part(root, "contacts.csv")) else ([], [])
    problems += trouble
    problems += [
        Problem(
            "contacts.csv",
            f"account {name} is not in accounts.csv",
            "Add it there, or remove its rows",
            field="account_id",
            account_id=name,
        )
        for name in dict.fromkeys(contact.account_id for contact in contacts)
        if name not in known
    ]
    team, trouble = read_team(part) if (part := _part(root, "team.csv")) else ([], [])
    problems += trouble
    catalog, trouble = read_catalog(part) if (part := _part(root, "catalog.json")) else (Catalog(), [])
    problems += trouble
    usage = read_usage(part) if (part := _part(root, "usage.csv")) else Usage({}, ())
    events = read_events(part) if (part := _part(root, "events.csv")) else Events({}, ())
    for table, owners, own in (
        ("usage.csv", usage.by_account, usage.problems),
        ("events.csv", events.by_account, events.problems),
    ):
        problems += [problem for problem in own if problem.account_id not in known]
        problems += [
            Problem(
                table,
                f"account {name} is not in accounts.csv",
                "Add it there, or remove its rows",
                field="account_id",
                account_id=name,
            )
            for name in owners
            if name not in known
        ]
    listing = list_files(root, known)
    problems += listing.problems
    directory = directory_of(accounts, contacts, team, catalog)
    return Book(root, tuple(accounts), tuple(contacts), tuple(team), catalog, directory, tuple(problems), listing, usage, events)


def _part(root: Path, name: str) -> FileText | None:
    path = next((path for path in (root / name, root / f"{name}.gz") if path.exists() or path.is_symlink()), None)
    return read_file(path, root) if path else None


def _unique(records: list[Record], problems: list[Problem]) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    """Drop records that two files hold alike, and say so: one utterance counts once."""
    seen: dict[str, Record] = {}
    twice: set[str] = set()
    for record in records:
        if record.record_id in seen:
            twice.add(record.document)
        seen.setdefault(record.record_id, record)
    account = records[0].account_id if records else None
    problems += [
        Problem(document, "in the book twice; counted once", "Remove one of the two files", account_id=account)
        for document in sorted(twice)
    ]
    return tuple(seen.values()), tuple(problems)
