"""The card under the cursor and the source of its current quote: what the two panes show, and when."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from review_tui.card import card_lines, hidden_counters
from review_tui.lines import Line, clip, line, row
from review_tui.messages import SourceReady
from review_tui.plot import plot_lines
from review_tui.quotes import Quote
from review_tui.rows import empty_lines
from review_tui.source import source_header, source_lines
from review_tui.text import safe
from review_tui.view import View

if TYPE_CHECKING:
    from agent.queue import Conversation
    from review_tui.screens.queue import QueueScreen


class Showing:
    """The showing part of the queue screen. Decisions name the version of `view`, whatever the list says."""

    def __init__(self, screen: QueueScreen) -> None:
        self.screen = screen
        self.view: View | None = None
        """The card on the screen."""
        self.quote: Quote | None = None
        self.unseen = 0
        """Counter-quotes of the card that have not been in sight."""

    def current(self) -> None:
        """Show the card under the cursor: at once where it is known, else when it has been read."""
        desk = self.screen.desk
        key = desk.key
        if key is None:
            self.card(None)
        elif (view := desk.cached(key)) is not None:
            self.card(view)
            self.screen.reader.ahead(desk.at)
        else:
            self.screen.reader.card(key)

    def card(self, view: View | None) -> None:
        screen = self.screen
        same = view is not None and self.view is not None and view.row.id == self.view.row.id
        self.view = view
        if view is None:
            screen.guard.shown(None, screen.tick())
            self.unseen, self.quote = 0, None
            screen.frame.bars["card-bar"].show(lambda _w: Line())
            screen.frame.bars["source-bar"].show(lambda _w: Line())
            screen.card.show(lambda width, _h: (empty_lines(screen.desk, screen.desk.tally, width), None))
            screen.source.show(lambda _w, _h: ([], None))
            return
        title = f"{safe(view.row.account)}: {safe(view.draft.title)}"
        screen.frame.bars["card-bar"].show(lambda _w: row((screen.frame.marker("card") + title, "strong")))
        screen.card.show(partial(self._build_card, view), painted=self._painted, home=not same)
        kept = next((q for q in view.quotes if same and self.quote and q.signal.id == self.quote.signal.id), None)
        self.show_quote(kept or next(iter(view.quotes), None))

    def _build_card(self, view: View, width: int, height: int) -> tuple[list[Line], int | None]:
        lines = card_lines(view, width, height)
        if view.row.id not in self.screen.desk.opened:
            self.unseen = hidden_counters(view, lines, height)
        return lines, None

    def _painted(self) -> None:
        if self.view is not None:
            self.screen.guard.shown(self.view.row.id, self.screen.tick())
            self.screen.desk.opened[self.view.row.id] = self.view.version

    def show_quote(self, quote: Quote | None) -> None:
        screen, self.quote = self.screen, quote
        if quote is None or self.view is None:
            screen.frame.bars["source-bar"].show(lambda _w: Line())
            screen.source.show(lambda _w, _h: ([line("No quote to show: there is no evidence.", "dim")], None))
            return
        total, today = len(self.view.quotes), self.view.now.date()
        screen.frame.bars["source-bar"].show(
            lambda width: row((screen.frame.marker("source"), "body"), *source_header(quote, total, today, width - 2).spans)
        )
        if screen.desk.source_read(quote):
            self._source(self.view, quote, screen.desk.known_source(quote))
        else:
            screen.reader.source(self.view, quote)

    def number(self, number: int) -> None:
        """Show the quote of that number."""
        quotes = self.view.quotes if self.view is not None else ()
        if 1 <= number <= len(quotes):
            self.show_quote(quotes[number - 1])
        else:
            self.screen.say(f"There is no quote {number}; this card has {len(quotes)}.")

    def step(self, by: int) -> None:
        if self.view is not None and self.quote is not None:
            self.show_quote(self.view.quotes[(self.quote.number - 1 + by) % len(self.view.quotes)])

    def source_ready(self, message: SourceReady) -> None:
        view, quote = self.view, self.quote
        if view is None or quote is None or message.key != view.row.id or message.quote.signal.id != quote.signal.id:
            return
        self._source(view, quote, message.conversation)

    def _source(self, view: View, quote: Quote, found: Conversation | None) -> None:
        if found is None:
            why = f"{safe(quote.signal.source)} is not in the store any more: moved, removed, or no access."
            said = [line(why, "error"), line("Decide from the other quotes, or p asks for proof.", "body")]
            self.screen.source.show(lambda width, _h: ([clip(one, width) for one in said], None))
            return
        today, measured = view.now.date(), quote.signal.measurement

        def plot(width: int, height: int) -> tuple[list[Line], int | None]:
            assert measured is not None
            return plot_lines(found.record, measured, width, today, height=max(3, min(10, height - 7))), None

        def words(width: int, _height: int) -> tuple[list[Line], int | None]:
            made = source_lines(found, view.quotes, quote, width, today)
            return list(made.lines), made.at

        self.screen.source.show(plot if measured is not None else words)
