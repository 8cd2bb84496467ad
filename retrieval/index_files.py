"""The files around the derived index: which folder is the index, whether its writer has finished, and the writer's lock.

`index.json` is replaced in one step, so that a reader sees either the old index or the new one. `index.holder` says who writes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from retrieval.exact import IndexLocked

_DATABASE = "chroma.sqlite3"


@dataclass(frozen=True, slots=True)
class State:
    """What `index.json` says."""

    embedder: str
    buckets: int
    folder: str
    ready: bool = False
    """False while a writer is at work, and after one was killed."""
    generation: int = 0
    """Grows with every write; a reader that opened an earlier one opens again."""
    collections: Mapping[str, int] = field(default_factory=dict)
    """Vectors in each collection: an answer with fewer than it could have betrays lost vectors, which raise no error."""
    files: tuple[str, ...] = ()
    """The vectors' files when the writer finished, relative to the folder: their loss raises no error either."""


class Place(Protocol):
    """Where an index is kept, and what is said of it. `str()` of it completes "The search index ..."."""

    def state(self) -> State | None:
        """None if there is no index, or nothing legible is said of it. May raise IndexUnavailable."""

    def save(self, state: State) -> None: ...

    def has_database(self, state: State) -> bool: ...

    def complete(self, state: State) -> bool:
        """Whether everything that the writer left is still there."""

    def remove_others(self, state: State) -> None:
        """Delete every index but this one."""

    def writing(self) -> AbstractContextManager[None]:
        """Be the one writer, or raise IndexLocked with who is."""

    def open(self, state: State) -> Any:
        """A Chroma client."""

    def name(self, state: State, bucket: str) -> str:
        """What the collection of a bucket is called there."""


class IndexFiles:
    """The folder `root` that holds the index and what is said of it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: tuple[tuple[int, ...], State] | None = None

    def __str__(self) -> str:
        return f"in {self._root}"

    def open(self, state: State) -> Any:
        import chromadb
        from chromadb.config import Settings

        return chromadb.PersistentClient(str(self._root / state.folder), Settings(anonymized_telemetry=False))

    def name(self, state: State, bucket: str) -> str:
        """Every index has a folder of its own, so the bucket's name is enough."""
        return bucket

    def state(self) -> State | None:
        """None if there is no index, or nothing legible is said of it. Asked for at every query: parsed only when it is another."""
        path = self._root / "index.json"
        try:
            with path.open(encoding="utf-8") as file:
                facts = os.fstat(file.fileno())
                stamp = (facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
                if self._read is None or self._read[0] != stamp:
                    values = json.load(file)
                    state = State(**{**values, "collections": dict(values["collections"]), "files": tuple(values["files"])})
                    self._read = stamp, state
                return self._read[1]
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def save(self, state: State) -> None:
        if state.ready:
            folder = self._root / state.folder
            found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(_DATABASE))
            state = replace(state, files=tuple(sorted(path.relative_to(folder).as_posix() for path in found)))
        fresh = self._root / f"index.json.{os.getpid()}"
        fresh.write_text(json.dumps(asdict(state)), "utf-8")
        os.replace(fresh, self._root / "index.json")

    def has_database(self, state: State) -> bool:
        return (self._root / state.folder / _DATABASE).is_file()

    def complete(self, state: State) -> bool:
        """Whether every file that the writer left is still there."""
        return all((self._root / state.folder / name).is_file() for name in state.files)

    def remove_others(self, state: State) -> None:
        """Delete every index but this one. One that a reader holds open (Windows) is left for the next time."""
        for stale in self._root.glob("chroma-*"):
            if stale.name != state.folder:
                shutil.rmtree(stale, ignore_errors=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer, or raise IndexLocked with the process that is."""
        from filelock import FileLock, Timeout

        self._root.mkdir(parents=True, exist_ok=True)
        holder = self._root / "index.holder"
        lock = FileLock(self._root / "index.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            pid = holder.read_text("utf-8").strip() if holder.is_file() else ""
            raise IndexLocked(
                f"The search index in {self._root} is being written by {f'process {pid}' if pid else 'another process'}.",
                "Wait until it has finished, or stop it, and run this again.",
            ) from error
        try:
            holder.write_text(str(os.getpid()), "utf-8")
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()
