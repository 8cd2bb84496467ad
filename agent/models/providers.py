"""What a provider is to the gateway: one try at one answer, with usage, or a fault that says whether trying again could help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agent.models.outcomes import Reason, Usage
from agent.models.request import Message, Request


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, unread."""

    text: str
    usage: Usage
    truncated: bool = False
    refusal: str | None = None
    rpm: float | None = None
    """Requests a minute that the provider says it allows."""
    tpm: float | None = None


class Fault(Exception):
    """A try without a reply. `fatal`: no later try, of this request or of any other, can succeed."""

    def __init__(
        self, reason: Reason, detail: str, *, retry_after: float | None = None, fatal: bool = False, retryable: bool = True
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
        self.fatal = fatal
        self.retryable = retryable and not fatal
        self.seconds = 0.0
        """How long the try took; the gateway fills it in."""


class Provider(Protocol):
    """Answers one try. Never retries, never caches, never raises anything but Fault (or cancellation)."""

    @property
    def model(self) -> str:
        """`provider:name`: part of the answer's key, and what drafts are labelled with."""

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters that change what is answered: part of the answer's key."""

    def open(self) -> None:
        """Make what answering needs, on the loop that will answer. Raises ConfigurationError; sends nothing."""

    async def answer(self, request: Request[Any], messages: Sequence[Message], max_output_tokens: int, timeout: float) -> Reply:
        """One try of at most `timeout` seconds."""

    async def close(self) -> None:
        """Give back connections. Called on the loop that `answer` ran on."""


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """Replay: whatever is not on the tape has no answer."""

    model: str
    params: Mapping[str, Any]

    def open(self) -> None:
        """Nothing is needed."""

    async def answer(self, request: Request[Any], messages: Sequence[Message], max_output_tokens: int, timeout: float) -> Reply:
        raise Fault(Reason.NOT_RECORDED, "there is no recorded answer to this question", retryable=False)

    async def close(self) -> None:
        """Nothing is open."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a response asks to wait; None where it does not say, or says something unreadable."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            return max(0.0, float(value) * scale)
        except ValueError:
            continue
    return None


def number(text: str | None) -> float | None:
    """A header's number, or None."""
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
