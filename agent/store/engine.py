"""Opening a home's database: SQLite as the measurements ask (WAL, BEGIN IMMEDIATE for writers, full sync), migrated to this version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from agent.errors import HomeMissing, StoreError

DATABASE: Final = "earned.db"
HEAD: Final = "0002"
"""The newest migration. A test compares it with the migration tree."""

_WRITES: Final = "earned_writes"


@dataclass(frozen=True, slots=True)
class Store:
    """A home and its database. Transactions are short: nothing slow and no model call happens inside one."""

    home: Path
    engine: Engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one consistent state and blocks nobody."""
        with _explained(self.home), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that takes the write lock at once, so that what it reads cannot change before it writes."""
        with _explained(self.home), self.engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        self.engine.dispose()


def open_store(home: Path, *, create: bool = False) -> Store:
    """Open a home's store, migrating it forward if it is of an older version.

    Raises HomeMissing where there is none and `create` is False, StoreError where the file is damaged, locked, or newer.
    """
    path = home / DATABASE
    if not path.exists() and not create:
        raise HomeMissing(
            f"There is no store in {home}.",
            "Run `earned demo` for the sample book, or `earned run --book DIR` for your own (`--home` or EARNED_HOME chooses the folder).",
        )
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The data folder {home} cannot be made: {error.strerror}.", "Choose another one with --home."
        ) from error
    store = Store(home, _sqlite(path))
    with _explained(home):
        _bring_up_to_date(store)
    return store


def _sqlite(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": 10.0})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        # SQLAlchemy's own begin event opens transactions (below); the driver must not open deferred ones by itself.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # Without it INSERT OR REPLACE slips past the triggers that keep decisions append-only.
        cursor.execute("PRAGMA recursive_triggers=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _bring_up_to_date(store: Store) -> None:
    version = _version(store.engine)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise StoreError(
            f"The store in {store.home} is of version {version}; this program knows {HEAD}.", "Install a newer release of earned."
        )
    from agent.store.migrations import upgrade

    upgrade(store.engine, HEAD)


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
        return str(row[0]) if row else None


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Turn the driver's complaints into errors that say what to do."""
    try:
        yield
    except OperationalError as error:
        said = str(error.orig).lower()
        if "locked" in said or "busy" in said:
            raise StoreError(f"The store in {home} is locked by another process.", "Try again when it has finished.") from error
        if "full" in said:
            raise StoreError(
                f"The disk that holds {home} is full.", "Free some space and run again: finished work is kept."
            ) from error
        if "readonly" in said or "unable to open" in said:
            raise StoreError(
                f"The store in {home} cannot be written: {error.orig}.", "Check the folder's permissions."
            ) from error
        raise StoreError(f"The store in {home} failed: {error.orig}.", "Run `earned doctor`.") from error
    except DatabaseError as error:
        if "not a database" in str(error.orig) or "malformed" in str(error.orig):
            raise StoreError(
                f"{home / DATABASE} is damaged: {error.orig}.", "Restore a backup, or move it away and run again to rebuild."
            ) from error
        raise
