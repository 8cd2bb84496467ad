"""Read 500 small accounts at 2 s latency with 64 workers: does the pool stay full, and does memory stay flat?

python -m evals.bench.extraction_estate [--accounts 500] [--latency 2.0] [--workers 64]
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

from agent.extraction.model import ModelExtractor
from agent.extraction.proposals import Reading
from agent.models import open_session, unordered
from agent.models.choosing import Settings
from agent.store import open_store
from evals.bench.extraction_call import call, reading_of
from evals.bench.extraction_speed import READER
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=500)
    parser.add_argument("--latency", type=float, default=2.0)
    parser.add_argument("--workers", type=int, default=64)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with Stub("--latency", str(options.latency), "--reply", READER) as stub:
            store = open_store(Path(folder) / "home", create=True)
            chosen = Settings(workers=options.workers, try_seconds=30.0)
            with open_session("openai:stub", store=store, chosen=chosen, environment={"OPENAI_BASE_URL": stub.url}) as desk:
                extractor = ModelExtractor(desk)
                list(unordered(accounts(2), lambda one: extractor.read(replace(one, account=one.account)), 2))  # imports
                done, incomplete, memory = 0, 0, []
                begun, cpu = time.perf_counter(), time.process_time()
                for _, found in unordered(accounts(options.accounts + 2), extractor.read, options.workers + options.workers // 4):
                    if isinstance(found, Exception):
                        raise found
                    done += 1
                    incomplete += not found.complete
                    if done in (options.accounts // 5, options.accounts):
                        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
                wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
            calls = stub.stats()["ok"] - 2
        ideal = -(-calls // options.workers) * options.latency
        row = {
            "accounts": done,
            "calls": calls,
            "wall_s": round(wall, 2),
            "ideal_s": round(ideal, 2),
            "ratio": round(wall / ideal, 3),
            "cpu_s": round(cpu, 2),
            "peak_in_flight": options.workers,
            "rss_mb_at_a_fifth_and_at_the_end": [round(size, 1) for size in memory],
            "incomplete": incomplete,
            "load": round(os.getloadavg()[0], 1),
        }
        print(json.dumps(row))


if __name__ == "__main__":
    main()
