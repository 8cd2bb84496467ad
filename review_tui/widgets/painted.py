"""Widgets of lines that paint themselves: what has not changed is neither styled, nor composed, nor sent to the terminal again.

The framework's own path for a line (component styles from the stylesheet, the cache of a box with border and padding, a layout for each
change of length) costs several times what the line does. These widgets have no box: a line becomes a strip once, for as long as the theme
and the width stay, and only rows whose strip is another one are marked for repainting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from review_tui.lines import Line, Span
from review_tui.text import cells
from review_tui.themes import LOOKS, PALETTES

KEPT = 4_000
"""Strips kept by a widget before it forgets them all."""
THUMB = "▐"


@lru_cache(maxsize=8)
def looks(theme: str) -> dict[str, Style]:
    """Role -> style in the colours of a theme; a role without a colour of its own takes that of the widget."""
    palette = PALETTES.get(theme, PALETTES["review-dark"])
    made: dict[str, Style] = {}
    for role, look in LOOKS.items():
        words = set(look.attributes)
        made[role] = Style(
            color=palette[look.colour] if look.colour else None,
            bgcolor=palette[look.back] if look.back else None,
            bold="bold" in words or None,
            underline="underline" in words or None,
        )
    return made


class Painted(Widget, can_focus=False):
    """Rows of lines. A subclass says which line stands in a row (`row_line`) and calls `repaint` when that may have changed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._base: Style | None = None
        self._background = Color(0, 0, 0)
        self._extent = Size(0, 0)
        """The size when it was last asked for: the framework works it out anew each time, which costs more than painting a line."""
        self._strips: dict[tuple[tuple[Span, ...], int, str], Strip] = {}
        self._shown: dict[int, Strip] = {}
        """Row -> the strip that was last handed out for it."""

    def row_line(self, y: int) -> Line | None:
        """The line in a row; None for an empty one."""
        raise NotImplementedError

    def row_end(self, y: int) -> str:
        """What stands in the last column of a row: the thumb of the scroll bar, or nothing."""
        return ""

    def row_role(self, y: int) -> str:
        """A role that goes under the whole row, e.g. that of the cursor; empty for none."""
        return ""

    @property
    def base(self) -> Style:
        if self._base is None:
            self._base, self._background = self.rich_style, self.background_colors[1]
        return self._base

    def notify_style_update(self) -> None:
        self._base = None
        self._strips.clear()
        self._shown.clear()
        super().notify_style_update()

    def measure(self) -> Size:
        """The size, asked for once before several rows are looked at."""
        self._extent = self.size
        return self._extent

    def repaint(self, rows: Iterable[int] | None = None) -> None:
        """Mark the rows that look different now (of these; None: of all)."""
        size = self.measure()
        if not size:
            return
        changed: list[Region] = []
        for y in range(size.height) if rows is None else rows:
            if 0 <= y < size.height:
                strip = self._strip(y)
                if self._shown.get(y) is not strip:
                    self._shown[y] = strip
                    changed.append(Region(0, y, size.width, 1))
        if changed:
            self.refresh(*_joined(changed))

    def render_lines(self, crop: Region) -> list[Strip]:
        width = self.measure().width
        strips = []
        for y in crop.line_range:
            strip = self._shown.get(y)
            if strip is None or strip.cell_length != width:
                strip = self._shown[y] = self._strip(y)
            strips.append(strip)
        if crop.column_span != (0, width):
            return [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """Asked for by whoever wants to know what lies under the mouse."""
        self.measure()
        return self._strip(y)

    def _strip(self, y: int) -> Strip:
        one, under, end, width = self.row_line(y), self.row_role(y), self.row_end(y), self._extent.width
        spans = one.spans if one is not None else ()
        key = ((*spans, (end, "dim")) if end else spans, width, under)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= KEPT:
                self._strips.clear()
            strip = self._strips[key] = self._painted(spans, end, width, under)
        return strip

    def _painted(self, spans: Sequence[Span], end: str, width: int, under: str) -> Strip:
        """Text goes into segments as it is: nothing reads markup in it. Exactly `width` columns."""
        table = looks(self.app.theme)
        base = self.base + table[under] if under else self.base
        room = width - len(end)
        segments = [Segment(text, base if under else base + table[role]) for text, role in spans]
        used = sum(cells(text) for text, _ in spans)
        if used < room:
            segments.append(Segment(" " * (room - used), base))
        strip = Strip(segments, max(used, room))
        if used > room:
            strip = strip.crop(0, room)
        if end:
            strip = Strip([*strip, Segment(end, self.base + table["dim"])], width)
        for one in self.get_line_filters():
            strip = strip.apply_filter(one, self._background)
        return strip


def _joined(rows: list[Region]) -> list[Region]:
    """Neighbouring rows as one region each."""
    out: list[Region] = []
    for row in rows:
        if out and out[-1].bottom == row.y:
            out[-1] = Region(0, out[-1].y, row.width, out[-1].height + 1)
        else:
            out.append(row)
    return out


class Scroller(Painted, can_focus=True, inherit_bindings=False):
    """More rows than fit, with a scroll bar in the last column. `length` rows, of which `top` is the first in sight."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.top = 0
        self.length = 0
        self._dragging = False

    @property
    def room(self) -> tuple[int, int]:
        """Columns and lines to fill; the last column is the scroll bar's."""
        return max(10, self._extent.width - 1), max(1, self._extent.height)

    def row_end(self, y: int) -> str:
        height = self._extent.height
        if self.length <= height or height < 2:
            return " "
        thumb = max(1, round(height * height / self.length))
        first = round(self.top * (height - thumb) / (self.length - height))
        return THUMB if first <= y < first + thumb else " "

    def scroll_to_row(self, top: int) -> None:
        """Put a row first, as far as there are rows."""
        self.top = max(0, min(top, self.length - self.measure().height))
        self.repaint()

    def turn(self, lines: int) -> None:
        self.scroll_to_row(self.top + lines)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.turn(int(self.app.scroll_sensitivity_y) or 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.turn(-int(self.app.scroll_sensitivity_y) or -1)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if self.on_bar(event.x):
            self._dragging = True
            self.capture_mouse()
            self._drag(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            self._drag(event.y)

    def on_mouse_up(self) -> None:
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def on_bar(self, x: int) -> bool:
        """Whether a column is that of the scroll bar, and there is one."""
        return x == self.size.width - 1 and self.length > self.size.height

    def _drag(self, y: int) -> None:
        height = self.size.height
        self.scroll_to_row(round((self.length - height) * min(max(y, 0), height - 1) / max(1, height - 1)))
