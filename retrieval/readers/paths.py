"""One file, one folder or one book: whatever a person points at, read with as much of its book as can be found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from retrieval.readers.book import FOLDERS, Book, BookError, open_book
from retrieval.readers.events import event_records, read_events
from retrieval.readers.files import FileText, read_file
from retrieval.readers.formats import NOTES, TICKETS, TRANSCRIPTS, is_readable, read_account_file, with_companion
from retrieval.readers.people import Directory
from retrieval.readers.tables import parse_table
from retrieval.readers.usage import COLUMNS as USAGE_COLUMNS
from retrieval.readers.usage import read_usage, usage_records
from retrieval.readers.warehouse import kind_of, read_warehouse
from retrieval.records import Problem, Record

Found = tuple[list[Record], list[Problem]]
_MAX_DEPTH = 8
_ROSTERS = ("accounts.csv", "contacts.csv", "team.csv", "catalog.json")


def read_path(path: Path | str) -> Found:
    """The records of a book, a folder or one file, and what could not be read. Never raises for what a file holds.

    A file inside a book is read with that book's people. Outside any book nobody is known, so every voice that is not given
    by the format itself is `unknown`; the account is then the front matter's, the folder's, or "unknown".
    """
    records: list[Record] = []
    problems: list[Problem] = []
    for found, trouble in read_parts(path):
        records += found
        problems += trouble
    return records, problems


def read_parts(path: Path | str) -> Iterator[Found]:
    """The same in parts, a book's accounts one after the other: what is printed or counted need not be held."""
    path = Path(path)
    try:
        path.resolve()
    except (OSError, RuntimeError):
        yield [], [Problem(path.as_posix(), "a link that leads to itself", "Name the file")]
        return
    root = _book_root(path)
    book: Book | None = None
    problems: list[Problem] = []
    if root is not None:
        try:
            book = open_book(root)
        except BookError as error:
            problems.append(Problem((root / "accounts.csv").as_posix(), str(error), "The file is read without a book"))
    if problems:
        yield [], problems
    if book is not None and path.resolve() == book.root.resolve():
        yield [], list(book.problems)
        for account_id in book.account_ids():
            read = book.records(account_id)
            yield list(read.records), list(read.problems)
    elif path.is_dir():
        yield _folder(path, book)
    else:
        yield _file(path, book, {})


def _book_root(path: Path) -> Path | None:
    resolved = path.resolve()
    for folder in (resolved, *resolved.parents) if resolved.is_dir() else resolved.parents:
        if (folder / "accounts.csv").is_file() or (folder / "accounts.csv.gz").is_file():
            return folder
    return None


def _folder(path: Path, book: Book | None) -> Found:
    records: list[Record] = []
    problems: list[Problem] = []
    tables: dict[Path, list[FileText]] = {}
    directories: dict[str, Directory] = {}
    for file in _files(path, problems):
        if book is None and file.name.casefold().removesuffix(".gz").endswith(".csv"):
            text = read_file(file)
            if kind_of(parse_table(text).columns):
                tables.setdefault(file.parent, []).append(text)
                continue
        found, trouble = _file(file, book, directories)
        records += found
        problems += trouble
    for files in tables.values():
        found, trouble = read_warehouse(files, "unknown", Directory())
        records += found
        problems += trouble
    return records, problems


def _files(folder: Path, problems: list[Problem], depth: int = 0) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        problems.append(Problem(folder.as_posix(), f"cannot be listed ({error.strerror})", "Check its permissions"))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if entry.is_symlink() or depth >= _MAX_DEPTH:
                why = "a link to a folder is not followed" if entry.is_symlink() else "not read: nested too deeply"
                problems.append(Problem(entry.as_posix(), why, "Name that folder itself"))
            else:
                yield from _files(entry, problems, depth + 1)
        elif not entry.name.casefold().startswith(("readme", "licen", "gold")):
            yield entry


def _file(path: Path, book: Book | None, directories: dict[str, Directory]) -> Found:
    """`directories` remembers the people of an account, which its tickets have to be read for."""
    root = book.root.resolve() if book else None
    resolved = path.resolve() if root is not None and path.resolve().is_relative_to(root) else path
    file = read_file(resolved, root)
    name = path.name.casefold().removesuffix(".gz")
    if name.startswith("gold") and name.endswith(".jsonl"):
        return [], [Problem(file.name, "labels, not a source", "Read the book's own files")]
    parts = resolved.relative_to(root).parts if root is not None and resolved.is_relative_to(root) else path.parts
    if name.endswith(".csv") or (len(parts) == 1 and name in _ROSTERS):
        return _table(file, name, book)
    folder = next((part for part in reversed(parts[:-1]) if part in FOLDERS), None)
    if folder is None or not is_readable(path, folder):
        folder = _folder_by_shape(name, file)
    account = _account_by_place(parts, folder) if folder else None
    if folder is None:
        return [], [
            *file.problems,
            Problem(file.name, "not read: no reader for files of this kind", "Export tickets, transcripts, notes or usage"),
        ]
    if book is not None and account is not None and book.knows(account):
        directory = directories.get(account) or directories.setdefault(account, book.directory_for(account))
    else:
        directory = book.directory if book is not None else Directory()
    file = with_companion(file, resolved)
    return read_account_file(file, folder, account or ("" if folder == NOTES else "unknown"), directory)


def _account_by_place(parts: tuple[str, ...], folder: str) -> str | None:
    if folder not in parts[:-1]:
        return None
    after = parts[len(parts) - 1 - parts[::-1].index(folder) :][1:]
    if len(after) > 1:
        return after[0]
    return after[0].split(".json")[0].split(".ndjson")[0] if folder == TICKETS else None


def _folder_by_shape(name: str, file: FileText) -> str | None:
    if name.endswith((".vtt", ".srt")):
        return TRANSCRIPTS
    if name.endswith((".md", ".markdown")):
        return NOTES
    if name.endswith(".txt"):
        return NOTES if file.text.lstrip("\ufeff").startswith("---") else TRANSCRIPTS
    if name.endswith((".ndjson", ".jsonl")):
        return TICKETS
    if name.endswith(".json"):
        spoken = ('"callTranscripts"', '"sentences"', '"transcript"', '"metaData"')
        return TRANSCRIPTS if any(mark in file.text for mark in spoken) and '"tickets"' not in file.text else TICKETS
    return None


def _table(file: FileText, name: str, book: Book | None) -> Found:
    if name in _ROSTERS:
        return [], list(file.problems)
    columns = parse_table(file, USAGE_COLUMNS).columns
    records: list[Record] = []
    if {"metric", "value"} <= set(columns):
        usage = read_usage(file)
        for account_id, metrics in usage.by_account.items():
            records += usage_records(account_id, metrics, file.name)
        return records, list(usage.problems)
    if {"headline"} <= set(parse_table(file, ("headline",)).columns) and kind_of(columns) is None:
        events = read_events(file)
        for account_id, rows in events.by_account.items():
            records += event_records(account_id, rows, file.name)
        return records, list(events.problems)
    return read_warehouse([file], "unknown", book.directory if book else Directory())
