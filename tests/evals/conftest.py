"""A pipeline that replays what the sample run read, so that no test here reads the sample book twice, and worse ones to catch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from agent.extraction.offline import OfflineExtractor
from agent.extraction.proposals import Extractor, Proposal, Proposer, Reading
from agent.nightly import Report
from agent.pipeline import Pipeline
from agent.store import Store, signals
from evals.cases import SAMPLE, Dataset, dataset
from evals.runs import Run, execute
from evals.tools import Memo
from retrieval import store as texts


class Replay(Proposer):
    """Proposes what the sample run found in records that it has read, and asks the real extractor about new documents."""

    def __init__(self, store: Store, real: Extractor) -> None:
        self._real = real
        self._known: dict[str, list[Proposal]] = {}
        with store.read() as conn:
            ledger = signals.ledger(conn)
            accounts = {signal.account_id for signal in ledger} | {"acc-109"}
            self._read = {r.record_id for key in accounts for r in texts.account_records(conn, key)}
        for signal in ledger:
            if signal.quote and signal.method != "event":
                proposal = Proposal(
                    signal.record_id, signal.quote, signal.kind, signal.strength, 1.0, overtaken_by=signal.resolved_by
                )
                self._known.setdefault(signal.record_id, []).append(proposal)

    @property
    def version(self) -> str:
        return self._real.version

    def propose(self, reading: Reading) -> Sequence[Proposal]:
        fresh = {r.document for r in reading.records if r.record_id not in self._read}
        found = [p for r in reading.records if r.document not in fresh for p in self._known.get(r.record_id, ())]
        if fresh:
            found += self._real.propose(replace(reading, records=tuple(r for r in reading.records if r.document in fresh)))
        return found


@dataclass(frozen=True)
class Worse(Proposer):
    """An extractor that loses what `keeps` does not keep."""

    inner: Extractor
    keeps: Callable[[Proposal], bool]
    version: str

    def propose(self, reading: Reading) -> Sequence[Proposal]:
        return [proposal for proposal in self.inner.propose(reading) if self.keeps(proposal)]


@pytest.fixture(scope="session")
def replay(sample_run: tuple[Store, Report], pipeline: Pipeline) -> Pipeline:
    """The sample run's pipeline, at no cost for what it has read."""
    reader = Memo(pipeline.reader)
    return Pipeline(Replay(sample_run[0], OfflineExtractor(reader)), reader, reader)


@pytest.fixture(scope="session")
def sample_data() -> Dataset:
    return dataset([SAMPLE])


@pytest.fixture(scope="session")
def sample_eval(replay: Pipeline, sample_data: Dataset) -> Run:
    """The sample book's run file."""
    return execute(sample_data, replay)


@pytest.fixture(scope="session")
def worse(replay: Pipeline) -> Callable[[Callable[[Proposal], bool], str], Pipeline]:
    """Make a pipeline that loses some of its proposals."""

    def make(keeps: Callable[[Proposal], bool], version: str) -> Pipeline:
        return replace(replay, extractor=Worse(replay.extractor, keeps, version))

    return make
