"""One line of the frame: titles, the header, the status and the hints."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.geometry import Size

from review_tui.lines import Line, clip
from review_tui.text import cells
from review_tui.widgets.lines_view import LinkChosen
from review_tui.widgets.painted import Painted


class Bar(Painted):
    """Shows what its builder makes of its width. A span whose role is `key:<action>` is a button."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._builder: Callable[[int], Line] = lambda _width: Line()
        self._line = Line()
        self._plain = Line()

    @property
    def text(self) -> str:
        return self._line.text

    def show(self, builder: Callable[[int], Line]) -> None:
        self._builder = builder
        self.renew()

    def renew(self) -> None:
        """Ask the builder again, and paint what it says if that is something else."""
        width = self.measure().width
        if not width:
            return
        self._line = clip(self._builder(width), width)
        self._plain = Line(tuple((text, role.partition(":")[0]) for text, role in self._line.spans))
        self.repaint()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def on_resize(self, event: events.Resize) -> None:
        self.renew()

    def row_line(self, y: int) -> Line | None:
        return self._plain

    def on_click(self, event: events.Click) -> None:
        at = 0
        for text, role in self._line.spans:
            at += cells(text)
            if event.x < at:
                action = role.partition(":")[2]
                if action:
                    self.post_message(LinkChosen(action))
                return
