"""Reading in the background: each function runs in a thread, touches no widget, and reports by a message."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from textual.message import Message

from agent.errors import EarnedError
from agent.queue import Shelf
from review_tui.desk import FIRST, Desk
from review_tui.messages import CardReady, Changed, Counted, LoadFailed, ShelfReady, SourceReady
from review_tui.quotes import Quote
from review_tui.view import View

AHEAD = 8
"""Cards that are read together before anybody asks, when one of the next two is not known."""
SOURCES_AHEAD = 4
URGENT = ("card", "source", "shelf")
"""What somebody waits for goes before what may be wanted later."""


class Reader:
    """One thread that always does the newest request of each kind; older ones that have not begun are dropped."""

    def __init__(self, desk: Desk, post: Callable[[Message], Any]) -> None:
        self._desk, self._post = desk, post
        self._changed = threading.Condition()
        self._wanted: dict[str, Callable[[], None]] = {}
        self._thread: threading.Thread | None = None
        self._reading = False
        self._closed = False
        self.opening: Callable[[], Shelf] | None = None
        """Hands over the beginning of the list where somebody began to read it before there was a screen."""

    def shelf(self, text: str, *, peek: bool = False) -> None:
        """The list for a filter text; with `peek` only to say what is new."""
        desk, wanted = self._desk, self._desk.wanted(text).wanted
        opening, self.opening = self.opening, None

        def read() -> None:
            if desk.loaded or wanted.owner is None:
                self._post(ShelfReady(desk.queue.shelf(wanted), text, peek=peek))
                return
            first = opening() if opening is not None else desk.queue.shelf(wanted, FIRST)
            self._post(ShelfReady(first, text, part=len(first.ids) >= FIRST))

        self._ask("peek" if peek else "shelf", "The list", read)

    def rest(self, text: str) -> None:
        """The whole of a list whose beginning is on the screen."""
        wanted = self._desk.wanted(text).wanted
        self._ask("shelf", "The list", lambda: self._post(ShelfReady(self._desk.queue.shelf(wanted), text, more=True)))

    def card(self, key: str) -> None:
        self._ask("card", "The card", lambda: self._post(CardReady([self._desk.read(key)])))

    def ahead(self, at: int) -> None:
        """Cards, and their first sources, that will probably be wanted next."""
        desk = self._desk
        ids = desk.shelf.ids
        before, after = ids[max(0, at - 1) : at], ids[at + 1 : at + 1 + AHEAD]
        if not any(_unknown(desk, key) for key in (*after[:2], *before)):
            return
        missing = [key for key in (*after, *before) if desk.cached(key) is None]

        def read() -> None:
            found = desk.read_several(missing) if missing else []
            if found:
                self._post(CardReady(found, prefetched=True))
            views = {view.row.id: view for view in found}
            for key in (*before, *after[:SOURCES_AHEAD]):
                view = views.get(key) or desk.cached(key)
                if view is not None and view.quotes and not desk.source_read(view.quotes[0]):
                    desk.read_source(view.quotes[0])

        self._ask("ahead", "The next card", read)

    def source(self, view: View, quote: Quote) -> None:
        """The conversation of a quote."""

        def read() -> None:
            self._post(SourceReady(view.row.id, quote, self._desk.read_source(quote)))

        self._ask("source", "The source", read)

    def pulse(self) -> None:
        """Whether anybody else decided or a run revised something."""

        def read() -> None:
            pulse = self._desk.queue.pulse()
            if self._desk.loaded and pulse != self._desk.shelf.pulse:
                self._post(Changed(pulse))

        self._ask("pulse", "The store", read)

    def counts(self) -> None:
        """After an own decision: the figures of the header."""
        owner = self._desk.wanted().wanted.owner

        def read() -> None:
            counts, done = self._desk.queue.counts(owner)
            self._post(Counted(counts, done, self._desk.queue.pulse()))

        self._ask("counts", "The figures", read)

    def run(self, what: str, read: Callable[[], Message]) -> None:
        """Anything else that takes time; it answers with a message."""
        self._ask(what, what, lambda: self._post(read()))

    @property
    def busy(self) -> bool:
        """Whether something is being read or waits to be."""
        with self._changed:
            return bool(self._wanted) or self._reading

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._wanted.clear()
            self._changed.notify_all()

    def _ask(self, slot: str, what: str, read: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                read()
            except EarnedError as error:
                self._post(LoadFailed(what, str(error)))
            except Exception as error:  # noqa: BLE001 - a worker's failure must reach the screen, and must not end it
                self._post(LoadFailed(what, f"{type(error).__name__}: {error}."))

        with self._changed:
            self._wanted.pop(slot, None)
            self._wanted[slot] = guarded
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="review-reader", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._wanted) or self._closed)
                if self._closed:
                    return
                slot = next((name for name in URGENT if name in self._wanted), next(iter(self._wanted)))
                read = self._wanted.pop(slot)
                self._reading = True
            read()
            with self._changed:
                self._reading = False


def _unknown(desk: Desk, key: str) -> bool:
    """Whether something would have to be read before this hypothesis can be shown."""
    view = desk.cached(key)
    return view is None or (bool(view.quotes) and not desk.source_read(view.quotes[0]))
