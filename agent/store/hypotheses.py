"""Hypotheses and their revisions in SQL, and the one place where new drafts meet old decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, Select, func, insert, select, update

from agent.decisions import effective, standing
from agent.hypotheses import Draft, State, hypothesis_id
from agent.store import decisions, tables

_TABLE, _REVISIONS = tables.hypotheses, tables.revisions
Outcome = Literal["new", "revised", "unchanged"]
EDITED_BY: Final = "edit:"
"""Prefix of the run id of a revision that a person wrote, followed by who."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A hypothesis as it stands: its newest draft and what its owner last decided."""

    id: str
    account_id: str
    adjacency: str | None
    owner: str
    revision: int
    state: State
    until: str | None
    changed: bool
    """A newer revision came after the decision that holds: "changed since you decided"."""
    version: int
    updated_at: str
    draft: Draft
    withdrawn: bool = False
    """No run drafts it any more; nothing is left to decide."""

    def to_json(self) -> dict[str, object]:
        """The line that `earned hypotheses --json` prints."""
        head = {"id": self.id, "account_id": self.account_id, "revision": self.revision, "state": self.state.value}
        return {**head, "changed_since_decided": self.changed, **self.draft.to_json()}


def save(conn: Connection, account_id: str, drafts: Sequence[Draft], *, run_id: str, now: str, today: str) -> dict[str, Outcome]:
    """Store the drafts of one account: a new hypothesis, a new revision where the content differs, or nothing.

    A hypothesis that is no longer drafted is withdrawn. One that a person has decided on stays as decided, since a decision outranks
    any re-run, and gets a revision that says that the evidence has moved on, so that it shows as changed.
    """
    outcomes: dict[str, Outcome] = {}
    for draft in drafts:
        key = hypothesis_id(account_id, draft.adjacency)
        outcomes[key] = _save_one(conn, key, draft, run_id, now, today)
    rows = (
        conn.execute(select(_TABLE.c.id).where(_TABLE.c.account_id == account_id, _TABLE.c.withdrawn.is_(False))).scalars().all()
    )
    for key in rows:
        if key in outcomes:
            continue
        if effective(decisions.of(conn, key)) and drafts:
            outcomes[key] = _save_one(conn, key, _moved_on(conn, key, drafts[0]), run_id, now, today)
        else:
            conn.execute(
                update(_TABLE).where(_TABLE.c.id == key).values(withdrawn=True, version=_TABLE.c.version + 1, updated_at=now)
            )
    return outcomes


MOVED_ON: Final = "The evidence has moved on from: "


def _moved_on(conn: Connection, key: str, draft: Draft) -> Draft:
    """What the evidence says now, under the name of what was decided on."""
    item = get(conn, key)
    assert item is not None, "callers name rows that exist"
    return draft.model_copy(update={"adjacency": item.adjacency, "title": MOVED_ON + item.draft.title.removeprefix(MOVED_ON)})


def _save_one(conn: Connection, key: str, draft: Draft, run_id: str, now: str, today: str) -> Outcome:
    row = conn.execute(select(_TABLE.c.revision, _TABLE.c.withdrawn).where(_TABLE.c.id == key)).first()
    if row is None:
        conn.execute(
            insert(_TABLE).values(
                id=key,
                account_id=draft.account_id,
                adjacency=draft.adjacency,
                owner_email=draft.owner,
                grade=draft.grade.value,
                title=draft.title,
                revision=1,
                withdrawn=False,
                state=State.OPEN.value,
                until=None,
                changed=False,
                version=1,
                updated_at=now,
            )
        )
        _insert_revision(conn, key, 1, draft, run_id, now)
        return "new"
    # A person's wording stands until the evidence changes: a run compares its draft with the last one that a run made.
    drafted = _REVISIONS.c.hypothesis_id == key, _REVISIONS.c.run_id.not_like(f"{EDITED_BY}%")
    same = conn.scalar(select(_REVISIONS.c.content_hash).where(*drafted).order_by(_REVISIONS.c.revision.desc()).limit(1))
    if same == draft.content_hash() and not row.withdrawn:
        return "unchanged"
    number = row.revision if same == draft.content_hash() else row.revision + 1
    if number != row.revision:
        _insert_revision(conn, key, number, draft, run_id, now)
    values = {
        "revision": number,
        "owner_email": draft.owner,
        "grade": draft.grade.value,
        "title": draft.title,
        "withdrawn": False,
    }
    conn.execute(update(_TABLE).where(_TABLE.c.id == key).values(**values))
    restate(conn, key, now=now, today=today)
    return "revised"


def save_edit(conn: Connection, key: str, draft: Draft, *, actor: str, now: str) -> int:
    """Store a person's wording as the newest revision; its number. The caller decides on it in the same transaction."""
    newest = conn.scalar(select(func.max(_REVISIONS.c.revision)).where(_REVISIONS.c.hypothesis_id == key)) or 0
    _insert_revision(conn, key, newest + 1, draft, f"{EDITED_BY}{actor}", now)
    conn.execute(update(_TABLE).where(_TABLE.c.id == key).values(revision=newest + 1, title=draft.title))
    return newest + 1


def _insert_revision(conn: Connection, key: str, number: int, draft: Draft, run_id: str, now: str) -> None:
    conn.execute(
        insert(_REVISIONS).values(
            hypothesis_id=key,
            revision=number,
            content=draft.to_json(),
            content_hash=draft.content_hash(),
            run_id=run_id,
            created_at=now,
        )
    )


def restate(conn: Connection, key: str, *, now: str, today: str) -> State:
    """Fold the log of a hypothesis into its row again, after a decision or a revision; its version rises."""
    number = conn.scalar(select(_TABLE.c.revision).where(_TABLE.c.id == key))
    assert number is not None, "callers restate rows that exist"
    log = decisions.of(conn, key)
    held = effective(log)
    decided_on = revision(conn, key, held[-1].revision) if held else None
    current = revision(conn, key, number)
    assert current is not None, "a hypothesis always has its newest revision"
    stands = standing(log, current, decided_on, today)
    conn.execute(
        update(_TABLE)
        .where(_TABLE.c.id == key)
        .values(
            state=stands.state.value,
            until=stands.decision.until if stands.decision and stands.state is State.SNOOZED else None,
            changed=stands.decision is not None and stands.decision.revision < number,
            version=_TABLE.c.version + 1,
            updated_at=now,
        )
    )
    return stands.state


def wake(conn: Connection, *, now: str, today: str) -> int:
    """Bring snoozed hypotheses whose day has come back into the queue; how many."""
    keys = due(conn, today)
    for key in keys:
        restate(conn, key, now=now, today=today)
    return len(keys)


def due(conn: Connection, today: str) -> list[str]:
    """Snoozed hypotheses whose day has come."""
    return list(conn.scalars(select(_TABLE.c.id).where(_TABLE.c.state == State.SNOOZED.value, _TABLE.c.until <= today)))


def revision(conn: Connection, key: str, number: int) -> Draft | None:
    """One revision's content, or None."""
    query = select(_REVISIONS.c.content).where(_REVISIONS.c.hypothesis_id == key, _REVISIONS.c.revision == number)
    content = conn.scalar(query)
    return None if content is None else Draft.model_validate(content)


def history(conn: Connection, key: str) -> list[tuple[int, str, str, Draft]]:
    """Every revision, oldest first: (number, created_at, run id, draft)."""
    rows = conn.execute(select(_REVISIONS).where(_REVISIONS.c.hypothesis_id == key).order_by(_REVISIONS.c.revision))
    return [(row.revision, row.created_at, row.run_id, Draft.model_validate(row.content)) for row in rows]


def get(conn: Connection, key: str) -> Hypothesis | None:
    row = conn.execute(_current().where(_TABLE.c.id == key)).first()
    return _read(row) if row else None


def several(conn: Connection, keys: Sequence[str]) -> dict[str, Hypothesis]:
    """Those of some ids that are there. For a handful, not for everything."""
    return {row.id: _read(row) for row in conn.execute(_current().where(_TABLE.c.id.in_(list(keys))))}


def current(
    conn: Connection, *, account_id: str | None = None, owner: str | None = None, state: str | None = None
) -> list[Hypothesis]:
    """The hypotheses that stand, by account; filters narrow."""
    query = _current().where(_TABLE.c.withdrawn.is_(False)).order_by(_TABLE.c.account_id, _TABLE.c.id)
    if account_id is not None:
        query = query.where(_TABLE.c.account_id == account_id)
    if owner is not None:
        query = query.where(_TABLE.c.owner_email == owner)
    if state is not None:
        query = query.where(_TABLE.c.state == state)
    return [_read(row) for row in conn.execute(query)]


def by_grade(conn: Connection) -> Counter[str]:
    """How many stand of each grade."""
    query = select(_TABLE.c.grade, func.count().label("number")).where(_TABLE.c.withdrawn.is_(False)).group_by(_TABLE.c.grade)
    return Counter({row.grade: row.number for row in conn.execute(query)})


def _current() -> Select[tuple[object, ...]]:
    joined = _TABLE.join(_REVISIONS, (_REVISIONS.c.hypothesis_id == _TABLE.c.id) & (_REVISIONS.c.revision == _TABLE.c.revision))
    return select(_TABLE, _REVISIONS.c.content).select_from(joined)


def _read(row: object) -> Hypothesis:
    r = row._mapping  # type: ignore[attr-defined]
    return Hypothesis(
        id=r["id"],
        account_id=r["account_id"],
        adjacency=r["adjacency"],
        owner=r["owner_email"],
        revision=r["revision"],
        state=State(r["state"]),
        until=r["until"],
        changed=r["changed"],
        version=r["version"],
        updated_at=r["updated_at"],
        draft=Draft.model_validate(r["content"]),
        withdrawn=r["withdrawn"],
    )
