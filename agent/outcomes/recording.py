"""Recording an outcome: find the hypothesis, check what is said, append."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from agent.decisions import Action, effective
from agent.errors import NotFound, UsageError
from agent.outcomes.facts import Outcome, What, checked
from agent.outcomes.facts import effective as holding
from agent.store import Store, decisions, hypotheses, outcomes
from agent.store.hypotheses import Hypothesis


def record(
    store: Store,
    key: str,
    what: What,
    on_day: date,
    *,
    actor: str,
    value: tuple[str, str] | None = None,
    note: str | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Outcome:
    """Append an outcome. `key`: a hypothesis, or an account that has one.

    Raises NotFound without it, UsageError where the account has several or what is said cannot be (`checked`).
    """
    now = clock().astimezone(UTC)
    amount, unit = checked(what, on_day, value, today=now.date())
    with store.write() as conn:
        item = _found(conn, key)
        log = outcomes.of(conn, item.id)
        target = next(reversed(holding(log)), None)
        if what is What.UNDO and target is None:
            raise UsageError("There is no outcome to undo.", "`earned report outcomes` lists what was recorded.")
        entry = Outcome(
            id=f"o-{uuid.uuid4().hex[:12]}",
            hypothesis_id=item.id,
            account_id=item.account_id,
            revision=target.revision if what is What.UNDO and target else _acted_on(conn, item),
            what=what,
            on_day=on_day.isoformat(),
            amount=amount,
            unit=unit,
            note=(note or "").strip() or None,
            actor=store.signed(actor),
            at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            undoes=target.id if what is What.UNDO and target else None,
        )
        return outcomes.append(conn, entry)


def _found(conn: Connection, key: str) -> Hypothesis:
    item = hypotheses.get(conn, key)
    if item is not None:
        return item
    standing = hypotheses.current(conn, account_id=key)
    if len(standing) > 1:
        raise UsageError(f"{key} has {len(standing)} hypotheses.", f"Name one: {', '.join(one.id for one in standing)}.")
    if not standing:
        raise NotFound(f"There is no hypothesis {key!r}.", "`earned hypotheses` lists them.")
    return standing[0]


def _acted_on(conn: Connection, item: Hypothesis) -> int:
    """The revision that people acted on: the approved one, or the newest where nobody approved."""
    held = effective(decisions.of(conn, item.id))
    return held[-1].revision if held and held[-1].action is Action.APPROVE else item.revision
