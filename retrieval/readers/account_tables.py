"""Large tables whose rows belong to accounts (usage, events): gone through once, then read one account at a time.

Only where each account's rows lie is kept, three numbers for each run of them, never the rows. A table in UTF-8 is read where
it lies, whatever its size; one that is compressed or in another encoding is held in memory, up to the cap of all files.
"""

from __future__ import annotations

import codecs
import hashlib
import io
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import fstat, stat_result
from pathlib import Path
from typing import BinaryIO

from retrieval.readers.files import file_name, leaves, read_file
from retrieval.readers.tables import Row, RowReader, Table, delimiter_of
from retrieval.records import Problem

_HEAD = 80_000
"""Bytes that the delimiter is guessed from."""
_CHUNK = 1 << 20
_MARK = b"\xef\xbb\xbf"


class TableChangedError(Exception):
    """A table was written while a run was reading it. The message says which and what to do."""


@dataclass(frozen=True, slots=True)
class AccountTable:
    """A table by account. Empty where there is no such file."""

    name: str = ""
    columns: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Of the file and of rows that cannot be given to an account; what is wrong inside a row shows when it is read."""
    digests: Mapping[str, bytes] = field(repr=False, default_factory=dict)
    """Per account, in order of appearance: a hash of its rows as they are written, under this header."""
    _runs: Mapping[str, array[int]] = field(repr=False, default_factory=dict)
    _source: _Source | None = field(repr=False, default=None)
    _delimiter: str = ","

    def rows_of(self, account_id: str) -> Table:
        """The account's rows with their line numbers in the file. Raises TableChangedError."""
        runs = self._runs.get(account_id)
        if runs is None or self._source is None:
            return Table(self.name, self.columns, (), ())
        rows: list[Row] = []
        reader = RowReader(self.name, self._delimiter, (), (), [], self.columns)
        with self._source.opened() as file:
            for start, end, first in zip(runs[::3], runs[1::3], runs[2::3], strict=True):
                file.seek(start)
                text = file.read(end - start).decode("utf-8", "surrogatepass")
                rows += (reader.row(line, fields) for line, _, _, fields in reader.read(io.StringIO(text, newline=""), first))
        return Table(self.name, self.columns, tuple(rows), ())


def read_account_table(path: Path, root: Path, wanted: tuple[str, ...], required: tuple[str, ...]) -> AccountTable:
    """Go through the table once. `account_id` must be among `required`. Never raises for what the file holds."""
    source, problems = _source(path, root)
    name = file_name(path, root)
    if source is None:
        return AccountTable(name, problems=tuple(problems))
    hashes: dict[str, hashlib.blake2b] = {}
    runs: dict[str, array[int]] = {}
    with source.opened() as file:
        delimiter = delimiter_of(file.read(_HEAD).decode("utf-8", "replace"))
        file.seek(source.begin)
        reader = RowReader(name, delimiter, wanted, required, problems)
        column = -1
        lines = io.TextIOWrapper(file, "utf-8", "surrogatepass", newline="")
        for line, start, end, fields in reader.read(lines):
            if column < 0:
                column = (reader.columns or ()).index("account_id")
            account_id = fields[column].strip()
            if not account_id:
                problems.append(Problem(name, "no account_id is given", "Fill it in", line, "account_id"))
                continue
            start, end = start + source.begin, end + source.begin
            run = runs.get(account_id)
            if run is None:
                run = runs[account_id] = array("q")
                hashes[account_id] = hashlib.blake2b(repr(reader.columns).encode("utf-8", "surrogatepass"), digest_size=16)
            if run and run[-2] == start:
                run[-2] = end
            else:
                run.extend((start, end, line))
            hashes[account_id].update("\x1f".join(fields).encode("utf-8", "surrogatepass") + b"\x1e")
        lines.detach()
    if reader.columns is None:
        problems.append(Problem(name, "the file is empty", "Export it again with its header line"))
    digests = {account_id: done.digest() for account_id, done in hashes.items()}
    return AccountTable(name, reader.columns or (), tuple(problems), digests, runs, source, delimiter)


@dataclass(frozen=True, slots=True)
class _Source:
    """UTF-8 on disk, or held in memory; `begin` is where the text starts, after a byte-order mark."""

    path: Path
    begin: int
    facts: tuple[int, ...] | None
    held: bytes = field(repr=False, default=b"")

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """From `begin`. Raises TableChangedError where the file is not the one that was gone through."""
        if self.facts is None:
            yield io.BytesIO(self.held)
            return
        try:
            with self.path.open("rb") as file:
                if _facts(fstat(file.fileno())) == self.facts:
                    file.seek(self.begin)
                    yield file
                    return
        except FileNotFoundError:
            pass
        raise TableChangedError(
            f"{self.path.name} was written while the run was reading it. Run again when the export is complete."
        )


def _source(path: Path, root: Path) -> tuple[_Source | None, list[Problem]]:
    if not leaves(path, root) and (plain := _plain(path)) is not None:
        return plain, []
    text = read_file(path, root)
    if not text.readable:
        return None, list(text.problems)
    return _Source(path, 0, None, text.text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")), list(text.problems)


def _plain(path: Path) -> _Source | None:
    """The file itself if it is UTF-8 throughout, not compressed and without NUL."""
    check = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            facts = _facts(fstat(file.fileno()))
            begin = len(_MARK) if file.read(len(_MARK)) == _MARK else 0
            file.seek(begin)
            while chunk := file.read(_CHUNK):
                if b"\0" in chunk:
                    return None
                check.decode(chunk)
            check.decode(b"", final=True)
    except (OSError, UnicodeDecodeError):
        return None
    return _Source(path, begin, facts)


def _facts(status: stat_result) -> tuple[int, ...]:
    return status.st_size, status.st_mtime_ns, status.st_ino
