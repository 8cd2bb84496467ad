"""Deleted is not gone: rewrite the files in which deleted rows still lie, and look for what is left beside them."""

from __future__ import annotations

import json
import mmap
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from agent.errors import StoreError
from agent.indexing import FOLDER, on_server
from agent.store import Store
from agent.store.engine import DATABASE
from retrieval import lexical
from retrieval.exact import IndexLocked, IndexTrouble


def rewrite_store(store: Store) -> list[str]:
    """Leave no deleted row in the database's files; warnings for what could not be done. Needs as much free disk as the store has."""
    if store.engine.dialect.name != "sqlite":
        return _rewrite_postgres(store)
    connection = store.engine.raw_connection()
    try:
        cursor = connection.cursor()
        # FTS5 marks deleted words as deleted in new segments; only a rebuild drops the old ones.
        cursor.execute(f"INSERT INTO {lexical.TABLE} ({lexical.TABLE}) VALUES ('rebuild')")
        cursor.execute("VACUUM")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except Exception as error:  # noqa: BLE001 - the driver's own errors: no disk, locked; the rows are deleted, only their bytes are not
        return [f"The database's file could not be rewritten ({error}): deleted rows may still lie in it. Purge again."]
    finally:
        connection.close()
    if busy:
        return [f"Another process reads the store: deleted rows may still lie in {DATABASE}-wal. Purge again when it has closed."]
    return []


def _rewrite_postgres(store: Store) -> list[str]:
    if store.login is not None and store.login.capacity != "keeper":  # PostgreSQL would only warn, and skip them
        return [
            f"The login {store.login.name} does not own the tables: deleted rows lie in their files until its keeper purges again."
        ]
    tables = (
        "records",
        "passages",
        lexical.TABLE,
        "vectors",
        "signals",
        "revisions",
        "hypotheses",
        "accounts",
        "answers",
        "runs",
    )
    try:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in (*tables, "quarantine", "account_contents"):
                connection.exec_driver_sql(f"VACUUM (FULL) {table}")
    except DatabaseError as error:
        return [f"The tables could not be rewritten ({error.orig}): deleted rows may still lie in their files."]
    return []


def rewrite_index(home: Path, rebuild: Callable[[], object]) -> list[str]:
    """Build the derived index anew; where that fails, remove it: it can be made again, the vectors in it cannot be unseen."""
    folder = home / FOLDER
    if on_server():
        return [*_rewrite_server(rebuild)]
    if not folder.is_dir():
        return []
    before = {path.name for path in folder.glob("chroma-*")}
    try:
        rebuild()
    except IndexLocked as error:
        return [f"{error.what} Its vectors are still there: purge again when it has finished."]
    except (IndexTrouble, StoreError, OSError):
        for path in folder.glob("chroma-*"):
            shutil.rmtree(path, ignore_errors=True)
        (folder / "index.json").unlink(missing_ok=True)
    stale = [name for name in before if (folder / name).exists()]
    return [f"An old search index could not be removed: {', '.join(stale)}. Delete it in {folder}."] if stale else []


def _rewrite_server(rebuild: Callable[[], object]) -> Iterator[str]:
    try:
        rebuild()
    except (IndexTrouble, StoreError, OSError) as error:
        yield f"The search index on the server could not be built anew ({error}): the vectors are still in it. Purge again."
    yield ("A Chroma server keeps deleted vectors in its files: stop it, remove its folder, start it, and run `earned reindex`.")


def files_with(home: Path, words: Iterable[str]) -> list[str]:
    """Files beside the store and its index in which one of the words stands: saved views, logs, copies."""
    wanted = [form for word in words if len(word) >= 3 for form in _encoded(word)]
    found = []
    for path in sorted(home.rglob("*")):
        relative = path.relative_to(home)
        if relative.parts[0] == FOLDER or path.name.startswith(f"{DATABASE}") or not path.is_file():
            continue
        try:
            if path.stat().st_size:
                with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                    found += [str(relative)] if any(content.find(form) >= 0 for form in wanted) else []
        except (OSError, ValueError):
            continue
    return found


def _encoded(word: str) -> Iterator[bytes]:
    yield word.encode("utf-8", "surrogatepass")
    escaped = json.dumps(word)[1:-1]
    if escaped != word:
        yield escaped.encode("ascii")
