"""What lies on the desk of one reviewer: the filter, the list, the cursor, marks, and what was done. No widgets.

The list never changes by itself: a new shelf is laid out when the person asks for it, and the cursor stays on its hypothesis.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from agent import cards
from agent.decisions import Action, Decision, effective
from agent.errors import EarnedError, NotFound
from agent.hypotheses import State
from agent.queue import ORDERS, Card, Conversation, Filter, Queue, Row, Shelf
from review_tui.filters import Parsed, parse
from review_tui.quotes import Quote
from review_tui.view import View, view_of

PAGE: Final = 64
PAGES: Final = 64
CARDS: Final = 50
SOURCES: Final = 12
"""Conversations kept; they can be long."""
FIRST: Final = 200
"""How many lines of a long list are read first, so that something can be read while the rest is sorted."""
FAR: Final = 2_000
"""How many lines `next_open` looks at before it gives up."""
EMPTY: Final = Shelf((), 0, {}, {}, 0, 0)


@dataclass
class Tally:
    """What was done in this session, for the header and the farewell."""

    done: dict[str, int] = field(default_factory=dict)
    undone: int = 0

    def count(self, decision: Decision) -> None:
        if decision.action is Action.UNDO:
            self.undone += 1
        else:
            self.done[decision.action.value] = self.done.get(decision.action.value, 0) + 1

    @property
    def total(self) -> int:
        return sum(count for name, count in self.done.items() if name not in ("check", "flag"))


class Desk:
    """The state of a review. Reads through `queue`; nothing here writes."""

    def __init__(self, queue: Queue, owner: str | None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.queue = queue
        self.owner = owner
        self.clock = clock
        self.everybody = owner is None
        self.text = ""
        self.order = self._laid_by = ORDERS[0]
        self.hints: tuple[str, ...] = ()
        self.shelf = EMPTY
        self.loaded = False
        self.at = 0
        self.marks: dict[str, None] = {}
        self.opened: dict[str, int] = {}
        """Hypotheses whose card has been on the screen, with the version that was seen."""
        self.pending: dict[str, str] = {}
        """Decisions on their way to the store: hypothesis id -> the word for it."""
        self.tally = Tally()
        self._pages: OrderedDict[int, list[Row | None]] = OrderedDict()
        self._views: OrderedDict[str, View] = OrderedDict()
        self._sources: OrderedDict[str, Conversation | None] = OrderedDict()
        self._minute = clock()

    @property
    def base(self) -> Filter:
        """What is shown without a filter: the open items, of the owner or of everybody."""
        return Filter(owner=None if self.everybody else self.owner, states=(State.OPEN.value,), order=self.order)

    @property
    def minute(self) -> datetime:
        """The time, but for the seconds: ages in the list change by the hour, and a line that stays the same is not painted again."""
        now = self.clock()
        if abs((now - self._minute).total_seconds()) >= 60:
            self._minute = now
        return self._minute

    def open_shelf(self) -> Shelf:
        """The beginning of the list, its first page and its first card, for the first screen. Called before there is one."""
        shelf = self.queue.shelf(self.wanted().wanted, FIRST)
        self._pages[0] = self._page(shelf.ids[:PAGE])
        for card, row in cards.read(self.queue.store, shelf.ids[:1]):
            view = self._view(card, row, shelf.returned)
            self.keep(view)
            if view.quotes:
                self.read_source(view.quotes[0])
        return shelf

    def wanted(self, text: str | None = None) -> Parsed:
        return parse(self.text if text is None else text, self.base, self.clock())

    def lay_out(self, shelf: Shelf, text: str) -> int:
        """Put a new shelf on the desk. The cursor stays on its hypothesis, or near its place, but starts at the top of another order;
        returns how many marks were dropped."""
        key, place = (self.key, self.at) if self._laid_by == self.order else (None, 0)
        self._laid_by = self.order
        first = not self.loaded
        self.shelf, self.text, self.hints, self.loaded = shelf, text, self.wanted(text).hints, True
        if not first:
            self.forget()
        self.at = 0
        if key is not None:
            try:
                self.at = shelf.ids.index(key)
            except ValueError:
                self.at = min(place, max(0, len(shelf.ids) - 1)) if place else 0
        if not self.marks:
            return 0
        visible = set(shelf.ids)
        dropped = [marked for marked in self.marks if marked not in visible]
        for marked in dropped:
            del self.marks[marked]
        return len(dropped)

    def forget(self, key: str | None = None) -> None:
        """Read again what was cached: of one hypothesis, or of all."""
        if key is None:
            self._pages.clear()
            self._views.clear()
            self._sources.clear()
            return
        self._views.pop(key, None)
        place = self.place(key)
        if place is not None:
            self._pages.pop(place // PAGE, None)

    @property
    def key(self) -> str | None:
        """The hypothesis under the cursor."""
        return self.shelf.ids[self.at] if self.at < len(self.shelf.ids) else None

    def place(self, key: str) -> int | None:
        try:
            return self.shelf.ids.index(key)
        except ValueError:
            return None

    def row(self, at: int) -> Row | None:
        """A line of the list; None where the hypothesis was withdrawn meanwhile, or cannot be read now."""
        number, offset = divmod(at, PAGE)
        page = self._pages.get(number)
        if page is None:
            try:
                page = self._pages[number] = self._page(self.shelf.ids[number * PAGE : (number + 1) * PAGE])
            except EarnedError:
                return None
            if len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page[offset] if offset < len(page) else None

    def _page(self, ids: Sequence[str]) -> list[Row | None]:
        found = {row.id: row for row in self.queue.rows(ids)}
        return [found.get(key) for key in ids]

    def move(self, at: int) -> bool:
        """Put the cursor on a line; whether it moved."""
        at = max(0, min(at, len(self.shelf.ids) - 1))
        moved, self.at = at != self.at, at
        return moved

    def is_open(self, at: int) -> bool:
        row = self.row(at)
        return row is not None and row.state is State.OPEN and row.id not in self.pending

    def next_open(self, step: int = 1) -> int | None:
        """The nearest undecided line after (or before) the cursor, going round once; None where there is none in reach."""
        total = len(self.shelf.ids)
        for distance in range(1, min(total, FAR)):
            at = (self.at + step * distance) % total
            if self.is_open(at):
                return at
        return None

    def cached(self, key: str) -> View | None:
        return self._views.get(key)

    def read(self, key: str) -> View:
        """Everything about one hypothesis. Called from a worker; `keep` stores what it returns. Raises NotFound."""
        found = self.read_several([key])
        if not found:
            raise NotFound(f"There is no hypothesis {key!r}.", "Load the list again.")
        return found[0]

    def read_several(self, keys: Sequence[str]) -> list[View]:
        """The same for a handful; those that are not there any more are left out."""
        returned = self.shelf.returned
        return [self._view(card, row, returned) for card, row in cards.read(self.queue.store, keys)]

    def _view(self, card: Card, row: Row, returned: Mapping[str, Decision]) -> View:
        told: tuple[str, ...] = ()
        held = effective(card.log)
        if held and (row.changed or row.id in returned):
            from review_tui.changes import changes

            drafts = {revision.number: revision.draft for revision in self.queue.revisions(row.id)}
            before = drafts.get(held[-1].revision)
            told = tuple(changes(before, card.hypothesis.draft)) if before is not None else ()
        return view_of(card, row, returned.get(row.id), self.clock(), told)

    def read_source(self, quote: Quote) -> Conversation | None:
        """The conversation of a quote, kept for when it is shown; None where it is not in the store any more. Called from a worker."""
        try:
            found = cards.conversation(self.queue.store, quote.signal)
        except NotFound:
            found = None
        self._sources[quote.signal.id] = found
        with suppress(KeyError):  # the screen may forget them all at this moment
            while len(self._sources) > SOURCES:
                self._sources.popitem(last=False)
        return found

    def source_read(self, quote: Quote) -> bool:
        """Whether the conversation of a quote has been asked for."""
        return quote.signal.id in self._sources

    def known_source(self, quote: Quote) -> Conversation | None:
        return self._sources.get(quote.signal.id)

    def keep(self, view: View) -> None:
        self._views[view.row.id] = view
        self._views.move_to_end(view.row.id)
        if len(self._views) > CARDS:
            self._views.popitem(last=False)

    def recount(self, counts: dict[str, int], done_today: int, pulse: int) -> None:
        """New figures for the header; the list stays as it is."""
        self.shelf = replace(self.shelf, counts=counts, done_today=done_today, pulse=pulse)

    def toggle_mark(self, key: str) -> None:
        if key in self.marks:
            del self.marks[key]
        else:
            self.marks[key] = None

    @property
    def open_count(self) -> int:
        return self.shelf.counts.get(State.OPEN.value, 0)

    @property
    def filtered(self) -> bool:
        return bool(self.text.strip())
