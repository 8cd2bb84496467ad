"""A team's PostgreSQL database: its address, who we are in it, its locks, and what its complaints mean.

Nothing here prints an address as it was typed: a password may be anywhere in it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from agent.errors import ConfigurationError, EarnedError, RunLocked, StoreError

VARIABLE: Final = "EARNED_DATABASE"
OLDEST: Final = 15
"""The oldest major version that the tests run on."""
TEAM: Final = "earned_team"
"""The schema of a team: who owns what, and the views through which owners look. `agent.store.policies` makes it."""
WRITES: Final = "earned_writes"
"""Execution option of a connection: False (reads), "shared", or anything else that is true (writes, alone)."""
LOCKS: Final = 1161908814
"""First number of our advisory locks, "EARN" in ASCII; the second says which."""
PATIENCE: Final = "10s"
"""How long a writer waits for another one."""
WRITERS: Final = 1
CHAIN: Final = 2
"""Taken by the trigger that links decisions (migration 0003)."""
RUN: Final = 3

Capacity = Literal["keeper", "nightly", "manager", "owner", "stranger"]
_EXAMPLE: Final = "postgresql+psycopg://LOGIN@HOST/DATABASE"
_DRIVER: Final = 'Install it: pip install "earned[postgres]".'


@dataclass(frozen=True, slots=True)
class Login:
    """Whom the server took us for. Nothing that we send can change it."""

    name: str
    capacity: Capacity
    """keeper: owns the tables, or uses them where there is no team. stranger: nobody let this login in."""
    emails: tuple[str, ...] = ()
    """The owner addresses that this login decides for."""

    @property
    def sees_all(self) -> bool:
        return self.capacity in ("keeper", "nightly", "manager")

    def path(self, writes: bool) -> str:
        """Where names of tables are looked up. Owners read and decide through views; a manager only decides through them."""
        through_views = self.capacity == "owner" or (self.capacity == "manager" and writes)
        return f"{TEAM}, public" if through_views else "public"


def address(written: str) -> URL:
    """The address in EARNED_DATABASE. Raises ConfigurationError, without repeating what was written."""
    try:
        url = make_url(written.strip())
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError("The database's address cannot be read.", f"Write it like {_EXAMPLE}.") from error
    backend = url.drivername.partition("+")[0]
    if backend not in ("postgresql", "postgres"):
        raise ConfigurationError(
            f"{backend!r} is no database that can be used; a team's database is PostgreSQL.",
            f"Write the address like {_EXAMPLE}, or unset {VARIABLE}: without it the home's own SQLite file is used.",
        )
    if "@" in (url.host or "") or "@" in (url.database or ""):
        raise ConfigurationError(
            "The password in the database's address has an @ of its own.", "Write %40 for it, or keep the password in ~/.pgpass."
        )
    return url.set(drivername="postgresql+psycopg")


def place(url: URL) -> str:
    """The database as messages name it: no login, no password, no options."""
    host = url.host or url.query.get("host") or "the local socket"
    return f"{url.database or 'the default database'} at {host}{f':{url.port}' if url.port else ''}"


def connected(url: URL) -> tuple[Engine, Login]:
    """An engine, and who we are. Raises ConfigurationError or StoreError with what to do."""
    import importlib.util

    if importlib.util.find_spec("psycopg") is None:
        raise ConfigurationError("PostgreSQL needs the driver psycopg, which is not installed.", _DRIVER)
    timeout = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
    try:
        engine = create_engine(
            url,
            connect_args={"application_name": "earned", **timeout},
            json_serializer=_json,
            json_deserializer=_value,
            pool_pre_ping=True,
        )
    except (ImportError, NoSuchModuleError) as error:  # psycopg without its library
        raise ConfigurationError("The driver psycopg cannot be loaded.", _DRIVER) from error
    try:
        with engine.connect() as connection:
            _check_version(connection, url)
            login = _login(connection)
    except DBAPIError as error:
        engine.dispose()
        raise trouble(error, url) from None  # the driver's words may repeat the address

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        begin(connection, login)

    return engine, login


def begin(connection: Connection, login: Login) -> None:
    """The first statement of every transaction: where names lead, how long to wait, and the lock of whoever writes."""
    writes = connection.get_execution_options().get(WRITES, False)
    lock = ""
    if writes:
        lock = f", pg_advisory_xact_lock{'_shared' if writes == 'shared' else ''}({LOCKS}, {WRITERS})"
    settings = {
        "search_path": login.path(bool(writes)),
        "lock_timeout": PATIENCE,
        "cursor_tuple_fraction": "1",  # we read what we ask for to its end; plans for the first rows only take minutes there
    }
    if writes:
        settings["idle_in_transaction_session_timeout"] = "5min"  # whoever went to sleep with the lock lets go of it
    set_them = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
    connection.exec_driver_sql(f"SELECT {set_them}{lock}")


def take_run_lock(connection: Connection, url: URL) -> None:
    """Be the one run on this database, for as long as the connection lives. Raises RunLocked."""
    if not connection.scalar(text(f"SELECT pg_try_advisory_lock({LOCKS}, {RUN})")):
        raise RunLocked(f"Another run is writing to {place(url)}.", "Wait until it has finished.")


def release_run_lock(connection: Connection) -> None:
    connection.execute(text(f"SELECT pg_advisory_unlock({LOCKS}, {RUN})"))


def _check_version(connection: Connection, url: URL) -> None:
    number, encoding = connection.execute(
        text("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')")
    ).one()
    if number // 10_000 < OLDEST:
        raise ConfigurationError(
            f"{place(url)} is of PostgreSQL {number // 10_000}; row security here needs {OLDEST} or newer.", "Upgrade the server."
        )
    if encoding != "UTF8":
        raise ConfigurationError(
            f"{place(url)} is encoded in {encoding}; customers write in every script.",
            "Make it again: createdb --encoding UTF8 --template template0 NAME.",
        )


_WHO: Final = f"""
SELECT session_user::text AS name,
  EXISTS (SELECT FROM pg_namespace WHERE nspname = '{TEAM}') AS has_team,
  COALESCE((SELECT rolsuper FROM pg_roles WHERE rolname = session_user), false) AS is_superuser,
  COALESCE((SELECT pg_has_role(session_user, relowner, 'MEMBER') FROM pg_class
            WHERE relname = 'alembic_version' AND relnamespace = 'public'::regnamespace), true) AS is_keeper,
  COALESCE((SELECT has_table_privilege(session_user, oid, 'SELECT') FROM pg_class
            WHERE relname = 'alembic_version' AND relnamespace = 'public'::regnamespace), false) AS is_let_in,
  ARRAY(SELECT rolname::text FROM pg_roles
        WHERE rolname IN ('earned_nightly', 'earned_managers', 'earned_owners')
        AND pg_has_role(session_user, oid, 'MEMBER')) AS groups
"""


def _login(connection: Connection) -> Login:
    who = connection.execute(text(_WHO)).one()
    if who.is_superuser or who.is_keeper or (not who.has_team and who.is_let_in):
        return Login(who.name, "keeper")
    if "earned_nightly" in who.groups:
        return Login(who.name, "nightly")
    if not who.groups:
        return Login(who.name, "stranger")
    mine = text(f"SELECT email FROM {TEAM}.members WHERE login = session_user ORDER BY email")
    emails = tuple(connection.scalars(mine))
    return Login(who.name, "manager" if "earned_managers" in who.groups else "owner", emails)


_REFUSALS: Final = (
    (r"could not translate host name|name or service not known|nodename nor servname", "Its host is not known.", "Check the host."),
    (r"connection refused|no such file or directory|is the server running|not listening", "No server answers there.",
     "Start PostgreSQL, or check host and port."),
    (r"timeout expired|timed out|no route to host|unreachable", "The server cannot be reached.", "Check the network and the port."),
    (r"password authentication failed|no password supplied|authentication failed", "The login was refused.",
     "Check the login and its password; ~/.pgpass (mode 0600) keeps it out of the address."),
    (r'database ".*" does not exist', "There is no database of that name.", "Make it: createdb --encoding UTF8 NAME."),
    (r'role ".*" does not exist', "There is no login of that name.", "The database's keeper makes it: earned team grant."),
    (r"no pg_hba.conf entry|permission denied for database", "The server does not let this login in.",
     "Its keeper allows it: pg_hba.conf, and earned team grant."),
    (r"too many (clients|connections)|remaining connection slots", "The server has no connection left.", "Try again later."),
    (r"ssl|certificate", "The encrypted connection failed.", "Check sslmode and the certificates in the address."),
)  # fmt: skip
_STATES: Final = {
    "55P03": ("is locked by another process", "Try again when it has finished."),
    "40P01": ("was being changed by somebody else at the same moment", "Try again."),
    "40001": ("was being changed by somebody else at the same moment", "Try again."),
    "53100": ("has no room left on its disk", "Free some space and run again: finished work is kept."),
    "53300": ("has no connection left", "Try again later."),
    "57014": ("stopped this by its own time limit", "Ask its keeper about statement_timeout."),
    "57P01": ("is being shut down", "Try again when it is back: finished work is kept."),
    "25006": ("takes no writes here", "Give the address of the primary server."),
    "22021": ("cannot hold this text", "Take the NUL characters out of it."),
    "42P01": ("lacks a table", "Its keeper brings it up to date: earned team init."),
    "42703": ("lacks a column", "Its keeper brings it up to date: earned team init."),
}
_RIGHTS: Final = ("42501", "55000")


def trouble(error: DBAPIError, url: URL, login: Login | None = None) -> EarnedError:
    """What the driver's complaint means to a person."""
    state = getattr(error.orig, "sqlstate", None)
    where = place(url)
    if state in _RIGHTS:
        who = f"The login {login.name} ({login.capacity})" if login else "This login"
        return StoreError(
            f"{who} may not do this in {where}.", "`earned team list` says who may do what; its keeper can grant more."
        )
    if state in _STATES:
        what, remedy = _STATES[state]
        return StoreError(f"The database {where} {what}.", remedy)
    if state == "P0001":  # our own triggers
        return StoreError(f"{_first(error, url)}.", "Nothing was written.")
    said = str(error.orig)
    if state is None or state.startswith(("08", "28", "3D")):
        for pattern, what, remedy in _REFUSALS:
            if re.search(pattern, said, re.IGNORECASE):
                return ConfigurationError(f"The database {where} cannot be opened. {what}", remedy)
    return StoreError(f"The database {where} failed: {_first(error, url)}.", "Run `earned doctor`.")


def _first(error: DBAPIError, url: URL) -> str:
    said = (str(error.orig).splitlines() or [""])[0].rstrip(".")
    secrets = [str(url.password or ""), *(str(value) for key, value in url.query.items() if "pass" in key)]
    for secret in filter(None, secrets):
        said = said.replace(secret, "***")
    return said


_MARK: Final = "\ue0f8"
_REFUSED: Final = re.compile(f"[\x00\ud800-\udfff{_MARK}]")
_WRITTEN: Final = re.compile(f"{_MARK}([0-9a-f]+){_MARK}")
_SUSPECT: Final = re.compile(r"\\u(?:0000|d[89a-f]|e0f8)")


def _json(value: Any) -> str:
    """JSON that PostgreSQL can look into: NUL and lone surrogates, which it refuses, are escaped as `retrieval.tables` does."""
    written = json.dumps(value)
    return json.dumps(_deep(value, _REFUSED, lambda m: f"{_MARK}{ord(m[0]):x}{_MARK}")) if _SUSPECT.search(written) else written


def _value(written: str | bytes) -> Any:
    found = json.loads(written)
    marked = b"\\ue0f8" if isinstance(written, bytes) else "\\ue0f8"
    return _deep(found, _WRITTEN, lambda m: chr(int(m[1], 16))) if marked in written else found  # type: ignore[operator]


def _deep(value: Any, pattern: re.Pattern[str], put: Any) -> Any:
    if isinstance(value, str):
        return pattern.sub(put, value)
    if isinstance(value, dict):
        return {_deep(key, pattern, put): _deep(item, pattern, put) for key, item in value.items()}
    return [_deep(item, pattern, put) for item in value] if isinstance(value, list | tuple) else value
