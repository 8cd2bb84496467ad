"""OpenAI's wire, against a real server: usage is kept whatever comes back, and every kind of trouble has its name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from agent.models import Answered, Failed, Reason, Usage, open_session, settings
from agent.models.choosing import Settings
from agent.models.openai_api import OpenAIProvider, read
from agent.models.providers import Reply
from agent.models.schema import strict_schema
from tests.agent.models.making import Said, question
from tests.stub import Stub


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    faults = ["malformed", "truncate", "refusal", "empty", "badschema", "500", "429", "400", "hang"]
    flags = [f"--fault=WORD-{kind} ={kind}" for kind in faults]
    with Stub("--latency", "0.01", "--hang", "30", "--retry-after", "0", *flags) as server:
        yield server


def session(stub: Stub, **options: object):  # type: ignore[no-untyped-def]
    chosen = Settings(try_seconds=0.5, **options)  # type: ignore[arg-type]
    return open_session("openai:stub", chosen=chosen, environment={"OPENAI_BASE_URL": stub.url})


def test_a_server_of_ones_own_needs_an_address_and_no_key(stub: Stub) -> None:
    with session(stub) as desk:
        outcome = desk.ask(question(text="a plain question"))
    assert isinstance(outcome, Answered)
    assert outcome.usage.prompt_tokens > 0


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("malformed", Reason.MALFORMED),
        ("truncate", Reason.TRUNCATED),
        ("refusal", Reason.REFUSAL),
        ("empty", Reason.MALFORMED),
        ("badschema", Reason.MALFORMED),
        ("400", Reason.REJECTED),
        ("hang", Reason.TIMEOUT),
    ],
)
def test_trouble_that_stays_is_named(stub: Stub, kind: str, reason: Reason) -> None:
    with session(stub) as desk:
        outcome = desk.ask(question(text=f"WORD-{kind} "))
    assert isinstance(outcome, Failed)
    assert outcome.reason is reason


@pytest.mark.parametrize(
    ("completion", "reply"),
    [
        ({}, Reply("", Usage())),
        ("<html>busy</html>", Reply("", Usage())),
        (None, Reply("", Usage())),
        ({"choices": [], "usage": None}, Reply("", Usage())),
        ({"choices": [None], "usage": {"prompt_tokens": None}}, Reply("", Usage())),
        ({"choices": [{"message": None, "finish_reason": "length"}]}, Reply("", Usage(), truncated=True)),
        ({"choices": [{"message": {"content": ["no text"]}}], "usage": 7}, Reply("", Usage())),
        (
            {"choices": [{"message": {"content": "{"}, "finish_reason": "content_filter"}], "usage": {"prompt_tokens": 9}},
            Reply("{", Usage(9), refusal="filtered"),
        ),
        (
            {
                "choices": [{"message": {"content": "{}", "refusal": None}, "finish_reason": "stop"}],
                "usage": {
                    "prompt_tokens": 9,
                    "completion_tokens": 4,
                    "prompt_tokens_details": {"cached_tokens": 8},
                    "completion_tokens_details": {"reasoning_tokens": 3},
                },
            },
            Reply("{}", Usage(9, 8, 4, 3)),
        ),
    ],
)
def test_whatever_a_server_leaves_out_the_usage_it_names_is_kept(completion: Any, reply: Reply) -> None:
    assert read(completion) == reply


async def test_a_question_is_sent_with_the_key_and_never_with_an_administrators(monkeypatch: pytest.MonkeyPatch) -> None:
    import openai

    monkeypatch.setenv("OPENAI_ADMIN_KEY", "the-administrators")
    sent: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(200, json={"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]})

    provider = OpenAIProvider("small", api_key="ours", base_url="http://models.example/v1", params={"temperature": 0})
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    provider._client = openai.AsyncOpenAI(api_key="ours", base_url="http://models.example/v1", max_retries=0, http_client=client)
    asked = question(text="where?")
    assert (await provider.answer(asked, asked.messages, 70, 5.0)).text == "{}"
    await provider.close()
    assert str(sent[0].url) == "http://models.example/v1/chat/completions"
    assert sent[0].headers["authorization"] == "Bearer ours"
    assert json.loads(sent[0].content) == provider.body(asked, asked.messages, 70)


def test_a_key_is_the_hash_of_one_canonical_json_array() -> None:
    asked = question(text="“Żółw”, 12 €")
    messages = [[message.role, message.content] for message in asked.messages]
    parts = ["openai:small", {"b": 1, "a": None}, strict_schema(Said), asked.prompt_sha256, messages, 100, 1]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    assert asked.key("openai:small", {"b": 1, "a": None}) == hashlib.sha256(text.encode("ascii")).hexdigest()


def test_a_session_can_be_opened_again_in_the_same_process(stub: Stub) -> None:
    for _ in range(2):
        with session(stub) as desk:
            assert isinstance(desk.ask(question(text="again")), Answered)


def test_the_same_question_through_langchain_comes_to_the_same(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    from agent.models.gateway import Gateway, Patience
    from agent.models.langchain_api import LangChainProvider
    from agent.models.session import Session

    monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    patience = Patience(try_seconds=2.0, first_pause=0.01)
    with Session(lambda: Gateway(LangChainProvider("openai:stub", params={}), patience=patience)) as desk:
        good = desk.ask(question(text="a plain question"))
        bad = {
            kind: desk.ask(question(text=f"WORD-{kind} ")) for kind in ("malformed", "truncate", "refusal", "400", "500", "hang")
        }
    assert isinstance(good, Answered)
    assert good.usage.prompt_tokens > 0
    reasons = {kind: outcome.reason.value for kind, outcome in bad.items() if isinstance(outcome, Failed)}
    assert reasons == {
        "malformed": "malformed",
        "truncate": "truncated",
        "refusal": "refusal",
        "400": "rejected",
        "500": "server error",
        "hang": "timeout",
    }


def test_settings_come_from_the_environment_with_remedies() -> None:
    from agent.errors import ConfigurationError

    found = settings({"EARNED_WORKERS": "4", "EARNED_MAX_COST": "2.5", "EARNED_MODEL_PARAMS": '{"temperature": 0}'})
    assert (found.workers, found.run.cost, found.params) == (4, 2.5, {"temperature": 0})
    for name, value in (("EARNED_RPM", "many"), ("EARNED_MAX_COST", "-1"), ("EARNED_MODEL_PARAMS", "[1]")):
        with pytest.raises(ConfigurationError, match=name):
            settings({name: value})


def test_a_cost_cap_without_a_price_does_not_start() -> None:
    from agent.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match="does not know"):
        open_session("openai:mystery", environment={"OPENAI_API_KEY": "x", "EARNED_MAX_COST": "1"})
    open_session("openai:gpt-4.1-mini-2025-04-14", environment={"OPENAI_API_KEY": "x", "EARNED_MAX_COST": "1"}).close()
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        open_session("openai:gpt-4.1-mini", environment={})
    with pytest.raises(ConfigurationError, match="names no model"):
        open_session("gpt", environment={})
