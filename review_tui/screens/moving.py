"""Moving about on the queue screen: the cursor, the panes, their size, and the quotes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.timer import Timer
from textual.widget import Widget

from agent.kinds import Stance
from review_tui.screens.frame import PANES

if TYPE_CHECKING:
    from review_tui.screens.queue import QueueScreen

REPEAT = 0.12
"""Moves closer together than this are a held key: the card waits until it is let go."""
SETTLE = 0.06


class Moving:
    """The moving part of the queue screen."""

    def __init__(self, screen: QueueScreen) -> None:
        self.screen = screen
        self._moved = 0.0
        self._settling: Timer | None = None

    @property
    def handlers(self) -> dict[str, Callable[[], None]]:
        return {
            "down": lambda: self.turn(1),
            "up": lambda: self.turn(-1),
            "page_down": lambda: self.turn(0, pages=1),
            "page_up": lambda: self.turn(0, pages=-1),
            "first": lambda: self.turn(0, end=-1),
            "last": lambda: self.turn(0, end=1),
            "next_open": lambda: self._to_open(1),
            "previous_open": lambda: self._to_open(-1),
            "next_pane": lambda: self._pane(1),
            "previous_pane": lambda: self._pane(-1),
            "open": lambda: self.screen.set_focus(self.screen.source if self.screen.pane == "card" else self.screen.card),
            "back": self._back,
            "next_quote": lambda: self.screen.showing.step(1),
            "previous_quote": lambda: self.screen.showing.step(-1),
            "counter": self._counter,
            "missing": lambda: self._section("MISSING"),
            "zoom_in": lambda: self._zoom(self.screen.pane),
            "zoom_out": lambda: self._zoom(None),
            "wider": lambda: self._widen(4),
            "narrower": lambda: self._widen(-4),
        }

    def go(self, at: int) -> None:
        """Put the cursor on a line and show its card; while a key is held, only when it is let go."""
        screen = self.screen
        moved = screen.desk.move(at)
        screen.queue_list.place_cursor(screen.desk.at)
        if not moved:
            return
        screen.deciding.marking.follow()
        screen.frame.bars["list-bar"].renew()
        now = screen.tick()
        held, self._moved = now - self._moved < REPEAT, now
        if not held:
            screen.showing.current()
        elif self._settling is None:
            self._settling = screen.set_timer(SETTLE, self._settle)
        else:
            self._settling.reset()

    @property
    def settling(self) -> bool:
        """Whether the card waits for a held key to be let go."""
        return self._settling is not None

    def _settle(self) -> None:
        self._settling = None
        view = self.screen.showing.view
        if view is None or view.row.id != self.screen.desk.key:
            self.screen.showing.current()

    def turn(self, lines: int, *, pages: int = 0, end: int = 0) -> None:
        """Move in the pane that has the focus: the cursor of the list, or the text."""
        if self.screen.pane == "list":
            last = len(self.screen.desk.shelf.ids) - 1
            self.go({-1: 0, 1: last}[end] if end else self.screen.desk.at + lines + pages * self.screen.queue_list.page)
            return
        pane = self.screen.card if self.screen.pane == "card" else self.screen.source
        pane.turn(end * 10**9 if end else lines + pages * max(1, pane.size.height - 1))
        if pane is self.screen.card and (pages > 0 or end > 0):
            self.screen.showing.unseen = 0

    def _to_open(self, step: int) -> None:
        at = self.screen.desk.next_open(step)
        if at is None:
            self.screen.say("No other undecided item in this list.")
        else:
            self.go(at)

    def _pane(self, step: int) -> None:
        shown = [
            name
            for name in PANES
            if self.screen.query_one(f"#{name}-pane").display and self.screen.query_one(f"#{name}").size.height
        ]
        if shown:
            at = shown.index(self.screen.pane) if self.screen.pane in shown else 0
            self.screen.set_focus(self.screen.query_one(f"#{shown[(at + step) % len(shown)]}", Widget))

    def _back(self) -> None:
        if self.screen.deciding.marking.ranging:
            self.screen.deciding.marking.end_range()
        elif any(self.screen.has_class(f"-zoom-{name}") for name in PANES):
            self._zoom(None)
        elif self.screen.pane != "list":
            self.screen.set_focus(
                self.screen.source
                if self.screen.pane == "none"
                else (self.screen.card if self.screen.pane == "source" else self.screen.queue_list)
            )
        elif self.screen.desk.filtered:
            self.screen.browsing.apply("")
        else:
            self.screen.say("q quits.")

    def _counter(self) -> None:
        """To the counter-evidence: on the card, and the first of its quotes in its source; again for the next one."""
        showing = self.screen.showing
        against = showing.view.of(Stance.OPPOSES) if showing.view is not None else []
        if against:
            at = next(
                (at for at, quote in enumerate(against) if showing.quote is not None and quote.number == showing.quote.number), -1
            )
            showing.show_quote(against[(at + 1) % len(against)])
        self._section("COUNTER")

    def _section(self, label: str) -> None:
        """Bring the last section of that name into sight: the one in full, where the first screen had to cut it."""
        lines = self.screen.card.text.split("\n")
        found = [at for at, text in enumerate(lines) if text.startswith(label)]
        if found:
            self.screen.card.bring(found[-1])
            if label == "COUNTER":
                self.screen.showing.unseen = 0

    def _zoom(self, pane: str | None) -> None:
        for name in PANES:
            self.screen.set_class(name == pane and not self.screen.has_class(f"-zoom-{name}"), f"-zoom-{name}")

    def _widen(self, by: int) -> None:
        pane = self.screen.query_one("#list-pane")
        if not self.screen.has_class("-narrow"):
            pane.styles.width = max(40, min(self.screen.size.width - 60, pane.size.width + by + 1))
