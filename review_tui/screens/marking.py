"""Several items at once: marks, a range of them, and the batch with its guards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.decisions import Decision
from agent.hypotheses import Grade
from review_tui.questions import batch_lines

if TYPE_CHECKING:
    from review_tui.screens.deciding import Deciding


class Marking:
    """Marks live on the desk; here is what puts them there. While a range is open, moving the cursor draws it out."""

    def __init__(self, deciding: Deciding) -> None:
        self.deciding = deciding
        self.screen = deciding.screen
        self._anchor: str | None = None
        """The item on which the range was begun."""
        self._before: dict[str, None] = {}

    @property
    def handlers(self) -> dict[str, Callable[[], None]]:
        return {"mark": self.mark, "mark_range": self.range, "mark_all": self.mark_all, "clear_marks": self.clear}

    @property
    def ranging(self) -> bool:
        return self._anchor is not None

    def mark(self) -> None:
        desk = self.screen.desk
        assert desk.key is not None, "the registry asks for an item first"
        if self.ranging:
            self.end_range()
            return
        desk.toggle_mark(desk.key)
        self.screen.queue_list.refresh_row(desk.at)
        self.screen.frame.renew()
        self.screen.moving.go(desk.at + 1)

    def range(self) -> None:
        """Begin a range at the cursor, or end it and keep its marks."""
        desk = self.screen.desk
        if self.ranging:
            self.end_range()
            return
        self._anchor, self._before = desk.key, dict(desk.marks)
        self.follow()
        self.screen.say("Range: move to its other end; V or esc ends it and keeps the marks.")

    def end_range(self) -> None:
        self._anchor = None
        self.screen.say(f"{len(self.screen.desk.marks)} marked. a x p z act on them, - clears.")

    def follow(self) -> None:
        """The cursor has moved: the range goes with it. Decided items stay out of it."""
        desk = self.screen.desk
        begun = desk.place(self._anchor) if self._anchor is not None else None
        if begun is None:
            self._anchor = None
            return
        desk.marks = dict(self._before)
        for at in range(min(begun, desk.at), max(begun, desk.at) + 1):
            if desk.is_open(at):
                desk.marks[desk.shelf.ids[at]] = None
        self.screen.queue_list.repaint()
        self.screen.frame.renew()

    def mark_all(self) -> None:
        """The lines in sight, never more: nobody marks what they do not see."""
        desk = self.screen.desk
        for at in self.screen.queue_list.in_sight:
            if desk.is_open(at):
                desk.marks[desk.shelf.ids[at]] = None
        self.screen.queue_list.repaint()
        self.screen.frame.renew()
        self.screen.say(f"{len(desk.marks)} marked. a x p z act on them, - clears.")

    def clear(self) -> None:
        self._anchor = None
        self.screen.desk.marks.clear()
        self.screen.queue_list.repaint()
        self.screen.frame.renew()

    def batch(self, verb: str, yes: str, call: Callable[[str, int], Decision], *, careful: bool = False) -> None:
        """Decide on all marked items, after one question. `careful`: only on those whose card was read and that nothing blocks."""
        desk, writing = self.screen.desk, self.deciding.writing
        rows = desk.queue.rows(list(desk.marks))
        unread = [item for item in rows if item.id not in desk.opened]
        blocked = [item for item in rows if item.grade in (Grade.BLOCKED, Grade.WISH)]
        taken = [item for item in rows if careful and (item in unread or item in blocked)]
        kept = [item for item in rows if item not in taken]
        if not kept:
            self.screen.say(f"{verb}: none of the marked items can be: open each card first.", "missing")
            return
        seen = desk.opened

        def go() -> None:
            for item in kept:
                writing.submit(item.id, verb.lower(), lambda item=item: call(item.id, seen.get(item.id, item.version)))  # type: ignore[misc]
            self.clear()
            writing.advance()

        self.deciding.confirm(f"{verb} {len(kept)} items?", batch_lines(kept, unread, taken), yes, go)
