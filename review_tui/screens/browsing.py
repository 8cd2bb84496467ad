"""Everything of the queue screen that looks and does not decide: filter, views, pages, palette, copy, quit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

from agent.errors import EarnedError
from agent.queue import Filter
from review_tui import clipboard
from review_tui.actions import ACTIONS, shown
from review_tui.card import card_lines
from review_tui.keymap import THEMES, save_view
from review_tui.lines import Line, printed
from review_tui.messages import PageReady
from review_tui.pages import help_lines, history_lines, manager_lines, provenance_lines, quote_citation, revision_lines
from review_tui.plot import plot_lines
from review_tui.rows import summary
from review_tui.screens.dialogs import Confirm, Option, Page, Pick, Picked
from review_tui.source import source_header, source_lines
from review_tui.text import safe
from review_tui.widgets.inputs import SafeInput

if TYPE_CHECKING:
    from review_tui.screens.queue import QueueScreen

BUILT_IN = {
    "today and the rest": "",
    "earned": "grade:earned",
    "blocked: what stands in the way": "grade:blocked",
    "no stakeholder pull yet": "missing:pull grade:promising",
    "with counter-evidence": "has:counter",
    "changed since I decided": "is:changed state:all",
    "asked for proof": "state:proof",
    "snoozed": "state:snoozed",
    "approved": "state:approved",
}


class Browsing:
    """The looking half of the queue screen."""

    def __init__(self, screen: QueueScreen) -> None:
        self.screen = screen
        self._before_filter = ""

    @property
    def handlers(self) -> dict[str, Callable[[], None]]:
        return {
            "filter": self.open_filter,
            "views": self.views,
            "save_view": self.save,
            "reload": lambda: self.apply(self.screen.desk.text),
            "owner": self.owner,
            "history": self.history,
            "manager": self.manager,
            "source": self.source,
            "provenance": self.provenance,
            "revisions": self.revisions,
            "copy_quote": self.copy_quote,
            "copy_card": self.copy_card,
            "theme": self.theme,
            "palette": self.screen.app.action_command_palette,
            "help": self.help,
            "quit": self.quit,
            "screenshot": self.screenshot,
        }

    # what is listed

    @property
    def _field(self) -> SafeInput:
        return self.screen.query_one("#filter", SafeInput)

    def open_filter(self) -> None:
        self._before_filter = self.screen.desk.text
        self._field.value = self._before_filter + (" " if self._before_filter else "")
        self._field.add_class("-open")
        self._field.focus()
        self._field.cursor_position = len(self._field.value)

    def close_filter(self, *, keep: bool) -> None:
        self._field.remove_class("-open")
        self.screen.set_focus(self.screen.queue_list)
        self.apply(self._field.value.strip() if keep else "")

    def apply(self, text: str) -> None:
        """Lay out the list anew for a filter text."""
        self.screen.reader.shelf(text)

    def views(self) -> None:
        known = {**BUILT_IN, **self.screen.settings.views}
        options = [Option(text, f"{name}{f'  ({text})' if text else ''}") for name, text in list(known.items())[:9]]

        def done(picked: Picked | None) -> None:
            if picked is not None:
                self.apply(picked.value)

        self.screen.app.push_screen(Pick("Views", options), done)

    def save(self) -> None:
        text = self.screen.desk.text
        if not text:
            self.screen.say("Save view: there is no filter to save; / sets one.", "missing")
            return
        home = self.screen.desk.queue.store.home

        def done(picked: Picked | None) -> None:
            if picked is None:
                return
            try:
                save_view(home, picked.text, text)
            except (OSError, EarnedError) as error:
                self.screen.say(f"The view was not saved: {error}", "error")
                return
            self.screen.settings.views[picked.text] = text
            self.screen.say(f"View {picked.text} saved; f shows it.", saved=True)

        self.screen.app.push_screen(Pick(f"Save as a view: {safe(text)}", [Option("name", "give it a name", ask=True)]), done)

    def owner(self) -> None:
        desk = self.screen.desk
        if desk.owner is None:
            self.screen.say("This is everybody's queue: it was opened without an owner.")
            return
        desk.everybody = not desk.everybody
        self.apply(desk.text)

    # pages

    def _page(self, title: str, build: Callable[[int, int], tuple[Sequence[Line], int | None]], **options: object) -> None:
        self.screen.app.push_screen(Page(title, build, **options))  # type: ignore[arg-type]

    def help(self) -> None:
        keys = self.screen.settings.keys
        self._page("Keys", lambda width, _h: (help_lines(keys, width), None))

    def source(self) -> None:
        view, quote = self.screen.view, self.screen.quote
        assert view is not None, "the registry asks for an item first"
        assert quote is not None, "the registry asks for a quote first"
        desk, today = self.screen.desk, view.now.date()

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
        view, quote = self.screen.view, self.screen.quote
        assert view is not None, "the registry asks for an item first"
        desk = self.screen.desk

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
        view, desk = self.screen.view, self.screen.desk
        assert view is not None, "the registry asks for an item first"

        def read() -> PageReady:
            found, log, now = desk.queue.revisions(view.row.id), view.card.log, desk.clock()
            title = f"Revisions of {safe(view.row.account)}: {safe(view.draft.title)}"
            return PageReady(lambda: self._page(title, lambda width, _h: (revision_lines(found, log, now, width), None)))

        self.screen.reader.run("The revisions", read)

    def history(self) -> None:
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
        self.apply("state:all")

    def manager(self) -> None:
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

    # the rest

    def copy_quote(self) -> None:
        view, quote = self.screen.view, self.screen.quote
        assert view is not None, "the registry asks for an item first"
        assert quote is not None, "the registry asks for a quote first"
        self._copy(quote_citation(view, quote), f"Quote {quote.number}")

    def copy_card(self) -> None:
        view = self.screen.view
        assert view is not None, "the registry asks for an item first"
        title = f"{safe(view.row.account)}: {safe(view.draft.title)}\n"
        self._copy(title + printed(card_lines(view, 78, 10_000)), "The card")

    def _copy(self, text: str, what: str) -> None:
        how = clipboard.copy(text, self.screen.app.copy_to_clipboard)
        self.screen.say(f"{what}: {how}.")

    def theme(self) -> None:
        app = self.screen.app
        at = THEMES.index(app.theme) if app.theme in THEMES else -1
        app.theme = THEMES[(at + 1) % len(THEMES)]
        self.screen.say(f"Theme {app.theme}; theme = {app.theme!r} in review.toml keeps it.")

    def screenshot(self) -> None:
        home = self.screen.desk.queue.store.home
        try:
            path = self.screen.app.save_screenshot("review.svg", str(home))
        except OSError as error:
            self.screen.say(f"The screenshot was not written: {error}", "error")
            return
        self.screen.say(f"Screen written to {path}.")

    def quit(self) -> None:
        waiting = self.screen.writer.waiting
        if not waiting or not self.screen.failing:
            self.screen.app.exit(0)
            return

        def done(sure: bool | None) -> None:
            if sure:
                self.screen.app.exit(0)

        lines = [Line(((f"{waiting} decisions are not saved: {safe(self.screen.failing)}", "error"),))]
        self.screen.app.push_screen(
            Confirm("Quit now?", lines, yes="quits; they are printed and lost", no="stays and keeps trying"), done
        )

    def farewell(self) -> str:
        """What is printed after the screen is gone."""
        return f"Session: {summary(self.screen.desk.tally)}. {self.screen.desk.open_count:,} open."


class Commands(Provider):
    """The command palette, from the one registry of actions."""

    def _all(self) -> list[tuple[str, str, Callable[[], None]]]:
        from review_tui.screens.queue import QueueScreen

        queue = next((one for one in self.app.screen_stack if isinstance(one, QueueScreen)), None)
        if queue is None:
            return []
        return [
            (act.label, f"{act.id}  {shown(queue.settings.keys.get(act.id, ()))}", lambda name=act.id: queue.perform(name))  # type: ignore[misc]
            for act in ACTIONS
            if act.id != "palette"
        ]

    async def discover(self) -> Hits:
        for label, help_text, run in self._all():
            yield DiscoveryHit(label, run, help=help_text)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for label, help_text, run in self._all():
            score = max(matcher.match(label), matcher.match(help_text))
            if score > 0:
                yield Hit(score, matcher.highlight(label), run, help=help_text)
