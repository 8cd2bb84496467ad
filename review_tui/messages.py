"""What workers report to the screen. Workers never touch a widget; the screen owns the state."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.message import Message

from agent.queue import Conversation, Shelf
from review_tui.quotes import Quote
from review_tui.view import View
from review_tui.writer import Outcome


class ShelfReady(Message):
    def __init__(self, shelf: Shelf, text: str, *, peek: bool = False, part: bool = False, more: bool = False) -> None:
        super().__init__()
        self.shelf, self.text, self.peek, self.part, self.more = shelf, text, peek, part, more
        """`peek`: only to say what is new; the list stays. `part`: the beginning of a long list; `more`: the whole of it, later."""


class CardReady(Message):
    """The first of `views` is the one that was asked for; with `prefetched` nobody has asked yet."""

    def __init__(self, views: Sequence[View], *, prefetched: bool = False) -> None:
        super().__init__()
        self.views, self.prefetched = views, prefetched


class SourceReady(Message):
    """`conversation` is None where the source is not in the store any more."""

    def __init__(self, key: str, quote: Quote, conversation: Conversation | None) -> None:
        super().__init__()
        self.key, self.quote, self.conversation = key, quote, conversation


class Written(Message):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Changed(Message):
    """Somebody else decided, or a run revised something."""

    def __init__(self, pulse: int) -> None:
        super().__init__()
        self.pulse = pulse


class LoadFailed(Message):
    """A worker could not read; the screen stays up and says so."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__()
        self.what, self.why = what, why


class Counted(Message):
    """The figures after an own decision."""

    def __init__(self, counts: dict[str, int], done_today: int, pulse: int) -> None:
        super().__init__()
        self.counts, self.done_today, self.pulse = counts, done_today, pulse


class PageReady(Message):
    """A page that took time to read: `show` opens it."""

    def __init__(self, show: Callable[[], None]) -> None:
        super().__init__()
        self.show = show
