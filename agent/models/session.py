"""A gateway on an event loop of its own, for callers that are not asynchronous. One loop for a process' calls, in one thread.

`run` may be called from any number of threads at once: that is how accounts overlap (`agent.models.fanout`).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from agent.models.bill import Bill
from agent.models.gateway import Gateway
from agent.models.outcomes import Outcome, T
from agent.models.request import Request

R = TypeVar("R")


class Session:
    """Use as a context manager. Raises what opening the provider raises: a wrong configuration is said before any work."""

    def __init__(self, make: Callable[[], Gateway]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="models", daemon=True)
        self._thread.start()
        try:
            self.gateway: Gateway = asyncio.run_coroutine_threadsafe(_made(make), self._loop).result()
        except BaseException:
            self._loop.call_soon_threadsafe(self._loop.stop)
            raise

    @property
    def model(self) -> str:
        return self.gateway.model

    @property
    def bill(self) -> Bill:
        return self.gateway.bill

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """The result of asynchronous work on the session's loop; what it raises is raised here. An interrupt cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def ask(self, request: Request[T]) -> Outcome[T]:
        return self.run(self.gateway.ask(request))

    def close(self) -> None:
        if not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(_finish(self.gateway), self._loop).result(timeout=10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)
            self._loop.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


async def _made(make: Callable[[], Gateway]) -> Gateway:
    gateway = make()
    gateway.provider.open()
    return gateway


async def _finish(gateway: Gateway) -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await gateway.close()
