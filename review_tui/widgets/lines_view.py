"""A pane of lines: scrolls, wraps by building itself anew for its width, and lets quotes be clicked and text be selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from review_tui.lines import Line
from review_tui.widgets.painted import Scroller

Built = tuple[Sequence[Line], int | None]
"""Lines, and the one that should be in sight (None: leave the place as it is)."""
Builder = Callable[[int, int], Built]
"""(width, height) -> lines. Called again for each new size."""


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


class LinesView(Scroller, inherit_bindings=False):
    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._builder: Builder | None = None
        self._lines: Sequence[Line] = ()
        self._built_for = (0, 0)
        self.painted: Callable[[], None] | None = None
        """Called when the newest content reaches the screen for the first time."""

    @property
    def in_sight(self) -> bool:
        """Whether the pane has any room on the screen."""
        return bool(self.size) and all(node.display for node in self.ancestors_with_self)

    @property
    def text(self) -> str:
        return "\n".join(one.text.rstrip() for one in self._lines)

    def show(self, builder: Builder, *, painted: Callable[[], None] | None = None, home: bool = True) -> None:
        """Show new content, from its top unless it asks for a line."""
        self._builder, self.painted = builder, painted
        self._build(home=home)

    def _build(self, *, home: bool) -> None:
        if self._builder is None or not self.measure():
            self._built_for = (0, 0)
            return
        self._built_for = self.room
        self._lines, focus = self._builder(*self._built_for)
        before, self.length = self.length, len(self._lines)
        if focus is not None:
            self.bring(focus)
        else:
            self.scroll_to_row(0 if home else self.top)
        if self.painted is not None:
            self.refresh(Region(0, 0, 1, 1))  # even where nothing looks different: whoever waits for the paint must hear of it
        if before != self.length and self.styles.auto_dimensions:
            self.refresh(layout=True)

    def bring(self, at: int) -> None:
        """Scroll so that a line stands a third from the top."""
        self.scroll_to_row(at - self.room[1] // 3)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._builder(max(10, width - 1), viewport.height)[0]) if self._builder is not None else 1

    def on_resize(self, event: events.Resize) -> None:
        self.measure()
        if self.room != self._built_for:
            self._build(home=self._built_for == (0, 0))

    def row_line(self, y: int) -> Line | None:
        at = self.top + y
        return self._lines[at] if at < len(self._lines) else None

    def render_lines(self, crop: Region) -> list[Strip]:
        if self.painted is not None:
            painted, self.painted = self.painted, None
            painted()
        strips = super().render_lines(crop)
        selection = self.text_selection
        if selection is not None:
            strips = [self._selected(strip, selection, self.top + y) for y, strip in zip(crop.line_range, strips, strict=True)]
        return strips

    def render_line(self, y: int) -> Strip:
        return super().render_line(y).apply_offsets(0, self.top + y)

    def _selected(self, strip: Strip, selection: Selection, at: int) -> Strip:
        span = selection.get_span(at)
        if span is None:
            return strip
        start, end = span
        end = strip.cell_length if end == -1 else min(end, strip.cell_length)
        style = self.screen.get_component_rich_style("screen--selection")
        # Over what is there: every segment has a background of its own.
        middle = Strip(Segment.apply_style(strip.crop(start, end), post_style=style), end - start)
        return Strip.join([strip.crop(0, start), middle, strip.crop(end, strip.cell_length)])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract(self.text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        at = self.top + event.y
        if at < len(self._lines) and not self.on_bar(event.x):
            one = self._lines[at]
            if one.quote is not None:
                self.post_message(QuoteChosen(one.quote))
            elif one.link is not None:
                self.post_message(LinkChosen(one.link))
