"""Read 500 small accounts at 2 s latency with 64 workers: does the pool stay full, and does memory stay flat?

    python -m evals.bench.extraction_estate [--accounts 500] [--latency 2.0] [--workers 64] [--repeat 5]

`ratio` is against rounds of the nominal latency, which counts the server's own work against us; `ratio_served` against a pool without
any overhead for the same calls, each as long as the server took for it. The row shown is the median by `ratio` of all repetitions.
`cpu_ms_a_call` is this process' own time: what it takes to fill the pool once (workers times that) is the floor of what is added.

A worker is free again when its answer is on disk, so that a crash repays what is in flight and no more: where other work keeps the disk
busy, a sync of it takes longer than all that is measured here. To see the machinery on a busy machine, keep the homes in memory and
go before others: `TMPDIR=/dev/shm chrt -f 20 python -m evals.bench.extraction_estate`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.extraction.model import ModelExtractor
from agent.extraction.proposals import Reading
from agent.models import open_session, unordered
from agent.models.choosing import Settings
from agent.store import open_store
from evals.bench.extraction_call import call, reading_of
from evals.bench.extraction_speed import READER, ideal, served
from tests.stub import Stub


def accounts(count: int, turns: int = 12) -> Iterator[Reading]:
    """Accounts of a dozen turns each, made when they are asked for."""
    records = reading_of(call().text).records
    for number in range(count):
        at = (number * turns) % (len(records) - turns)
        own = tuple(
            replace(record, account_id=f"a-{number}", text=f"{record.text} In week {number}.", position=position)
            for position, record in enumerate(records[at : at + turns])
        )
        yield replace(reading_of("[00:01] Ana (Acme): Hello.", f"a-{number}"), records=own)


def measure(count: int, latency: float, workers: int) -> dict[str, Any]:
    """One row: all accounts, into a home of its own."""
    done, incomplete, memory = 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls.jsonl"
        with Stub("--latency", str(latency), "--reply", READER, log=log) as stub:
            store = open_store(Path(folder) / "home", create=True)
            chosen = Settings(workers=workers, try_seconds=30.0)
            with open_session("openai:stub", store=store, chosen=chosen, environment={"OPENAI_BASE_URL": stub.url}) as desk:
                extractor = ModelExtractor(desk)
                list(unordered(accounts(2), extractor.read, 2))  # imports
                begun, cpu = time.perf_counter(), time.process_time()
                for _, found in unordered(accounts(count + 2), extractor.read, workers + workers // 4):
                    if isinstance(found, Exception):
                        raise found
                    done += 1
                    incomplete += not found.complete
                    if done in (count // 5, count):
                        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
                wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
            store.close()
            walls = served(stub, since=2)
    best, by_server = -(-len(walls) // workers) * latency, ideal(walls, workers)
    return {
        "accounts": done,
        "calls": len(walls),
        "wall_s": round(wall, 2),
        "ideal_s": round(best, 2),
        "ratio": round(wall / best, 3),
        "ideal_served_s": round(by_server, 2),
        "ratio_served": round(wall / by_server, 3),
        "cpu_s": round(cpu, 2),
        "cpu_ms_a_call": round(1000 * cpu / len(walls), 2),
        "workers": workers,
        "rss_mb_at_a_fifth_and_at_the_end": [round(size, 1) for size in memory],
        "incomplete": incomplete,
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=500)
    parser.add_argument("--latency", type=float, default=2.0)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    rows = [measure(options.accounts, options.latency, options.workers) for _ in range(options.repeat)]
    shown = sorted(rows, key=lambda row: float(row["ratio"]))[len(rows) // 2]
    every = {name: [row[name] for row in rows] for name in ("ratio", "ratio_served", "cpu_ms_a_call")}
    print(json.dumps(shown | {f"every_{name}": values for name, values in every.items()}))


if __name__ == "__main__":
    main()
