"""A model whose answers a test writes down, and questions to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from agent.models import Gateway, Message, Request, Usage
from agent.models.gate import Gate
from agent.models.providers import Fault, Reply

USED = Usage(1000, 200, 50)


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str


def question(name: str = "w1", *, account: str = "a-1", text: str | None = None, max_output_tokens: int = 100) -> Request[Said]:
    messages = (Message("system", "Read."), Message("user", text or name))
    return Request("extract", name, account, messages, Said, "extract_signals/1", "0" * 64, max_output_tokens)


def reply(text: str = '{"text": "yes"}', **fields: Any) -> Reply:
    return Reply(text, USED, **fields)


class Scripted:
    """Plays its script step by step: replies, faults, or functions of the messages; the last step repeats."""

    model = "openai:gpt-4.1-mini"
    params: Mapping[str, Any] = {}

    def __init__(self, *script: Reply | Fault | Callable[[Sequence[Message]], Reply], seconds: float = 0.0) -> None:
        self.script = list(script)
        self.seconds = seconds
        self.heard: list[tuple[Message, ...]] = []
        self.limits: list[tuple[int, float]] = []
        self.under_way = self.most = 0

    def open(self) -> None:
        """Nothing is needed."""

    async def answer(self, request: Request[Any], messages: Sequence[Message], max_output_tokens: int, timeout: float) -> Reply:
        self.heard.append(tuple(messages))
        self.limits.append((max_output_tokens, timeout))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.under_way -= 1
        step = self.script[min(len(self.heard), len(self.script)) - 1]
        if isinstance(step, Fault):
            raise Fault(step.reason, step.detail, retry_after=step.retry_after, fatal=step.fatal, retryable=step.retryable)
        return step if isinstance(step, Reply) else step(messages)

    async def close(self) -> None:
        """Nothing is open."""


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def gateway(provider: Any, **options: Any) -> Gateway:
    clock = Clock()
    options.setdefault("gate", Gate(clock=clock, sleep=clock.sleep))
    return Gateway(provider, clock=clock, sleep=clock.sleep, chance=lambda: 0.5, **options)
