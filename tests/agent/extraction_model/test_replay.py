"""Recorded answers replay the whole reading of an account, and batches answer it ahead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.extraction.model import ModelExtractor
from agent.models import open_session
from agent.models.batch import run_batch
from tests.agent.extraction_model.making import reading, record, vendor
from tests.stub import Stub

BRAIN = Path(__file__).parents[2] / "stub" / "reader.py"
SHOWN = reading(
    record("We are asked for a discount on every renewal and nobody told us why."),
    vendor("I will look into the renewal.", position=1),
    record("The budget for next year is cut by a third, so seats will go.", document="ticket:9"),
)


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with Stub("--latency", "0", "--batch-delay", "0.05", "--reply", str(BRAIN)) as server:
        yield server


def test_a_replay_reads_the_same_without_network(stub: Stub, tmp_path: Path) -> None:
    tape = tmp_path / "tape"
    with open_session(f"record:{tape}:openai:stub", environment={"OPENAI_BASE_URL": stub.url}) as desk:
        recorded = ModelExtractor(desk).read(SHOWN)
    with open_session(f"replay:{tape}", environment={}) as desk:
        extractor = ModelExtractor(desk)
        replayed = extractor.read(SHOWN)
        assert desk.bill.calls == 0
        assert "openai:stub" in extractor.version
    assert recorded.proposals == replayed.proposals
    assert len(replayed.proposals) == 2


def test_what_is_not_on_the_tape_is_named(tmp_path: Path, stub: Stub) -> None:
    tape = tmp_path / "tape"
    open_session(f"record:{tape}:openai:stub", environment={"OPENAI_BASE_URL": stub.url}).close()
    with open_session(f"replay:{tape}", environment={}) as desk:
        found = ModelExtractor(desk).read(SHOWN)
        assert str(found.coverage) == "0 of 1 windows read; not read: ticket:7 and 1 more (not recorded)"
        assert len(desk.gateway.wanted) == 1


def test_a_batch_answers_ahead_what_an_extractor_will_ask(stub: Stub) -> None:
    with open_session("openai:stub", environment={"OPENAI_BASE_URL": stub.url}) as desk:
        extractor = ModelExtractor(desk)
        done = desk.run(run_batch(desk.gateway, extractor.questions(SHOWN), poll_seconds=0.05))
        calls = desk.bill.calls
        assert done.outcomes["answer"] == 1
        assert len(extractor.read(SHOWN).proposals) == 2
        assert desk.bill.calls == calls
