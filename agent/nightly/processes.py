"""Several processes of this machine work on one night: where reading and drafting offline keeps a core busy."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from agent.nightly.crews import Job, Toolbox, Trouble, work

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess


@dataclass(frozen=True, slots=True)
class Processes:
    """`size` workers, each a fresh interpreter: threads and models of this one do not survive a fork."""

    size: int
    toolbox: Toolbox

    @contextmanager
    def begin(self, job: Job) -> Iterator[Started]:
        context = multiprocessing.get_context("spawn")
        hands = Started({})
        try:
            for number in range(self.size):
                name = f"worker-{number + 1}"
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_main, args=(job, name, theirs), name=name, daemon=True)
                process.start()
                theirs.close()
                hands.under_way[name] = process, ours
            yield hands
        finally:
            hands.stop()


@dataclass(slots=True)
class Started:
    """Processes that were begun, with the ends of pipes on which they say how it went."""

    under_way: dict[str, tuple[SpawnProcess, Connection]]

    def working(self) -> bool:
        return bool(self.under_way)

    def ended(self) -> list[tuple[str, Trouble | None]]:
        found = []
        for name, (process, pipe) in list(self.under_way.items()):
            if process.is_alive():
                continue
            del self.under_way[name]
            process.join()
            found.append((name, _last_words(process, pipe)))
            pipe.close()
        return found

    def stop(self) -> None:
        for process, pipe in self.under_way.values():
            process.terminate()
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()
            pipe.close()
        self.under_way.clear()


def _last_words(process: SpawnProcess, pipe: Connection) -> Trouble | None:
    try:
        if pipe.poll():
            said: Trouble | None = pipe.recv()
            return said
    except (EOFError, OSError):
        pass
    code = process.exitcode or 0
    how = f"killed by signal {-code} ({signal.strsignal(-code) or 'unknown'})" if code < 0 else f"exit code {code}"
    return Trouble(f"its process ended: {how}")


def _main(job: Job, name: str, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who began us is interrupted too, and stops us in order
    parent = multiprocessing.parent_process()
    assert parent is not None
    pipe.send(work(job, name, wanted=parent.is_alive))
    pipe.close()
