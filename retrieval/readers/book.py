"""A book of business: a folder of exports, opened once, read one account at a time.

Layout: `accounts.csv` (required), `contacts.csv`, `team.csv`, `catalog.json`, `usage.csv`, `events.csv`, `tickets/<account>.json`,
`transcripts/<account>/*`, `notes/<account>/*.md`. What is missing is fine; what is there and is not read is a `Problem`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.readers.catalog import read_catalog
from retrieval.readers.events import Events, event_records, read_events
from retrieval.readers.files import FileText, file_name, leaves, read_file
from retrieval.readers.formats import TICKETS, TRANSCRIPTS, is_readable, read_account_file, read_ticket_files, with_companion
from retrieval.readers.people import Directory, directory_of
from retrieval.readers.rosters import read_accounts, read_contacts, read_team
from retrieval.readers.usage import Usage, read_usage, usage_records
from retrieval.records import Problem, Record

FOLDERS = (TICKETS, TRANSCRIPTS, "notes")
TABLES = ("accounts.csv", "contacts.csv", "team.csv", "catalog.json", "usage.csv", "events.csv")
_MAX_DEPTH = 8


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
    files: Mapping[str, tuple[Path, ...]] = field(repr=False, default_factory=dict)
    """Per account the files that are its own."""
    usage: Usage = field(repr=False, default_factory=lambda: Usage({}, ()))
    events: Events = field(repr=False, default_factory=lambda: Events({}, ()))

    def account_ids(self) -> tuple[str, ...]:
        return tuple(account.account_id for account in self.accounts)

    def account(self, account_id: str) -> Account:
        """The account's row. Raises KeyError for an account that the book does not have."""
        for account in self.accounts:
            if account.account_id == account_id:
                return account
        raise KeyError(account_id)

    def records(self, account_id: str) -> AccountRecords:
        """Read one account's files, in order: tickets, transcripts, notes, usage, events. Other accounts' are not touched."""
        self.account(account_id)
        records, problems = self._tickets(account_id)
        directory = _with_writers(self.directory, account_id, records)
        for path in self.files.get(account_id, ()):
            if (folder := _folder(path, self.root)) == TICKETS:
                continue
            file = with_companion(read_file(path, self.root, account_id), path)
            found, trouble = read_account_file(file, folder, account_id, directory)
            records += found
            problems += trouble
        records += usage_records(account_id, self.usage.by_account.get(account_id, {}))
        records += event_records(account_id, self.events.by_account.get(account_id, ()))
        problems += [p for p in (*self.usage.problems, *self.events.problems) if p.account_id == account_id]
        return AccountRecords(*_unique(records, problems))

    def directory_for(self, account_id: str) -> Directory:
        """The directory with the people who write in this account's tickets: what its transcripts and notes are read with."""
        return _with_writers(self.directory, account_id, self._tickets(account_id)[0])

    def _tickets(self, account_id: str) -> tuple[list[Record], list[Problem]]:
        paths = [path for path in self.files.get(account_id, ()) if _folder(path, self.root) == TICKETS]
        return read_ticket_files([read_file(path, self.root, account_id) for path in paths], account_id, self.directory)

    def fingerprint(self, account_id: str, records: Iterable[Record] | None = None) -> str:
        """Hex sha256 over the account's row, its contacts, the team, the catalogue and its records: what a draft stands on.

        `records`: pass what `records(account_id)` gave, to save reading the files again.
        """
        account = self.account(account_id)
        read = self.records(account_id).records if records is None else tuple(records)
        digest = hashlib.sha256()
        facts = {
            "account": asdict(account),
            "contacts": [asdict(contact) for contact in self.contacts if contact.account_id == account_id],
            "team": [asdict(member) for member in self.team],
            "catalog": asdict(self.catalog),
        }
        digest.update(json.dumps(facts, sort_keys=True).encode("utf-8", "surrogatepass"))
        for record in read:
            digest.update(f"{record.record_id}:{record.voice.value}:{record.text_sha256}\n".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


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
    files, trouble = _own_files(root, known)
    problems += trouble
    directory = directory_of(accounts, contacts, team, catalog)
    return Book(root, tuple(accounts), tuple(contacts), tuple(team), catalog, directory, tuple(problems), files, usage, events)


def _part(root: Path, name: str) -> FileText | None:
    path = next((path for path in (root / name, root / f"{name}.gz") if path.exists() or path.is_symlink()), None)
    return read_file(path, root) if path else None


def _folder(path: Path, root: Path) -> str:
    return path.relative_to(root).parts[0]


def _own_files(root: Path, known: set[str]) -> tuple[dict[str, tuple[Path, ...]], list[Problem]]:
    """Every file below the book, given to its account or reported."""
    problems: list[Problem] = []
    owned: dict[str, list[Path]] = {}
    for path in _walk(root, root, 0, problems):
        parts = path.relative_to(root).parts
        name = file_name(path, root)
        if len(parts) == 1:
            if not _expected(parts[0]):
                problems.append(Problem(name, "not read", "Remove it, or name it as the layout of a book asks"))
            continue
        account_id = _account_of(parts, known)
        if parts[0] not in FOLDERS or len(parts) > 3 + (parts[0] == TICKETS) or not is_readable(path, parts[0]):
            problems.append(
                Problem(name, "not read", "Remove it, or move it where the layout of a book asks", account_id=account_id)
            )
        elif account_id is None:
            folder = parts[1] if len(parts) > 2 else parts[1].split(".")[0]
            why = f"account {folder} is not in accounts.csv"
            problems.append(Problem(name, why, "Add the account there, or remove the file", account_id=folder))
        else:
            owned.setdefault(account_id, []).append(path)
    return {
        account: tuple(sorted(paths, key=lambda p: (FOLDERS.index(_folder(p, root)), p))) for account, paths in owned.items()
    }, problems


def _account_of(parts: tuple[str, ...], known: set[str]) -> str | None:
    if len(parts) > 2:
        return parts[1] if parts[1] in known else None
    # `tickets/acc.1.json`: account ids may hold full stops.
    stems = [parts[1].rsplit(".", count)[0] for count in (1, 2)]
    return next((stem for stem in stems if stem in known), None)


def _walk(folder: Path, root: Path, depth: int, problems: list[Problem]) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        problems.append(Problem(file_name(folder, root), f"cannot be listed ({error.strerror})", "Check its permissions"))
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.name in ("__pycache__", "Thumbs.db"):
            continue
        if entry.is_symlink() and leaves(path, root):
            problems.append(
                Problem(file_name(path, root), "a link that leads out of the book", "Copy the files themselves into the book")
            )
        elif entry.is_symlink() and entry.is_dir():
            problems.append(Problem(file_name(path, root), "a link to a folder is not followed", "Copy the files themselves"))
        elif entry.is_dir():
            if depth < _MAX_DEPTH:
                yield from _walk(path, root, depth + 1, problems)
            else:
                problems.append(Problem(file_name(path, root), "not read: nested too deeply", "Move it up"))
        else:
            yield path


def _expected(name: str) -> bool:
    plain = name.casefold().removesuffix(".gz")
    return plain in TABLES or plain.startswith(("readme", "licen")) or (plain.startswith("gold") and plain.endswith(".jsonl"))


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
