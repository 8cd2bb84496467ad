"""Pages to read, opened over the queue: help, the whole source, provenance, revisions, history, the manager's week."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from agent.errors import EarnedError
from agent.queue import Filter
from review_tui.lines import Line
from review_tui.messages import PageReady
from review_tui.text import safe

if TYPE_CHECKING:
    from review_tui.screens.queue import QueueScreen


class Reading:
    """The part of the queue screen that opens pages."""

    def __init__(self, screen: QueueScreen) -> None:
        self.screen = screen

    @property
    def handlers(self) -> dict[str, Callable[[], None]]:
        return {
            "source": self.source,
            "provenance": self.provenance,
            "revisions": self.revisions,
            "history": self.history,
            "manager": self.manager,
            "help": self.help,
        }

    def _page(self, title: str, build: Callable[[int, int], tuple[Sequence[Line], int | None]], **options: object) -> None:
        from review_tui.screens.dialogs import Page

        self.screen.app.push_screen(Page(title, build, **options))  # type: ignore[arg-type]

    def help(self) -> None:
        from review_tui.pages import help_lines

        keys = self.screen.settings.keys
        self._page("Keys", lambda width, _h: (help_lines(keys, width), None))

    def source(self) -> None:
        view, quote = self.screen.showing.view, self.screen.showing.quote
        assert view is not None, "the registry asks for an item first"
        assert quote is not None, "the registry asks for a quote first"
        desk, today = self.screen.desk, view.now.date()
        from review_tui.plot import plot_lines
        from review_tui.source import source_header, source_lines

        def read() -> PageReady:
            found = desk.queue.conversation(quote.signal.record_id, quote.signal.account_id)

            def build(width: int, height: int) -> tuple[Sequence[Line], int | None]:
                measured = quote.signal.measurement
                if measured is not None:
                    return plot_lines(found.record, measured, width, today, height=max(4, height - 8)), None
                made = source_lines(found, view.quotes, quote, width, today, everything=True)
                return made.lines, made.at

            title = source_header(quote, len(view.quotes), today, 100).text.strip()
            return PageReady(lambda: self._page(title, build))

        self.screen.reader.run("The source", read)

    def provenance(self) -> None:
        view, quote = self.screen.showing.view, self.screen.showing.quote
        assert view is not None, "the registry asks for an item first"
        desk = self.screen.desk
        from review_tui.pages import provenance_lines

        def read() -> PageReady:
            reason, locator = "the source is not in the store any more", "unknown"
            if quote is not None:
                try:
                    record = desk.queue.conversation(quote.signal.record_id, quote.signal.account_id).record
                    reason, locator = record.voice_reason, record.locator
                except (EarnedError, LookupError, StopIteration):
                    pass
            return PageReady(
                lambda: self._page(
                    "Where it comes from",
                    lambda width, _h: (provenance_lines(view, quote, reason, locator, width), None),
                    wide=False,
                )
            )

        self.screen.reader.run("Provenance", read)

    def revisions(self) -> None:
        view, desk = self.screen.showing.view, self.screen.desk
        assert view is not None, "the registry asks for an item first"
        from review_tui.pages import revision_lines

        def read() -> PageReady:
            found, log, now = desk.queue.revisions(view.row.id), view.card.log, desk.clock()
            title = f"Revisions of {safe(view.row.account)}: {safe(view.draft.title)}"
            return PageReady(lambda: self._page(title, lambda width, _h: (revision_lines(found, log, now, width), None)))

        self.screen.reader.run("The revisions", read)

    def history(self) -> None:
        from review_tui.pages import history_lines
        from review_tui.screens.dialogs import Page

        desk = self.screen.desk

        def read() -> PageReady:
            log = desk.queue.log(limit=100)
            accounts = {found.id: found.account for found in desk.queue.rows(list({entry.hypothesis_id for entry in log}))}
            now = desk.clock()
            answers = {str(number): entry.hypothesis_id for number, entry in enumerate(log[:9], start=1)}

            def show() -> None:
                page = Page(
                    "Decisions, newest first",
                    lambda width, _h: (history_lines(log, accounts, now, width), None),
                    answers=answers,
                    hint="1-9 goes to that hypothesis",
                )
                self.screen.app.push_screen(page, self._open_anywhere)

            return PageReady(show)

        self.screen.reader.run("The history", read)

    def _open_anywhere(self, key: str | None) -> None:
        """Go to a hypothesis; where it is not in this list, list everything that is."""
        if key is None:
            return
        desk = self.screen.desk
        place = desk.place(key)
        if place is not None:
            self.screen.moving.go(place)
            return
        self.screen.wish = key
        self.screen.browsing.apply("state:all")

    def manager(self) -> None:
        from review_tui.pages import manager_lines

        desk = self.screen.desk
        since = (desk.clock() - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")

        def read() -> PageReady:
            keys = desk.queue.shelf(Filter(since=since)).ids[:2000]
            cards = [desk.queue.card(key).hypothesis for key in keys]
            rows = desk.queue.rows(list(keys)) if keys else []
            return PageReady(
                lambda: self._page("The week by quality", lambda width, _h: (manager_lines(cards, rows, width), None))
            )

        self.screen.say("Reading the week ...")
        self.screen.reader.run("The week", read)
