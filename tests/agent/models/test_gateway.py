"""Every call to a model: paid once, repaired once, retried within bounds, capped, and written down whatever comes of it."""

from __future__ import annotations

import asyncio

import pytest

from agent.models import Answered, Failed, Reason
from agent.models.journal import ATTEMPT, MemoryJournal
from agent.models.prices import Price
from agent.models.providers import Fault
from agent.models.spending import Caps
from tests.agent.models.making import Scripted, gateway, question, reply

PRICE = Price(0.4, 0.1, 1.6)


async def test_an_answer_is_read_and_its_cost_counts_cached_tokens_as_cached() -> None:
    desk = gateway(Scripted(reply()), price=PRICE)
    outcome = await desk.ask(question())
    assert isinstance(outcome, Answered)
    assert outcome.value.text == "yes"
    assert outcome.cost == pytest.approx((800 * 0.4 + 200 * 0.1 + 50 * 1.6) / 1e6)
    assert desk.bill.to_json()["calls"] == 1


async def test_an_answer_is_paid_for_once_even_by_another_run() -> None:
    journal = MemoryJournal()
    await gateway(Scripted(reply()), journal=journal, run="r-1").ask(question())
    later = Scripted(reply())
    desk = gateway(later, journal=journal, run="r-2")
    outcome = await desk.ask(question())
    assert isinstance(outcome, Answered)
    assert outcome.from_journal
    assert (outcome.cost, later.heard, desk.bill.cache_hits, desk.bill.calls) == (0.0, [], 1, 0)


async def test_equal_questions_at_the_same_time_are_asked_once() -> None:
    desk = gateway(model := Scripted(reply(), seconds=0.01))
    outcomes = await asyncio.gather(*(desk.ask(question()) for _ in range(10)))
    assert len(model.heard) == 1
    assert all(isinstance(outcome, Answered) for outcome in outcomes)


@pytest.mark.parametrize("change", ["text", "output limit", "account"])
async def test_what_changes_the_answer_changes_the_key_and_nothing_else_does(change: str) -> None:
    same = question("w1", text="words")
    other = {
        "text": question("w1", text="other words"),
        "output limit": question("w1", text="words", max_output_tokens=200),
        "account": question("another name", text="words", account="a-2"),
    }[change]
    assert (same.key("m", {}) == other.key("m", {})) is (change == "account")
    assert same.key("m", {}) != same.key("m", {"temperature": 0})


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (reply('{"text": "yes'), Reason.MALFORMED),
        (reply('{"unexpected": true}'), Reason.MALFORMED),
        (reply(""), Reason.MALFORMED),
        (reply('{"text": "yes"}', truncated=True), Reason.TRUNCATED),
        (reply("", refusal="I can't help with that."), Reason.REFUSAL),
    ],
)
async def test_what_cannot_be_used_is_asked_for_once_more_and_then_reported(bad, reason) -> None:  # type: ignore[no-untyped-def]
    mended = await gateway(Scripted(bad, reply())).ask(question())
    assert isinstance(mended, Answered)
    assert mended.usage.prompt_tokens == 2000
    model = Scripted(bad)
    outcome = await gateway(model).ask(question())
    assert isinstance(outcome, Failed)
    assert (outcome.reason, len(model.heard), outcome.usage.prompt_tokens) == (reason, 2, 2000)


async def test_the_repair_keeps_the_prompt_as_prefix_and_repeats_nothing_that_the_model_said() -> None:
    model = Scripted(reply("EVIL {{"), reply())
    await gateway(model).ask(question())
    first, second = model.heard
    assert second[: len(first)] == first
    assert "EVIL" not in second[-1].content


async def test_a_cut_answer_may_be_twice_as_long_the_second_time() -> None:
    model = Scripted(reply(truncated=True), reply())
    await gateway(model).ask(question())
    assert [tokens for tokens, _ in model.limits] == [100, 200]


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        (Fault(Reason.TIMEOUT, "slow"), 2),
        (Fault(Reason.SERVER_ERROR, "HTTP 500"), 4),
        (Fault(Reason.RATE_LIMITED, "HTTP 429", retry_after=1.0), 12),
        (Fault(Reason.REJECTED, "HTTP 400", retryable=False), 1),
    ],
)
async def test_faults_are_retried_within_bounds_and_then_named(fault: Fault, calls: int) -> None:
    model = Scripted(fault)
    desk = gateway(model)
    outcome = await desk.ask(question())
    assert isinstance(outcome, Failed)
    assert (outcome.reason, len(model.heard)) == (fault.reason, calls)
    assert desk.bill.by_outcome == {fault.reason.value: calls}


async def test_a_passing_fault_costs_a_retry_and_no_answer() -> None:
    model = Scripted(Fault(Reason.SERVER_ERROR, "HTTP 500"), Fault(Reason.RATE_LIMITED, "HTTP 429"), reply())
    assert isinstance(await gateway(model).ask(question()), Answered)


async def test_a_failure_is_not_asked_for_again_in_the_same_run_but_in_the_next() -> None:
    model = Scripted(Fault(Reason.REJECTED, "HTTP 400", retryable=False))
    journal = MemoryJournal()
    desk = gateway(model, journal=journal)
    assert await desk.ask(question()) == await desk.ask(question())
    assert len(model.heard) == 1
    assert isinstance(await gateway(Scripted(reply()), journal=journal).ask(question()), Answered)


async def test_a_wrong_key_stops_the_run_and_not_each_of_its_questions() -> None:
    model = Scripted(Fault(Reason.REJECTED, "HTTP 401", fatal=True))
    desk = gateway(model)
    outcomes = [await desk.ask(question(f"w{number}")) for number in range(5)]
    assert len(model.heard) == 1
    assert all(isinstance(outcome, Failed) and outcome.reason is Reason.REJECTED for outcome in outcomes)


async def test_every_attempt_is_a_row_with_its_outcome_and_the_answers_row_names_the_question() -> None:
    journal = MemoryJournal()
    desk = gateway(Scripted(reply("nonsense"), reply()), journal=journal, price=PRICE, run="r-1")
    await desk.ask(question())
    attempts = [row["content"] for row in journal.rows.values() if row["stage"].startswith(ATTEMPT)]
    assert [row["outcome"] for row in attempts] == ["malformed", "answer"]
    assert all(row["cost"] > 0 and row["run"] == "r-1" and row["prompt"] == "extract_signals/1" for row in attempts)
    (answer,) = [row for row in journal.rows.values() if not row["stage"].startswith(ATTEMPT)]
    assert answer["content"]["name"] == "w1"


async def test_an_unknown_price_is_reported_as_unknown_and_not_as_nothing() -> None:
    desk = gateway(Scripted(reply()))
    outcome = await desk.ask(question())
    assert outcome.cost is None
    assert desk.bill.to_json()["cost"] is None


async def test_a_call_that_would_pass_a_cap_is_not_sent() -> None:
    model = Scripted(reply())
    desk = gateway(model, run_caps=Caps(tokens=1500))
    outcomes = [await desk.ask(question(f"w{number}")) for number in range(5)]
    assert isinstance(outcomes[0], Answered)
    assert all(isinstance(outcome, Failed) and outcome.reason is Reason.OVER_BUDGET for outcome in outcomes[2:])
    assert desk.spending.total.tokens <= 2100
    assert desk.spending.stopped is not None


async def test_one_accounts_cap_does_not_stop_another() -> None:
    desk = gateway(Scripted(reply()), price=PRICE, account_caps=Caps(cost=0.0006))
    first = [await desk.ask(question(f"w{number}", account="a-1")) for number in range(4)]
    other = await desk.ask(question("w9", account="a-2"))
    assert isinstance(first[-1], Failed)
    assert isinstance(other, Answered)


async def test_calls_wait_for_reservations_and_never_overdraw_together() -> None:
    model = Scripted(reply(), seconds=0.01)
    desk = gateway(model, price=PRICE, run_caps=Caps(cost=0.0015))
    outcomes = await asyncio.gather(*(desk.ask(question(text=f"{number}" + "x" * 3000)) for number in range(20)))
    assert desk.spending.total.cost <= 0.0015
    assert sum(isinstance(outcome, Answered) for outcome in outcomes) >= 2


async def test_no_more_than_the_workers_are_under_way() -> None:
    model = Scripted(reply(), seconds=0.005)
    desk = gateway(model, workers=3)
    await asyncio.gather(*(desk.ask(question(f"w{number}")) for number in range(20)))
    assert model.most == 3
