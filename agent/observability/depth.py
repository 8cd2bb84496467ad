"""How long each owner's queue is, and how old: what nobody decides on is as lost as what nobody found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from agent.hypotheses import Grade, State
from agent.store import tables

CAP: Final = 25
"""Open cases worth pursuing from which an owner is said to be over capacity: five mornings of `agent.queue.TOP`."""
COUNTED: Final = (Grade.EARNED.value, Grade.PROMISING.value)
"""Every account has at least a wish; counting those would alarm about the size of the book."""


@dataclass(frozen=True, slots=True)
class Depth:
    """One owner's open hypotheses of one grade. `oldest`: when the oldest of them was drafted (UTC, ISO 8601)."""

    owner: str
    grade: str
    open: int
    oldest: str

    def age(self, now: datetime) -> float:
        """Seconds since the oldest was drafted."""
        return max(0.0, (now - datetime.fromisoformat(self.oldest)).total_seconds())


def depths(conn: Connection) -> list[Depth]:
    """By owner and grade."""
    table, content = tables.hypotheses, tables.revisions
    newest = (content.c.hypothesis_id == table.c.id) & (content.c.revision == table.c.revision)
    query = (
        select(table.c.owner_email, table.c.grade, func.count(), func.min(content.c.created_at))
        .select_from(table.join(content, newest))
        .where(table.c.withdrawn.is_(False), table.c.state == State.OPEN.value)
        .group_by(table.c.owner_email, table.c.grade)
        .order_by(table.c.owner_email, table.c.grade)
    )
    return [Depth(*row) for row in conn.execute(query)]


def cap_warnings(found: Iterable[Depth], cap: int = CAP) -> list[str]:
    """A sentence for each owner with more open cases than `cap`: silence would mean that cases are dropped unseen."""
    counts: dict[str, int] = {}
    for depth in found:
        if depth.grade in COUNTED:
            counts[depth.owner] = counts.get(depth.owner, 0) + depth.open
    over: Sequence[tuple[str, int]] = sorted(
        ((owner, count) for owner, count in counts.items() if count > cap), key=lambda o: -o[1]
    )
    return [f"{owner or 'Nobody'} has {count} open cases that are earned or promising, more than {cap}." for owner, count in over]
