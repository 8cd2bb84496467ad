"""Kill a reading with SIGKILL at random points, start it again, and count what was paid for twice.

    python -m evals.bench.extraction_crash [--trials 20] [--workers 4]

Exits 1 if a trial repays more calls than were in flight when it was killed, or if the second run misses a window.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agent.extraction.model import ModelExtractor
from agent.extraction.windows import windows_of
from agent.models import open_session
from agent.models.choosing import Settings
from agent.store import open_store
from evals.bench.extraction_call import call, reading_of
from evals.bench.extraction_speed import READER
from tests.stub import Stub

WINDOW = 6_000


def read(url: str, home: Path, workers: int) -> str:
    """Read the call once; what the home already has is not asked for again."""
    store = open_store(home, create=True)
    with open_session("openai:stub", store=store, chosen=Settings(workers=workers), environment={"OPENAI_BASE_URL": url}) as desk:
        extractor = ModelExtractor(desk, window=WINDOW)
        found = extractor.read(reading_of(call().text))
    store.close()
    return str(found.coverage)


def trial(rng: random.Random, workers: int, windows: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, Stub("--latency", "0.15", "--jitter", "0.1", "--reply", READER) as stub:
        home = Path(folder) / "home"
        command = [
            sys.executable,
            "-m",
            "evals.bench.extraction_crash",
            "--child",
            stub.url,
            str(home),
            "--workers",
            str(workers),
        ]
        child = subprocess.Popen(command)
        wanted = rng.randrange(windows)
        while stub.stats()["ok"] < wanted and child.poll() is None:
            time.sleep(0.01)
        time.sleep(rng.random() * 0.1)
        child.send_signal(signal.SIGKILL)
        child.wait()
        in_flight = stub.stats()["inflight"]
        time.sleep(0.5)
        paid = stub.stats()["ok"]
        coverage = read(stub.url, home, workers)
        stats = stub.stats()
        repaid = stats["ok"] - stats["unique_prompts"]
        return {"killed_after": paid, "in_flight": in_flight, "repaid": repaid, "calls": stats["ok"], "coverage": coverage}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=2, metavar=("URL", "HOME"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        read(options.child[0], Path(options.child[1]), options.workers)
        return
    windows = len(windows_of(reading_of(call().text).records, WINDOW))
    rng = random.Random(options.seed)
    rows = [trial(rng, options.workers, windows) for _ in range(options.trials)]
    for row in rows:
        print(json.dumps(row))
    worst = max(int(str(row["repaid"])) for row in rows)
    whole = all(str(row["coverage"]).startswith(f"{windows} of {windows} ") for row in rows)
    print(
        json.dumps(
            {"trials": len(rows), "windows": windows, "workers": options.workers, "worst_repaid": worst, "all_complete": whole}
        )
    )
    sys.exit(0 if worst <= options.workers and whole else 1)


if __name__ == "__main__":
    main()
