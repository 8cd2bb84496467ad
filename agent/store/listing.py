"""The queue as a list: filters, order and one line a hypothesis, without reading a draft that is not shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, String, and_, case, cast, func, or_, select, text

from agent.hypotheses import Grade, State
from agent.store import tables
from agent.store.hypotheses import EDITED_BY

_TABLE, _REVISIONS = tables.hypotheses, tables.revisions


@dataclass(frozen=True, slots=True)
class Filter:
    """What narrows the queue. Every part that is given must hold; within a tuple one of them must, except that all `words` must."""

    owner: str | None = None
    states: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    """Parts of an account's id or name."""
    words: tuple[str, ...] = ()
    """Text anywhere in the draft, its title or the account's name."""
    kinds: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    motions: tuple[str, ...] = ()
    pulls: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    has_counter: bool | None = None
    has_missing: bool | None = None
    has_pretended: bool | None = None
    changed: bool | None = None
    since: str | None = None
    """Last touched by a run or a person at or after this time (UTC, ISO 8601)."""
    before: str | None = None
    order: str = "grade"
    """One of `ORDERS`; it narrows nothing."""


ORDERS: Final = ("grade", "renewal", "newest", "account")
"""Best grade first (within it by the day on which it moved), next renewal first, what moved last first, by the account's name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue: what a list shows without reading the whole draft."""

    id: str
    account_id: str
    account: str
    owner: str
    title: str
    grade: Grade
    state: State
    until: str | None
    changed: bool
    version: int
    revision: int
    drafted_at: str
    supports: int
    counters: int
    missing: int
    renewal: str
    edited: bool
    """The newest revision is a person's."""


RANK: Final = {Grade.EARNED: 0, Grade.PROMISING: 1, Grade.BLOCKED: 2, Grade.WISH: 3}
"""The order of the queue: what can be acted on first, what only warns after it."""


_SCANNED: Final = text(f"SELECT {', '.join(_TABLE.c.keys())} FROM hypotheses NOT INDEXED").columns(*_TABLE.c).subquery("scanned")
"""The table read from end to end. Through its index SQLite would look up every row of an owner by itself, which for one with most of
100,000 takes ten times as long (240 ms instead of 25); for one with few, both are too short to be felt."""


def index(conn: Connection, wanted: Filter, limit: int | None = None) -> list[tuple[str, str]]:
    """(id, owner) of the hypotheses that the filter leaves, in its order; the first `limit`, or all.

    Reads no draft unless the filter asks about one: 100,000 take a fifth of a second, the first 200 of them a tenth of that.
    """
    table: FromClause = _SCANNED if conn.dialect.name == "sqlite" else _TABLE
    query = select(table.c.id, table.c.owner_email).where(table.c.withdrawn.is_(False), *_columns(table, wanted))
    about_drafts = _contents(table, wanted)
    if wanted.accounts or wanted.words or wanted.order in ("renewal", "account"):
        query = query.outerjoin(tables.accounts, tables.accounts.c.account_id == table.c.account_id)
    if about_drafts:
        newest = and_(_REVISIONS.c.hypothesis_id == table.c.id, _REVISIONS.c.revision == table.c.revision)
        query = query.join(_REVISIONS, newest).where(*about_drafts)
    ordered = query.order_by(*_order(table, wanted.order), table.c.account_id, table.c.id).limit(limit)
    if wanted.owner is not None:
        return [(key, wanted.owner) for key in conn.scalars(ordered)]
    return [(row[0], row[1]) for row in conn.execute(ordered)]


def _order(table: FromClause, name: str) -> list[ColumnElement[Any]]:
    best = case(*((table.c.grade == grade.value, rank) for grade, rank in RANK.items()), else_=len(RANK))
    moved = table.c.updated_at.desc()
    if name == "renewal":
        day = func.coalesce(func.nullif(tables.accounts.c.facts["account"]["renewal_date"].as_string(), ""), "9999")
        return [day, best]
    if name == "account":
        return [func.lower(func.coalesce(tables.accounts.c.name, table.c.account_id)), best]
    # By the day: within a night the order in which accounts were worked through says nothing, and changes from run to run.
    return [moved, best] if name == "newest" else [best, func.substr(table.c.updated_at, 1, 10).desc()]


def counts(conn: Connection, owner: str | None = None) -> dict[str, int]:
    """How many hypotheses stand in each state."""
    query = select(_TABLE.c.state, func.count()).where(_TABLE.c.withdrawn.is_(False)).group_by(_TABLE.c.state)
    if owner is not None:
        query = query.where(_TABLE.c.owner_email == owner)
    return {row[0]: row[1] for row in conn.execute(query)}


def revision_count(conn: Connection) -> int:
    """How many revisions there are; it rises with every run that changed something."""
    return conn.scalar(select(func.count()).select_from(_REVISIONS)) or 0


def rows(conn: Connection, keys: Sequence[str]) -> list[Row]:
    """The lines of the queue for some ids, in their order; an id that is not there is left out. For pages, not for everything."""
    joined = _TABLE.join(_REVISIONS, and_(_REVISIONS.c.hypothesis_id == _TABLE.c.id, _REVISIONS.c.revision == _TABLE.c.revision))
    joined = joined.outerjoin(tables.accounts, tables.accounts.c.account_id == _TABLE.c.account_id)
    revised = _REVISIONS.c.content, _REVISIONS.c.created_at, _REVISIONS.c.run_id
    query = select(_TABLE, *revised, tables.accounts.c.name, tables.accounts.c.facts).select_from(joined)
    found = {row["id"]: _row(row) for row in conn.execute(query.where(_TABLE.c.id.in_(list(keys)))).mappings()}
    return [found[key] for key in keys if key in found]


def _row(r: Any) -> Row:
    content = r["content"]
    met = {key for part in content["components"].values() if part["status"] == "met" for key in part["signals"]}
    return Row(
        id=r["id"],
        account_id=r["account_id"],
        account=r["name"] or r["account_id"],
        owner=r["owner_email"],
        title=r["title"],
        grade=Grade(r["grade"]),
        state=State(r["state"]),
        until=r["until"],
        changed=r["changed"],
        version=r["version"],
        revision=r["revision"],
        drafted_at=r["created_at"],
        supports=len(met - set(content["counter_evidence"])),
        counters=len(content["counter_evidence"]),
        missing=len(content["missing_proof"]),
        renewal=((r["facts"] or {}).get("account") or {}).get("renewal_date", ""),
        edited=r["run_id"].startswith(EDITED_BY),
    )


def _columns(table: FromClause, wanted: Filter) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = []
    if wanted.owner is not None:
        tests.append(table.c.owner_email == wanted.owner)
    if wanted.states:
        tests.append(table.c.state.in_(wanted.states))
    if wanted.grades:
        tests.append(table.c.grade.in_(wanted.grades))
    if wanted.changed is not None:
        tests.append(table.c.changed.is_(wanted.changed))
    if wanted.since is not None:
        tests.append(table.c.updated_at >= wanted.since)
    if wanted.before is not None:
        tests.append(table.c.updated_at < wanted.before)
    if wanted.accounts:
        name, key = tables.accounts.c.name, table.c.account_id
        spelled = [form for word in wanted.accounts for form in _spellings(word)]
        tests.append(or_(*(part.icontains(form, autoescape=True) for form in spelled for part in (name, key))))
    return tests


def _contents(table: FromClause, wanted: Filter) -> list[ColumnElement[bool]]:
    content = _REVISIONS.c.content
    tests: list[ColumnElement[bool]] = []
    for has, field in (
        (wanted.has_counter, "counter_evidence"),
        (wanted.has_missing, "missing_proof"),
        (wanted.has_pretended, "pretended"),
    ):
        if has is not None:
            length = func.json_array_length(content[field])
            tests.append(length > 0 if has else length == 0)
    for names, field in ((wanted.kinds, "evidence_kinds"), (wanted.missing, "missing_proof")):
        if names:
            listed = cast(content[field], String)
            tests.append(or_(*(listed.contains(f'"{name}"', autoescape=True) for name in names)))
    if wanted.motions:
        tests.append(content["motion"].as_string().in_(wanted.motions))
    if wanted.pulls:
        tests.append(content["push_or_pull"].as_string().in_(wanted.pulls))
    if wanted.qualities:
        tests.append(content["quality"]["class"].as_string().in_(wanted.qualities))
    for word in wanted.words:
        # Drafts are stored as ASCII JSON, so a word is looked for in the same spelling.
        forms = _spellings(word)
        places: list[tuple[Any, str]] = [(column, form) for form in forms for column in (table.c.title, tables.accounts.c.name)]
        places += [(cast(content, String), json.dumps(form)[1:-1]) for form in forms]
        tests.append(or_(*(column.icontains(text, autoescape=True) for column, text in places)))
    return tests


def _spellings(word: str) -> list[str]:
    """The word, and beyond ASCII its usual cases: SQLite folds the case of A to Z only."""
    return [word] if word.isascii() else list(dict.fromkeys((word, word.lower(), word.upper(), word.capitalize())))
