"""A night on two Ray nodes: how near the ideal it is, and whether it finishes when one node is killed.

    python -m evals.bench.machines [--accounts 1000] [--latency 0.2] [--nodes 2] [--slots 2] [--kill] [--no-syncs]
        [--engine ray|processes|alone]

Two nodes of a cluster (`ray.cluster_utils`; both on this machine), a PostgreSQL server of its own with its usual syncs, and a book of
small accounts. Each account asks one question of a model that takes `--latency` seconds (asleep, in the worker's own process), through
the product's gateway, journal, leases and store. Replaced are the reader (few words), the embedder (a hash of the text) and the
provider; everything else is the product. With `--kill` the node of one worker dies by SIGKILL when half of the accounts are stored.

Printed: `ideal_s` = accounts x latency / (nodes x slots); `working_s` from the first question sent to the last account stored and
counted; `ratio` of the two; `night_s` for the whole run, the workers' start included; questions asked more than once; accounts taken
over. A call's slot is held until its answer is on disk, so a sync of 6 ms alone is .03 of the ratio at 200 ms; `--engine alone` shows
what one process without a crew takes under the same load. Exits 1 where an account is missing, stored twice, or, without `--kill`,
the ratio is above 1.15.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select

from agent.extraction.proposals import Extraction, Reading
from agent.models.gate import Gate
from agent.models.gateway import Gateway
from agent.models.journal import ATTEMPT, StoreJournal
from agent.models.outcomes import Coverage, Failed, Missed, Usage
from agent.models.prices import Price
from agent.models.providers import Reply
from agent.models.request import Message, Request
from agent.models.session import Session
from agent.models.shared import Share, SharedPace, SharedPurse
from agent.models.spending import Caps
from agent.nightly import Metered, Options, Report, Runner, Silent
from agent.nightly.crews import Crew, Tools
from agent.nightly.processes import Processes
from agent.nightly.worker import Terms
from agent.pipeline import Pipeline
from agent.store import Store, hypotheses, open_store, tables
from evals.bench.kills import write_book
from evals.bench.night import FewWords, Hashed
from tests.postgres.server import binaries, running

BAR: Final = 1.15
QUICK: Final = Terms(seconds=6.0, beat=1.5, pause=0.2)
"""A dead node is noticed sooner than in a real night, which would wait a minute; the kill's figures hold that wait."""


class Heard(BaseModel):
    """What the model answers."""

    model_config = ConfigDict(extra="forbid")
    heard: bool


@dataclass(frozen=True, slots=True)
class Slow:
    """A provider that takes its time and nobody's processor."""

    latency: float
    model: str = "bench:slow"
    params: Mapping[str, Any] = field(default_factory=dict)

    def open(self) -> None:
        """Nothing to open."""

    async def answer(self, request: Request[Any], messages: Sequence[Message], max_output_tokens: int, timeout: float) -> Reply:
        await asyncio.sleep(self.latency)
        return Reply('{"heard": true}', Usage(prompt_tokens=request.expected_prompt_tokens, completion_tokens=10))

    async def close(self) -> None:
        """Nothing to close."""


@dataclass(frozen=True)
class AsksOnce:
    """One question about each account, and a few words of it."""

    session: Session
    version: str = "asks-once"

    def read(self, reading: Reading) -> Extraction:
        text = "\n".join(record.text for record in reading.records)
        key = reading.account.account_id
        question = Request("extract", key, key, (Message("user", f"{key}: {text}"),), Heard, "bench/1", "0" * 64, 100)
        answer = self.session.ask(question)
        if isinstance(answer, Failed):
            return Extraction(coverage=Coverage(1, missed=(Missed(key, answer.reason, answer.detail),)))
        return FewWords().read(reading)


@contextmanager
def tools(
    store: Store,
    share: Share | None,
    *,
    latency: float,
    slots: int,
    caps: Caps = Caps(),  # noqa: B008 - a frozen value
    rpm: float | None = None,
) -> Iterator[Tools]:
    """A worker's tools; without a share, those of a process that works alone."""
    price = Price(1.0, 0.5, 2.0)

    def make() -> Gateway:
        gate = Gate(shared=SharedPace(share, rpm)) if share else Gate(rpm=rpm)
        made = Gateway(Slow(latency), journal=StoreJournal(store), workers=slots, gate=gate, run_caps=caps, price=price)
        made.spending.purse = SharedPurse(share, caps) if share else None
        return made

    with Session(make) as session:
        yield Tools(Pipeline(AsksOnce(session), Hashed(), Hashed()), Metered(session), 4 * slots)  # others are being stored


@dataclass
class Watch(Silent):
    """When accounts were heard of, and what to do when half of them were."""

    half: int
    kill: Any = None
    working: bool = False
    done: int = 0
    last: float = 0.0
    killed_at: float | None = None

    def stage(self, name: str, total: int) -> None:
        self.working = name == "Working"

    def advance(self, what: str) -> None:
        if not self.working:
            return
        self.done += 1
        self.last = time.time()
        if self.kill is not None and self.killed_at is None and self.done == self.half:
            self.killed_at = self.last
            self.kill()


@contextmanager
def cluster(nodes: int) -> Iterator[Any]:
    """Ray nodes on this machine's loopback, the head among them."""
    from ray.cluster_utils import Cluster

    small = {"num_cpus": 1, "object_store_memory": 80 << 20}
    made = Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False})
    try:
        for _ in range(nodes - 1):
            made.add_node(**small)
        yield made
    finally:
        made.shutdown()


def kill_node(made: Any) -> None:
    """All processes of the newest node at once, as when its machine is switched off."""
    node = sorted(made.worker_nodes, key=lambda one: str(one.node_id))[-1]
    doomed = [one.process.pid for processes in node.all_processes.values() for one in processes]
    parents = {int(path.name): int(path.joinpath("stat").read_text().rpartition(")")[2].split()[1]) for path in _processes()}
    for pid in doomed:  # grows while it is walked
        doomed += [child for child, parent in parents.items() if parent == pid and child not in doomed]
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _processes() -> list[Path]:
    return [path for path in Path("/proc").iterdir() if path.name.isdigit() and path.joinpath("stat").exists()]


@contextmanager
def engine(options: argparse.Namespace, watch: Watch) -> Iterator[Crew | None]:
    """Who works."""
    toolbox = partial(tools, latency=options.latency, slots=options.slots)
    if options.engine == "alone":
        yield None
    elif options.engine == "processes":
        yield Processes(options.nodes, toolbox)
    else:
        from agent.nightly.ray_nodes import joined

        with cluster(options.nodes) as made, joined(made.address, toolbox, team=True) as crew:
            watch.kill = partial(kill_node, made) if options.kill else None
            yield crew


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--slots", type=int, default=2, help="calls to the model at once on each node")
    parser.add_argument("--kill", action="store_true", help="kill one node when half is done")
    parser.add_argument("--no-syncs", action="store_true", help="commits do not wait for the disk, which others may be using")
    parser.add_argument("--engine", choices=("ray", "processes", "alone"), default="ray")
    options = parser.parse_args()
    if options.kill and options.engine != "ray":
        parser.error("--kill kills a node of Ray's")
    found = binaries()
    if found is None:
        parser.error("there is no PostgreSQL here")
    watch = Watch(options.accounts // 2)
    nodes = 1 if options.engine == "alone" else options.nodes
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running(found, syncs=not options.no_syncs))
        url = server.url(server.database("machines"))
        os.environ |= {"EARNED_DATABASE": url, "PYTHONPATH": str(Path.cwd())}
        os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
        write_book(folder / "book", options.accounts)
        store = stack.enter_context(closing(open_store(folder / "home", create=True, database=url)))
        crew = stack.enter_context(engine(options, watch))
        begun = time.time()
        report = night(store, folder / "book", crew, options, watch)
        ended = time.time()
        row = figures(store, report, watch, options, nodes)
    row |= {"night_s": round(ended - begun, 2), "load": round(os.getloadavg()[0], 1)}
    print(json.dumps(row))
    whole = row["stored"] == row["answers"] == options.accounts and row["revisions_most"] == 1 and not report.failures
    return 0 if whole and (options.kill or row["ratio"] <= BAR) else 1


def night(store: Store, book: Path, crew: Crew | None, options: argparse.Namespace, watch: Watch) -> Report:
    with tools(store, None, latency=options.latency, slots=options.slots) as own:
        runner = Runner(
            store, own.pipeline, "bench:slow", progress=watch, meter=own.meter, workers=own.threads, crew=crew, terms=QUICK
        )
        return runner.run(Options(book, accept_anomaly=True))


def figures(store: Store, report: Report, watch: Watch, options: argparse.Namespace, nodes: int) -> dict[str, Any]:
    """What is in the database afterwards, and how long it took."""
    t = tables.answers.c
    with store.read() as conn:
        attempts = conn.execute(select(t.content, t.created_at).where(t.stage.startswith(ATTEMPT))).all()
        answers = conn.scalar(select(func.count()).where(~t.stage.startswith(ATTEMPT)))
        items = hypotheses.current(conn)
    asked = Counter(str(row.content["request"]) for row in attempts)
    first = min(datetime.fromisoformat(row.created_at).timestamp() for row in attempts) - options.latency
    ideal = options.accounts * options.latency / (nodes * options.slots)
    working = watch.last - first
    return {
        "engine": options.engine,
        "accounts": options.accounts,
        "nodes": nodes,
        "slots": options.slots,
        "syncs": not options.no_syncs,
        "latency_s": options.latency,
        "ideal_s": round(ideal, 2),
        "working_s": round(working, 2),
        "ratio": round(working / ideal, 3),
        "killed_after_s": watch.killed_at and round(watch.killed_at - first, 2),
        "stored": len({item.account_id for item in items}),
        "revisions_most": max(item.revision for item in items),
        "answers": answers,
        "asked_again": asked.total() - len(asked),
        "workers": sorted(row["accounts"] for row in report.workers.values()),
        "taken_over": sum(row["taken_over"] for row in report.workers.values()),
        "failed": len(report.failures),
        "warnings": report.warnings,
    }


if __name__ == "__main__":
    sys.exit(main())
