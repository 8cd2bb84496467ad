"""The files of a book, given to their accounts: one walk, names and stamps only, nothing opened.

A file's stamp is its name, size, times and inode. Both times are taken: whoever rewrites a file and sets its modification time
back (`cp -p`, `rsync -t`, `touch -r`) cannot set back the time of the inode's change. What a stamp cannot tell is two writes of
the same length within one tick of the file system's clock (milliseconds), and, on Windows, where that second time is the day
the file was made, a rewrite of the same length with the old time. A stamp that changes without need only costs a reading.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.readers.files import file_name, leaves
from retrieval.readers.formats import NOTES, TICKETS, TRANSCRIPTS, is_readable
from retrieval.records import Problem

FOLDERS = (TICKETS, TRANSCRIPTS, NOTES)
TABLES = ("accounts.csv", "contacts.csv", "team.csv", "catalog.json", "usage.csv", "events.csv")
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a book's folders, by account; paths are relative to the book, with `/`."""

    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Per account its own files: tickets, transcripts, notes, each by name."""
    stamps: Mapping[str, bytes] = field(default_factory=dict)
    """Per account a sha256 over its files' names and stamps."""
    problems: tuple[Problem, ...] = ()


def list_files(root: Path, known: set[str]) -> Listing:
    """Every file below the book, given to its account or reported."""
    problems: list[Problem] = []
    owned: dict[str, list[tuple[int, str, str]]] = {}
    for entry in _walk(root, root, 0, problems):
        name = file_name(Path(entry.path), root)
        parts = name.split("/")
        if len(parts) == 1:
            if not _expected(parts[0]):
                problems.append(Problem(name, "not read", "Remove it, or name it as the layout of a book asks"))
            continue
        account_id = _account_of(parts, known)
        if parts[0] not in FOLDERS or len(parts) > 3 + (parts[0] == TICKETS) or not is_readable(Path(entry.name), parts[0]):
            problems.append(
                Problem(name, "not read", "Remove it, or move it where the layout of a book asks", account_id=account_id)
            )
        elif account_id is None:
            folder = parts[1] if len(parts) > 2 else parts[1].split(".")[0]
            why = f"account {folder} is not in accounts.csv"
            problems.append(Problem(name, why, "Add the account there, or remove the file", account_id=folder))
        else:
            owned.setdefault(account_id, []).append((FOLDERS.index(parts[0]), name, stamp_of(entry)))
    for files in owned.values():
        files.sort(key=lambda file: (file[0], Path(file[1])))
    return Listing(
        {account: tuple(name for _, name, _ in files) for account, files in owned.items()},
        {account: _digest(files) for account, files in owned.items()},
        tuple(problems),
    )


def stamp_of(file: os.DirEntry[str] | Path) -> str:
    """Size, times in nanoseconds and inode of what a path leads to; "" if it cannot be asked."""
    try:
        facts = os.stat(file)
    except OSError:
        return ""
    return f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_ino}"


def _digest(files: list[tuple[int, str, str]]) -> bytes:
    return hashlib.sha256(repr([(name, stamp) for _, name, stamp in files]).encode("utf-8", "surrogatepass")).digest()


def _account_of(parts: list[str], known: set[str]) -> str | None:
    if len(parts) > 2:
        return parts[1] if parts[1] in known else None
    # `tickets/acc.1.json`: account ids may hold full stops.
    stems = [parts[1].rsplit(".", count)[0] for count in (1, 2)]
    return next((stem for stem in stems if stem in known), None)


def _walk(folder: Path, root: Path, depth: int, problems: list[Problem]) -> Iterator[os.DirEntry[str]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        problems.append(Problem(file_name(folder, root), f"cannot be listed ({error.strerror})", "Check its permissions"))
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in ("__pycache__", "Thumbs.db"):
            continue
        path = Path(entry.path)
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
            yield entry


def _expected(name: str) -> bool:
    plain = name.casefold().removesuffix(".gz")
    return plain in TABLES or plain.startswith(("readme", "licen")) or (plain.startswith("gold") and plain.endswith(".jsonl"))
