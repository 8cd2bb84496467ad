"""From a key to a decision in the log: the questions that are asked, the job that is written, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from agent.decisions import REASONS, Action, Decision
from agent.errors import DecisionConflict
from agent.hypotheses import Grade
from agent.queue import Queue, Row
from review_tui.card import NAMES, View
from review_tui.dates import parsed
from review_tui.lines import Line, row
from review_tui.questions import approval_doubts, batch_lines, question
from review_tui.rows import said
from review_tui.screens.dialogs import Confirm, Option, Pick, Picked
from review_tui.screens.edit import Edit
from review_tui.text import safe
from review_tui.writer import Failing, Job, Outcome, Refused, Saved

if TYPE_CHECKING:
    from review_tui.screens.queue import QueueScreen


class Deciding:
    """The deciding half of the queue screen."""

    def __init__(self, screen: QueueScreen) -> None:
        self.screen = screen
        self.drafts: dict[str, list[str]] = {}
        """Wording that was typed and not approved, by hypothesis."""
        self.own = 0
        """Own entries in the log since the store was last looked at."""

    @property
    def handlers(self) -> dict[str, Callable[[], None]]:
        return {
            "approve": self.approve,
            "reject": self.reject,
            "edit": self.edit,
            "proof": self.ask_for_proof,
            "snooze": self.snooze,
            "undo": lambda: self._submit(None, "Undo", self.screen.desk.queue.undo),
            "redo": lambda: self._submit(None, "Redo", self.screen.desk.queue.redo),
            "mark": self.mark,
            "mark_all": self.mark_all,
            "clear_marks": self.clear_marks,
            "check": lambda: self.tick(Action.CHECK),
            "flag": lambda: self.tick(Action.FLAG),
        }

    # one item

    def approve(self) -> None:
        if self.screen.desk.marks:
            self._batch("Approve", "approves them", lambda key, version: self._queue.approve(key, version=version), careful=True)
            return
        view = self._view
        doubts = approval_doubts(view, self.screen.unseen)

        def go() -> None:
            self._decide(view, "approve", lambda: self._queue.approve(view.row.id, version=view.version))

        if doubts:
            lines = [row(("! ", "counter"), (doubt, "body")) for doubt in doubts]
            self._confirm(f"Approve {safe(view.row.account)}?", lines, "approves anyway", go)
        else:
            go()

    def edit(self) -> None:
        view = self._view
        if not view.draft.claims:
            self.screen.say("Edit: there is no claim to edit; reject it, or ask for proof.", "missing")
            return

        def done(wording: list[str] | None) -> None:
            if wording is None:
                if view.row.id in self.drafts:
                    self.screen.say(f"Draft kept for {view.row.account}; e opens it again.")
                return
            self.drafts[view.row.id] = wording  # a refusal must not cost what was typed
            self._decide(view, "edit", lambda: self._queue.approve_edited(view.row.id, claims=wording, version=view.version))

        self.screen.app.push_screen(Edit(view, self.drafts), done)

    def reject(self) -> None:
        options = [Option(code, label, ask=code == "other") for code, label in REASONS.items()]

        def done(picked: Picked | None) -> None:
            if picked is not None:
                self._each(
                    "reject",
                    lambda key, version: self._queue.reject(key, reason=picked.value, version=version, note=picked.text or None),
                )

        self._pick("Reject", "why?", options, done, typing="why, in your words")

    def ask_for_proof(self) -> None:
        view = self._view
        day = self._today + timedelta(days=14)
        whom = safe(next((contact.name for contact in view.card.contacts), "")) or "the customer"
        gaps = view.draft.missing_proof or tuple(view.draft.components)
        options = [
            Option(
                name,
                f"{NAMES.get(name, name)}: {question(view, name)}",
                True,
                f"{question(view, name)} - {whom}, by {day:%-d %b}",
            )
            for name in gaps
        ]
        options.append(Option("own", "something else, in your words", True, f" - {whom}, by {day:%-d %b}"))

        def done(picked: Picked | None) -> None:
            if picked is not None:
                self._each("proof", lambda key, version: self._queue.ask_for_proof(key, ask=picked.text, version=version))

        self._pick("Ask for proof", "what, of whom, by when?", options, done, typing="what, of whom, by when")

    def snooze(self) -> None:
        view, today = self._view, self._today
        monday = today + timedelta(days=7 - today.weekday())
        renewal = parsed(view.card.account.renewal_date)
        before = renewal - timedelta(days=60) if renewal is not None else None
        off = "no renewal date" if before is None else "" if before > today else "that day is past"
        options = [
            _day("tomorrow", today + timedelta(days=1)),
            _day("next Monday", monday),
            _day("in two weeks", today + timedelta(days=14)),
            Option(
                before.isoformat() if before else "",
                f"60 days before the renewal{f' ({before:%a %-d %b %Y})' if before else ''}",
                off=off,
            ),
            Option("own", "another day", ask=True, start=f"{today.year}-"),
        ]

        def done(picked: Picked | None) -> None:
            if picked is not None:
                day = date.fromisoformat(picked.text or picked.value)
                self._each("snooze", lambda key, version: self._queue.snooze(key, until=day, version=version))

        self._pick("Snooze", "until when?", options, done, typing="YYYY-MM-DD", check=lambda text: _day_problem(text, today))

    def tick(self, action: Action) -> None:
        view, quote = self._view, self.screen.quote
        assert quote is not None, "the registry asks for a quote first"
        word = "Ticked" if action is Action.CHECK else "Flagged"
        key, version = view.row.id, view.version
        job = Job(
            f"{word} quote {quote.number} of {view.row.account}",
            key,
            lambda: self._queue.mark(key, quote.signal.id, action, version=version),
        )
        self.screen.writer.submit(job)

    # several

    def mark(self) -> None:
        desk = self.screen.desk
        assert desk.key is not None, "the registry asks for an item first"
        desk.toggle_mark(desk.key)
        self.screen.queue_list.refresh_row(desk.at)
        self.screen.refresh_frame()
        self.screen.moving.go(desk.at + 1)

    def mark_all(self) -> None:
        """The lines in sight, never more: nobody marks what they do not see."""
        desk = self.screen.desk
        for at in self.screen.queue_list.in_sight:
            if desk.is_open(at):
                desk.marks[desk.shelf.ids[at]] = None
        self.screen.queue_list.refresh()
        self.screen.refresh_frame()
        self.screen.say(f"{len(desk.marks)} marked. a x p z act on them, - clears.")

    def clear_marks(self) -> None:
        self.screen.desk.marks.clear()
        self.screen.queue_list.refresh()
        self.screen.refresh_frame()

    def _marked(self) -> list[Row]:
        desk = self.screen.desk
        return self._queue.rows(list(desk.marks))

    def _batch(self, verb: str, yes: str, call: Callable[[str, int], Decision], *, careful: bool = False) -> None:
        rows = self._marked()
        unread = [item for item in rows if item.id not in self.screen.desk.opened]
        blocked = [item for item in rows if item.grade in (Grade.BLOCKED, Grade.WISH)]
        taken = [item for item in rows if careful and (item in unread or item in blocked)]
        kept = [item for item in rows if item not in taken]
        lines = batch_lines(kept, unread, taken)
        if not kept:
            self.screen.say(f"{verb}: none of the marked items can be: open each card first.", "missing")
            return

        seen = self.screen.desk.opened

        def go() -> None:
            for item in kept:
                self._submit(item.id, verb.lower(), lambda item=item: call(item.id, seen.get(item.id, item.version)))  # type: ignore[misc]
            self.clear_marks()
            self._advance()

        self._confirm(f"{verb} {len(kept)} items?", lines, yes, go)

    def _each(self, action: str, call: Callable[[str, int], Decision]) -> None:
        """To the marked items, after asking; or to the one on the screen."""
        if self.screen.desk.marks:
            self._batch(action.capitalize(), "does it for all", call)
        else:
            view = self._view
            self._decide(view, action, lambda: call(view.row.id, view.version))

    # writing

    def _decide(self, view: View, word: str, call: Callable[[], Decision]) -> None:
        self._submit(view.row.id, word, call)
        self._advance()

    def _submit(self, key: str | None, word: str, call: Callable[[], Decision]) -> None:
        screen = self.screen
        account = self._account(key) if key is not None else ""
        if key is not None:
            screen.desk.pending[key] = word
            place = screen.desk.place(key)
            if place is not None:
                screen.queue_list.refresh_row(place)
        screen.writer.submit(Job(f"{word} {account}".strip(), key, call))
        screen.say(f"{word} {account} ...")

    def _advance(self) -> None:
        """To the next item that is undecided; it never wraps a person into the same card."""
        at = self.screen.desk.next_open()
        if at is not None:
            self.screen.moving.go(at)

    def written(self, outcome: Outcome) -> None:
        """What the store answered."""
        screen = self.screen
        if isinstance(outcome, Failing):
            screen.failing = safe(outcome.why.partition("\n")[0])
            screen.say(f"Not saved yet: {outcome.job.what}. It is kept and tried again.", "error")
            screen.refresh_frame()
            return
        screen.failing = ""
        if outcome.job.key is not None:
            screen.desk.pending.pop(outcome.job.key, None)
        if isinstance(outcome, Saved):
            self._saved(outcome.decision)
        else:
            self._refused(outcome)
        screen.queue_list.refresh()
        screen.refresh_frame()

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
            screen.say(f"Took back your last decision on {account}. {self._redo_key()} redoes.", saved=True)
            if place is not None:
                screen.moving.go(place)
        else:
            screen.say(f"{said(decision, account)}. {self._undo_key()} undoes.", saved=True)
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
        others = [entry for entry in fresh if entry.actor != self._queue.actor]
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

    # small things

    @property
    def _queue(self) -> Queue:
        return self.screen.desk.queue

    @property
    def _view(self) -> View:
        assert self.screen.view is not None, "the registry asks for an item first"
        return self.screen.view

    @property
    def _today(self) -> date:
        return self.screen.desk.clock().date()

    def _account(self, key: str) -> str:
        """The name of the account of a hypothesis, as far as it is at hand."""
        if self.screen.view is not None and self.screen.view.row.id == key:
            return self.screen.view.row.account
        place = self.screen.desk.place(key)
        found = self.screen.desk.row(place) if place is not None else None
        return found.account if found is not None else key

    def _undo_key(self) -> str:
        return next(iter(self.screen.settings.keys["undo"]), "undo")

    def _redo_key(self) -> str:
        return next(iter(self.screen.settings.keys["redo"]), "redo")

    def _pick(
        self,
        verb: str,
        question: str,
        options: list[Option],
        done: Callable[[Picked | None], None],
        *,
        typing: str = "",
        check: Callable[[str], str] | None = None,
    ) -> None:
        marks = len(self.screen.desk.marks)
        whom = f"{marks} marked items" if marks else safe(self._view.row.account)
        self.screen.app.push_screen(Pick(f"{verb} {whom}: {question}", options, typing=typing, check=check), done)

    def _confirm(self, title: str, lines: list[Line], yes: str, go: Callable[[], None]) -> None:
        def done(sure: bool | None) -> None:
            if sure:
                go()
            else:
                self.screen.say("Left as it is.")

        self.screen.app.push_screen(Confirm(title, lines, yes=yes), done)


def _day(name: str, when: date) -> Option:
    return Option(when.isoformat(), f"{name} ({when:%a %-d %b})")


def _day_problem(text: str, today: date) -> str:
    try:
        when = date.fromisoformat(text.strip())
    except ValueError:
        return f"{safe(text)!r} is not a day; write YYYY-MM-DD."
    return "" if when > today else "That day is not in the future."
