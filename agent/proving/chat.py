"""The gateway as a LangChain chat model, so that an agent's calls are journalled, capped, paced and billed like all others.

A tool call is asked for as one strict JSON object (`Step`), the same for every provider, and replayed like any other answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from agent.kinds import TEXT_KINDS
from agent.models import Failed, Message, Missed, Request, Session
from prompts import fenced, prompt


class Step(BaseModel):
    """What the agent does next. Fields that a tool does not take are left empty."""

    model_config = ConfigDict(extra="forbid")

    tool: Literal["search", "open_record", "telemetry", "catalogue", "report", "stop"]
    words: str
    record: str
    quote: str
    kind: str = Field(json_schema_extra={"enum": ["", *TEXT_KINDS]})


TAKES: dict[str, tuple[str, ...]] = {
    "search": ("words",),
    "open_record": ("record",),
    "telemetry": (),
    "catalogue": (),
    "report": ("record", "quote", "kind"),
}


class NoAnswer(Exception):
    """The gateway gave up on a step."""

    def __init__(self, missed: Missed) -> None:
        super().__init__(missed.detail)
        self.missed = missed


class GatewayChat(BaseChatModel):
    """One account's conversation. Only `ainvoke`: it lives on the session's loop."""

    account: str
    _session: Session = PrivateAttr()

    def __init__(self, session: Session, account: str) -> None:
        super().__init__(account=account)
        self._session = session

    @property
    def _llm_type(self) -> str:
        return "earned-gateway"

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any) -> Any:
        """The tools are those of `Step`; an unknown one is a mistake of ours."""
        names = {getattr(tool, "name", None) for tool in tools}
        if names != set(TAKES):
            raise ValueError(f"the agent was given {sorted(map(str, names))}, and a step can name {sorted(TAKES)}")
        return self

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        raise NotImplementedError("asked asynchronously only")

    async def _agenerate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        text, said = prompt("hunt_proof"), tuple(_message(message) for message in messages)
        steps = sum(message.role == "assistant" for message in said) + 1
        name = f"proof hunt of {self.account}, step {steps}"
        outcome = await self._session.gateway.ask(Request("hunt", name, self.account, said, Step, text.label, text.sha256, 400))
        if isinstance(outcome, Failed):
            raise NoAnswer(Missed(name, outcome.reason, outcome.detail))
        step = outcome.value
        calls = []
        if step.tool != "stop":
            args = {field: getattr(step, field) for field in TAKES[step.tool]}
            calls = [{"name": step.tool, "args": args, "id": f"step-{steps}", "type": "tool_call"}]
        message = AIMessage(content="" if calls else "done", tool_calls=calls, additional_kwargs={"step": step.model_dump()})
        return ChatResult(generations=[ChatGeneration(message=message)])


def _message(message: BaseMessage) -> Message:
    """As the gateway sends it. What a tool found is data, and fenced."""
    if isinstance(message, SystemMessage):
        return Message("system", str(message.content))
    if isinstance(message, AIMessage):
        return Message("assistant", json.dumps(message.additional_kwargs.get("step", {}), ensure_ascii=False))
    if isinstance(message, ToolMessage):
        marker, safe = fenced(str(message.content))
        return Message("user", f"{message.name} gave:\n<document-{marker}>\n{safe}\n</document-{marker}>\nThe next step?")
    return Message("user", str(message.content))
