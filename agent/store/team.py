"""A team's logins: letting people into the database, and saying who is in. Run by the keeper, who owns the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from agent.errors import ConfigurationError, NotFound, UsageError
from agent.store import policies, tables
from agent.store.engine import Store
from agent.store.postgres import TEAM

GROUPS: Final = {"owner": policies.OWNERS, "manager": policies.MANAGERS, "nightly": policies.NIGHTLY}


@dataclass(frozen=True, slots=True)
class Member:
    """One login of the team."""

    login: str
    capacity: str
    emails: tuple[str, ...]
    accounts: int
    """How many accounts it decides for."""
    warnings: tuple[str, ...] = ()
    """What lets it see more, or less, than its capacity says."""
    notes: tuple[str, ...] = ()
    """Addresses that own nothing at the moment."""

    def to_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def init(store: Store) -> list[str]:
    """Make the roles, policies and views, or bring them up to date; all or nothing. Warnings: what could not be closed."""
    _keeper_only(store)
    with store.write() as conn:
        for role in policies.ROLES:
            if not conn.scalar(text("SELECT true FROM pg_roles WHERE rolname = :name"), {"name": role}):
                conn.execute(text(f"CREATE ROLE {role} NOLOGIN NOINHERIT"))
        is_superuser = bool(conn.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")))
        if not is_superuser:
            conn.execute(text(f"GRANT {policies.GATE} TO CURRENT_USER"))
        # Roles are the server's; each login is let into this database by itself, so that another team's manager is not in ours.
        conn.execute(text(f"REVOKE ALL ON DATABASE {_database(conn)} FROM PUBLIC"))
        owner = conn.scalar(text("SELECT relowner::regrole::text FROM pg_class WHERE oid = 'public.accounts'::regclass"))
        present = set(conn.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
        others = frozenset(present - policies.RULES.keys() - {"alembic_version"})
        for statement in policies.statements(str(owner), others):
            conn.execute(text(statement))
        if is_superuser:
            conn.execute(text(policies.HIDE_SIZES))
            return []
    return [
        "Every login can read in the catalogue how many rows all owners have together; `earned team init` as superuser hides it."
    ]


def grant(store: Store, login: str, capacity: str, emails: Sequence[str] = ()) -> Member:
    """Let a login in; it is made, without a password, if there is none. Capacity: owner, manager or nightly.

    Raises UsageError for a login that is more already, or could make itself more.
    """
    _keeper_only(store)
    with store.write() as conn:
        _ready(conn)
        known = conn.execute(text(_ROLE), {"login": login}).first()
        if known is None:
            conn.execute(text(f"CREATE ROLE {_quoted(conn, login)} LOGIN"))
        elif known.powers or set(known.member_of) - {GROUPS[capacity]}:
            raise UsageError(
                f"The login {login} cannot be let in as {capacity}: it is {_listed(known.powers, known.member_of)}.",
                "Give people logins that are nothing else; `earned team revoke` ends an earlier grant.",
            )
        conn.execute(text(f"GRANT {GROUPS[capacity]} TO {_quoted(conn, login)}"))
        conn.execute(text(f"GRANT CONNECT ON DATABASE {_database(conn)} TO {_quoted(conn, login)}"))
        conn.execute(text(f"ALTER ROLE {_quoted(conn, login)} INHERIT"))
        add = text(f"INSERT INTO {TEAM}.members (login, email) VALUES (:login, :email) ON CONFLICT DO NOTHING")
        for email in emails:
            conn.execute(add, {"login": login, "email": email.strip()})
        return next(member for member in _members(conn) if member.login == login)


def revoke(store: Store, login: str) -> None:
    """End a login's place in the team, also for sessions that are open. The login itself stays, and what it decided. Raises NotFound.

    Its group is the server's: if it is in the team of another database of the same server, grant it there again.
    """
    _keeper_only(store)
    with store.write() as conn:
        _ready(conn)
        if login not in {member.login for member in _members(conn)}:
            raise NotFound(f"The team has no login {login!r}.", "`earned team list` names them.")
        conn.execute(text(f"DELETE FROM {TEAM}.members WHERE login = :login"), {"login": login})
        if conn.scalar(text("SELECT true FROM pg_roles WHERE rolname = :name"), {"name": login}):
            conn.execute(text(f"REVOKE ALL ON DATABASE {_database(conn)} FROM {_quoted(conn, login)}"))
            for group in GROUPS.values():
                conn.execute(text(f"REVOKE {group} FROM {_quoted(conn, login)}"))


def members(store: Store) -> list[Member]:
    """Everybody who is in, by login. Raises ConfigurationError before the first `earned team init`."""
    _keeper_only(store)
    with store.read() as conn:
        _ready(conn)
        return _members(conn)


def state(conn: Connection) -> tuple[list[str], list[str]]:
    """Tables that are not closed as they should be, and what is wrong with logins; nothing of either where there is no team."""
    if not _has_team(conn):
        return [], []
    query = (
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' "
        "AND c.relname <> 'alembic_version' AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1"
    )
    return list(conn.scalars(text(query))), [f"{one.login}: {said}" for one in _members(conn) for said in one.warnings]


_ROLE: Final = """
SELECT ARRAY_REMOVE(ARRAY[
    CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolbypassrls THEN 'exempt from row security' END,
    CASE WHEN r.rolcreaterole THEN 'a maker of roles' END, CASE WHEN r.rolreplication THEN 'a replication login' END], NULL) AS powers,
  ARRAY(SELECT g.rolname::text FROM pg_roles g WHERE g.oid <> r.oid AND pg_has_role(r.oid, g.oid, 'MEMBER')) AS member_of
FROM pg_roles r WHERE r.rolname = :login
"""


def _members(conn: Connection) -> list[Member]:
    emails: dict[str, list[str]] = {}
    for login, email in conn.execute(text(f"SELECT login, email FROM {TEAM}.members ORDER BY login, email")):
        emails.setdefault(login, []).append(email)
    capacities: dict[str, str] = {}
    for capacity, group in GROUPS.items():
        query = (
            "SELECT m.rolname::text FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member "
            "JOIN pg_roles g ON g.oid = a.roleid WHERE g.rolname = :group"
        )
        capacities.update((login, capacity) for login in conn.scalars(text(query), {"group": group}))
    owned: dict[str, int] = {}
    for email in conn.scalars(tables.accounts.select().with_only_columns(tables.accounts.c.owner_email)):
        owned[email] = owned.get(email, 0) + 1
    found = []
    for login in sorted({*emails, *capacities}):
        mine = tuple(emails.get(login, ()))
        warnings = tuple(_warnings(conn, login, capacities.get(login)))
        notes = tuple(_unowned(email, owned) for email in mine if email not in owned)
        found.append(Member(login, capacities.get(login, "none"), mine, sum(owned.get(e, 0) for e in mine), warnings, notes))
    return found


def _unowned(email: str, owned: dict[str, int]) -> str:
    near = next((other for other in owned if other.casefold() == email.casefold()), None)
    return f"no account is owned by {email}" + (f"; the book writes {near}" if near else "")


def _warnings(conn: Connection, login: str, capacity: str | None) -> list[str]:
    known = conn.execute(text(_ROLE), {"login": login}).first()
    if known is None:
        return ["there is no such login in the server any more: revoke it, or whoever is given the name gets its accounts"]
    warnings = []
    more = [group for group in known.member_of if group != GROUPS.get(capacity or "")]
    if known.powers or more:
        warnings.append(f"it is {_listed(known.powers, more)}, and so may see more than its capacity says")
    if capacity is None:
        warnings.append("it is in no group any more and sees nothing: grant it again, or revoke it")
    return warnings


def _listed(powers: Sequence[str], groups: Sequence[str]) -> str:
    return ", ".join([*powers, *(f"a member of {group}" for group in groups)])


def _keeper_only(store: Store) -> None:
    if store.login is None:
        raise ConfigurationError(
            "The store is a file: whoever may read the file may read everything in it.",
            "A team needs PostgreSQL: set EARNED_DATABASE, and bring the store there with `earned migrate`.",
        )
    if store.login.capacity != "keeper":
        raise ConfigurationError(
            f"The login {store.login.name} does not own the tables of {store}.", "Only its keeper lets people in."
        )


def _ready(conn: Connection) -> None:
    if not _has_team(conn):
        raise ConfigurationError("The database has no team yet.", "Run `earned team init` first.")


def _database(conn: Connection) -> str:
    return _quoted(conn, str(conn.scalar(text("SELECT current_database()"))))


def _has_team(conn: Connection) -> bool:
    return bool(conn.scalar(text("SELECT true FROM pg_namespace WHERE nspname = :name"), {"name": TEAM}))


def _quoted(conn: Connection, name: str) -> str:
    return conn.dialect.identifier_preparer.quote_identifier(name)
