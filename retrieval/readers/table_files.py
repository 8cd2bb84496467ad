"""A delimited file read from where it lies, row by row: what it takes does not depend on its length.

A file in UTF-8 is read where it lies, whatever its size; one that is compressed or in another encoding is held in memory, up to
the cap of all files.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import fstat, stat_result
from pathlib import Path
from typing import BinaryIO

from retrieval.readers.files import file_name, leaves, read_file
from retrieval.readers.tables import Line, Row, RowReader, delimiter_of
from retrieval.records import Problem

_HEAD = 80_000
"""Bytes that the delimiter is guessed from."""
_CHUNK = 1 << 20
_MARK = b"\xef\xbb\xbf"


class TableChangedError(Exception):
    """A table was written while a run was reading it. The message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
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


class TableFile:
    """A table that is gone through once. `source` is None where the file cannot be read: `problems` says why."""

    def __init__(self, path: Path, root: Path, wanted: tuple[str, ...], required: tuple[str, ...] = ()) -> None:
        self.name = file_name(path, root)
        self.source, self.problems = _source(path, root)
        """`problems` grows while rows are read; it is of the file and of rows that are no rows."""
        self.reader = RowReader(self.name, ",", wanted, required, self.problems)

    @property
    def columns(self) -> tuple[str, ...]:
        """Known once the first row was read."""
        return self.reader.columns or ()

    def lines(self) -> Iterator[Line]:
        """As `RowReader.read` gives them, places counted from the beginning of the file."""
        if self.source is None:
            return
        begin = self.source.begin
        with self.source.opened() as file:
            self.reader.delimiter = delimiter_of(file.read(_HEAD).decode("utf-8", "replace"))
            file.seek(begin)
            text = io.TextIOWrapper(file, "utf-8", "surrogatepass", newline="")
            try:
                for line, start, end, fields in self.reader.read(text):
                    yield line, start + begin, end + begin, fields
            finally:
                text.detach()
        if self.reader.columns is None:
            self.problems.append(Problem(self.name, "the file is empty", "Export it again with its header line"))

    def rows(self) -> Iterator[Row]:
        return (self.reader.row(line, fields) for line, _, _, fields in self.lines())


def _source(path: Path, root: Path) -> tuple[Source | None, list[Problem]]:
    if path.is_file() and not leaves(path, root) and (plain := _plain(path)) is not None:
        return plain, []
    text = read_file(path, root)
    if not text.readable:
        return None, list(text.problems)
    return Source(path, 0, None, text.text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")), list(text.problems)


def _plain(path: Path) -> Source | None:
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
    return Source(path, begin, facts)


def _facts(status: stat_result) -> tuple[int, ...]:
    return status.st_size, status.st_mtime_ns, status.st_ino
