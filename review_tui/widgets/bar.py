"""One line of the frame: titles, the header, the status and the hints."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.geometry import Size
from textual.strip import Strip

from review_tui.lines import Line, clip
from review_tui.text import cells
from review_tui.widgets.lines_view import COMPONENTS, LinkChosen, Painted, strip_of


class Bar(Painted):
    """Shows what its builder makes of its width. A span whose role is `key:<action>` is a button."""

    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._builder: Callable[[int], Line] = lambda _width: Line()
        self._line = Line()

    @property
    def text(self) -> str:
        return self._line.text

    def show(self, builder: Callable[[int], Line]) -> None:
        self._builder = builder
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def render_line(self, y: int) -> Strip:
        self._line = clip(self._builder(self.size.width), self.size.width)
        plain = Line(tuple((text, role.partition(":")[0]) for text, role in self._line.spans))
        return strip_of(self, plain, self.size.width, self.base)

    def on_click(self, event: events.Click) -> None:
        at = 0
        for text, role in self._line.spans:
            at += cells(text)
            if event.x < at:
                action = role.partition(":")[2]
                if action:
                    self.post_message(LinkChosen(action))
                return
