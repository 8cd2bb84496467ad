"""Many units of work at once, without barriers and with flat memory: the next starts when one ends, results come as they finish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

I = TypeVar("I")  # noqa: E741 - an item
R = TypeVar("R")


def unordered(items: Iterable[I], work: Callable[[I], R], workers: int) -> Iterator[tuple[I, R | Exception]]:
    """`(item, result)` in the order of completion; what `work` raises is the result, so that one unit cannot stop the others.

    At most `workers` units are under way: items are drawn from the iterable no faster than results are consumed. Whoever stops
    consuming (or is interrupted) does not wait for the units under way: they end by themselves, when their session is closed.
    """
    source = iter(items)
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="unit")
    try:
        pending: dict[Future[R], I] = {pool.submit(work, item): item for item in islice(source, workers)}
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                item = pending.pop(future)
                for following in islice(source, 1):
                    pending[pool.submit(work, following)] = following
                error = future.exception()
                if error is None:
                    yield item, future.result()
                elif isinstance(error, Exception):
                    yield item, error
                else:
                    raise error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
