"""Opening a store: a home's SQLite file as the measurements ask (WAL, BEGIN IMMEDIATE for writers, full sync), or a team's
PostgreSQL database; migrated to this version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from agent.errors import KEPT, DiskFull, HomeMissing, StoreBusy, StoreError, is_full, room_left
from agent.store import postgres
from agent.store.postgres import WRITES, Login

DATABASE: Final = "earned.db"
HEAD: Final = "0005"
"""The newest migration. A test compares it with the migration tree."""
WAIT: Final = 10.0
"""Seconds that one waits for another process's write lock on the file: transactions are short, so whoever holds it longer is stuck."""
_NO_ROOM: Final = 64 * 1024
"""Bytes; SQLite's shared memory takes half of it."""


@dataclass(frozen=True, slots=True)
class Store:
    """A home and its database. Transactions are short: nothing slow and no model call happens inside one."""

    home: Path
    engine: Engine
    login: Login | None = None
    """Whom a PostgreSQL server took us for; None for the home's own file."""

    @property
    def is_file(self) -> bool:
        """Whether the store is the home's SQLite file."""
        return self.login is None

    @property
    def sees_all(self) -> bool:
        """Whether every account's rows are visible to us; an account owner's login in a team sees its own."""
        return self.login is None or self.login.sees_all

    def signed(self, actor: str) -> str:
        """Who decides: where a login decides for an owner's address, that address, whatever was claimed."""
        mine = self.login.emails if self.login else ()
        return actor if not mine or actor in mine else mine[0]

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one consistent state and blocks nobody."""
        with self._explained(), self.engine.connect() as connection:
            if not self.is_file:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def write(self, *, shared: bool = False) -> Iterator[Connection]:
        """A transaction that takes the write lock at once, so that what it reads cannot change before it writes.

        `shared`: for whoever writes one account that nobody else runs at the moment (the workers of a night). On PostgreSQL such
        writers go side by side, and a person who decides waits for those under way; on SQLite there is one writer in any case.
        """
        with self._explained(), self.engine.connect() as connection:
            connection = connection.execution_options(**{WRITES: "shared" if shared else True})
            with connection.begin():
                yield connection

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the one run on the database, whatever machine it runs on. Raises RunLocked. A file is guarded by its home's lock."""
        if self.is_file:
            yield
            return
        with self._explained(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            postgres.take_run_lock(connection, self.engine.url)
            try:
                yield
            finally:
                postgres.release_run_lock(connection)

    def close(self) -> None:
        self.engine.dispose()

    def __str__(self) -> str:
        return str(self.home) if self.is_file else postgres.place(self.engine.url)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the driver's complaints into errors that say what to do."""
        if self.is_file:
            with _explained(self.home):
                yield
            return
        try:
            yield
        except DBAPIError as error:
            raise postgres.trouble(error, self.engine.url, self.login) from error


def open_store(home: Path, *, create: bool = False, database: str | None = None) -> Store:
    """Open a store, migrating it forward if it is of an older version: the file in `home`, or the PostgreSQL `database` (its URL).

    Raises HomeMissing where there is none and `create` is False; StoreError where it is damaged, locked, or newer; ConfigurationError
    where the database cannot be reached or used.
    """
    if database:
        return _team_store(home, database, create)
    path = home / DATABASE
    if not path.exists() and not create:
        raise HomeMissing(
            f"There is no store in {home}.",
            "Run `earned demo` for the sample book, or `earned run --book DIR` for your own (`--home` or EARNED_HOME chooses the folder).",
        )
    _make(home)
    store = Store(home, _sqlite(path))
    with _explained(home):
        _bring_up_to_date(store)
    return store


def _team_store(home: Path, database: str, create: bool) -> Store:
    url = postgres.address(database)
    engine, login = postgres.connected(url)
    store = Store(home, engine, login)
    if login.capacity == "stranger":
        raise StoreError(
            f"The login {login.name} has no place in the team of {store}.",
            f"Its keeper gives it one: earned team grant --login {login.name} --owner EMAIL.",
        )
    with store._explained():
        version = _version(engine)
        if version is None and not create:
            raise HomeMissing(
                f"There is no store in {store}.",
                "Bring an existing one with `earned migrate`, or fill it with `earned run --book DIR`; `earned team init` lets a team in.",
            )
        if version != HEAD and login.capacity != "keeper" and (version or "") < HEAD:
            raise StoreError(
                f"The store in {store} is of version {version}; this program needs {HEAD}.", "Its keeper runs `earned team init`."
            )
        _make(home)
        _bring_up_to_date(store)
    return store


def _make(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if is_full(error):
            raise DiskFull(home) from error
        raise StoreError(
            f"The data folder {home} cannot be made: {error.strerror}.", "Choose another one with --home."
        ) from error


def _sqlite(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": WAIT})

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
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _bring_up_to_date(store: Store) -> None:
    version = _version(store.engine)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise StoreError(
            f"The store in {store} is of version {version}; this program knows {HEAD}.", "Install a newer release of earned."
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
        raise trouble(error.orig or error, home) from error
    except DatabaseError as error:
        if "not a database" in str(error.orig) or "malformed" in str(error.orig):
            raise StoreError(
                f"{home / DATABASE} is damaged: {error.orig}.", "Restore a backup, or move it away and run again to rebuild."
            ) from error
        raise


def trouble(error: BaseException, home: Path) -> StoreError:
    """What SQLite's refusal, or the operating system's, means for whoever works with the home."""
    said, code = str(error).lower(), getattr(error, "sqlite_errorname", "")
    if "locked" in said or "busy" in said:
        return StoreBusy(
            f"The store in {home} is locked by another process; it was waited for {WAIT:g} s.",
            f"{KEPT}. Try again when that process has finished its work; `fuser {home / DATABASE}` names it.",
        )
    # Where not even the log or the shared memory beside the file can be made, SQLite speaks of input and output, or of opening.
    blocked = code.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and (room_left(home) or 0) < _NO_ROOM
    if blocked or is_full(error) or "full" in said:
        return DiskFull(home)
    if "readonly" in said or "unable to open" in said:
        return StoreError(f"The store in {home} cannot be written: {error}.", "Check the folder's permissions.")
    if code.startswith("SQLITE_IOERR"):
        return StoreError(
            f"The disk that holds {home} failed: {error}.",
            f"{KEPT}. Check the disk, then `earned doctor`; restore a backup if it fails.",
        )
    return StoreError(f"The store in {home} failed: {error}.", "Run `earned doctor`.")
