"""Answers outlive the process: in the store, and on tapes that can be committed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agent.errors import ConfigurationError
from agent.models import Answered, Failed, Reason, open_session, unordered
from agent.models.journal import MemoryJournal, StoreJournal, row
from agent.models.tape import ANSWERS, Header, Recorder, Tape, write_wanted
from agent.store import open_store
from tests.agent.models.making import Scripted, gateway, question, reply


async def test_the_store_keeps_answers_for_the_next_process(tmp_path: Path) -> None:
    store = open_store(tmp_path, create=True)
    await gateway(Scripted(reply()), journal=StoreJournal(store), run="r-1").ask(question())
    store.close()
    store = open_store(tmp_path)
    outcome = await gateway(Scripted(reply("never")), journal=StoreJournal(store)).ask(question())
    assert isinstance(outcome, Answered)
    assert outcome.from_journal
    store.close()


async def test_answers_that_arrive_together_are_committed_together(tmp_path: Path) -> None:
    store = open_store(tmp_path, create=True)
    kept: list[int] = []

    class Counting(StoreJournal):
        def keep(self, rows):  # type: ignore[no-untyped-def]
            kept.append(len(rows))
            super().keep(rows)

    desk = gateway(Scripted(reply(), seconds=0.02), journal=Counting(store), workers=40)
    await asyncio.gather(*(desk.ask(question(f"w{number}")) for number in range(40)))
    assert sum(kept) == 80
    assert len(kept) < 20
    store.close()


async def test_a_recording_replays_without_a_model(tmp_path: Path) -> None:
    model = Scripted(reply('{"text": "recorded"}'))
    journal = MemoryJournal()
    await gateway(model, journal=journal).ask(question("w1"))
    recorder = Recorder(journal, tmp_path / "tape", Header(model.model, {}))
    desk = gateway(model, journal=recorder)
    await desk.ask(question("w1"))  # paid for earlier: goes onto the tape all the same
    await desk.ask(question("w2"))
    with open_session(f"replay:{tmp_path / 'tape'}", environment={}) as replayed:
        assert replayed.model == model.model
        for name in ("w1", "w2"):
            outcome = replayed.ask(question(name))
            assert isinstance(outcome, Answered)
            assert outcome.value.text == "recorded"
        missing = replayed.ask(question("w3"))
        assert isinstance(missing, Failed)
        assert missing.reason is Reason.NOT_RECORDED
        assert replayed.bill.calls == 0
        write_wanted(tmp_path / "wanted.jsonl", replayed.gateway.wanted)
    wanted = json.loads((tmp_path / "wanted.jsonl").read_text())
    assert wanted["messages"][-1] == ["user", "w3"]
    assert wanted["schema"]["required"] == ["text"]


def test_a_tape_of_one_model_takes_no_answers_of_another(tmp_path: Path) -> None:
    Recorder(MemoryJournal(), tmp_path, Header("openai:a", {}))
    with pytest.raises(ConfigurationError, match="openai:a"):
        Recorder(MemoryJournal(), tmp_path, Header("openai:b", {}))


def test_a_broken_line_of_a_tape_is_named(tmp_path: Path) -> None:
    recorder = Recorder(MemoryJournal(), tmp_path, Header("openai:a", {}))
    recorder.keep([row("k", "extract", "openai:a", {"text": "{}"}, 0.0)])
    with (tmp_path / ANSWERS).open("a") as out:
        out.write("{broken\n")
    with pytest.raises(ConfigurationError, match=r"answers\.jsonl:2"):
        Tape(tmp_path)
    with pytest.raises(ConfigurationError, match="holds no recorded answers"):
        open_session(f"replay:{tmp_path / 'nowhere'}", environment={})


async def test_a_damaged_answer_is_asked_for_again() -> None:
    journal = MemoryJournal()
    key = question().key(Scripted.model, {})
    journal.keep([row(key, "extract", Scripted.model, {"text": "{damaged"}, 0.0)])
    model = Scripted(reply())
    assert isinstance(await gateway(model, journal=journal).ask(question()), Answered)
    assert len(model.heard) == 1


def test_units_overlap_without_barriers_and_are_drawn_as_they_are_needed() -> None:
    drawn: list[int] = []

    def source():  # type: ignore[no-untyped-def]
        for number in range(50):
            drawn.append(number)
            yield number

    def work(number: int) -> int:
        if number == 7:
            raise ValueError("seven")
        return number * 2

    results = unordered(source(), work, workers=4)
    next(results)
    assert len(drawn) <= 9
    found = dict(results)
    assert isinstance(found.get(7, ValueError()), ValueError)
    assert len(found) >= 49


def test_an_interrupted_run_does_not_wait_for_a_hanging_server() -> None:
    import threading
    import time

    release = threading.Event()

    def work(number: int) -> int:
        if number:
            release.wait(20)
        return number

    results = unordered(range(8), work, workers=4)
    assert next(results) == (0, 0)
    begun = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 5
    release.set()


def test_closing_a_session_ends_what_still_waits_for_its_model() -> None:
    import threading

    from tests.agent.extraction_model.making import session

    desk = session(Scripted(reply(), seconds=60))
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            desk.ask(question())
        except BaseException as error:  # noqa: BLE001 - whatever ends it is what the test is about
            ended.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    while not desk.gateway.provider.heard:  # type: ignore[attr-defined]
        pass
    desk.close()
    waiting.join(timeout=5)
    assert not waiting.is_alive()
    assert len(ended) == 1
