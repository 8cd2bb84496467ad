"""Whether the configured model answers at all: one small question, which costs some hundred tokens."""

from __future__ import annotations

import time

from pydantic import BaseModel, ConfigDict

from agent.models.outcomes import Failed
from agent.models.request import Message, Request
from agent.models.session import Session


class Echo(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: str


def probe(session: Session) -> tuple[bool, str]:
    """(it answered in the required shape, what to say of it). Nothing of any account is sent."""
    messages = (Message("system", 'Answer with {"word":"ready"} and nothing else.'), Message("user", "Are you there?"))
    begun = time.perf_counter()
    outcome = session.ask(Request("probe", "probe", "", messages, Echo, "probe/1", "0" * 64, max_output_tokens=50))
    took = time.perf_counter() - begun
    if isinstance(outcome, Failed):
        return False, f"{session.model}: {outcome.reason.value}, {outcome.detail}"
    cost = "at an unknown price" if outcome.cost is None else f"for ${outcome.cost:.6f}"
    return True, f"{session.model} answered in {took:.1f} s {cost}"
