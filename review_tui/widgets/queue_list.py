"""The list of the queue: virtual, so that 100,000 items cost what the visible forty cost."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.message import Message

from review_tui.lines import Line
from review_tui.widgets.painted import Scroller


class RowChosen(Message):
    """A row was clicked; twice means: open it."""

    def __init__(self, at: int, *, twice: bool) -> None:
        super().__init__()
        self.at = at
        self.twice = twice


class QueueList(Scroller, inherit_bindings=False):
    """`count` rows, a dividing line after the first `heads` of them, and a cursor. `draw` makes a row when it is in sight."""

    def __init__(self, draw: Callable[[int, int], Line], divider: Callable[[int], Line], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._divider = divider
        self.count = 0
        self.heads = 0
        self.cursor = 0

    def lay(self, count: int, heads: int, cursor: int) -> None:
        """A new list."""
        self.count, self.heads, self.cursor = count, heads if 0 < heads < count else 0, cursor
        self.length = count + bool(self.heads)
        self._follow()
        self.repaint()

    def place_cursor(self, at: int) -> None:
        before, self.cursor = self.cursor, at
        if self._follow():
            self.repaint()
        else:
            self.repaint({self._y(before) - self.top, self._y(at) - self.top})

    def refresh_row(self, at: int) -> None:
        self.repaint([self._y(at) - self.top])

    @property
    def page(self) -> int:
        return max(1, self.size.height - 1)

    @property
    def in_sight(self) -> range:
        """The rows in sight."""
        first = self._row(self.top)
        last = self._row(self.top + self.size.height)
        return range(
            max(0, first if first is not None else self.heads), min(self.count, last if last is not None else self.heads)
        )

    def on_resize(self, event: events.Resize) -> None:
        self._follow()
        self.repaint()

    def _follow(self) -> bool:
        """Keep the cursor in sight, with a line around it where there is room; whether the list scrolled."""
        y, height, before = self._y(self.cursor), self.measure().height, self.top
        if height <= 0:
            return False
        margin = 1 if height > 3 else 0
        if self.cursor == 0:
            self.top = 0
        elif y < self.top + margin:
            self.top = y - margin
        elif y > self.top + height - 1 - margin:
            self.top = y - height + 1 + margin
        self.top = max(0, min(self.top, self.length - height))
        return self.top != before

    def _y(self, at: int) -> int:
        return at + 1 if self.heads and at >= self.heads else at

    def _row(self, y: int) -> int | None:
        if not self.heads or y < self.heads:
            return y
        return None if y == self.heads else y - 1

    def row_line(self, y: int) -> Line | None:
        at, width = self._row(self.top + y), self.room[0]
        if at is None:
            return self._divider(width)
        return self._draw(at, width) if at < self.count else None

    def row_role(self, y: int) -> str:
        return "cursor" if self._row(self.top + y) == self.cursor and self.count else ""

    def on_click(self, event: events.Click) -> None:
        at = self._row(self.top + event.y)
        if at is not None and at < self.count and not self.on_bar(event.x):
            self.post_message(RowChosen(at, twice=event.chain > 1))
