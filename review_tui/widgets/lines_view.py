"""A pane of lines: scrolls, wraps by building itself anew for its width, and lets quotes be clicked and text be selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from review_tui.lines import ROLES, Line

COMPONENTS = {f"line--{role}" for role in ROLES}
Built = tuple[Sequence[Line], int | None]
"""Lines, and the one that should be in sight (None: leave the place as it is)."""
Builder = Callable[[int, int], Built]
"""(width, height) -> lines. Called again for each new size."""


class Painted(Widget):
    """A widget that keeps its own style between lines: computing it anew costs as much as painting the line."""

    _base: Style | None = None

    @property
    def base(self) -> Style:
        if self._base is None:
            self._base = self.rich_style
        return self._base

    def notify_style_update(self) -> None:
        self._base = None
        super().notify_style_update()


def strip_of(widget: Widget, one: Line, width: int, base: Style) -> Strip:
    """A line painted in exactly `width` columns. Text goes into segments as it is: nothing reads markup in it."""
    segments = [Segment(text, base + widget.get_component_rich_style(f"line--{role}", partial=True)) for text, role in one.spans]
    return Strip(segments).adjust_cell_length(width, base)


class QuoteChosen(Message):
    """A line of a quote was clicked."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class LinkChosen(Message):
    """A line or word that stands for an action was clicked."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action


class LinesView(Painted, ScrollView, can_focus=True, inherit_bindings=False):
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._builder: Builder | None = None
        self._lines: Sequence[Line] = ()
        self._built_for = (0, 0)
        self._sought: int | None = None
        self.painted: Callable[[], None] | None = None
        """Called when the newest content reaches the screen for the first time."""

    @property
    def room(self) -> tuple[int, int]:
        """Columns and lines to fill."""
        return max(10, self.size.width - self.scrollbar_size_vertical), max(1, self.size.height)

    @property
    def text(self) -> str:
        return "\n".join(one.text.rstrip() for one in self._lines)

    def show(self, builder: Builder, *, painted: Callable[[], None] | None = None, home: bool = True) -> None:
        """Show new content, from its top unless it asks for a line."""
        self._builder, self.painted = builder, painted
        self._build(home=home)

    def _build(self, *, home: bool) -> None:
        if self._builder is None:
            return
        self._built_for = self.room
        self._lines, focus = self._builder(*self._built_for)
        self.virtual_size = Size(self._built_for[0], len(self._lines))
        if focus is not None:
            self.bring(focus)
        elif home:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self._sought = focus
        self.call_after_refresh(self._settle)
        self.refresh()

    def _settle(self) -> None:
        """Once the layout knows the new size: the wanted line again, which may have been out of reach, and the thumb of the bar."""
        if self._sought is not None:
            self.bring(self._sought)
            self._sought = None
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = self.scroll_offset.y

    def bring(self, at: int) -> None:
        """Scroll so that a line stands a third from the top."""
        self.scroll_to(y=max(0, at - self.size.height // 3), animate=False, force=True, immediate=True)

    def turn(self, lines: int) -> None:
        self._sought = None
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True, immediate=True)

    def on_resize(self, event: events.Resize) -> None:
        if self.room != self._built_for:
            self._build(home=False)

    def render_line(self, y: int) -> Strip:
        base = self.base
        at = self.scroll_offset.y + y
        if self.painted is not None:
            painted, self.painted = self.painted, None
            painted()
        if at >= len(self._lines):
            return Strip.blank(self.size.width, base)
        strip = strip_of(self, self._lines[at], self.size.width, base)
        selection = self.text_selection
        if selection is not None:
            strip = self._selected(strip, selection, at)
        return strip.apply_offsets(0, at)

    def _selected(self, strip: Strip, selection: Selection, at: int) -> Strip:
        span = selection.get_span(at)
        if span is None:
            return strip
        start, end = span
        end = strip.cell_length if end == -1 else min(end, strip.cell_length)
        style = self.screen.get_component_rich_style("screen--selection")
        middle = strip.crop(start, end).apply_style(style)
        return Strip.join([strip.crop(0, start), middle, strip.crop(end, strip.cell_length)])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract(self.text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        at = self.scroll_offset.y + event.y
        if at < len(self._lines):
            one = self._lines[at]
            if one.quote is not None:
                self.post_message(QuoteChosen(one.quote))
            elif one.link is not None:
                self.post_message(LinkChosen(one.link))
