"""What is listed, in which order, for whom; and the rest that decides nothing: views, copies, theme, quit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.errors import EarnedError
from agent.queue import ORDERS
from review_tui.keymap import THEMES, save_view
from review_tui.lines import Line, printed
from review_tui.questions import Option, Picked
from review_tui.rows import summary
from review_tui.text import safe

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

    @property
    def handlers(self) -> dict[str, Callable[[], None]]:
        return {
            "filter": self.open_filter,
            "views": self.views,
            "save_view": self.save,
            "reload": lambda: self.apply(self.screen.desk.text),
            "owner": self.owner,
            "sort": self.sort,
            "copy_quote": self.copy_quote,
            "copy_card": self.copy_card,
            "theme": self.theme,
            "palette": lambda: self.screen.app.action_command_palette(),
            "quit": self.quit,
            "screenshot": self.screenshot,
        }

    # what is listed

    def open_filter(self) -> None:
        screen = self.screen
        if screen.filter is None:
            from review_tui.widgets.inputs import SafeInput

            screen.filter = SafeInput(
                id="filter", placeholder='filter: acct:fjord grade:earned has:counter age<7d "words"  (enter keeps, esc clears)'
            )
            screen.mount(screen.filter, after="#header")
        text = screen.desk.text
        screen.filter.value = text + (" " if text else "")
        screen.filter.add_class("-open")
        screen.filter.focus()
        screen.filter.cursor_position = len(screen.filter.value)

    def close_filter(self, *, keep: bool) -> None:
        field = self.screen.filter
        assert field is not None, "it had the focus"
        field.remove_class("-open")
        self.screen.set_focus(self.screen.queue_list)
        self.apply(field.value.strip() if keep else "")

    def apply(self, text: str) -> None:
        """Lay out the list anew for a filter text."""
        self.screen.reader.shelf(text)

    def sort(self) -> None:
        """The next order, from the top of the list."""
        desk = self.screen.desk
        desk.order = ORDERS[(ORDERS.index(desk.order) + 1) % len(ORDERS)]
        self.screen.say(f"Sorted by {desk.order}.")
        self.apply(desk.text)

    def views(self) -> None:
        from review_tui.screens.dialogs import Pick

        known = {**BUILT_IN, **self.screen.settings.views}
        options = [Option(text, f"{name}{f'  ({text})' if text else ''}") for name, text in list(known.items())[:9]]

        def done(picked: Picked | None) -> None:
            if picked is not None:
                self.apply(picked.value)

        self.screen.app.push_screen(Pick("Views", options), done)

    def save(self) -> None:
        from review_tui.screens.dialogs import Pick

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

    # the rest

    def copy_quote(self) -> None:
        from review_tui.pages import quote_citation

        view, quote = self.screen.showing.view, self.screen.showing.quote
        assert view is not None, "the registry asks for an item first"
        assert quote is not None, "the registry asks for a quote first"
        self._copy(quote_citation(view, quote), f"Quote {quote.number}")

    def copy_card(self) -> None:
        from review_tui.card import card_lines

        view = self.screen.showing.view
        assert view is not None, "the registry asks for an item first"
        title = f"{safe(view.row.account)}: {safe(view.draft.title)}\n"
        self._copy(title + printed(card_lines(view, 78, 10_000)), "The card")

    def _copy(self, text: str, what: str) -> None:
        from review_tui import clipboard

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
        if not waiting or not self.screen.frame.failing:
            self.screen.app.exit(0)
            return

        from review_tui.screens.dialogs import Confirm

        def done(sure: bool | None) -> None:
            if sure:
                self.screen.app.exit(0)

        lines = [Line(((f"{waiting} decisions are not saved: {safe(self.screen.frame.failing)}", "error"),))]
        self.screen.app.push_screen(
            Confirm("Quit now?", lines, yes="quits; they are printed and lost", no="stays and keeps trying"), done
        )

    def farewell(self) -> str:
        """What is printed after the screen is gone."""
        return f"Session: {summary(self.screen.desk.tally)}. {self.screen.desk.open_count:,} open."
