"""Ask a night's first questions all at once, in OpenAI's batches, before any account is worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from agent.errors import ConfigurationError
from agent.models.batch import run_batch
from agent.models.choosing import settings
from agent.models.openai_api import OpenAIProvider
from agent.models.prices import read_prices
from agent.models.request import Request
from agent.models.session import Session


def batches(session: Session) -> Callable[[Iterator[Request[Any]]], list[str]]:
    """What asks them; it returns what did not come back, for the run's report. Raises ConfigurationError for a provider without batches."""
    if not isinstance(session.gateway.provider, OpenAIProvider):
        raise ConfigurationError(f"{session.model} has no batches.", "Run without --batch, or use an openai:<name> model.")

    def ask(questions: Iterator[Request[Any]]) -> list[str]:
        chosen = settings()
        factor = read_prices(chosen.prices).batch_factor
        done = session.run(run_batch(session.gateway, questions, factor=factor, poll_seconds=chosen.batch_poll_seconds))
        lost = {why: count for why, count in done.outcomes.items() if why != "answer"}
        said = [f"{count} questions of the batch came back as {why}; they are asked one by one." for why, count in lost.items()]
        if done.skipped_for_caps:
            said.append(f"{done.skipped_for_caps} questions were left out of the batch: they would pass the budget.")
        return said

    return ask
