"""The review queue: what an owner sees and decides, under one set of rules for the terminal app, its plain twin and scripts.

No widgets and no SQL here: it stands on `agent.store` and `agent.decisions`. Every decision names the version that the person
looked at; if somebody decided or a run revised it meanwhile, nothing is written and `DecisionConflict` says what happened.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from agent import store as stores
from agent.claims import faults
from agent.decisions import MARKS, REASONS, Action, Decision, effective, redoable
from agent.errors import DecisionConflict, DecisionRefused, NotFound
from agent.hypotheses import Claim, Draft, State
from agent.store import accounts, decisions, hypotheses, listing, signals
from agent.store.hypotheses import Hypothesis
from agent.store.listing import ORDERS, RANK, Filter, Row
from agent.views import Card, Conversation, Revision, Shelf
from retrieval import store as texts
from retrieval.accounts import Account

__all__ = ["ORDERS", "RANK", "TOP", "Card", "Conversation", "Filter", "Hypothesis", "Queue", "Revision", "Row", "Shelf"]

TOP = 5
"""How many items a day are put in front of an owner; the rest waits below a line (owners hate ten-plus a day)."""


class Queue:
    """One person's way into the queue. `clock` gives the time in UTC; tests hand in their own."""

    def __init__(self, store: stores.Store, actor: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.store = store
        self.actor = store.signed(actor)
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

    def shelf(self, wanted: Filter, limit: int | None = None) -> Shelf:
        """The queue as ids, for lists that load their lines by page. Returned items first, then best grade, then what moved last.
        With a limit only its beginning, for a first look at a long one; returned items from further down are then not in it.

        At most `TOP` items of each owner are for today, less those that this person has decided today.
        """
        self._wake()
        with self.store.read() as conn:
            found = listing.index(conn, wanted, limit)
            logs = decisions.of_reopened(conn)
            today = decisions.since(conn, f"{self.today.isoformat()}T00:00:00Z")
            counts = listing.counts(conn, wanted.owner)
            pulse = _pulse(conn)
        returned = {key: held[-1] for key, log in logs.items() if (held := effective(log))}
        done = self._done(today)
        if wanted.order != ORDERS[0]:
            # Whoever sorts looks for something: nothing is put in front, and nothing is due today.
            return Shelf(tuple(key for key, _owner in found), 0, returned, counts, done, pulse)
        if returned:
            found = [line for line in found if line[0] in returned] + [line for line in found if line[0] not in returned]
        ids, top = _todays_first(found, max(0, TOP - done))
        return Shelf(tuple(ids), top, returned, counts, done, pulse)

    def _done(self, today: Sequence[Decision]) -> int:
        return len({entry.hypothesis_id for entry in effective(today) if entry.actor == self.actor})

    def rows(self, keys: Sequence[str]) -> list[Row]:
        """The lines of some ids, e.g. of one page."""
        with self.store.read() as conn:
            return listing.rows(conn, keys)

    def counts(self, owner: str | None = None) -> tuple[dict[str, int], int]:
        """How many hypotheses stand in each state, and on how many this person decided today."""
        with self.store.read() as conn:
            return listing.counts(conn, owner), self._done(decisions.since(conn, f"{self.today.isoformat()}T00:00:00Z"))

    def pulse(self) -> int:
        """See `Shelf.pulse`; two index look-ups."""
        with self.store.read() as conn:
            return _pulse(conn)

    def log(self, *, mine: bool = False, limit: int = 50) -> list[Decision]:
        """The newest decisions first."""
        with self.store.read() as conn:
            return decisions.latest(conn, actor=self.actor if mine else None, limit=limit)

    def revisions(self, key: str) -> list[Revision]:
        """Every revision, oldest first."""
        with self.store.read() as conn:
            return [Revision(*row) for row in hypotheses.history(conn, key)]

    def account_names(self) -> dict[str, str]:
        """What the accounts are called, by id."""
        with self.store.read() as conn:
            return accounts.names(conn)

    def card(self, key: str) -> Card:
        """One hypothesis with its account, evidence and log. Raises NotFound."""
        with self.store.read() as conn:
            hypothesis = hypotheses.get(conn, key)
            if hypothesis is None:
                raise NotFound(f"There is no hypothesis {key!r}.", "`earned hypotheses` lists them.")
            known = accounts.get(conn, hypothesis.account_id)
            account, contacts = known or (Account(hypothesis.account_id, hypothesis.account_id), ())
            cited = signals.by_ids(conn, hypothesis.draft.cited)
            settling = {signal.resolved_by for signal in cited.values() if signal.resolved_by}
            settled = {key: texts.record(conn, key, hypothesis.account_id) for key in settling}
            return Card(
                hypothesis=hypothesis,
                account=account,
                contacts=contacts,
                catalog=accounts.catalog(conn),
                signals=cited,
                settled_by={key: record for key, record in settled.items() if record is not None},
                log=tuple(decisions.of(conn, key)),
            )

    def cards(self, key: str) -> list[Card]:
        """The card of a hypothesis, or those of an account. Raises NotFound."""
        try:
            return [self.card(item.id) for item in self.items() if key in (item.id, item.account_id)] or [self.card(key)]
        except NotFound as error:
            raise NotFound(error.what, "Give an id of `earned hypotheses`, or an account id.") from error

    def conversation(self, record_id: str, account_id: str | None = None) -> Conversation:
        """The document that a record belongs to. Raises NotFound where the record was deleted since."""
        with self.store.read() as conn:
            record = texts.record(conn, record_id, account_id)
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

    def approve_edited(self, key: str, *, claims: Sequence[str], version: int | None = None) -> Decision:
        """Approve with other words. `claims`: the new text of each claim, in order; an empty one is dropped.

        Only the wording is the person's: evidence, grade and counter-evidence stay as they are, and what they write is checked like
        what a model writes (design invariant 4). Raises DecisionRefused where nothing would be left, the number of claims differs, or
        a claim says more than it cites.
        """
        with self.store.write() as conn:
            item = self._looked_at(conn, key, version)
            draft = _reworded(item.draft, claims)
            if draft.claims == item.draft.claims:
                return self._append(conn, key, Action.APPROVE, item.revision)
            self._check(conn, item, draft)
            number = hypotheses.save_edit(conn, key, draft, actor=self.actor, now=self._now())
            return self._append(conn, key, Action.APPROVE, number, note="in the owner's words")

    def _check(self, conn: Connection, item: Hypothesis, draft: Draft) -> None:
        account, contacts = accounts.get(conn, item.account_id) or (Account(item.account_id, item.account_id), ())
        catalog = accounts.catalog(conn)
        names = [account.name, *(f"{c.name} {c.title}" for c in contacts), *(option.name for option in catalog.items)]
        names += [claim.text for claim in item.draft.claims]  # whom the draft named already
        new = [claim for claim in draft.claims if claim not in item.draft.claims]
        wrong = faults(new, signals.by_ids(conn, draft.cited), account_id=item.account_id, names=names)
        if wrong:
            said = "; ".join(dict.fromkeys(fault.why for fault in wrong))
            raise DecisionRefused(f"The wording {said}.", "Say only what the quotes say, or cite nothing and put it into a note.")

    def mark(self, key: str, signal_id: str, action: Action, *, version: int | None = None) -> Decision:
        """Tick a quote as checked or flag it as not supporting. Raises DecisionRefused for a quote that the draft does not cite."""
        if action not in MARKS:
            raise DecisionRefused(f"{action.value!r} is not a mark on a quote.", "Use check or flag.")
        with self.store.write() as conn:
            item = self._looked_at(conn, key, version)
            if signal_id not in item.draft.cited:
                raise DecisionRefused(f"The draft does not cite {signal_id!r}.", "Mark one of its own quotes.")
            return self._append(conn, key, action, item.revision, note=signal_id)

    def redo(self) -> Decision:
        """Decide again what this person's newest undo took back. Raises DecisionRefused where there is nothing, DecisionConflict
        where somebody decided or a run revised the hypothesis after the undo."""
        with self.store.write() as conn:
            target = redoable(decisions.by_actor(conn, self.actor))
            if target is None:
                raise DecisionRefused("There is nothing to redo.", "Redo follows an undo; a new decision ends it.")
            item = hypotheses.get(conn, target.hypothesis_id)
            log = decisions.of(conn, target.hypothesis_id)
            if item is None or item.revision != target.revision or log[-1].actor != self.actor:
                raise DecisionConflict("It changed after the undo.", "Look again before you decide; nothing was written.")
            fields = {"reason": target.reason, "note": target.note, "until": target.until}
            return self._append(conn, target.hypothesis_id, target.action, target.revision, **fields)

    def undo(self, key: str | None = None, *, version: int | None = None) -> Decision:
        """Take back the newest decision that holds: of one hypothesis, or this person's own newest. Raises DecisionRefused if none."""
        with self.store.write() as conn:
            if key is not None:
                self._looked_at(conn, key, version)
            if key is None:
                target = decisions.undoable(conn, self.actor)
            else:
                target = next(reversed(effective(decisions.of(conn, key))), None)
            if target is None:
                raise DecisionRefused("There is nothing to undo.", "Decisions of others are undone by naming the hypothesis.")
            return self._append(conn, target.hypothesis_id, Action.UNDO, target.revision, undoes=target.id)

    def _decide(self, key: str, action: Action, version: int | None, **fields: str | None) -> Decision:
        with self.store.write() as conn:
            item = self._looked_at(conn, key, version)
            return self._append(conn, key, action, item.revision, **fields)

    def _looked_at(self, conn: Connection, key: str, version: int | None) -> Hypothesis:
        """The hypothesis, if it still is what the caller saw."""
        item = hypotheses.get(conn, key)
        if item is None:
            raise NotFound(f"There is no hypothesis {key!r}.", "`earned hypotheses` lists them.")
        if item.withdrawn:
            raise DecisionRefused("It was withdrawn: its evidence is gone.", "`earned hypotheses` lists what stands.")
        if version is not None and item.version != version:
            raise self._conflict(item, decisions.of(conn, key))
        return item

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

    def _conflict(self, item: Hypothesis, log: Sequence[Decision]) -> DecisionConflict:
        held = effective(log)
        if held and item.state is not State.OPEN:
            last = held[-1]
            what = f"{last.actor} decided meanwhile: {last.action.value} at {last.at}."
        elif log and log[-1].at == item.updated_at:
            what = f"{log[-1].actor} was here meanwhile: {log[-1].action.value} at {log[-1].at}."
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


def _pulse(conn: Connection) -> int:
    return decisions.head(conn) + listing.revision_count(conn)


def _todays_first(found: Sequence[tuple[str, str]], quota: int) -> tuple[list[str], int]:
    """The ids with the first `quota` of each owner in front, and how many those are."""
    taken: dict[str, int] = {}
    first: list[str] = []
    rest: list[str] = []
    for key, owner in found:
        place = taken.get(owner, 0)
        taken[owner] = place + 1
        (first if place < quota else rest).append(key)
    return first + rest, len(first)


def _reworded(draft: Draft, wording: Sequence[str]) -> Draft:
    if len(wording) != len(draft.claims):
        raise DecisionRefused(f"The draft has {len(draft.claims)} claims, not {len(wording)}.", "Give one text for each claim.")
    claims = tuple(
        Claim(text=text.strip(), kind=claim.kind, signals=claim.signals)
        for claim, text in zip(draft.claims, wording, strict=True)
        if text.strip()
    )
    if not claims:
        raise DecisionRefused("No claim would be left.", "Keep at least one, or reject the hypothesis.")
    return draft.model_copy(update={"claims": claims})
