"""Reading in the background: each function runs in a thread, touches no widget, and reports by a message."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from textual.message import Message

from agent.errors import EarnedError, NotFound
from review_tui.card import View
from review_tui.desk import Desk
from review_tui.messages import CardReady, Changed, Counted, LoadFailed, ShelfReady, SourceReady
from review_tui.quotes import Quote

FIRST = 200
"""How many lines of a long list are read first, so that something can be read while the rest is sorted."""
AHEAD = (1, 2, -1)
"""Neighbours whose cards are read before anybody asks."""


class Reader:
    """One thread that always does the newest request of each kind; older ones that have not begun are dropped."""

    def __init__(self, desk: Desk, post: Callable[[Message], Any]) -> None:
        self._desk, self._post = desk, post
        self._changed = threading.Condition()
        self._wanted: dict[str, Callable[[], None]] = {}
        self._thread: threading.Thread | None = None
        self._reading = False
        self._closed = False

    def shelf(self, text: str, *, peek: bool = False) -> None:
        """The list for a filter text; with `peek` only to say what is new."""
        wanted = self._desk.wanted(text).wanted

        def read() -> None:
            if not self._desk.loaded and wanted.owner is not None:
                first = self._desk.queue.shelf(wanted, FIRST)
                self._post(ShelfReady(first, text, peek=False))
                if len(first.ids) < FIRST:
                    return
            self._post(ShelfReady(self._desk.queue.shelf(wanted), text, peek=peek))

        self._ask("peek" if peek else "shelf", "The list", read)

    def card(self, key: str) -> None:
        self._ask("card", "The card", lambda: self._post(CardReady(self._desk.read(key), prefetched=False)))

    def ahead(self, at: int) -> None:
        """Cards that will probably be wanted next."""
        ids = self._desk.shelf.ids
        near = [ids[at + step] for step in AHEAD if 0 <= at + step < len(ids)]
        missing = [key for key in near if self._desk.cached(key) is None]

        def read() -> None:
            for key in missing:
                self._post(CardReady(self._desk.read(key), prefetched=True))

        if missing:
            self._ask("ahead", "The next card", read)

    def source(self, view: View, quote: Quote) -> None:
        """The conversation of a quote."""

        def read() -> None:
            try:
                found = self._desk.queue.conversation(quote.signal.record_id, quote.signal.account_id)
            except (NotFound, StopIteration, LookupError):
                why = f"{quote.signal.source} is not in the store any more: moved, removed, or no access."
                self._post(SourceReady(view.row.id, quote, None, why))
                return
            self._post(SourceReady(view.row.id, quote, found))

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
                slot = next((name for name in ("card", "source", "shelf") if name in self._wanted), next(iter(self._wanted)))
                read = self._wanted.pop(slot)
                self._reading = True
            read()
            with self._changed:
                self._reading = False
