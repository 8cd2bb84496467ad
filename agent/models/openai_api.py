"""OpenAI's chat completions, and every server that speaks them (vLLM, llama.cpp, Ollama): one try, with strict JSON schema.

Our own reading of the response, because the SDK's parsing helpers lose the usage of what they cannot parse; and the SDK's `post`
instead of its `create`, which walks every body against its type hints: a tenth of what a call cost this side of the wire. The SDK's
retries are off: it would retry behind the gate's back, and wait for a `retry-after` of two minutes inside one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from agent.models.outcomes import Reason, Usage
from agent.models.providers import Fault, Reply, number, retry_after
from agent.models.request import Message, Request
from agent.models.schema import strict_schema

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI
    from openai._types import RequestOptions

PATH: Final = "/chat/completions"
_FATAL = {401: "the key is not accepted", 403: "access is denied", 404: "there is no such model or address"}


class OpenAIProvider:
    """`base_url` None: OpenAI itself, as OPENAI_BASE_URL or the SDK's default says."""

    def __init__(self, name: str, *, api_key: str | None, base_url: str | None, params: Mapping[str, Any]) -> None:
        self.name = name
        self.model = f"openai:{name}"
        self.params = dict(params)
        self._key = api_key
        self._base_url = base_url
        self._client: AsyncOpenAI | None = None

    def client(self) -> AsyncOpenAI:
        """The client, made on the loop that uses it: an async client does not survive the loop it was made on."""
        if self._client is None:
            from openai import AsyncOpenAI

            self._client = AsyncOpenAI(api_key=self._key or "none", base_url=self._base_url, max_retries=0)
        return self._client

    def open(self) -> None:
        self.client()

    async def answer(self, request: Request[Any], messages: Sequence[Message], max_output_tokens: int, timeout: float) -> Reply:
        import httpx2
        import openai

        body = self.body(request, messages, max_output_tokens)
        options: RequestOptions = {"timeout": timeout, "security": {"bearer_auth": True}}  # never an administrator's key
        try:
            async with asyncio.timeout(timeout):
                raw = await self.client().post(PATH, cast_to=httpx2.Response, body=body, options=options)
                completion = raw.json()
        except (TimeoutError, openai.APITimeoutError) as error:
            raise Fault(Reason.TIMEOUT, f"no answer within {timeout:.0f} s") from error
        except openai.APIStatusError as error:
            raise _fault(error) from error
        except openai.APIConnectionError as error:
            raise Fault(Reason.SERVER_ERROR, f"no connection: {error.__cause__ or error}") from error
        except (openai.OpenAIError, ValueError) as error:
            raise Fault(Reason.SERVER_ERROR, f"the response is unreadable: {type(error).__name__}") from error
        rpm = number(raw.headers.get("x-ratelimit-limit-requests"))
        tpm = number(raw.headers.get("x-ratelimit-limit-tokens"))
        return replace(read(completion), rpm=rpm, tpm=tpm)

    def body(self, request: Request[Any], messages: Sequence[Message], max_output_tokens: int) -> dict[str, Any]:
        """What is sent for a question, now or in a batch."""
        schema = {"name": request.stage, "strict": True, "schema": strict_schema(request.output)}
        body = {
            **self.params,
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "response_format": {"type": "json_schema", "json_schema": schema},
            "max_completion_tokens": max_output_tokens,
        }
        if self._base_url is None:  # other servers may refuse what they do not know
            body["prompt_cache_key"] = request.prompt
        return body

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None


def read(completion: object) -> Reply:
    """A completion, as the server wrote it, as a reply; a server that leaves parts out gives an empty one."""
    whole = _object(completion)
    usage = _usage(_object(whole.get("usage")))
    choices = whole.get("choices")
    choice = _object(choices[0]) if isinstance(choices, list) and choices else {}
    message = _object(choice.get("message"))
    ended = choice.get("finish_reason")
    refusal = message.get("refusal") or ("filtered" if ended == "content_filter" else None)
    return Reply(_text(message.get("content")), usage, ended == "length", _text(refusal) or None)


def _usage(reported: Mapping[str, Any]) -> Usage:
    prompt, completion = _object(reported.get("prompt_tokens_details")), _object(reported.get("completion_tokens_details"))
    return Usage(
        _count(reported.get("prompt_tokens")),
        _count(prompt.get("cached_tokens")),
        _count(reported.get("completion_tokens")),
        _count(completion.get("reasoning_tokens")),
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _fault(error: APIStatusError) -> Fault:
    """What an HTTP error means. Messages of 4xx are quoted only where they speak of the request, never of keys."""
    status, code = error.status_code, str(error.code or "")
    if code == "insufficient_quota":
        return Fault(Reason.REJECTED, "the provider says that the account has no credit left", fatal=True)
    if status == 429:
        return Fault(Reason.RATE_LIMITED, f"HTTP 429 {code}".strip(), retry_after=retry_after(error.response.headers))
    if status in _FATAL:
        return Fault(Reason.REJECTED, f"HTTP {status}: {_FATAL[status]}", fatal=True)
    if status in (408, 409) or status >= 500:
        return Fault(Reason.SERVER_ERROR, f"HTTP {status} {code}".strip(), retry_after=retry_after(error.response.headers))
    return Fault(Reason.REJECTED, f"HTTP {status}: {str(error.message)[:200]}", retryable=False)
