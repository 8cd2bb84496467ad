"""A night on a real Ray node. Needs `pip install 'earned[scale]'`, 1.5 GB and a minute."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from agent.errors import ConfigurationError
from agent.nightly import Options, Runner
from agent.nightly.ray_nodes import LOCAL, joined
from agent.store import open_store
from evals.bench import machines
from evals.bench.kills import write_book
from tests.conftest import ROOT

pytest.importorskip("ray", reason="Ray is not installed: pip install 'earned[scale]'")
TOOLBOX = partial(machines.tools, latency=0.05, slots=2)


@pytest.fixture(autouse=True)
def _found_by_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker imports what its toolbox is of."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_two_workers_of_a_cluster_share_a_night(tmp_path: Path) -> None:
    write_book(tmp_path / "book", 16)
    store = open_store(tmp_path / "home", create=True)
    with machines.tools(store, None, latency=0.0, slots=1) as own, joined(LOCAL, TOOLBOX, team=False, size=2) as crew:
        report = Runner(store, own.pipeline, "bench:slow", meter=own.meter, crew=crew).run(Options(tmp_path / "book"))
    store.close()
    assert (report.accounts["changed"], report.failures) == (16, {})
    assert sum(one["accounts"] for one in report.workers.values()) == 16
    assert report.llm["calls"] == 16


def test_a_head_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"127\.0\.0\.1:9") as caught, joined("127.0.0.1:9", TOOLBOX, team=True):
        pass
    assert "ray start" in caught.value.remedy
