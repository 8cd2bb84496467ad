"""Large tables whose rows belong to accounts (usage, events): gone through once, then read one account at a time.

Only where each account's rows lie is kept, on the book's shelf: three numbers for each run of them, never the rows.
"""

from __future__ import annotations

import hashlib
import io
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.readers.shelf import Kept, KeptLists, Shelf
from retrieval.readers.table_files import Source, TableChangedError, TableFile
from retrieval.readers.tables import Row, RowReader, Table
from retrieval.records import Problem

__all__ = ["AccountTable", "TableChangedError", "read_account_table"]


@dataclass(frozen=True, slots=True)
class AccountTable:
    """A table by account. Empty where there is no such file."""

    name: str = ""
    columns: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Of the file and of rows that cannot be given to an account; what is wrong inside a row shows when it is read."""
    digests: Mapping[str, bytes] = field(repr=False, default_factory=dict)
    """Per account, in order of appearance: a hash of its rows as they are written, under this header."""
    _runs: Mapping[str, tuple[bytes, ...]] = field(repr=False, default_factory=dict)
    _source: Source | None = field(repr=False, default=None)
    _delimiter: str = ","

    def rows_of(self, account_id: str) -> Table:
        """The account's rows with their line numbers in the file. Raises TableChangedError."""
        packed = self._runs.get(account_id)
        if packed is None or self._source is None:
            return Table(self.name, self.columns, (), ())
        runs = array("q", b"".join(packed))
        rows: list[Row] = []
        reader = RowReader(self.name, self._delimiter, (), (), [], self.columns)
        with self._source.opened() as file:
            for start, end, first in zip(runs[::3], runs[1::3], runs[2::3], strict=True):
                file.seek(start)
                text = file.read(end - start).decode("utf-8", "surrogatepass")
                rows += (reader.row(line, fields) for line, _, _, fields in reader.read(io.StringIO(text, newline=""), first))
        return Table(self.name, self.columns, tuple(rows), ())


def read_account_table(
    path: Path, root: Path, wanted: tuple[str, ...], required: tuple[str, ...], shelf: Shelf | None = None
) -> AccountTable:
    """Go through the table once. `account_id` must be among `required`. Never raises for what the file holds."""
    file = TableFile(path, root, wanted, required)
    if file.source is None:
        return AccountTable(file.name, problems=tuple(file.problems))
    shelf = shelf or Shelf()
    digests: Kept[bytes] = Kept(shelf)
    runs: KeptLists[bytes] = KeptLists(shelf)
    column, current, digest, run = -1, "", b"", array("q")

    def put_away() -> None:
        if current:
            digests[current] = digest
            runs.add(current, run.tobytes())

    for line, start, end, fields in file.lines():
        if column < 0:
            column = file.columns.index("account_id")
        account_id = fields[column].strip()
        if not account_id:
            file.problems.append(Problem(file.name, "no account_id is given", "Fill it in", line, "account_id"))
            continue
        if account_id != current:
            put_away()
            current, run = account_id, array("q")
            digest = digests.get(account_id) or _hash(b"", repr(file.columns))
        if run and run[-2] == start:
            run[-2] = end
        else:
            run.extend((start, end, line))
        # Row by row, not run by run: what stands between an account's rows is none of its business.
        digest = _hash(digest, "\x1f".join(fields))
    put_away()
    return AccountTable(file.name, file.columns, tuple(file.problems), digests, runs, file.source, file.reader.delimiter)


def _hash(before: bytes, text: str) -> bytes:
    return hashlib.blake2b(before + text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
