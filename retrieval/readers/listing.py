"""The files of a book, given to their accounts: one walk, names and stamps only, nothing opened.

A file's stamp is its name, size, times and inode. Both times are taken: whoever rewrites a file and sets its modification time
back (`cp -p`, `rsync -t`, `touch -r`) cannot set back the time of the inode's change. What a stamp cannot tell is two writes of
the same length within one tick of the file system's clock (milliseconds), and, on Windows, where that second time is the day
the file was made, a rewrite of the same length with the old time. A stamp that changes without need only costs a reading.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from retrieval.readers.files import leaves
from retrieval.readers.formats import NOTES, TICKETS, TRANSCRIPTS, is_readable
from retrieval.readers.shelf import KeptLists, Shelf
from retrieval.records import Problem

FOLDERS = (TICKETS, TRANSCRIPTS, NOTES)
TABLES = ("accounts.csv", "contacts.csv", "team.csv", "catalog.json", "usage.csv", "events.csv")
_MAX_DEPTH = 8
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a book's folders, by account; paths are relative to the book, with `/`."""

    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Per account its own files: tickets, transcripts, notes, each by name."""
    stamps: Mapping[str, bytes] = field(default_factory=dict)
    """Per account a sha256 over its files' names and stamps."""
    problems: tuple[Problem, ...] = ()


def list_files(root: Path, known: Container[str], shelf: Shelf | None = None) -> Listing:
    """Every file below the book, given to its account or reported."""
    problems: list[Problem] = []
    owned: KeptLists[_File] = KeptLists(shelf or Shelf())
    for name, entry in _walk(root, os.fspath(root), "", 0, problems):
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
            owned.add(account_id, (FOLDERS.index(parts[0]), name, stamp_of(entry)))
    # Folders are gone through in the file system's order: sorting one with every account's file in it would take memory.
    problems.sort(key=lambda problem: problem.file.split("/"))
    return Listing(_Names(owned), _Stamps(owned), tuple(problems))


_File = tuple[int, str, str]
"""(number of its folder, name, stamp)."""


class _OfAccounts(Mapping[str, _T]):
    """Something of each account's files, worked out when asked for."""

    def __init__(self, owned: KeptLists[_File]) -> None:
        self._owned = owned

    def _files(self, account_id: str) -> list[_File]:
        return sorted(self._owned[account_id], key=lambda file: (file[0], file[1].split("/")))

    def __iter__(self) -> Iterator[str]:
        return iter(self._owned)

    def __len__(self) -> int:
        return len(self._owned)


class _Names(_OfAccounts[tuple[str, ...]]):
    def __getitem__(self, account_id: str) -> tuple[str, ...]:
        return tuple(name for _, name, _ in self._files(account_id))


class _Stamps(_OfAccounts[bytes]):
    def __getitem__(self, account_id: str) -> bytes:
        return _digest(self._files(account_id))


def stamp_of(file: os.DirEntry[str] | Path) -> str:
    """Size, times in nanoseconds and inode of what a path leads to; "" if it cannot be asked."""
    try:
        facts = os.stat(file)
    except OSError:
        return ""
    return f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_ino}"


def _digest(files: list[tuple[int, str, str]]) -> bytes:
    return hashlib.sha256(repr([(name, stamp) for _, name, stamp in files]).encode("utf-8", "surrogatepass")).digest()


def _account_of(parts: list[str], known: Container[str]) -> str | None:
    if len(parts) > 2:
        return parts[1] if parts[1] in known else None
    # `tickets/acc.1.json`: account ids may hold full stops.
    stems = [parts[1].rsplit(".", count)[0] for count in (1, 2)]
    return next((stem for stem in stems if stem in known), None)


def _walk(root: Path, folder: str, above: str, depth: int, problems: list[Problem]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Files with their names in the book; `above` is what stands before the names in this folder."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = above + entry.name
                if entry.name.startswith(".") or entry.name in ("__pycache__", "Thumbs.db"):
                    continue
                if entry.is_symlink() and leaves(Path(entry.path), root):
                    problems.append(Problem(name, "a link that leads out of the book", "Copy the files themselves into the book"))
                elif entry.is_symlink() and entry.is_dir():
                    problems.append(Problem(name, "a link to a folder is not followed", "Copy the files themselves"))
                elif entry.is_dir():
                    if depth < _MAX_DEPTH:
                        yield from _walk(root, entry.path, f"{name}/", depth + 1, problems)
                    else:
                        problems.append(Problem(name, "not read: nested too deeply", "Move it up"))
                else:
                    yield name, entry
    except OSError as error:
        where = above.rstrip("/") or "."
        problems.append(Problem(where, f"cannot be listed ({error.strerror})", "Check its permissions"))


def _expected(name: str) -> bool:
    plain = name.casefold().removesuffix(".gz")
    return plain in TABLES or plain.startswith(("readme", "licen")) or (plain.startswith("gold") and plain.endswith(".jsonl"))
