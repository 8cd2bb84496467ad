"""Read six long calls through a server that misbehaves, and account for every window.

    python -m evals.bench.extraction_faults [--share 0.02] [--rpm 60] [--calls 6]

2 % each of 429, 500, hang, malformed, truncated and refused answers, and an account limit of 60 requests a minute. Exits 1 if a
window that the server answered well is lost, or if one is neither read nor named. With the limit it takes about three minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from agent.extraction.model import ModelExtractor
from agent.extraction.windows import windows_of
from agent.models import open_session, unordered
from agent.models.choosing import Settings
from agent.store import open_store
from evals.bench.extraction_call import call, reading_of
from evals.bench.extraction_speed import READER
from tests.stub import Stub

WINDOW = 6_000
TRY_SECONDS = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", default="0.02", help="of calls, for each of the six faults")
    parser.add_argument("--rpm", type=int, default=60)
    parser.add_argument("--calls", type=int, default=6)
    parser.add_argument("--workers", type=int, default=10)
    options = parser.parse_args()
    made = [call(seed=seed) for seed in range(7, 7 + options.calls)]
    readings = [reading_of(one.text, f"a-{number}") for number, one in enumerate(made)]
    planned = sum(len(windows_of(reading.records, WINDOW)) for reading in readings)
    kinds = ("429", "500", "hang", "malformed", "truncate", "refusal")
    flags = [part for kind in kinds for part in (f"--p{kind}", options.share)] + (
        ["--rpm", str(options.rpm)] if options.rpm else []
    )
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls.jsonl"
        with Stub("--latency", "0.3", "--reply", READER, *flags, log=log) as stub:
            chosen = Settings(workers=options.workers, try_seconds=TRY_SECONDS)
            store = open_store(Path(folder) / "home", create=True)
            begun = time.perf_counter()
            with open_session("openai:stub", store=store, chosen=chosen, environment={"OPENAI_BASE_URL": stub.url}) as desk:
                extractor = ModelExtractor(desk, window=WINDOW)
                found = dict(
                    unordered(range(options.calls), lambda number: extractor.read(readings[number]), workers=options.calls)
                )
            wall = time.perf_counter() - begun
            stats = stub.stats()
            calls = stub.calls()
    broken = [one for one in found.values() if isinstance(one, Exception)]
    if broken:
        raise broken[0]
    reports = [one for _, one in sorted(found.items()) if not isinstance(one, Exception)]
    read = sum(report.coverage.read for report in reports)
    missed = [missed for report in reports for missed in report.coverage.missed]
    covered = sum(report.coverage.planned for report in reports)
    quotes = [{proposal.quote for proposal in report.proposals} for report in reports]
    lost = sum(
        sum(sentence not in quotes[number] for sentence in one.planted)
        for number, (one, report) in enumerate(zip(made, reports, strict=True))
        if report.coverage.complete
    )
    row = {
        "planned_windows": planned,
        "accounted_for": covered,
        "read": read,
        "missed_and_named": [f"{one.name}: {one.reason.value}" for one in missed],
        "planted_lost_in_windows_that_were_read": lost,
        "answered_well_by_server": sum(call["status"] == 200 and not call["fault"] for call in calls),
        "answers_kept": desk.bill.by_outcome["answer"],
        "calls": stats["requests"],
        "faults": stats["faults"],
        "outcomes": dict(desk.bill.by_outcome),
        "wall_s": round(wall, 1),
        "longest_call_s": round(max(call["wall"] for call in calls), 1),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(row))
    kept = row["answers_kept"] == row["answered_well_by_server"]
    sys.exit(0 if kept and covered >= planned and read + len(missed) == covered and lost == 0 else 1)


if __name__ == "__main__":
    main()
