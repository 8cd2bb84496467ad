"""Read a call of 20,113 words through a stub server: tokens, seconds and planted sentences found, with langextract's figures beside.

    python -m evals.bench.extraction_speed [--workers 10] [--latency 0.5] [--windows 24000 6000]

Needs a checkout (the stub server is among the tests). No model is asked: this measures the machinery, not judgement. Tokens are
the stub's: four characters each. `ideal` is what a pool without any overhead would take for the same calls in the same order.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from agent.extraction.model import ModelExtractor
from agent.extraction.windows import CHARACTERS
from agent.ledger import signals_of
from agent.models import Session, open_session
from agent.models.choosing import Settings
from agent.store import open_store
from evals.bench.extraction_call import TEXT_SHA256, call, reading_of, sha256
from tests.stub import Stub

READER = str(Path(__file__).parents[2] / "tests" / "stub" / "reader.py")
LANGEXTRACT = {"prompt_tokens": 62_400, "ideal_ratio": 1.15, "ideal_ratio_jitter": 1.48, "cached": 0.0}
"""langextract 1.7.1 on the same stub with its defaults, 10 workers (measured; see the README)."""


def ideal(seconds: list[float], workers: int) -> float:
    """The end of the last call if each starts as soon as a worker is free."""
    free = [0.0] * workers
    for took in seconds:
        at = free.index(min(free))
        free[at] += took
    return max(free)


def session(stub: Stub, home: Path, workers: int) -> Session:
    chosen = Settings(workers=workers, try_seconds=30.0)
    return open_session(
        "openai:stub", store=open_store(home, create=True), chosen=chosen, environment={"OPENAI_BASE_URL": stub.url}
    )


def measure(name: str, flags: list[str], *, window: int, workers: int, latency: float, warm: bool = False) -> dict[str, Any]:
    """One row: the call is read once, into a home of its own."""
    made = call()
    if sha256(made.text) != TEXT_SHA256:
        raise SystemExit("the call is not the one that langextract was measured on")
    reading = reading_of(made.text)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls.jsonl"
        with Stub("--latency", str(latency), "--reply", READER, *flags, log=log) as stub:
            with session(stub, Path(folder) / "home", workers) as desk:
                if warm:  # what the first account of a night does for all others
                    ModelExtractor(desk, window=window).read(reading_of("[00:01] Ana (Acme): Nothing new.", "first"))
                calls_before = desk.bill.calls
                tokens_before = desk.bill.usage
                begun = time.perf_counter()
                extractor = ModelExtractor(desk, window=window)
                found = extractor.read(reading)
                wall = time.perf_counter() - begun
                calls = desk.bill.calls - calls_before
                prompt = desk.bill.usage.prompt_tokens - tokens_before.prompt_tokens
                cached = desk.bill.usage.cached_tokens - tokens_before.cached_tokens
            walls = [row["wall"] for row in stub.calls()][calls_before:]
        signals, _ = signals_of(found.proposals, reading.records, (), "bench")
        quotes = {signal.quote for signal in signals}
        best = ideal(walls, workers)
        return {
            "scenario": name,
            "window": window,
            "calls": calls,
            "prompt_tokens": prompt,
            "cached_share": round(cached / prompt, 3),
            "fresh_tokens": prompt - cached,
            "planted_found": f"{sum(sentence in quotes for sentence in made.planted)}/{len(made.planted)}",
            "other_quotes": len(quotes - set(made.planted)),
            "wall_s": round(wall, 2),
            "ideal_s": round(best, 2),
            "ratio": round(wall / best, 3),
            "coverage": str(found.coverage),
            "load": round(os.getloadavg()[0], 1),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--windows", type=int, nargs="+", default=[CHARACTERS, 6_000])
    parser.add_argument("--repeat", type=int, default=3, help="the row shown is the one least disturbed by other work")
    options = parser.parse_args()
    common: dict[str, Any] = {"workers": options.workers, "latency": options.latency}
    print(json.dumps({"scenario": "langextract 1.7.1 (measured earlier)", **LANGEXTRACT}))
    measure("first run, not shown: imports", [], window=options.windows[0], **common)
    for window in options.windows:
        for name, flags, warm in (
            ("fixed latency", [], False),
            ("jitter 0-1 s", ["--jitter", "1.0"], False),
            ("warm prefix", [], True),
        ):
            rows = [measure(name, flags, window=window, warm=warm, **common) for _ in range(options.repeat)]
            best = min(rows, key=lambda row: float(row["ratio"]))
            print(json.dumps(best | {"ratios": [row["ratio"] for row in rows]}), flush=True)


if __name__ == "__main__":
    main()
