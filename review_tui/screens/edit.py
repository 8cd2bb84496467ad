"""Edit the claims, then approve. Only our wording can be changed: the quotes stand below, read-only, so that evidence cannot be
edited into agreement."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen

from review_tui import editor
from review_tui.evidence import quote_lines
from review_tui.lines import Line, row
from review_tui.quotes import numbers
from review_tui.text import clean, safe
from review_tui.view import View
from review_tui.widgets.bar import Bar
from review_tui.widgets.inputs import SafeText
from review_tui.widgets.lines_view import LinesView

_FIGURE = re.compile(r"\d[\d.,]*")


def unfounded(view: View, wording: Sequence[str]) -> list[str]:
    """Figures in the new wording that occur neither in the quotes and measurements that the claim cites nor in its old text."""
    found: list[str] = []
    for claim, text in zip(view.draft.claims, wording, strict=True):
        signals = [view.card.signals[key] for key in claim.signals if key in view.card.signals]
        known = claim.text + " ".join(s.quote + (s.measurement.formula if s.measurement else "") + s.date for s in signals)
        known_figures = {figure.rstrip(".,") for figure in _FIGURE.findall(known)}
        found += [figure for figure in (f.rstrip(".,") for f in _FIGURE.findall(text)) if figure not in known_figures]
    return found


class Edit(ModalScreen[list[str] | None]):
    """One text for each claim. `drafts` keeps what was typed when it is left without approving."""

    def __init__(self, view: View, drafts: dict[str, list[str]]) -> None:
        super().__init__()
        self._view, self._drafts = view, drafts
        self._before = [clean(claim.text).text for claim in view.draft.claims]

    def compose(self) -> ComposeResult:
        start = self._drafts.get(self._view.row.id, self._before)
        with Vertical(classes="dialog -page -wide"):
            yield Bar(id="dialog-title")
            with VerticalScroll(id="claims", can_focus=False):
                for at, text in enumerate(start):
                    yield Bar(classes="-plain", id=f"claim-{at}")
                    yield SafeText(text, id=f"text-{at}")
            yield LinesView(id="quotes")
            yield Bar(id="dialog-status", classes="-plain")
            yield Bar(id="dialog-hint", classes="-plain")

    def on_mount(self) -> None:
        self.query_one("#dialog-title", Bar).show(lambda _w: row((f" Edit: {safe(self._view.row.account)}", "strong")))
        for at, claim in enumerate(self._view.draft.claims):
            refs = numbers(self._view.quotes, claim.signals)
            bar = self.query_one(f"#claim-{at}", Bar)
            bar.show(lambda _w, at=at, refs=refs: row((f"Claim {at + 1}, stands on {refs}", "label")))  # type: ignore[misc]
        self.query_one("#quotes", LinesView).show(self._evidence)
        keys = (("ctrl+s", "approve"), ("tab", "next claim"), ("ctrl+o", "your editor"), ("esc", "keep the draft"))
        hint = Line(tuple(span for key, does in keys for span in ((f" {key}", "key"), (f" {does} ", "body"))))
        self.query_one("#dialog-hint", Bar).show(lambda _w: hint)
        self.query_one("#text-0").focus(scroll_visible=False)
        self._tell()

    def _evidence(self, width: int, _height: int) -> tuple[list[Line], int | None]:
        quotes = self._view.quotes
        return [one for quote in quotes for one in quote_lines(quote, width, self._view, most=2)], None

    @property
    def wording(self) -> list[str]:
        return [self.query_one(f"#text-{at}", SafeText).text for at in range(len(self._before))]

    def on_text_area_changed(self) -> None:
        self._tell()

    def _tell(self) -> None:
        wording = self.wording
        changed = sum(new.strip() != old.strip() for new, old in zip(wording, self._before, strict=True))
        dropped = sum(not text.strip() for text in wording)
        words = f" {changed} of {len(wording)} claims changed" + (f", {dropped} dropped" if dropped else "")
        loose = unfounded(self._view, wording)
        warning = f"  not in the quotes: {', '.join(loose[:4])}" if loose else ""
        self.query_one("#dialog-status", Bar).show(lambda _w: row((words, "body"), (warning, "missing")))

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            wording = self.wording
            if wording != self._before:
                self._drafts[self._view.row.id] = wording
            self.dismiss(None)
        elif event.key == "ctrl+o":
            event.stop()
            self._open_editor()
        elif event.key == "ctrl+s":
            event.stop()
            wording = self.wording
            if any(text.strip() for text in wording):
                self._drafts.pop(self._view.row.id, None)
                claims = self._view.draft.claims
                kept = [claim.text if new == old else new for claim, new, old in zip(claims, wording, self._before, strict=True)]
                self.dismiss(kept)

    def _open_editor(self) -> None:
        """The claim that has the focus, in the person's own editor; the screen steps aside meanwhile."""
        field = self.focused
        command = editor.chosen(os.environ)
        if not isinstance(field, SafeText):
            return
        if not command:
            self._say("No editor is set: export EDITOR=nano, for example.")
            return
        try:
            with self.app.suspend():
                text = editor.edited(field.text, command)
        except SuspendNotSupported:
            self._say("No editor can be opened here: the screen is not a terminal.")
        except (OSError, subprocess.CalledProcessError) as error:
            self._say(f"{command[0]} failed, nothing was changed: {error}")
        else:
            field.text = text

    def _say(self, words: str) -> None:
        self.query_one("#dialog-status", Bar).show(lambda _w: row((f" {safe(words)}", "missing")))
