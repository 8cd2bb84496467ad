"""The queue on the screen: panes, keys, and what workers report. What happens is in the parts: `deciding` and `writing`, `browsing` and
`reading`, `moving`, `showing`, `frame`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widgets import Static

from review_tui.actions import BY_ID, DECIDING, QUOTE_KEYS
from review_tui.desk import Desk
from review_tui.guard import Guard
from review_tui.keymap import Settings
from review_tui.lines import Line
from review_tui.messages import CardReady, Changed, Counted, LoadFailed, PageReady, ShelfReady, SourceReady, Written
from review_tui.rows import divider, row_line
from review_tui.screens.browsing import Browsing
from review_tui.screens.deciding import Deciding
from review_tui.screens.frame import PANES, Frame
from review_tui.screens.moving import Moving
from review_tui.screens.reading import Reading
from review_tui.screens.showing import Showing
from review_tui.widgets.lines_view import LinesView, LinkChosen, QuoteChosen
from review_tui.widgets.queue_list import QueueList, RowChosen
from review_tui.workers import Reader
from review_tui.writer import Outcome, Writer

if TYPE_CHECKING:
    from review_tui.widgets.inputs import SafeInput

SMALLEST = (60, 16)
"""Columns and lines under which nothing can be decided honestly."""


class QueueScreen(Screen[None]):
    """`tick` is a monotonic clock in seconds."""

    def __init__(self, desk: Desk, settings: Settings, *, tick: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.desk, self.settings, self.tick = desk, settings, tick
        self.guard = Guard()
        self.reader = Reader(desk, self.post_message)
        self.writer = Writer(self._tell)
        self.queue_list = QueueList(self._row, self._divider, id="list")
        self.card, self.source = LinesView(id="card"), LinesView(id="source")
        self.filter: SafeInput | None = None
        """The line to type a filter in, from the first time that it is wanted."""
        self.frame, self.showing = Frame(self), Showing(self)
        self.deciding, self.browsing, self.reading, self.moving = Deciding(self), Browsing(self), Reading(self), Moving(self)
        self.wish: str | None = None
        """A hypothesis to go to once the list has been laid out."""
        self._lookup = settings.lookup
        self._handlers: dict[str, Callable[[], None]] = {}
        for part in (self.deciding, self.browsing, self.reading, self.moving):
            self._handlers |= part.handlers

    def compose(self) -> ComposeResult:
        bars = self.frame.bars
        yield bars["header"]
        with Container(id="body"):
            with Vertical(id="list-pane"):
                yield bars["list-bar"]
                yield self.queue_list
            with Container(id="right"):
                with Vertical(id="card-pane"):
                    yield bars["card-bar"]
                    yield self.card
                with Vertical(id="source-pane"):
                    yield bars["source-bar"]
                    yield self.source
        yield bars["status"]
        yield bars["hints"]
        yield Static("", id="too-small", markup=False)

    def on_mount(self) -> None:
        self.queue_list.focus()
        self.frame.draw()
        self.showing.card(None)
        self.reader.shelf(self.desk.text)
        self.set_interval(3.0, self.reader.pulse)

    def _tell(self, outcome: Outcome) -> None:
        """Called in the writer's thread: posting a message is the one thing that may be done there."""
        self.post_message(Written(outcome))

    @property
    def pane(self) -> str:
        """The pane that the keys go to."""
        name = self.focused.id if self.focused is not None else None
        return name if name in PANES else "list"

    def say(self, words: str, role: str = "body", *, saved: bool = False) -> None:
        self.frame.say(words, role, saved=saved)

    def on_descendant_focus(self) -> None:
        self.frame.draw()

    def on_resize(self, event: events.Resize) -> None:
        tiny = event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1]
        self.set_class(tiny, "-tiny")
        if tiny:
            size = f"{event.size.width}x{event.size.height}"
            words = f"needs {SMALLEST[0]}x{SMALLEST[1]}, now {size}\nearned review --plain works"
            self.query_one("#too-small", Static).update(words)

    # list

    def _row(self, at: int, width: int) -> Line:
        desk = self.desk
        key = desk.shelf.ids[at]
        return row_line(
            desk.row(at),
            width,
            desk.minute,
            cursor=at == desk.at,
            marked=key in desk.marks,
            pending=desk.pending.get(key),
            returned=desk.shelf.returned.get(key),
        )

    def _divider(self, width: int) -> Line:
        top = self.desk.shelf.top
        return divider(width, top, len(self.desk.shelf.ids) - top)

    # keys and mouse

    def on_key(self, event: events.Key) -> None:
        if self.filter is not None and self.filter.has_focus:
            if event.key in ("escape", "enter"):
                event.stop()
                self.browsing.close_filter(keep=event.key == "enter")
            return
        token = event.character if event.is_printable and event.character not in (None, " ") else event.key
        if token in QUOTE_KEYS:
            event.stop()
            self.showing.number(int(str(token)))
        elif token in self._lookup:
            event.stop()
            event.prevent_default()
            self.perform(self._lookup[str(token)], str(token))

    def on_link_chosen(self, message: LinkChosen) -> None:
        self.perform(message.action, f"click:{message.action}")

    def perform(self, name: str, token: str = "palette") -> None:
        """Do one action of the registry, or say why not."""
        act = BY_ID[name]
        reason = self._lacking(act.needs)
        view = self.showing.view
        if not reason and name in DECIDING and view is not None:
            key = self.desk.key or ""
            if not self.card.in_sight and not self.desk.marks:
                reason = "the card is not on the screen; zoom out first."
            reason = reason or self.guard.refusal(token, key if key == view.row.id else "", self.tick()) or ""
        if reason:
            self.say(f"{act.label.partition(',')[0]}: {reason}", "missing")
            return
        self._handlers[name]()

    def _lacking(self, needs: str) -> str:
        if needs in ("item", "quote") and (self.desk.key is None or self.showing.view is None):
            return "there is no item here."
        if needs == "quote" and self.showing.quote is None:
            return "this card has no quote."
        if needs == "marks" and not self.desk.marks:
            return "nothing is marked."
        return ""

    def on_row_chosen(self, message: RowChosen) -> None:
        self.moving.go(message.at)
        if message.twice:
            self.set_focus(self.card)

    def on_quote_chosen(self, message: QuoteChosen) -> None:
        self.showing.number(message.number)

    # what workers report

    def on_shelf_ready(self, message: ShelfReady) -> None:
        if message.peek:
            self._peeked(message)
            return
        dropped = self.desk.lay_out(message.shelf, message.text)
        self.frame.fresh = 0
        wished = self.desk.place(self.wish) if self.wish is not None else None
        self.wish = None
        if wished is not None:
            self.desk.move(wished)
        self.queue_list.lay(len(self.desk.shelf.ids), self.desk.shelf.top, self.desk.at)
        if not message.more:
            self.showing.view = None
        if dropped:
            self.say(f"{dropped} marks dropped: their items are not in this list.", "missing")
        elif self.desk.hints:
            self.say("; ".join(self.desk.hints), "missing")
        self.frame.renew()
        self.showing.current()
        if message.part:
            # A long list is sorted only when its first lines have been painted.
            self.call_after_refresh(self.reader.rest, message.text)

    def _peeked(self, message: ShelfReady) -> None:
        known = set(self.desk.shelf.ids)
        self.frame.fresh = sum(key not in known for key in message.shelf.ids)
        shelf = message.shelf
        self.desk.recount(shelf.counts, shelf.done_today, shelf.pulse)
        self.frame.renew()

    def on_card_ready(self, message: CardReady) -> None:
        before = self.showing.view
        for view in message.views:
            self.desk.keep(view)
        view = message.views[0]
        if message.prefetched or view.row.id != self.desk.key:
            return
        if before is not None and before.row.id == view.row.id:
            self.deciding.writing.compare(before, view)
        self.showing.card(view)
        self.reader.ahead(self.desk.at)

    def on_source_ready(self, message: SourceReady) -> None:
        self.showing.source_ready(message)

    def on_changed(self, message: Changed) -> None:
        """Somebody else was here. Nothing moves; what is in sight is read again, and a changed card says so."""
        shown = self.showing.view
        self.desk.forget()
        self.queue_list.repaint()
        self.reader.shelf(self.desk.text, peek=True)
        if shown is not None and self.desk.key == shown.row.id:
            self.reader.card(shown.row.id)

    def on_load_failed(self, message: LoadFailed) -> None:
        self.say(f"{message.what} could not be read: {message.why} R tries again.", "error")

    def on_counted(self, message: Counted) -> None:
        writing = self.deciding.writing
        others = message.pulse - self.desk.shelf.pulse - writing.own
        writing.own = 0
        self.desk.recount(message.counts, message.done_today, message.pulse)
        if others > 0:
            self.on_changed(Changed(message.pulse))
        self.frame.renew()

    def on_page_ready(self, message: PageReady) -> None:
        self.say("")
        message.show()

    def on_written(self, message: Written) -> None:
        self.deciding.writing.written(message.outcome)
