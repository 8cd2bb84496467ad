"""Any other provider, through LangChain's `init_chat_model` and function calling.

Function calling, because with LangChain's other ways a truncated or malformed answer raises and its usage is lost. LangChain's own
retries and cache stay off: the gateway has one of each.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.errors import ConfigurationError
from agent.models.outcomes import Reason, Usage
from agent.models.providers import Fault, Reply, retry_after
from agent.models.request import Message, Request

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

_CUT = frozenset({"length", "max_tokens", "MAX_TOKENS", "model_length"})
_REFUSED = frozenset({"refusal", "content_filter", "SAFETY", "safety"})


class LangChainProvider:
    """`model` is LangChain's `provider:name`, e.g. `anthropic:claude-...`; the provider's package must be installed."""

    def __init__(self, model: str, *, params: Mapping[str, Any]) -> None:
        self.model = model
        self.params = dict(params)
        self._chat: BaseChatModel | None = None

    def _opened(self) -> BaseChatModel:
        if self._chat is None:
            from langchain.chat_models import init_chat_model

            try:
                self._chat = init_chat_model(self.model, max_retries=0, cache=False, **self.params)
            except ImportError as error:
                raise ConfigurationError(
                    f"The model {self.model!r} needs a package that is not here: {error}.", "Install it, or choose openai:<name>."
                ) from error
            except ValueError as error:
                raise ConfigurationError(
                    f"The model {self.model!r} cannot be used: {error}", "Check EARNED_MODEL and its key."
                ) from error
        return self._chat

    def open(self) -> None:
        self._opened()

    async def answer(self, request: Request[Any], messages: Sequence[Message], max_output_tokens: int, timeout: float) -> Reply:
        bound = self._opened().bind_tools([request.output], tool_choice=request.output.__name__)
        said = [(message.role if message.role != "user" else "human", message.content) for message in messages]
        try:
            async with asyncio.timeout(timeout):
                message = await bound.ainvoke(said, max_tokens=max_output_tokens)
        except TimeoutError as error:
            raise Fault(Reason.TIMEOUT, f"no answer within {timeout:.0f} s") from error
        except Exception as error:
            raise _fault(error) from error
        return _reply(message, request.output.__name__)

    async def close(self) -> None:
        self._chat = None


def _reply(message: AIMessage, tool: str) -> Reply:
    counted = message.usage_metadata
    usage = Usage()
    if counted:
        usage = Usage(
            counted["input_tokens"],
            counted.get("input_token_details", {}).get("cache_read", 0) or 0,
            counted["output_tokens"],
            counted.get("output_token_details", {}).get("reasoning", 0) or 0,
        )
    finish = str(message.response_metadata.get("finish_reason") or message.response_metadata.get("stop_reason") or "")
    refusal = message.additional_kwargs.get("refusal") or (finish if finish in _REFUSED else None)
    text = next((json.dumps(call["args"]) for call in message.tool_calls if call["name"] == tool), None)
    if text is None:
        text = next((call["args"] or "" for call in message.invalid_tool_calls), None)
    if text is None:  # some models answer in words although a tool was demanded; it may still be the JSON
        text = message.content if isinstance(message.content, str) else ""
    return Reply(text, usage, finish in _CUT, str(refusal) if refusal else None)


def _fault(error: Exception) -> Fault:
    if isinstance(error, ConfigurationError):
        return Fault(Reason.REJECTED, error.what, fatal=True)
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
    name = type(error).__name__
    if status == 429 or "RateLimit" in name or "ResourceExhausted" in name:
        return Fault(Reason.RATE_LIMITED, name, retry_after=retry_after(getattr(response, "headers", None) or {}))
    if "Timeout" in name:
        return Fault(Reason.TIMEOUT, name)
    if status in (401, 403, 404):
        return Fault(Reason.REJECTED, f"HTTP {status}: {name}", fatal=True)
    if isinstance(status, int) and 400 <= status < 500:
        return Fault(Reason.REJECTED, f"HTTP {status}: {name}", retryable=False)
    return Fault(Reason.SERVER_ERROR, f"{name}: {str(error)[:120]}")
