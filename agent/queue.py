"""The review queue: what an owner sees and decides, under one set of rules for the terminal app, its plain twin and scripts.

No widgets and no SQL here: it stands on `agent.store` and `agent.decisions`. Every decision names the version that the person
looked at; if somebody decided or a run revised it meanwhile, nothing is written and `DecisionConflict` says what happened.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from agent import store as stores
from agent.decisions import REASONS, Action, Decision, effective
from agent.errors import DecisionConflict, DecisionRefused, NotFound
from agent.hypotheses import Grade, State
from agent.kinds import Stance
from agent.signals import Signal
from agent.store import accounts, decisions, hypotheses, signals
from agent.store.hypotheses import Hypothesis
from retrieval import store as texts
from retrieval.accounts import Account, Catalog, Contact
from retrieval.records import Record

RANK = {Grade.EARNED: 0, Grade.PROMISING: 1, Grade.BLOCKED: 2, Grade.WISH: 3}
"""The order of the queue: what can be acted on first, what only warns after it."""


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that is shown of one hypothesis, read in one transaction."""

    hypothesis: Hypothesis
    account: Account
    contacts: tuple[Contact, ...]
    catalog: Catalog
    signals: dict[str, Signal]
    """Every signal that the draft cites, by id."""
    log: tuple[Decision, ...]
    """Its decisions, oldest first."""

    def evidence(self, stance: Stance) -> list[Signal]:
        """The cited signals of a stance, in the order in which the draft mentions them."""
        found = (self.signals.get(key) for key in self.hypothesis.draft.cited)
        return [signal for signal in found if signal is not None and signal.stance is stance]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A record among the records of its document, in order."""

    records: tuple[Record, ...]
    at: int
    """Index of the record that was asked for."""

    @property
    def record(self) -> Record:
        return self.records[self.at]


class Queue:
    """One person's way into the queue. `clock` gives the time in UTC; tests hand in their own."""

    def __init__(self, store: stores.Store, actor: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.store = store
        self.actor = actor
        self._clock = clock

    @property
    def today(self) -> date:
        return self._clock().date()

    def items(self, *, owner: str | None = None, state: str | None = None) -> list[Hypothesis]:
        """The hypotheses of an owner, or of all; best first. Snoozed ones whose day has come are open again."""
        self._wake()
        with self.store.read() as conn:
            rows = hypotheses.current(conn, owner=owner, state=state)
        return sorted(rows, key=lambda item: (RANK[item.draft.grade], -len(item.draft.claims), item.account_id))

    def card(self, key: str) -> Card:
        """One hypothesis with its account, evidence and log. Raises NotFound."""
        with self.store.read() as conn:
            hypothesis = hypotheses.get(conn, key)
            if hypothesis is None:
                raise NotFound(f"There is no hypothesis {key!r}.", "`earned hypotheses` lists them.")
            known = accounts.get(conn, hypothesis.account_id)
            account, contacts = known or (Account(hypothesis.account_id, hypothesis.account_id), ())
            return Card(
                hypothesis=hypothesis,
                account=account,
                contacts=contacts,
                catalog=accounts.catalog(conn),
                signals=signals.by_ids(conn, hypothesis.draft.cited),
                log=tuple(decisions.of(conn, key)),
            )

    def conversation(self, record_id: str) -> Conversation:
        """The document that a record belongs to. Raises NotFound where the record was deleted since."""
        with self.store.read() as conn:
            record = texts.record(conn, record_id)
            if record is None:
                raise NotFound(
                    f"The source {record_id!r} is not in the store any more.", "The next run withdraws what stood on it."
                )
            records = tuple(texts.document_records(conn, record.account_id, record.document))
        return Conversation(records, next(i for i, other in enumerate(records) if other.record_id == record_id))

    def approve(self, key: str, *, version: int | None = None, note: str | None = None) -> Decision:
        return self._decide(key, Action.APPROVE, version, note=note)

    def reject(self, key: str, *, reason: str, version: int | None = None, note: str | None = None) -> Decision:
        """Raises DecisionRefused without one of `REASONS`, or for `other` without a note: a rejection teaches only with a reason."""
        if reason not in REASONS:
            raise DecisionRefused(f"{reason!r} is not a reason.", f"Choose one of: {', '.join(REASONS)}.")
        if reason == "other" and not (note or "").strip():
            raise DecisionRefused("A rejection for another reason needs that reason in words.", "Give it as a note.")
        return self._decide(key, Action.REJECT, version, reason=reason, note=note)

    def ask_for_proof(self, key: str, *, ask: str, version: int | None = None) -> Decision:
        """`ask`: what proof, of whom, by when. The item returns when a missing component of the proof has arrived."""
        if not ask.strip():
            raise DecisionRefused("Asking for proof needs the question.", "Say what is to be shown, by whom and by when.")
        return self._decide(key, Action.PROOF, version, note=ask)

    def snooze(self, key: str, *, until: date, version: int | None = None, note: str | None = None) -> Decision:
        """Raises DecisionRefused for a day that is not in the future."""
        if until <= self.today:
            raise DecisionRefused(f"{until.isoformat()} is not in the future.", "Choose a later day.")
        return self._decide(key, Action.SNOOZE, version, note=note, until=until.isoformat())

    def undo(self, key: str | None = None) -> Decision:
        """Take back the newest decision that holds: of one hypothesis, or this person's own newest. Raises DecisionRefused if none."""
        with self.store.write() as conn:
            if key is None:
                target = decisions.undoable(conn, self.actor)
            else:
                target = next(reversed(effective(decisions.of(conn, key))), None)
            if target is None:
                raise DecisionRefused("There is nothing to undo.", "Decisions of others are undone by naming the hypothesis.")
            return self._append(conn, target.hypothesis_id, Action.UNDO, target.revision, undoes=target.id)

    def _decide(self, key: str, action: Action, version: int | None, **fields: str | None) -> Decision:
        with self.store.write() as conn:
            item = hypotheses.get(conn, key)
            if item is None:
                raise NotFound(f"There is no hypothesis {key!r}.", "`earned hypotheses` lists them.")
            if version is not None and item.version != version:
                raise self._conflict(item, effective(decisions.of(conn, key)))
            return self._append(conn, key, action, item.revision, **fields)

    def _append(self, conn: Connection, key: str, action: Action, revision: int, **fields: str | None) -> Decision:
        now = self._now()
        decision = Decision(
            id=f"d-{uuid.uuid4().hex[:12]}",
            hypothesis_id=key,
            revision=revision,
            action=action,
            actor=self.actor,
            at=now,
            reason=fields.get("reason"),
            note=fields.get("note"),
            until=fields.get("until"),
            undoes=fields.get("undoes"),
        )
        linked = decisions.append(conn, decision)
        hypotheses.restate(conn, key, now=now, today=self.today.isoformat())
        return linked

    def _conflict(self, item: Hypothesis, held: Sequence[Decision]) -> DecisionConflict:
        if held and item.state is not State.OPEN:
            last = held[-1]
            what = f"{last.actor} decided meanwhile: {last.action.value} at {last.at}."
        else:
            what = f"It was revised meanwhile (now revision {item.revision})."
        return DecisionConflict(what, "Look again before you decide; nothing was written.")

    def _wake(self) -> None:
        with self.store.read() as conn:
            due = hypotheses.due(conn, self.today.isoformat())
        if due:
            with self.store.write() as conn:
                hypotheses.wake(conn, now=self._now(), today=self.today.isoformat())

    def _now(self) -> str:
        return self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
