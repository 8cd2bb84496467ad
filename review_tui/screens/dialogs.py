"""Dialogs: pick one by a digit, confirm with `y`, read a page. Escape always leaves without doing anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from review_tui.lines import Line, flow, line, row
from review_tui.questions import Option, Picked
from review_tui.text import safe
from review_tui.widgets.bar import Bar
from review_tui.widgets.inputs import SafeInput
from review_tui.widgets.lines_view import LinesView, LinkChosen


class Pick(ModalScreen[Picked | None]):
    """One digit decides; options that need words open a line to type in, and enter confirms it."""

    def __init__(
        self, title: str, options: Sequence[Option], *, typing: str = "", check: Callable[[str], str] | None = None
    ) -> None:
        super().__init__()
        self._title, self._options, self._typing = title, options, typing
        self._check = check or (lambda text: "" if text.strip() else "Some words are needed.")
        self._chosen: Option | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Bar(id="dialog-title")
            yield LinesView(id="dialog-body")
            typed = SafeInput(id="dialog-input", placeholder=self._typing)
            typed.display = False
            yield typed
            yield Bar(id="dialog-hint", classes="-plain")

    def on_mount(self) -> None:
        self.query_one("#dialog-title", Bar).show(lambda _w: row((f" {self._title}", "strong")))
        self.query_one("#dialog-body", LinesView).show(lambda width, _h: (self._lines(width), None))
        last = min(9, len(self._options))
        self._hint(f"1-{last} picks, esc leaves" if last > 1 else "1 picks, esc leaves")
        self.query_one("#dialog-body").focus()

    def _lines(self, width: int) -> list[Line]:
        lines: list[Line] = []
        for number, option in enumerate(self._options, start=1):
            tail = f"  (not now: {option.off})" if option.off else ""
            role = "dim" if option.off else "body"
            for one in flow([(f"{number}  ", "key"), (safe(option.label) + tail, role)], width):
                lines.append(one._replace(link=str(number)))
        return lines

    def _hint(self, text: str, role: str = "dim") -> None:
        self.query_one("#dialog-hint", Bar).show(lambda _w: row((f" {text}", role)))

    def on_key(self, event: events.Key) -> None:
        typing = self._chosen is not None
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif not typing and event.character and event.character.isdigit():
            event.stop()
            event.prevent_default()
            self._pick(int(event.character))
        elif not typing and event.key not in ("tab", "shift+tab"):
            event.stop()

    def on_link_chosen(self, message: LinkChosen) -> None:
        message.stop()
        self._pick(int(message.action))

    def _pick(self, number: int) -> None:
        if not 1 <= number <= len(self._options):
            return
        option = self._options[number - 1]
        if option.off:
            self._hint(f"Not now: {option.off}", "error")
        elif not option.ask:
            self.dismiss(Picked(option.value))
        else:
            self._chosen = option
            typed = self.query_one("#dialog-input", Input)
            typed.display = True
            typed.value = option.start
            typed.cursor_position = len(option.start)
            typed.focus()
            self._hint("enter confirms, esc leaves")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        wrong = self._check(event.value)
        if wrong:
            self._hint(wrong, "error")
        elif self._chosen is not None:
            self.dismiss(Picked(self._chosen.value, event.value.strip()))


class Confirm(ModalScreen[bool]):
    """`y` or `n`. Enter does nothing, on purpose: it is the key that a hurried hand presses."""

    def __init__(self, title: str, lines: Sequence[Line], *, yes: str = "approves anyway", no: str = "leaves it") -> None:
        super().__init__()
        self._title, self._lines, self._yes, self._no = title, lines, yes, no

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Bar(id="dialog-title")
            yield LinesView(id="dialog-body")
            yield Bar(id="dialog-hint", classes="-plain")

    def on_mount(self) -> None:
        self.query_one("#dialog-title", Bar).show(lambda _w: row((f" {self._title}", "strong")))
        body = self.query_one("#dialog-body", LinesView)
        body.show(lambda width, _h: ([one for given in self._lines for one in flow(given.spans or [("", "body")], width)], None))
        body.focus()
        self.query_one("#dialog-hint", Bar).show(
            lambda _w: row((" y", "key"), (f" {self._yes}  ", "body"), (" n", "key"), (f" {self._no}", "body"))
        )

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.character in ("y", "Y"):
            self.dismiss(True)
        elif event.key == "escape" or event.character in ("n", "N"):
            self.dismiss(False)


class Page(ModalScreen[str | None]):
    """A page to read and scroll. Keys of `answers` close it and hand back what they stand for; `/` searches in it."""

    def __init__(
        self,
        title: str,
        build: Callable[[int, int], tuple[Sequence[Line], int | None]],
        *,
        answers: dict[str, str] | None = None,
        hint: str = "",
        wide: bool = True,
        search: bool = True,
    ) -> None:
        super().__init__()
        self._title, self._build, self._answers, self._hint_text = title, build, answers or {}, hint
        self._wide, self._search = wide, search
        self._needle = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -page -wide" if self._wide else "dialog -page"):
            yield Bar(id="dialog-title")
            yield LinesView(id="dialog-body")
            typed = SafeInput(id="dialog-input", placeholder="find in this page")
            typed.display = False
            yield typed
            yield Bar(id="dialog-hint", classes="-plain")

    def on_mount(self) -> None:
        self.query_one("#dialog-title", Bar).show(lambda _w: row((f" {self._title}", "strong")))
        body = self.query_one("#dialog-body", LinesView)
        body.show(self._built)
        body.focus()
        find = "/ finds, " if self._search else ""
        text = f"{self._hint_text + ', ' if self._hint_text else ''}{find}j k scroll, esc closes"
        self.query_one("#dialog-hint", Bar).show(lambda _w: row((f" {text}", "dim")))

    def _built(self, width: int, height: int) -> tuple[Sequence[Line], int | None]:
        lines, focus = self._build(width, height)
        if not self._needle:
            return lines, focus
        found = [one for one in lines if self._needle in one.text.casefold()]
        return found or [line(f"Nothing here has {safe(self._needle)}.", "dim")], 0

    def on_key(self, event: events.Key) -> None:
        typed = self.query_one("#dialog-input", Input)
        body = self.query_one("#dialog-body", LinesView)
        if event.key == "escape":
            event.stop()
            if typed.display:
                typed.value, typed.display, self._needle = "", False, ""
                body.show(self._built)
                body.focus()
            else:
                self.dismiss(None)
            return
        if typed.has_focus:
            if event.key == "enter":
                event.stop()
                body.focus()
            return
        turn = {"j": 1, "down": 1, "k": -1, "up": -1, "g": -(10**9), "home": -(10**9), "G": 10**9, "end": 10**9}
        page = max(1, body.size.height - 1)
        turn |= {"pagedown": page, "ctrl+d": page, "space": page, "pageup": -page, "ctrl+u": -page}
        token = event.character if event.is_printable and event.character != " " else event.key
        event.stop()
        if token in self._answers:
            self.dismiss(self._answers[token])
        elif token == "/" and self._search:
            event.prevent_default()
            typed.display = True
            typed.focus()
        elif token in turn:
            body.turn(turn[token])
        elif token == "q":
            self.dismiss(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._needle = event.value.casefold()
        self.query_one("#dialog-body", LinesView).show(self._built)
