"""What an open book knows of its accounts, kept on disk: memory does not grow with the number of accounts.

A shelf is a SQLite database without a name. It lies in a small cache as far as that goes, and beyond it in a file in the folder for
temporary files (`TMPDIR`) that nobody else can open and that is gone with the process, however that ends. Its mappings are filled
once, while the book is opened, and looked into from any thread.
"""

from __future__ import annotations

import marshal
import sqlite3
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import count
from threading import RLock
from typing import Any, Final, TypeVar

_T = TypeVar("_T")
_CACHE_KB: Final = 1024
_TOGETHER: Final = 500
"""Rows that are written, or gone through, at once."""
_RECENT: Final = 256
"""Answers that a mapping remembers: whoever reads an account asks for the same few people again and again."""
_PRAGMAS: Final = (
    "temp_store = FILE",
    f"cache_size = -{_CACHE_KB}",
    "journal_mode = OFF",
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
)


class Shelf:
    """The database that mappings lie in. Sent to another process, it goes as a whole. Raises sqlite3.Error (a full disk)."""

    def __init__(self) -> None:
        self._open(0)

    def _open(self, made: int, content: bytes = b"") -> None:
        self.lock = RLock()
        self._made = count(made)
        self.waiting: list[weakref.WeakMethod[Callable[[], None]]] = []
        """How to have each mapping write what it has not yet written."""
        self._connection = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        if content:
            self._connection.deserialize(content)
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        weakref.finalize(self, self._connection.close)

    def table(self, columns: str) -> str:
        """Make a table; its name."""
        with self.lock:
            name = f"t{next(self._made)}"
            self._connection.execute(f"CREATE TABLE {name} (at INTEGER PRIMARY KEY, {columns})")
        return name

    def ask(self, statement: str, *given: object) -> list[tuple[Any, ...]]:
        with self.lock:
            return self._connection.execute(statement, given).fetchall()

    def write(self, statement: str, rows: Collection[tuple[object, ...]]) -> None:
        with self.lock:
            self._connection.execute("BEGIN")
            self._connection.executemany(statement, rows)
            self._connection.execute("COMMIT")

    def __getstate__(self) -> tuple[int, bytes]:
        with self.lock:
            for flush in self.waiting:
                if written := flush():
                    written()
            return next(self._made), self._connection.serialize()

    def __setstate__(self, state: tuple[int, bytes]) -> None:
        self._open(*state)


class _OnShelf(Mapping[str, _T]):
    """What both kinds of mappings do alike: keys as bytes, values as plain tuples, and the last answers remembered."""

    _columns: str

    def __init__(self, shelf: Shelf, kind: type | None = None) -> None:
        """`kind`: the dataclass of the values, whose fields are plain; None for values that are plain themselves."""
        self._shelf, self._kind = shelf, kind
        self._names = tuple(field.name for field in fields(kind)) if kind is not None and is_dataclass(kind) else ()
        self._table = shelf.table(self._columns)
        self._waiting: dict[Any, Any] = {}
        self._recent: dict[str, _T | None] = {}
        self._size: int | None = None
        shelf.waiting.append(weakref.WeakMethod(self._flush))

    def __getstate__(self) -> dict[str, Any]:
        with self._shelf.lock:
            self._flush()
            return {**self.__dict__, "_recent": {}}

    def __getitem__(self, key: str) -> _T:
        with self._shelf.lock:
            if key in self._recent:
                found = self._recent[key]
            else:
                found = self._find(key)
                if len(self._recent) >= _RECENT:
                    self._recent.clear()
                self._recent[key] = found
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __len__(self) -> int:
        with self._shelf.lock:
            if self._size is None:
                self._flush()
                self._size = int(self._shelf.ask(f"SELECT count(DISTINCT key) FROM {self._table}")[0][0])
            return self._size

    def _changed(self, key: str) -> None:
        self._recent.pop(key, None)
        self._size = None

    def _find(self, key: str) -> _T | None:
        raise NotImplementedError

    def _flush(self) -> None:
        raise NotImplementedError

    def _pack(self, value: Any) -> bytes:
        return marshal.dumps(tuple(getattr(value, name) for name in self._names) if self._kind else value)

    def _unpack(self, packed: bytes) -> Any:
        value = marshal.loads(packed)
        return self._kind(*value) if self._kind else value


class Kept(_OnShelf[_T]):
    """One value for each key, in the order in which the keys came. None is no value."""

    _columns = "key BLOB NOT NULL UNIQUE, value BLOB NOT NULL"

    def __setitem__(self, key: str, value: _T) -> None:
        with self._shelf.lock:
            self._waiting[key] = value
            self._changed(key)
            if len(self._waiting) >= _TOGETHER:
                self._flush()

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self.pairs())

    def pairs(self) -> Iterator[tuple[str, _T]]:
        """Keys and values in order, some in memory at a time."""
        last = 0
        while True:
            with self._shelf.lock:
                self._flush()
                some = self._shelf.ask(f"SELECT * FROM {self._table} WHERE at > ? ORDER BY at LIMIT {_TOGETHER}", last)
            if not some:
                return
            last = some[-1][0]
            yield from ((_text(key), self._unpack(value)) for _, key, value in some)

    def _find(self, key: str) -> _T | None:
        if key in self._waiting:
            found: _T = self._waiting[key]
            return found
        rows = self._shelf.ask(f"SELECT value FROM {self._table} WHERE key = ?", _key(key))
        return self._unpack(rows[0][0]) if rows else None

    def _flush(self) -> None:
        if self._waiting:
            put = f"INSERT INTO {self._table} (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            self._shelf.write(put, [(_key(key), self._pack(value)) for key, value in self._waiting.items()])
            self._waiting.clear()


class KeptLists(_OnShelf[tuple[_T, ...]]):
    """Several values for each key, in the order in which they were added."""

    _columns = "key BLOB NOT NULL, value BLOB NOT NULL"

    def __init__(self, shelf: Shelf, kind: type | None = None) -> None:
        super().__init__(shelf, kind)
        self._added: list[tuple[bytes, bytes]] = []
        self._indexed = False

    def add(self, key: str, value: _T) -> None:
        with self._shelf.lock:
            self._added.append((_key(key), self._pack(value)))
            self._changed(key)
            if len(self._added) >= _TOGETHER:
                self._flush()

    def __iter__(self) -> Iterator[str]:
        """In the order of the keys' characters."""
        some: list[tuple[Any, ...]] = []
        with self._shelf.lock:
            self._index()
        while True:
            after, given = ("WHERE key > ?", (some[-1][0],)) if some else ("", ())
            some = self._shelf.ask(f"SELECT DISTINCT key FROM {self._table} {after} ORDER BY key LIMIT {_TOGETHER}", *given)
            if not some:
                return
            yield from (_text(key) for (key,) in some)

    def each(self) -> Iterator[_T]:
        """All values in the order in which they were added, some in memory at a time."""
        last = 0
        with self._shelf.lock:
            self._flush()
        while some := self._shelf.ask(f"SELECT at, value FROM {self._table} WHERE at > ? ORDER BY at LIMIT {_TOGETHER}", last):
            last = some[-1][0]
            yield from (self._unpack(value) for _, value in some)

    def _find(self, key: str) -> tuple[_T, ...] | None:
        self._index()
        rows = self._shelf.ask(f"SELECT value FROM {self._table} WHERE key = ? ORDER BY at", _key(key))
        return tuple(self._unpack(value) for (value,) in rows) or None

    def _index(self) -> None:
        """Made when first asked: rows are added quicker without."""
        self._flush()
        if not self._indexed:
            self._shelf.ask(f"CREATE INDEX i{self._table} ON {self._table} (key, at)")
            self._indexed = True

    def _flush(self) -> None:
        if self._added:
            self._shelf.write(f"INSERT INTO {self._table} (key, value) VALUES (?, ?)", self._added)
            self._added.clear()


class Values(Collection[_T]):
    """The values of a mapping, or of one that keeps lists, in the order in which they came."""

    def __init__(self, kept: Kept[_T] | KeptLists[_T]) -> None:
        self._kept = kept

    def __iter__(self) -> Iterator[_T]:
        return self._kept.each() if isinstance(self._kept, KeptLists) else (value for _, value in self._kept.pairs())

    def __len__(self) -> int:
        return sum(1 for _ in self) if isinstance(self._kept, KeptLists) else len(self._kept)

    def __contains__(self, value: object) -> bool:
        return any(one == value for one in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Values | tuple | list) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


def _key(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(key: bytes) -> str:
    return key.decode("utf-8", "surrogatepass")
