"""Read a call of 20,113 words through a stub server: tokens, seconds and planted sentences found, beside langextract in the same run.

    python -m evals.bench.extraction_speed [--workers 10] [--latency 0.5] [--windows 40000 6000] [--repeat 5]

Needs a checkout (the stub server is among the tests), and langextract (`pip install -c constraints.txt -e '.[bench]'`; without it
the other half is measured). No model is asked: this measures the machinery, not judgement. Tokens are the stub's: four characters
each; so is the rule of what is cached (`evals.bench.extraction_cache` says why no more of this call can be). `ideal_s` is what a
pool without any overhead would take for the same calls in the same order, each as long as the server took for it. Readers take
turns, and the row shown is the median by `ratio`: what other work on the machine costs is then in both. `cpu_s` is this process'
own time for the reading, which other work changes less: `ratio_by_cpu` is what an idle machine would show at worst. Left out there is
`cpu_while_waiting_s`: the call is made ready for checking quotes after its questions were sent and before answers can come.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from agent.extraction.model import ModelExtractor, _documents
from agent.extraction.windows import CHARACTERS, windows_of
from agent.ledger import signals_of
from agent.models import Session, open_session
from agent.models.choosing import Settings
from agent.store import open_store
from evals.bench import extraction_langextract as langextract
from evals.bench.extraction_call import TEXT_SHA256, Call, call, reading_of, sha256
from tests.stub import Stub

READER = str(Path(__file__).parents[2] / "tests" / "stub" / "reader.py")
OURS, THEIRS = "earned", "langextract"


def ideal(seconds: list[float], workers: int) -> float:
    """The end of the last call if each starts as soon as a worker is free."""
    free = [0.0] * workers
    for took in seconds:
        at = free.index(min(free))
        free[at] += took
    return max(free)


def served(stub: Stub, since: int = 0) -> list[float]:
    """Seconds of each call after the first `since`, in the order in which they began."""
    rows = sorted(stub.calls(), key=lambda row: float(row["t"]))
    return [row["wall"] for row in rows][since:]


def session(stub: Stub, home: Path, workers: int) -> Session:
    chosen = Settings(workers=workers, try_seconds=30.0)
    return open_session(
        "openai:stub", store=open_store(home, create=True), chosen=chosen, environment={"OPENAI_BASE_URL": stub.url}
    )


def the_call() -> Call:
    made = call()
    if sha256(made.text) != TEXT_SHA256:
        raise SystemExit("the call is not the one that langextract was measured on")
    return made


def measure(name: str, flags: list[str], *, window: int, workers: int, latency: float, warm: bool = False) -> dict[str, Any]:
    """One row: the call is read once, into a home of its own."""
    made = the_call()
    reading = reading_of(made.text)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls.jsonl"
        with Stub("--latency", str(latency), "--reply", READER, *flags, log=log) as stub:
            with session(stub, Path(folder) / "home", workers) as desk:
                if warm:  # what the first account of a night does for all others
                    ModelExtractor(desk, window=window).read(reading_of("[00:01] Ana (Acme): Nothing new.", "first"))
                calls_before = desk.bill.calls
                tokens_before = desk.bill.usage
                begun, cpu = time.perf_counter(), time.process_time()
                extractor = ModelExtractor(desk, window=window)
                found = extractor.read(reading)
                wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
                calls = desk.bill.calls - calls_before
                prompt = desk.bill.usage.prompt_tokens - tokens_before.prompt_tokens
                cached = desk.bill.usage.cached_tokens - tokens_before.cached_tokens
            best = ideal(served(stub, calls_before), workers)
    waiting = time.process_time()
    _documents(windows_of(reading.records, window))
    waiting = min(time.process_time() - waiting, latency)
    signals, _ = signals_of(found.proposals, reading.records, (), "bench")
    quotes = {signal.quote for signal in signals}
    about = {"scenario": name, "reader": OURS, "window": window}
    spans = sum(sentence in quotes for sentence in made.planted), len(quotes - set(made.planted))
    return about | _figures(calls, prompt, cached, spans, wall, cpu, best, waiting) | {"coverage": str(found.coverage)}


def measure_langextract(name: str, flags: list[str], *, workers: int, latency: float) -> dict[str, Any]:
    """The same row for langextract."""
    made = the_call()
    planted = {(at, at + len(sentence)) for sentence in made.planted for at in (made.text.index(sentence),)}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls.jsonl"
        with Stub("--latency", str(latency), "--doc-regex", langextract.DOCUMENT, *flags, log=log) as stub:
            begun, cpu = time.perf_counter(), time.process_time()
            found = langextract.read(made.text, stub.url, workers)
            wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
            stats, best = stub.stats(), ideal(served(stub), workers)
    about = {"scenario": name, "reader": f"{THEIRS} {langextract.version()}", "window": 1_000}
    spans = len(planted & found.spans), len(found.spans - planted)
    return about | _figures(stats["ok"], stats["prompt_tokens"], stats["cached_tokens"], spans, wall, cpu, best)


def _figures(
    calls: int, prompt: int, cached: int, spans: tuple[int, int], wall: float, cpu: float, best: float, waiting: float = 0.0
) -> dict[str, Any]:
    return {
        "calls": calls,
        "prompt_tokens": prompt,
        "cached_share": round(cached / prompt, 3),
        "fresh_tokens": prompt - cached,
        "planted_found": f"{spans[0]}/60",
        "other_spans": spans[1],
        "wall_s": round(wall, 2),
        "ideal_s": round(best, 2),
        "ratio": round(wall / best, 3),
        "cpu_s": round(cpu, 3),
        "cpu_while_waiting_s": round(waiting, 3),
        "ratio_by_cpu": round((best + max(0.0, cpu - waiting)) / best, 3),
        "load": round(os.getloadavg()[0], 1),
    }


def middle(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The row whose ratio is the median, with all ratios and the median CPU time."""
    shown = sorted(rows, key=lambda row: float(row["ratio"]))[len(rows) // 2]
    cpu = median(float(row["cpu_s"]) for row in rows)
    by_cpu = median(float(row["ratio_by_cpu"]) for row in rows)
    return shown | {"cpu_s": cpu, "ratio_by_cpu": by_cpu, "ratios": [row["ratio"] for row in rows]}


def beside(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Ours against theirs, and the tokens and seconds as a share of theirs."""
    names = ("prompt_tokens", "calls", "wall_s", "ideal_s", "ratio", "cached_share", "planted_found", "cpu_s")
    row: dict[str, Any] = {"scenario": ours["scenario"], "beside": f"{OURS} ({ours['window']} characters) | {theirs['reader']}"}
    row |= {name: f"{ours[name]} | {theirs[name]}" for name in names}
    shares = {f"{name}_share": round(ours[name] / theirs[name], 2) for name in ("prompt_tokens", "wall_s")}
    return row | shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--windows", type=int, nargs="+", default=[CHARACTERS, 6_000])
    parser.add_argument("--repeat", type=int, default=5, help="readings of each; the median by ratio is shown")
    options = parser.parse_args()
    common: dict[str, Any] = {"workers": options.workers, "latency": options.latency}
    other = langextract.version() is not None
    measure("first run, not shown: imports", [], window=options.windows[0], **common)
    if other:
        measure_langextract("the same", [], workers=options.workers, latency=0.01)
    else:
        print(langextract.HOW)
    scenarios: list[tuple[str, list[str], bool]] = [
        ("fixed latency", [], False),
        ("jitter 0-1 s", ["--jitter", "1.0"], False),
        ("warm prefix", [], True),
    ]
    for name, flags, warm in scenarios:
        ours: dict[int, list[dict[str, Any]]] = {window: [] for window in options.windows}
        theirs: list[dict[str, Any]] = []
        for _ in range(options.repeat):
            for window in options.windows:
                ours[window].append(measure(name, flags, window=window, warm=warm, **common))
            if other and not warm:  # its prefix is too short to be cached, warm or not
                theirs.append(measure_langextract(name, flags, **common))
        for window in options.windows:
            print(json.dumps(middle(ours[window])), flush=True)
        if theirs:
            print(json.dumps(middle(theirs)), flush=True)
            print(json.dumps(beside(middle(ours[options.windows[0]]), middle(theirs))), flush=True)


if __name__ == "__main__":
    main()
