"""A batch fills the journal at half the price; killed at any point it is found again and not paid for twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ConfigurationError
from agent.models import Answered
from agent.models.batch import run_batch
from agent.models.gateway import Gateway
from agent.models.journal import ATTEMPT, MemoryJournal
from agent.models.openai_api import OpenAIProvider
from agent.models.prices import Price
from agent.models.spending import Caps
from tests.agent.models.making import Scripted, question, reply
from tests.stub import Stub


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Stub]:
    flags = [
        "--latency",
        "0",
        "--batch-delay",
        "0.05",
        "--batch-shuffle",
        "--fault",
        "WORD-bad =malformed",
        "--fault",
        "WORD-500 =500",
    ]
    with Stub(*flags, log=tmp_path / "log.jsonl") as server:
        yield server


def desk(stub: Stub, journal: MemoryJournal, **options: Any) -> Gateway:
    provider = OpenAIProvider("stub", api_key=None, base_url=stub.url, params={})
    return Gateway(provider, journal=journal, run="r-1", **options)


def questions(*texts: str):  # type: ignore[no-untyped-def]
    return [question(text, text=f"{text} ") for text in texts]


async def test_answers_come_home_under_their_keys_and_the_run_asks_only_the_rest(stub: Stub) -> None:
    journal = MemoryJournal()
    gateway = desk(stub, journal, price=Price(1.0, 0.5, 2.0))
    asked = questions("one", "two", "WORD-bad", "WORD-500")
    done = await run_batch(gateway, asked, poll_seconds=0.05)
    assert done.outcomes == {"answer": 2, "malformed": 1, "server error": 1, "no answer": 0}
    before = gateway.bill.calls
    outcomes = [await gateway.ask(request) for request in asked[:2]]
    assert all(isinstance(outcome, Answered) and outcome.from_journal for outcome in outcomes)
    assert gateway.bill.calls == before
    attempts = [r["content"] for r in journal.rows.values() if r["stage"].startswith(ATTEMPT)]
    assert len(attempts) == 4
    assert all(attempt["batch"] for attempt in attempts)
    paid = next(a for a in attempts if a["outcome"] == "answer")
    assert paid["cost"] == pytest.approx(0.5 * (paid["prompt_tokens"] * 1.0 + paid["completion_tokens"] * 2.0) / 1e6)
    await gateway.close()


async def test_what_is_known_is_not_sent_again(stub: Stub) -> None:
    journal = MemoryJournal()
    gateway = desk(stub, journal)
    await run_batch(gateway, questions("one"), poll_seconds=0.05)
    done = await run_batch(gateway, questions("one"), poll_seconds=0.05)
    assert (done.already_known, done.batch_ids) == (1, [])
    await gateway.close()


@pytest.mark.parametrize("written_down", [True, False])
async def test_a_killed_run_finds_its_batch_again(stub: Stub, written_down: bool) -> None:
    journal = MemoryJournal()

    class Killed(Exception):
        pass

    async def die(_seconds: float) -> None:
        raise Killed

    first = desk(stub, journal)
    with pytest.raises(Killed):
        await run_batch(first, questions("one", "two"), sleep=die)
    if not written_down:
        journal.rows.clear()
    await first.close()
    await asyncio.sleep(0.3)
    second = desk(stub, journal)
    done = await run_batch(second, questions("one", "two"), poll_seconds=0.05)
    assert done.outcomes["answer"] == 2
    assert stub.stats()["requests"] == 2
    await second.close()


async def test_a_batch_keeps_to_the_caps(stub: Stub) -> None:
    gateway = desk(stub, MemoryJournal(), run_caps=Caps(tokens=400))
    done = await run_batch(gateway, questions("one", "two", "three"), poll_seconds=0.05)
    assert done.skipped_for_caps >= 1
    assert done.outcomes["answer"] == 3 - done.skipped_for_caps
    await gateway.close()


async def test_a_provider_without_batches_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="has no batches"):
        await run_batch(Gateway(Scripted(reply())), questions("one"))
