"""The frame around the panes: header, title of the list, status line, hints. What it says, and one line of feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review_tui.lines import Line, clip, line, row
from review_tui.rows import header, hints, list_title
from review_tui.text import safe
from review_tui.widgets.bar import Bar

if TYPE_CHECKING:
    from review_tui.screens.queue import QueueScreen

PANES = ("list", "card", "source")
BARS = ("header", "hints", "status", "list-bar", "card-bar", "source-bar")


class Frame:
    """The bars of the queue screen. `failing` says why decisions cannot be saved now; `fresh` counts what waits to be loaded."""

    def __init__(self, screen: QueueScreen) -> None:
        self.screen = screen
        self.bars = {name: Bar(id=name, classes="-plain" if name == "status" else None) for name in BARS}
        self.failing = ""
        self.fresh = 0
        self._said: tuple[str, str] = ("", "body")
        self._saved = ""

    def draw(self) -> None:
        """Everything, after the focus or the settings have changed."""
        self.bars["header"].show(self._header)
        self.bars["hints"].show(lambda width: hints(self.screen.settings.keys, width))
        self.bars["status"].show(self._status)
        self.bars["list-bar"].show(lambda _width: row((self.marker("list") + list_title(self.screen.desk), "strong")))
        for name in PANES:
            self.bars[f"{name}-bar"].set_class(self.screen.pane == name, "-focused")

    def renew(self) -> None:
        """What may have changed with a decision, a move or a count."""
        for name in ("header", "status", "list-bar", "card-bar", "source-bar"):
            self.bars[name].renew()

    def say(self, words: str, role: str = "body", *, saved: bool = False) -> None:
        """One line of feedback. It names what it is about; it does not pop up over the text."""
        self._said = safe(words), role
        if saved:
            self._saved = f"saved {self.screen.desk.clock().astimezone():%H:%M}"
        self.bars["status"].renew()

    def marker(self, pane: str) -> str:
        return "> " if self.screen.pane == pane else "  "

    def _header(self, width: int) -> Line:
        failing = self.screen.writer.waiting if self.failing else 0
        return header(self.screen.desk, width, who=self.screen.desk.queue.actor, failing=failing, fresh=self.fresh)

    def _status(self, width: int) -> Line:
        words, role = self._said
        right = f"SAVE FAILED, trying again: {self.failing}" if self.failing else self._saved
        left = clip(line(f" {words}", role), max(10, width - len(right) - 2))
        gap = " " * max(1, width - sum(len(text) for text, _ in left.spans) - len(right) - 1)
        return row(*left.spans, (gap, "body"), (safe(right), "error" if self.failing else "dim"))
