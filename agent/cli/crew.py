"""Who works a night off, from `--processes` and `--ray`; and the tools that each worker opens in its own process."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from agent.cli import context
from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.models import Settings
    from agent.models.shared import Share
    from agent.nightly.crews import Crew, Tools
    from agent.store import Store


@contextmanager
def crew(options: Namespace) -> Iterator[Crew | None]:
    """The engine that was asked for, ready to begin; None for a night of this process alone. Raises what is wrong before any work."""
    count, address = getattr(options, "processes", None), getattr(options, "ray", None)
    if count is None and address is None:
        yield None
        return
    name = context.model(options)
    if name.startswith("record:"):
        raise UsageError("Answers are recorded by one process.", "Leave --processes and --ray out, or do not record.")
    chosen = None if name == context.OFFLINE else context.settings_of(options)
    toolbox = partial(tools, model=name, embedder=os.environ.get("EARNED_EMBEDDER"), chosen=chosen)
    if address is None:
        from agent.nightly.processes import Processes

        yield Processes(count or 1, toolbox)
        return
    from agent.nightly.ray_nodes import joined

    with joined(address, toolbox, team=context.database(options) is not None, size=count) as nodes:
        yield nodes


@contextmanager
def tools(store: Store, share: Share, *, model: str, embedder: str | None, chosen: Settings | None) -> Iterator[Tools]:
    """A worker's pipeline, with its share of the run's budget and rate."""
    from agent.nightly import Free, Metered
    from agent.nightly.crews import Tools

    if chosen is None:
        yield Tools(context.pipeline(store, None, embedder), Free())
        return
    from agent.models import open_session

    with open_session(model, store=store, chosen=chosen, share=share) as session:
        yield Tools(context.pipeline(store, session, embedder), Metered(session), context.under_way(session))
