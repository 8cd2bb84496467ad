"""The queue on the screen: panes, cursor, keys. Decisions are in `deciding`, everything that opens a page in `browsing`."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from review_tui.actions import BY_ID, DECIDING, QUOTE_KEYS
from review_tui.card import View, card_lines, hidden_counters
from review_tui.desk import Desk
from review_tui.guard import Guard
from review_tui.keymap import Settings
from review_tui.lines import Line, clip, line, row
from review_tui.messages import CardReady, Changed, Counted, LoadFailed, PageReady, ShelfReady, SourceReady, Written
from review_tui.plot import plot_lines
from review_tui.quotes import Quote
from review_tui.rows import divider, empty_lines, header, hints, list_title, row_line
from review_tui.screens.browsing import Browsing
from review_tui.screens.deciding import Deciding
from review_tui.screens.moving import PANES, Moving
from review_tui.source import source_header, source_lines
from review_tui.text import safe
from review_tui.widgets.bar import Bar
from review_tui.widgets.inputs import SafeInput
from review_tui.widgets.lines_view import LinesView, LinkChosen, QuoteChosen
from review_tui.widgets.queue_list import QueueList, RowChosen
from review_tui.workers import Reader
from review_tui.writer import Outcome, Writer


class QueueScreen(Screen[None]):
    """`tick` is a monotonic clock in seconds."""

    def __init__(self, desk: Desk, settings: Settings, *, tick: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.desk, self.settings, self.tick = desk, settings, tick
        self.guard = Guard()
        self.view: View | None = None
        """The card on the screen. Decisions name its version, whatever the list says."""
        self.quote: Quote | None = None
        self.fresh = 0
        self.failing = ""
        self.unseen = 0
        """Counter-quotes of the card that have not been in sight."""
        self.reader = Reader(desk, self.post_message)
        self.writer = Writer(self._tell)
        self.deciding = Deciding(self)
        self.browsing = Browsing(self)
        self.moving = Moving(self)
        self._lookup = settings.lookup
        self.wish: str | None = None
        """A hypothesis to go to once the list has been laid out."""
        self._said: tuple[str, str] = ("", "body")
        self._saved = ""

    def compose(self) -> ComposeResult:
        yield Bar(id="header")
        yield SafeInput(
            id="filter", placeholder='filter: acct:fjord grade:earned has:counter age<7d "words"  (enter keeps, esc clears)'
        )
        with Container(id="body"):
            with Vertical(id="list-pane"):
                yield Bar(id="list-bar")
                yield QueueList(self._row, self._divider, id="list")
            with Container(id="right"):
                with Vertical(id="card-pane"):
                    yield Bar(id="card-bar")
                    yield LinesView(id="card")
                with Vertical(id="source-pane"):
                    yield Bar(id="source-bar")
                    yield LinesView(id="source")
        yield Bar(id="status", classes="-plain")
        yield Bar(id="hints")
        yield Static("", id="too-small", markup=False)

    def on_mount(self) -> None:
        self.queue_list.focus()
        self._frame()
        self.show_view(None)
        self.reader.shelf(self.desk.text)
        self.set_interval(3.0, self.reader.pulse)

    def _tell(self, outcome: Outcome) -> None:
        """Called in the writer's thread: posting a message is the one thing that may be done there."""
        self.post_message(Written(outcome))

    # panes

    @property
    def queue_list(self) -> QueueList:
        return self.query_one("#list", QueueList)

    @property
    def card(self) -> LinesView:
        return self.query_one("#card", LinesView)

    @property
    def source(self) -> LinesView:
        return self.query_one("#source", LinesView)

    @property
    def pane(self) -> str:
        """The pane that the keys go to."""
        name = self.focused.id if self.focused is not None else None
        return name if name in PANES else "list"

    def _frame(self) -> None:
        self.query_one("#header", Bar).show(
            lambda width: header(self.desk, width, who=self.desk.queue.actor, failing=self.failing_count, fresh=self.fresh)
        )
        self.query_one("#hints", Bar).show(lambda width: hints(self.settings.keys, width))
        self.query_one("#status", Bar).show(self._status)
        self.query_one("#list-bar", Bar).show(lambda width: row((self._marker("list") + list_title(self.desk), "strong")))
        for name in PANES:
            self.query_one(f"#{name}-bar", Bar).set_class(self.pane == name, "-focused")

    @property
    def failing_count(self) -> int:
        return self.writer.waiting if self.failing else 0

    def _marker(self, pane: str) -> str:
        return "> " if self.pane == pane else "  "

    def _status(self, width: int) -> Line:
        words, role = self._said
        right = f"SAVE FAILED, trying again: {self.failing}" if self.failing else self._saved
        left = clip(line(f" {words}", role), max(10, width - len(right) - 2))
        gap = " " * max(1, width - sum(len(text) for text, _ in left.spans) - len(right) - 1)
        return row(*left.spans, (gap, "body"), (safe(right), "error" if self.failing else "dim"))

    def say(self, words: str, role: str = "body", *, saved: bool = False) -> None:
        """One line of feedback. It names what it is about; it does not pop up over the text."""
        self._said = safe(words), role
        if saved:
            self._saved = f"saved {self.desk.clock().astimezone():%H:%M}"
        self.query_one("#status", Bar).refresh()

    def refresh_frame(self) -> None:
        for name in ("header", "status", "list-bar", "card-bar", "source-bar"):
            self.query_one(f"#{name}", Bar).refresh()

    def on_descendant_focus(self) -> None:
        self._frame()

    def on_resize(self, event: events.Resize) -> None:
        tiny = event.size.width < 60 or event.size.height < 16
        self.set_class(tiny, "-tiny")
        if tiny:
            size = f"{event.size.width}x{event.size.height}"
            self.query_one("#too-small", Static).update(f"needs 60x16, now {size}\nearned review --plain works")

    # list

    def _row(self, at: int, width: int) -> Line:
        item = self.desk.row(at)
        key = self.desk.shelf.ids[at]
        return row_line(
            item,
            width,
            self.desk.clock(),
            cursor=at == self.desk.at,
            marked=key in self.desk.marks,
            pending=self.desk.pending.get(key),
            returned=self.desk.shelf.returned.get(key),
        )

    def _divider(self, width: int) -> Line:
        top = self.desk.shelf.top
        return divider(width, top, len(self.desk.shelf.ids) - top)

    def show_current(self) -> None:
        """Show the card under the cursor: at once where it is known, else when it has been read."""
        key = self.desk.key
        if key is None:
            self.show_view(None)
        elif (view := self.desk.cached(key)) is not None:
            self.show_view(view)
        else:
            self.reader.card(key)

    # card and source

    def show_view(self, view: View | None, *, home: bool = True) -> None:
        same = view is not None and self.view is not None and view.row.id == self.view.row.id
        self.view = view
        if view is None:
            self.guard.shown(None, self.tick())
            self.unseen, self.quote = 0, None
            self.query_one("#card-bar", Bar).show(lambda _w: Line())
            self.query_one("#source-bar", Bar).show(lambda _w: Line())
            self.card.show(lambda _w, _h: (empty_lines(self.desk, self.desk.tally), None))
            self.source.show(lambda _w, _h: ([], None))
            return
        title = f"{safe(view.row.account)}: {safe(view.draft.title)}"
        self.query_one("#card-bar", Bar).show(lambda _w: row((self._marker("card") + title, "strong")))
        self.card.show(self._build_card, painted=self._card_painted, home=home and not same)
        self.refresh_frame()
        kept = next((q for q in view.quotes if same and self.quote and q.signal.id == self.quote.signal.id), None)
        self.show_quote(kept or next(iter(view.quotes), None))

    def _build_card(self, width: int, height: int) -> tuple[list[Line], int | None]:
        assert self.view is not None
        lines = card_lines(self.view, width, height)
        if self.view.row.id not in self.desk.opened:
            self.unseen = hidden_counters(self.view, lines, height)
        return lines, None

    def _card_painted(self) -> None:
        if self.view is not None:
            self.guard.shown(self.view.row.id, self.tick())
            self.desk.opened[self.view.row.id] = self.view.version

    def show_quote(self, quote: Quote | None) -> None:
        self.quote = quote
        if quote is None or self.view is None:
            self.query_one("#source-bar", Bar).show(lambda _w: Line())
            self.source.show(lambda _w, _h: ([line("No quote to show: there is no evidence.", "dim")], None))
            return
        total, today = len(self.view.quotes), self.view.now.date()
        self.query_one("#source-bar", Bar).show(
            lambda width: row((self._marker("source"), "body"), *source_header(quote, total, today, width - 2).spans)
        )
        self.reader.source(self.view, quote)

    def on_source_ready(self, message: SourceReady) -> None:
        view, quote = self.view, self.quote
        if view is None or quote is None or message.key != view.row.id or message.quote.signal.id != quote.signal.id:
            return
        conversation = message.conversation
        if conversation is None:
            words = [line(message.why, "error"), line("Decide from the other quotes, or p asks for proof.", "body")]
            self.source.show(lambda width, _h: ([clip(one, width) for one in words], None))
        elif quote.signal.measurement is not None:
            measured = quote.signal.measurement
            self.source.show(
                lambda width, height: (
                    plot_lines(conversation.record, measured, width, view.now.date(), height=max(3, min(10, height - 7))),
                    None,
                )
            )
        else:

            def build(width: int, _height: int) -> tuple[list[Line], int | None]:
                made = source_lines(conversation, view.quotes, quote, width, view.now.date())
                return list(made.lines), made.at

            self.source.show(build)

    def on_quote_chosen(self, message: QuoteChosen) -> None:
        self.open_quote(message.number)

    def open_quote(self, number: int) -> None:
        quotes = self.view.quotes if self.view is not None else ()
        if 1 <= number <= len(quotes):
            self.show_quote(quotes[number - 1])
        else:
            self.say(f"There is no quote {number}; this card has {len(quotes)}.")

    # keys and mouse

    def on_key(self, event: events.Key) -> None:
        field = self.query_one("#filter", Input)
        if field.has_focus:
            if event.key in ("escape", "enter"):
                event.stop()
                self.browsing.close_filter(keep=event.key == "enter")
            return
        token = event.character if event.is_printable and event.character not in (None, " ") else event.key
        if token in QUOTE_KEYS:
            event.stop()
            self.open_quote(int(token))
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
        if not reason and name in DECIDING and self.view is not None:
            key = self.desk.key or ""
            reason = self.guard.refusal(token, key if key == self.view.row.id else "", self.tick()) or ""
        if reason:
            self.say(f"{act.label.partition(',')[0]}: {reason}", "missing")
            return
        handler = self.deciding.handlers.get(name) or self.browsing.handlers.get(name) or self.moving.handlers[name]
        handler()

    def _lacking(self, needs: str) -> str:
        if needs in ("item", "quote") and (self.desk.key is None or self.view is None):
            return "there is no item here."
        if needs == "quote" and self.quote is None:
            return "this card has no quote."
        if needs == "marks" and not self.desk.marks:
            return "nothing is marked."
        return ""

    def on_row_chosen(self, message: RowChosen) -> None:
        self.moving.go(message.at)
        if message.twice:
            self.set_focus(self.card)

    # what workers report

    def on_shelf_ready(self, message: ShelfReady) -> None:
        if message.peek:
            self._peeked(message)
            return
        dropped = self.desk.lay_out(message.shelf, message.text)
        self.fresh = 0
        wished = self.desk.place(self.wish) if self.wish is not None else None
        self.wish = None
        if wished is not None:
            self.desk.move(wished)
        self.queue_list.lay(len(self.desk.shelf.ids), self.desk.shelf.top, self.desk.at)
        self.view = None
        if dropped:
            self.say(f"{dropped} marks dropped: their items are not in this list.", "missing")
        elif self.desk.hints:
            self.say("; ".join(self.desk.hints), "missing")
        self.refresh_frame()
        self.show_current()

    def _peeked(self, message: ShelfReady) -> None:
        known = set(self.desk.shelf.ids)
        self.fresh = sum(key not in known for key in message.shelf.ids)
        shelf = message.shelf
        self.desk.recount(shelf.counts, shelf.done_today, shelf.pulse)
        self.refresh_frame()

    def on_card_ready(self, message: CardReady) -> None:
        before = self.view
        self.desk.keep(message.view)
        if message.prefetched or message.view.row.id != self.desk.key:
            return
        if before is not None and before.row.id == message.view.row.id:
            self.deciding.compare(before, message.view)
        self.show_view(message.view)
        self.reader.ahead(self.desk.at)

    def on_changed(self, message: Changed) -> None:
        """Somebody else was here. Nothing moves; what is in sight is read again, and a changed card says so."""
        shown = self.view
        self.desk.forget()
        self.queue_list.refresh()
        self.reader.shelf(self.desk.text, peek=True)
        if shown is not None and self.desk.key == shown.row.id:
            self.reader.card(shown.row.id)

    def on_load_failed(self, message: LoadFailed) -> None:
        self.say(f"{message.what} could not be read: {message.why} R tries again.", "error")

    def on_counted(self, message: Counted) -> None:
        others = message.pulse - self.desk.shelf.pulse - self.deciding.own
        self.deciding.own = 0
        self.desk.recount(message.counts, message.done_today, message.pulse)
        if others > 0:
            self.on_changed(Changed(message.pulse))
        self.refresh_frame()

    def on_page_ready(self, message: PageReady) -> None:
        self.say("")
        message.show()

    def on_written(self, message: Written) -> None:
        self.deciding.written(message.outcome)
