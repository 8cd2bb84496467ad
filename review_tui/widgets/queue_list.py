"""The list of the queue: virtual, so that 100,000 items cost what the visible forty cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from review_tui.lines import Line
from review_tui.widgets.lines_view import COMPONENTS, Painted, strip_of


class RowChosen(Message):
    """A row was clicked; twice means: open it."""

    def __init__(self, at: int, *, twice: bool) -> None:
        super().__init__()
        self.at = at
        self.twice = twice


class QueueList(Painted, ScrollView, can_focus=True, inherit_bindings=False):
    """`count` rows, a dividing line after the first `top` of them, and a cursor. `draw` makes a row when it is in sight."""

    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS

    def __init__(self, draw: Callable[[int, int], Line], divider: Callable[[int], Line], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._divider = divider
        self.count = 0
        self.top = 0
        self.cursor = 0

    def lay(self, count: int, top: int, cursor: int) -> None:
        """A new list."""
        self.count, self.top, self.cursor = count, top if 0 < top < count else 0, cursor
        self.virtual_size = Size(self.size.width, count + bool(self.top))
        self._follow()
        self.refresh()

    def place_cursor(self, at: int) -> None:
        before, self.cursor = self.cursor, at
        self._follow()
        for row in {before, at}:
            self.refresh_row(row)

    def refresh_row(self, at: int) -> None:
        y = self._y(at) - self.scroll_offset.y
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    @property
    def page(self) -> int:
        return max(1, self.size.height - 1)

    @property
    def in_sight(self) -> range:
        """The rows in sight."""
        first = self._row(self.scroll_offset.y)
        last = self._row(self.scroll_offset.y + self.size.height)
        return range(max(0, first if first is not None else self.top), min(self.count, last if last is not None else self.top))

    def turn(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True, immediate=True)

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(self.size.width, self.count + bool(self.top))
        self._follow()

    def _follow(self) -> None:
        """Keep the cursor in sight, with a line around it where there is room."""
        y, height = self._y(self.cursor), self.size.height
        if height <= 0:
            return
        margin = 1 if height > 3 else 0
        top = self.scroll_offset.y
        if self.cursor == 0:
            target = 0
        elif y < top + margin:
            target = max(0, y - margin)
        elif y > top + height - 1 - margin:
            target = y - height + 1 + margin
        else:
            return
        self.scroll_to(y=target, animate=False, force=True, immediate=True)

    def _y(self, at: int) -> int:
        return at + 1 if self.top and at >= self.top else at

    def _row(self, y: int) -> int | None:
        if not self.top or y < self.top:
            return y
        return None if y == self.top else y - 1

    def render_line(self, y: int) -> Strip:
        base, width = self.base, self.size.width
        at = self._row(self.scroll_offset.y + y)
        if at is None:
            return strip_of(self, self._divider(width - 1), width, base)
        if at >= self.count:
            return Strip.blank(width, base)
        if at == self.cursor:
            base += self.get_component_rich_style("line--cursor", partial=True)
            one = self._draw(at, width - 1)
            one = Line(tuple((text, "cursor") for text, _ in one.spans))
            return strip_of(self, one, width, base)
        return strip_of(self, self._draw(at, width - 1), width, base)

    def on_click(self, event: events.Click) -> None:
        at = self._row(self.scroll_offset.y + event.y)
        if at is not None and at < self.count:
            self.post_message(RowChosen(at, twice=event.chain > 1))
