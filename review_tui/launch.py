"""`earned review`: the terminal app where there is a terminal, its plain twin on request. The only door into this package."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from agent.errors import EarnedError

if TYPE_CHECKING:
    from agent.queue import Shelf
    from agent.store import Store
    from review_tui.desk import Desk

SMALLEST: Final = (60, 16)
HASTY: Final = 0.0002


def run(store: Store, *, owner: str | None, actor: str, plain: bool) -> int:
    """Review the queue of `owner` (None: everybody's) as `actor`.

    Returns 0 when the person is done, 2 where no screen can be drawn (with the advice to use `--plain`), 128 + n after a signal.
    Raises ConfigurationError for a `review.toml` that cannot be used.
    """
    from agent.queue import Queue
    from review_tui.desk import Desk
    from review_tui.keymap import load

    desk = Desk(Queue(store, actor), owner)
    if plain:
        from review_tui.plain import review

        return review(desk, sys.stdin, sys.stdout)
    in_browser = os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")
    problem = "" if in_browser else _unfit_here()
    if problem:
        print(f"{problem} `earned review --plain` works anywhere.", file=sys.stderr)
        return 2
    settings = load(store.home)
    opening = Opening(desk) if owner is not None else None
    from review_tui.app import ReviewApp

    app = ReviewApp(desk, settings)
    if opening is not None:
        app.queue_screen.reader.opening = opening.shelf
    result = app.run()
    for job in app.unsaved:
        print(f"NOT SAVED: {job.what}", file=sys.stderr)
    if app.return_code and result is None:
        return app.return_code
    if not in_browser:
        print(app.queue_screen.browsing.farewell())
    return result or 0


class Opening:
    """Reads what the first screen shows while the framework is loaded: the database sorts beside it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shelf: Shelf | None = None
        self._thread = threading.Thread(target=self._read, name="review-opening", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        # The driver lets go of the interpreter for each row; to get it back from a thread that loads modules takes 5 ms by default.
        patience = sys.getswitchinterval()
        sys.setswitchinterval(HASTY)
        try:
            with suppress(EarnedError):  # asked again, and said, when there is a screen to say it on
                self._shelf = self._desk.open_shelf()
        finally:
            sys.setswitchinterval(patience)

    def shelf(self) -> Shelf:
        """What was read; it may have to be waited for. Raises what reading raises."""
        self._thread.join()
        return self._shelf if self._shelf is not None else self._desk.open_shelf()


def _unfit_here() -> str:
    is_terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    return unfit(os.environ.get("TERM", ""), is_terminal, shutil.get_terminal_size())


def unfit(term: str, is_terminal: bool, size: tuple[int, int]) -> str:
    """Why no screen can be drawn here; empty where it can."""
    if not is_terminal:
        return "This is not a terminal."
    if term in ("dumb", "unknown", ""):
        return f"The terminal (TERM={term or 'unset'}) cannot place text."
    if size[0] < SMALLEST[0] or size[1] < SMALLEST[1]:
        return f"The terminal is {size[0]}x{size[1]}; the queue needs {SMALLEST[0]}x{SMALLEST[1]}."
    return ""
