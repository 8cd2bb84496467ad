"""A book of business: a folder of exports, opened once, read one account at a time.

Layout: `accounts.csv` (required), `contacts.csv`, `team.csv`, `catalog.json`, `usage.csv`, `events.csv`, `tickets/<account>.json`,
`transcripts/<account>/*`, `notes/<account>/*.md`. What is missing is fine; what is there and is not read is a `Problem`.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.passages import MAX_DOCUMENT_WORDS, overlong
from retrieval.readers.account_tables import AccountTable, read_account_table
from retrieval.readers.catalog import read_catalog
from retrieval.readers.events import COLUMNS as EVENT_COLUMNS
from retrieval.readers.events import REQUIRED as EVENT_REQUIRED
from retrieval.readers.events import event_records, events_of
from retrieval.readers.files import FileText, read_file
from retrieval.readers.fingerprints import digest_of, readers_version
from retrieval.readers.formats import TICKETS, read_account_file, read_ticket_files, with_companion
from retrieval.readers.listing import FOLDERS, TABLES, Listing, list_files
from retrieval.readers.people import Directory, directory_over, email_key
from retrieval.readers.rosters import ACCOUNT_COLUMNS, CONTACT_COLUMNS, TEAM_COLUMNS, collect_accounts, each_contact, read_team
from retrieval.readers.shelf import Kept, KeptLists, Shelf, Values
from retrieval.readers.table_files import TableFile
from retrieval.readers.tables import columns_of
from retrieval.readers.usage import COLUMNS as USAGE_COLUMNS
from retrieval.readers.usage import usage_of, usage_records
from retrieval.records import Problem, Record

__all__ = ["FOLDERS", "LAYOUT", "TABLES", "AccountRecords", "Book", "BookError", "open_book"]


LAYOUT: Mapping[str, tuple[str, ...]] = {
    "accounts.csv": ACCOUNT_COLUMNS,
    "contacts.csv": CONTACT_COLUMNS,
    "team.csv": TEAM_COLUMNS,
    "usage.csv": USAGE_COLUMNS,
    "events.csv": EVENT_COLUMNS,
}
"""The columns that are read of each table."""


class BookError(Exception):
    """A folder that is not a book. The message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class AccountRecords:
    """Everything that one account's files say, and what of them could not be read."""

    records: tuple[Record, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Book:
    """What is said of single accounts lies on a shelf (`retrieval.readers.shelf`): an open book takes the same memory for ten
    accounts and for ten thousand."""

    root: Path
    accounts: Collection[Account]
    """In the order of accounts.csv."""
    contacts: Collection[Contact]
    """In the order of contacts.csv."""
    team: tuple[TeamMember, ...]
    catalog: Catalog
    directory: Directory
    problems: tuple[Problem, ...]
    """Of the book itself; those of an account's own files come with its records."""
    listing: Listing = field(repr=False, default_factory=Listing)
    usage: AccountTable = field(repr=False, default_factory=AccountTable)
    events: AccountTable = field(repr=False, default_factory=AccountTable)
    columns: Mapping[str, tuple[str, ...]] = field(repr=False, default_factory=dict)
    """Of each table that is there, as its reader names them: what is not in `LAYOUT` is not read."""
    by_id: Mapping[str, Account] = field(repr=False, default_factory=dict)

    def account_ids(self) -> tuple[str, ...]:
        return tuple(self.by_id)

    def knows(self, account_id: str) -> bool:
        """Whether accounts.csv has the account."""
        return account_id in self.by_id

    def account(self, account_id: str) -> Account:
        """The account's row. Raises KeyError for an account that the book does not have."""
        return self.by_id[account_id]

    def contacts_of(self, account_id: str) -> tuple[Contact, ...]:
        """The account's rows of contacts.csv, in their order."""
        return self.directory.contacts.get(account_id, ())

    def files(self, account_id: str) -> tuple[Path, ...]:
        """The files that are this account's own: tickets, transcripts, notes, each by name."""
        return tuple(self.root / name for name in self.listing.files.get(account_id, ()))

    def records(self, account_id: str) -> AccountRecords:
        """Read one account's files, in order: tickets, transcripts, notes, usage, events. Other accounts' are not touched.

        Raises KeyError for an account that the book does not have, TableChangedError for a table written since the book was opened.
        """
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
        usage, events = usage_of(self.usage.rows_of(account_id)), events_of(self.events.rows_of(account_id))
        records += usage_records(account_id, usage.by_account.get(account_id, {}))
        records += event_records(account_id, events.by_account.get(account_id, ()))
        problems += [*usage.problems, *events.problems]
        problems += [
            Problem(
                document,
                f"{words:,} words, of which the first {MAX_DOCUMENT_WORDS:,} are searched",
                "Split the document if the rest matters; all of it is kept and can be opened",
                account_id=account_id,
            )
            for _, document, words in overlong(records)
        ]
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
            self.usage.digests.get(account_id),
            self.events.digests.get(account_id),
        )

    @cached_property
    def _shared_facts(self) -> str:
        return digest_of(readers_version(), self.team, self.catalog)

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
    try:
        return _opened(root)
    except sqlite3.OperationalError as error:
        where = tempfile.gettempdir()
        raise BookError(
            f"{root} cannot be opened: its list of accounts and files does not fit into the folder for temporary files, {where} "
            f"({error}). Free some space there, or set TMPDIR to a folder with more."
        ) from error


def _opened(root: Path) -> Book:
    shelf = Shelf()
    table = TableFile(path, root, ACCOUNT_COLUMNS, ("account_id",)) if (path := _path(root, "accounts.csv")) else None
    if table is None or table.source is None:
        why = table.problems[0].why if table and table.problems else "there is no accounts.csv"
        raise BookError(
            f"{root} is not a book: {why}. Put accounts.csv (account_id,name,domain,...) into it, or name another folder."
        )
    accounts: Kept[Account] = Kept(shelf, Account)
    trouble: list[Problem] = []
    collect_accounts(table.name, table.rows(), accounts, trouble)
    problems = [*table.problems, *trouble]
    if not accounts:
        why = str(problems[0]) if problems else "it names no account"
        raise BookError(f"{root / 'accounts.csv'} has no accounts: {why}. Export it again with an account_id column.")
    columns = {"accounts.csv": table.columns}
    contacts: KeptLists[Contact] = KeptLists(shelf, Contact)
    by_email: KeptLists[Contact] = KeptLists(shelf, Contact)
    if path := _path(root, "contacts.csv"):
        table, trouble = TableFile(path, root, CONTACT_COLUMNS, ("account_id",)), []
        for contact in each_contact(table.name, table.rows(), trouble):
            contacts.add(contact.account_id, contact)
            if key := email_key(contact.email):
                by_email.add(key, contact)
        problems += [*table.problems, *trouble, *_unknown("contacts.csv", contacts, accounts)]
        columns["contacts.csv"] = table.columns
    team, trouble = read_team(part) if (part := _part(root, "team.csv")) else ([], [])
    problems += trouble
    if part:
        columns["team.csv"] = columns_of(part, TEAM_COLUMNS)
    catalog, trouble = read_catalog(part) if (part := _part(root, "catalog.json")) else (Catalog(), [])
    problems += trouble
    usage = _account_table(root, "usage.csv", USAGE_COLUMNS, USAGE_COLUMNS, shelf)
    events = _account_table(root, "events.csv", EVENT_COLUMNS, EVENT_REQUIRED, shelf)
    for one in (usage, events):
        problems += one.problems
        problems += _unknown(one.name, one.digests, accounts)
    listing = list_files(root, accounts, shelf)
    problems += listing.problems
    columns |= {name: one.columns for name, one in (("usage.csv", usage), ("events.csv", events)) if one.columns}
    return Book(
        root,
        Values(accounts),
        Values(contacts),
        tuple(team),
        catalog,
        directory_over(accounts, contacts, by_email, team, catalog),
        tuple(problems),
        listing,
        usage,
        events,
        columns,
        accounts,
    )


def _unknown(table: str, named: Iterable[str], known: Container[str]) -> list[Problem]:
    """One problem for each account (each once in `named`) that a table has rows of and accounts.csv has not."""
    return [
        Problem(
            table,
            f"account {name} is not in accounts.csv",
            "Add it there, or remove its rows",
            field="account_id",
            account_id=name,
        )
        for name in named
        if name not in known
    ]


def _path(root: Path, name: str) -> Path | None:
    return next((path for path in (root / name, root / f"{name}.gz") if path.exists() or path.is_symlink()), None)


def _part(root: Path, name: str) -> FileText | None:
    return read_file(path, root) if (path := _path(root, name)) else None


def _account_table(root: Path, name: str, wanted: tuple[str, ...], required: tuple[str, ...], shelf: Shelf) -> AccountTable:
    return read_account_table(path, root, wanted, required, shelf) if (path := _path(root, name)) else AccountTable(name)


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
