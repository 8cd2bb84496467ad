"""What lies on the desk of one reviewer: the filter, the list, the cursor, marks, and what was done. No widgets.

The list never changes by itself: a new shelf is laid out when the person asks for it, and the cursor stays on its hypothesis.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from agent.decisions import Action, Decision, effective
from agent.errors import EarnedError
from agent.hypotheses import State
from agent.queue import Filter, Queue, Row, Shelf
from review_tui.card import View, view_of
from review_tui.changes import changes
from review_tui.filters import Parsed, parse

PAGE: Final = 64
PAGES: Final = 64
CARDS: Final = 50
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

    @property
    def base(self) -> Filter:
        """What is shown without a filter: the open items, of the owner or of everybody."""
        return Filter(owner=None if self.everybody else self.owner, states=(State.OPEN.value,))

    def wanted(self, text: str | None = None) -> Parsed:
        return parse(self.text if text is None else text, self.base, self.clock())

    def lay_out(self, shelf: Shelf, text: str) -> int:
        """Put a new shelf on the desk. The cursor stays on its hypothesis, or near its place; returns how many marks were dropped."""
        key, place = self.key, self.at
        self.shelf, self.text, self.hints, self.loaded = shelf, text, self.wanted(text).hints, True
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
            ids = self.shelf.ids[number * PAGE : (number + 1) * PAGE]
            try:
                found = {row.id: row for row in self.queue.rows(ids)}
            except EarnedError:
                return None
            page = self._pages[number] = [found.get(key) for key in ids]
            if len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page[offset] if offset < len(page) else None

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
        """Everything about one hypothesis. Called from a worker; `keep` stores what it returns."""
        card = self.queue.card(key)
        row = next(iter(self.queue.rows([key])))
        told: tuple[str, ...] = ()
        held = effective(card.log)
        if held and (row.changed or key in self.shelf.returned):
            drafts = {revision.number: revision.draft for revision in self.queue.revisions(key)}
            before = drafts.get(held[-1].revision)
            told = tuple(changes(before, card.hypothesis.draft)) if before is not None else ()
        return view_of(card, row, self.shelf.returned.get(key), self.clock(), told)

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
