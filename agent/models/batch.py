"""OpenAI's Batch API: many questions at half the price, within a day. A batch only fills the journal.

Questions are sent as one file, each under its key; what comes back is read like any other answer and kept under that key. Then the
ordinary run finds its answers paid for, and asks the rest (what failed, what expired) one by one: there is no second way to read.
A batch is written down before anybody waits for it, and recognised by what it holds: a run that was killed finds it again instead
of paying twice, even if it was killed between sending the batch and writing it down.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from agent.errors import ConfigurationError
from agent.models.bill import Attempt
from agent.models.gateway import Gateway, content
from agent.models.journal import ATTEMPT, Row, row
from agent.models.openai_api import OpenAIProvider, read
from agent.models.outcomes import Reason, Usage
from agent.models.request import Request

if TYPE_CHECKING:
    from openai.types import Batch

ENDPOINT: Final = "/v1/chat/completions"
MOST: Final = 10_000
"""Questions of one batch; the API takes 50,000, and a file of 200 MB."""
_OVER: Final = frozenset({"completed", "failed", "expired", "cancelled"})
_LOST: Final = frozenset({"failed", "cancelled", "cancelling"})


@dataclass(slots=True)
class Collected:
    """What became of a batch's questions: `answer`, a reason, or `no answer` for what came back in neither file."""

    batch_ids: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    already_known: int = 0
    skipped_for_caps: int = 0


async def run_batch(
    gateway: Gateway,
    requests: Iterable[Request[Any]],
    *,
    factor: float = 0.5,
    poll_seconds: float = 30.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Collected:
    """Ask everything that the journal does not know in batches, wait, and keep the answers.

    `factor`: what a batch costs compared with single calls. What would pass the run's caps is left out, for the ordinary run to
    refuse by name. Raises ConfigurationError for a provider without batches; what the API raises when it cannot be reached.
    """
    if not isinstance(gateway.provider, OpenAIProvider):
        raise ConfigurationError(f"{gateway.model} has no batches.", "Run without --batch, or use an openai:<name> model.")
    done = Collected()
    chunk: dict[str, Request[Any]] = {}
    for request in requests:
        key = request.key(gateway.model, gateway.provider.params)
        if key in chunk or gateway.journal.find(key) is not None:
            done.already_known += 1
            continue
        chunk[key] = request
        if len(chunk) == MOST:
            await _one(gateway, gateway.provider, chunk, done, factor, poll_seconds, sleep)
            chunk = {}
    if chunk:
        await _one(gateway, gateway.provider, chunk, done, factor, poll_seconds, sleep)
    return done


async def _one(
    gateway: Gateway,
    provider: OpenAIProvider,
    asked: Mapping[str, Request[Any]],
    done: Collected,
    factor: float,
    poll_seconds: float,
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    affordable = await _within_caps(gateway, asked, factor)
    done.skipped_for_caps += len(asked) - len(affordable)
    if not affordable:
        return
    batch = await _sent(gateway, provider, affordable)
    done.batch_ids.append(batch.id)
    while batch.status not in _OVER:
        await sleep(poll_seconds)
        batch = await provider.client().batches.retrieve(batch.id)
    rows: list[Row] = []
    back: set[str] = set()
    for file_id in (batch.output_file_id, batch.error_file_id):
        if file_id is None:
            continue
        lines = (await provider.client().files.content(file_id)).text.splitlines()
        for line in filter(str.strip, lines):
            entry = json.loads(line)
            request = affordable.get(entry.get("custom_id"))
            if request is not None and entry["custom_id"] not in back:
                back.add(entry["custom_id"])
                rows += _kept(gateway, entry, request, factor, batch.id, done)
    done.outcomes["no answer"] += len(affordable) - len(back)
    rows.append(row(f"batch/{batch.id}/collected", "batch", gateway.model, {"status": batch.status, **done.outcomes}, 0.0))
    await asyncio.to_thread(gateway.journal.keep, rows)


async def _within_caps(gateway: Gateway, asked: Mapping[str, Request[Any]], factor: float) -> dict[str, Request[Any]]:
    """The questions that fit, in order, if every one of them cost what it may cost at most."""
    caps, tokens, cost = gateway.spending.run, gateway.spending.total.tokens, gateway.spending.total.cost
    fit: dict[str, Request[Any]] = {}
    for key, request in asked.items():
        tokens += request.expected_prompt_tokens + request.max_output_tokens
        if gateway.price is not None:
            cost += factor * gateway.price.most(request.expected_prompt_tokens, request.max_output_tokens)
        if (caps.tokens is not None and tokens > caps.tokens) or (caps.cost is not None and cost > caps.cost):
            break
        fit[key] = request
    return fit


async def _sent(gateway: Gateway, provider: OpenAIProvider, asked: Mapping[str, Request[Any]]) -> Batch:
    """The batch with exactly these questions: one that is under way or done, or a new one."""
    client = provider.client()
    mark = hashlib.sha256("\n".join(sorted(asked)).encode("ascii")).hexdigest()[:32]
    known = gateway.journal.find(f"batch/{mark}")
    if known is not None:
        batch = await client.batches.retrieve(str(known["batch_id"]))
        if batch.status not in _LOST:
            return batch
    async for batch in client.batches.list(limit=100):
        if (batch.metadata or {}).get("earned") == mark and batch.status not in _LOST:
            return batch
    lines = [
        json.dumps(
            {
                "custom_id": key,
                "method": "POST",
                "url": ENDPOINT,
                "body": provider.body(request, request.messages, request.max_output_tokens),
            }
        )
        for key, request in asked.items()
    ]
    sent = await client.files.create(file=("questions.jsonl", "\n".join(lines).encode("utf-8")), purpose="batch")
    batch = await client.batches.create(
        input_file_id=sent.id, endpoint=ENDPOINT, completion_window="24h", metadata={"earned": mark}
    )
    about = {"batch_id": batch.id, "questions": len(asked), "run": gateway.run}
    await asyncio.to_thread(gateway.journal.keep, [row(f"batch/{mark}", "batch", gateway.model, about, 0.0)])
    return batch


def _kept(
    gateway: Gateway, entry: Mapping[str, Any], request: Request[Any], factor: float, batch_id: str, done: Collected
) -> list[Row]:
    """The rows of one line: the attempt, and the answer if it is one."""
    response = entry.get("response") or {}
    key, text, usage, outcome = str(entry["custom_id"]), "", Usage(), Reason.SERVER_ERROR.value
    if response.get("status_code") == 200:
        reply = read(response.get("body"))
        text, usage = reply.text, reply.usage
        found = gateway.read(reply, request)
        outcome = found.value if isinstance(found, Reason) else "answer"
    cost = None if gateway.price is None else factor * gateway.price.cost(usage)
    attempt = Attempt(
        key, gateway.run, request.account, request.stage, request.name, gateway.model, request.prompt,
        1, outcome, usage, cost, 0.0, batch=True,
    )  # fmt: skip
    gateway.bill.add(attempt)
    gateway.spending.total.tokens += usage.total
    gateway.spending.total.cost += cost or 0.0
    done.outcomes[outcome] += 1
    rows = [row(f"{key}/{batch_id}", ATTEMPT + request.stage, gateway.model, attempt.to_json(), cost)]
    if outcome == "answer":
        rows.append(row(key, request.stage, gateway.model, content(text, usage, request), cost))
    return rows
