"""Progress with rate and time left on a terminal; silence anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.cli import context
from agent.nightly import Progress, Silent

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


@contextmanager
def watched() -> Iterator[Progress]:
    """A progress bar on stderr if that is a terminal."""
    console = context.console(stderr=True)
    if not console.is_terminal:
        yield Silent()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[what]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar)


class _Bar:
    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        self._task = self._bar.add_task(name, total=total, what="")

    def begin(self, what: str) -> None:
        """Nothing: the bar shows what is done."""

    def advance(self, what: str) -> None:
        if self._task is not None:
            self._bar.update(self._task, advance=1, what=context.safe(what))
