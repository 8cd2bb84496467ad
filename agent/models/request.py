"""One question to a model, and its content address. Values only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal

from agent.models.outcomes import T
from agent.models.schema import schema_text

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """A question whose answer must be an `output`. Two equal questions have one key and are paid for once."""

    stage: str
    """Which step of the flow asks: `extract`, `check`, `draft` ..."""
    name: str
    """What is asked about, as coverage names it: `ticket:48112`, `transcript:2026-05-19 turns 1-40`."""
    account: str
    messages: tuple[Message, ...]
    output: type[T]
    prompt: str
    """`id/version` of the prompt file."""
    prompt_sha256: str
    max_output_tokens: int = 4_000
    pass_number: int = 1
    """Asking the same again on purpose (gleaning) is another question."""

    def key(self, model: str, params: Mapping[str, Any]) -> str:
        """sha256 over everything that the answer depends on; nothing else (no time-outs, no addresses, no run)."""
        said = [[message.role, message.content] for message in self.messages]
        rest = [self.prompt_sha256, said, self.max_output_tokens, self.pass_number]
        # A JSON array, put together from its items: the schema's text is the same in every call.
        text = f"[{_json(model)}, {_json(dict(params))}, {schema_text(self.output)}, {_json(rest)[1:]}"
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @property
    def expected_prompt_tokens(self) -> int:
        """A guess on the high side, for reservations and the gate: three bytes to a token, schema included."""
        size = sum(len(message.content.encode("utf-8", "surrogatepass")) for message in self.messages)
        return (size + len(schema_text(self.output))) // 3 + 16


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)
