"""Decisions on their way into the log, and what the store answers: saved, tried again, or refused because somebody was faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.decisions import Action, Decision
from agent.errors import DecisionConflict
from review_tui.rows import said
from review_tui.text import safe
from review_tui.view import View
from review_tui.writer import Failing, Job, Outcome, Refused, Saved

if TYPE_CHECKING:
    from review_tui.screens.queue import QueueScreen


class Writing:
    """The writing part of the queue screen."""

    def __init__(self, screen: QueueScreen) -> None:
        self.screen = screen
        self.drafts: dict[str, list[str]] = {}
        """Wording that was typed and not approved, by hypothesis."""
        self.own = 0
        """Own entries in the log since the store was last looked at."""

    def submit(self, key: str | None, word: str, call: Callable[[], Decision]) -> None:
        screen = self.screen
        account = self._account(key) if key is not None else ""
        if key is not None:
            screen.desk.pending[key] = word
            place = screen.desk.place(key)
            if place is not None:
                screen.queue_list.refresh_row(place)
        screen.writer.submit(Job(f"{word} {account}".strip(), key, call))
        screen.say(f"{word} {account} ...")

    def advance(self) -> None:
        """To the next item that is undecided; it never wraps a person into the same card."""
        at = self.screen.desk.next_open()
        if at is not None:
            self.screen.moving.go(at)

    def written(self, outcome: Outcome) -> None:
        """What the store answered."""
        screen = self.screen
        if isinstance(outcome, Failing):
            screen.frame.failing = safe(outcome.why.partition("\n")[0])
            screen.say(f"Not saved yet: {outcome.job.what}. It is kept and tried again.", "error")
            screen.frame.renew()
            return
        screen.frame.failing = ""
        if outcome.job.key is not None:
            screen.desk.pending.pop(outcome.job.key, None)
        if isinstance(outcome, Saved):
            self._saved(outcome.decision)
        else:
            self._refused(outcome)
        screen.queue_list.repaint()
        screen.frame.renew()

    def _saved(self, decision: Decision) -> None:
        screen, key = self.screen, decision.hypothesis_id
        desk = screen.desk
        edited = decision.note == "in the owner's words"
        self.drafts.pop(key, None)
        self.own += 2 if edited else 1
        desk.tally.count(decision)
        desk.forget(key)
        place = desk.place(key)
        account = self._account(key)
        if decision.action is Action.UNDO:
            screen.say(f"Took back your last decision on {account}. {self._key('redo')} redoes.", saved=True)
            if place is not None:
                screen.moving.go(place)
        else:
            screen.say(f"{said(decision, account)}. {self._key('undo')} undoes.", saved=True)
        if desk.key == key:
            screen.reader.card(key)
        screen.reader.counts()

    def _refused(self, outcome: Refused) -> None:
        screen, job = self.screen, outcome.job
        what = outcome.error.what
        if isinstance(outcome.error, DecisionConflict):
            screen.say(f"CONFLICT, {job.what} was not written: {what} Look again before you decide.", "error")
        else:
            screen.say(f"{job.what}: {what} {outcome.error.remedy}", "error")
        if job.key is None:
            return
        screen.desk.forget(job.key)
        place = screen.desk.place(job.key)
        if place is not None and not screen.app.screen.is_modal:
            screen.moving.go(place)
        screen.guard.reset(screen.tick())
        if screen.desk.key == job.key:
            screen.reader.card(job.key)

    def compare(self, before: View, after: View) -> None:
        """The card on the screen was read again: if others changed it, say what, and let it be read before a key decides."""
        screen = self.screen
        if before.version == after.version:
            return
        fresh = after.card.log[len(before.card.log) :]
        others = [entry for entry in fresh if entry.actor != screen.desk.queue.actor]
        if before.row.revision != after.row.revision and not after.row.edited:
            screen.say(
                f"{after.row.account}: revised while you read it, now revision {after.row.revision}. d shows what changed.",
                "error",
            )
        elif others:
            last = others[-1]
            screen.say(f"{after.row.account}: {last.actor} was faster: {last.action.value} at {last.at[11:16]} UTC.", "error")
        else:
            return
        screen.guard.reset(screen.tick())

    def _account(self, key: str) -> str:
        """The name of the account of a hypothesis, as far as it is at hand."""
        view = self.screen.showing.view
        if view is not None and view.row.id == key:
            return view.row.account
        place = self.screen.desk.place(key)
        found = self.screen.desk.row(place) if place is not None else None
        return found.account if found is not None else key

    def _key(self, action: str) -> str:
        return next(iter(self.screen.settings.keys[action]), action)
