"""From a key to a decision: the questions that are asked about one item. Several at once are in `marking`, the log in `writing`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from agent.decisions import Action, Decision
from agent.queue import Queue
from review_tui.lines import Line, row
from review_tui.questions import Option, Picked, approval_doubts, day_problem, proof_options, reject_options, snooze_options
from review_tui.screens.marking import Marking
from review_tui.screens.writing import Writing
from review_tui.text import safe
from review_tui.view import View
from review_tui.writer import Job

if TYPE_CHECKING:
    from review_tui.screens.queue import QueueScreen

Call = Callable[[str, int], Decision]
"""(hypothesis id, the version that was seen) -> the decision."""


class Deciding:
    """The deciding half of the queue screen."""

    def __init__(self, screen: QueueScreen) -> None:
        self.screen = screen
        self.writing = Writing(screen)
        self.marking = Marking(self)

    @property
    def handlers(self) -> dict[str, Callable[[], None]]:
        return {
            "approve": self.approve,
            "reject": self.reject,
            "edit": self.edit,
            "proof": self.ask_for_proof,
            "snooze": self.snooze,
            "undo": lambda: self.writing.submit(None, "Undo", self._queue.undo),
            "redo": lambda: self.writing.submit(None, "Redo", self._queue.redo),
            "check": lambda: self.tick(Action.CHECK),
            "flag": lambda: self.tick(Action.FLAG),
            **self.marking.handlers,
        }

    def approve(self) -> None:
        if self.screen.desk.marks:
            self.marking.batch(
                "Approve", "approves them", lambda key, version: self._queue.approve(key, version=version), careful=True
            )
            return
        view = self._view
        doubts = approval_doubts(view, self.screen.showing.unseen)

        def go() -> None:
            self._decide(view, "approve", lambda: self._queue.approve(view.row.id, version=view.version))

        if doubts:
            lines = [row(("! ", "counter"), (doubt, "body")) for doubt in doubts]
            self.confirm(f"Approve {safe(view.row.account)}?", lines, "approves anyway", go)
        else:
            go()

    def edit(self) -> None:
        from review_tui.screens.edit import Edit

        view, drafts = self._view, self.writing.drafts
        if not view.draft.claims:
            self.screen.say("Edit: there is no claim to edit; reject it, or ask for proof.", "missing")
            return

        def done(wording: list[str] | None) -> None:
            if wording is None:
                if view.row.id in drafts:
                    self.screen.say(f"Draft kept for {view.row.account}; e opens it again.")
                return
            drafts[view.row.id] = wording  # a refusal must not cost what was typed
            self._decide(view, "edit", lambda: self._queue.approve_edited(view.row.id, claims=wording, version=view.version))

        self.screen.app.push_screen(Edit(view, drafts), done)

    def reject(self) -> None:
        def done(picked: Picked | None) -> None:
            if picked is not None:
                note = picked.text or None
                self._each(
                    "reject", lambda key, version: self._queue.reject(key, reason=picked.value, version=version, note=note)
                )

        self._pick("Reject", "why?", reject_options(), done, typing="why, in your words")

    def ask_for_proof(self) -> None:
        def done(picked: Picked | None) -> None:
            if picked is not None:
                self._each("proof", lambda key, version: self._queue.ask_for_proof(key, ask=picked.text, version=version))

        options = proof_options(self._view, self._today)
        self._pick("Ask for proof", "what, of whom, by when?", options, done, typing="what, of whom, by when")

    def snooze(self) -> None:
        view, today = self._view, self._today

        def done(picked: Picked | None) -> None:
            if picked is not None:
                day = date.fromisoformat(picked.text or picked.value)
                self._each("snooze", lambda key, version: self._queue.snooze(key, until=day, version=version))

        options = snooze_options(view, today)
        self._pick("Snooze", "until when?", options, done, typing="YYYY-MM-DD", check=lambda text: day_problem(text, today))

    def tick(self, action: Action) -> None:
        view, quote = self._view, self.screen.showing.quote
        assert quote is not None, "the registry asks for a quote first"
        word = "Ticked" if action is Action.CHECK else "Flagged"
        key, version = view.row.id, view.version
        job = Job(
            f"{word} quote {quote.number} of {view.row.account}",
            key,
            lambda: self._queue.mark(key, quote.signal.id, action, version=version),
        )
        self.screen.writer.submit(job)

    def _each(self, action: str, call: Call) -> None:
        """To the marked items, after asking; or to the one on the screen."""
        if self.screen.desk.marks:
            self.marking.batch(action.capitalize(), "does it for all", call)
        else:
            view = self._view
            self._decide(view, action, lambda: call(view.row.id, view.version))

    def _decide(self, view: View, word: str, call: Callable[[], Decision]) -> None:
        self.writing.submit(view.row.id, word, call)
        self.writing.advance()

    @property
    def _queue(self) -> Queue:
        return self.screen.desk.queue

    @property
    def _view(self) -> View:
        view = self.screen.showing.view
        assert view is not None, "the registry asks for an item first"
        return view

    @property
    def _today(self) -> date:
        return self.screen.desk.clock().date()

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
        from review_tui.screens.dialogs import Pick

        marks = len(self.screen.desk.marks)
        whom = f"{marks} marked items" if marks else safe(self._view.row.account)
        self.screen.app.push_screen(Pick(f"{verb} {whom}: {question}", options, typing=typing, check=check), done)

    def confirm(self, title: str, lines: list[Line], yes: str, go: Callable[[], None]) -> None:
        from review_tui.screens.dialogs import Confirm

        def done(sure: bool | None) -> None:
            if sure:
                go()
            else:
                self.screen.say("Left as it is.")

        self.screen.app.push_screen(Confirm(title, lines, yes=yes), done)
