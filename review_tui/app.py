"""The terminal application: themes, the queue screen, and a clean way out whatever ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.theme import Theme

from review_tui.desk import Desk
from review_tui.keymap import Settings
from review_tui.screens.queue import QueueScreen
from review_tui.themes import PALETTES, variables
from review_tui.writer import Job

if TYPE_CHECKING:
    from textual.command import Provider

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Signals after which the terminal must be as it was: the framework would leave it in its own mode."""


def _commands() -> type[Provider]:
    from review_tui.screens.palette import Commands

    return Commands


class ReviewApp(App[int]):
    TITLE = "earned review"
    CSS_PATH: ClassVar = ["styles/review.tcss"]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_commands}
    COMMAND_PALETTE_BINDING: ClassVar[str] = "f12"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (180, "-huge")]  # noqa: RUF012 - declared so by the base class
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-medium"), (32, "-tall")]  # noqa: RUF012

    def __init__(self, desk: Desk, settings: Settings, *, tick: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.animation_level = "none"
        self.queue_screen = QueueScreen(desk, settings, tick=tick)
        self.unsaved: list[Job] = []
        self._settings = settings
        for name, palette in PALETTES.items():
            self.register_theme(
                Theme(
                    name=name,
                    primary=palette["label"],
                    secondary=palette["key"],
                    warning=palette["missing"],
                    error=palette["counter"],
                    success=palette["supports"],
                    accent=palette["key"],
                    foreground=palette["text"],
                    background=palette["back"],
                    surface=palette["bar-back"],
                    panel=palette["bar-back"],
                    dark=name != "review-light",
                    variables=variables(name),
                )
            )
        self.theme = settings.theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variables("review-dark")

    def get_default_screen(self) -> Screen[None]:
        return self.queue_screen

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        return ()

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in ENDING:
            try:
                loop.add_signal_handler(number, self._ended_by, number)
            except (NotImplementedError, RuntimeError, ValueError):
                return  # not the main thread (tests), or no such signals here
        if self.is_web:
            self.set_interval(2.0, partial(self._check_orphaned, os.getppid()))

    def _check_orphaned(self, server: int) -> None:
        """A page's process ends with the server that started it, whatever ended that."""
        if os.getppid() != server:
            self._ended_by(signal.SIGHUP)

    def _ended_by(self, number: int) -> None:
        self.unsaved = self.queue_screen.writer.close(timeout=1.0)
        self.exit(128 + number, return_code=128 + number)

    async def action_quit(self) -> None:
        self.queue_screen.browsing.quit()

    def on_unmount(self) -> None:
        self.queue_screen.reader.close()
        self.unsaved = self.unsaved or self.queue_screen.writer.close(timeout=5.0)
