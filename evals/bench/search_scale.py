"""Search inside an account when the estate is a hundred times larger: does it stay as quick?

    python -m evals.bench.search_scale --out DIR [--small 10000] [--large 1000000] [--queries 400] [--seed 7]

Two stores with real Chroma indexes are built below `--out` (kept, and used again when they are complete). Accounts have 100 passages
each: 60 ticket messages and 40 turns of calls, in the words of `evals.bench.estate_words`. The default embedder would take a day
for a million passages, so vectors are **random projections**: 384 dimensions, the normalised sum of one fixed random vector for
each stem of the text. Their speed is that of any vectors of this length; what is found is not measured here.

Queries to the two stores take turns in one process, so that a busy machine disturbs both alike. Printed in milliseconds:

- `hybrid`: `Searcher.search` in a random account that it does not remember: passages and vectors from SQL, BM25 and exact cosines
- `chroma`: `ChromaIndex.query` filtered by a random account, once its collection has been opened (`chroma_first`: not yet)
- `hybrid_chroma`: both, the dense half from Chroma: what a client of the index pays
- `ratio`: the large store's p95 over the small one's
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agent.indexing import opened
from agent.store import Store, open_store
from evals.bench.estate_words import GRAMMAR, say, several
from retrieval import lexical
from retrieval.embeddings import Vectors, normalised
from retrieval.index import ChromaIndex
from retrieval.passages import indexed_text, passages_of
from retrieval.records import Record, Visibility, Voice, stable_id, text_sha256
from retrieval.search import Searcher
from retrieval.store import account_ids, replace_account, save_vectors

EACH: Final = 100
TURNS: Final = 40
K: Final = 10
FACTS: Final = {"product": "Halcyra", "company": "Alderbank Foods", "who": "Ada Abara"}


class Projection:
    """A random vector for each stem, the same in every process; a text's is the sum of its stems'."""

    name = "random-projection-384"
    dimensions = 384

    def __init__(self) -> None:
        self._stems: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for at, text in enumerate(texts):
            for token in lexical.tokens(text):
                rows[at] += self._stem(token)
        return normalised(rows)

    def _stem(self, token: str) -> NDArray[np.float32]:
        if token not in self._stems:
            if len(self._stems) > 50_000:  # numbers and names never end
                self._stems.clear()
            seed = int.from_bytes(hashlib.sha256(token.encode("utf-8", "replace")).digest()[:8])
            self._stems[token] = np.random.default_rng(seed).normal(size=self.dimensions).astype(np.float32)
        return self._stems[token]


def records_of(number: int, seed: int) -> list[Record]:
    """100 records that make 100 passages: a turn of a call is long enough to stand alone."""
    chance = random.Random(f"{seed}:{number}")
    account_id = f"acc-{number:06d}"
    found: list[Record] = []
    for at in range(EACH):
        call = at < TURNS
        document = f"transcript:call-{at // 20}" if call else f"ticket:{number}{at // 6:02d}"
        words = several("said", chance, FACTS, 4)
        while call and len(words.split()) <= 100:
            words += " " + several("said", chance, FACTS, 4)
        found.append(
            Record(
                record_id=stable_id(account_id, document, str(at), words),
                account_id=account_id,
                source=document if call else f"{document}/comment:{at}",
                locator=f"part {at}",
                document=document,
                occurred_at="2026-10-01",
                speaker="Ada Abara",
                speaker_email=None,
                voice=Voice.CUSTOMER,
                voice_reason="made up",
                visibility=Visibility.PUBLIC,
                text=words,
                position=at,
            )
        )
    return found


def build(home: Path, passages: int, seed: int) -> tuple[Store, ChromaIndex, dict[str, float]]:
    """The store and its index, with the seconds that each took (0 where they were there)."""
    home.mkdir(parents=True, exist_ok=True)
    done, tool = home / "complete", Projection()
    index = opened(home, tool.name)
    store = open_store(home, create=True)
    if done.exists():
        return store, index, {}
    begun = time.perf_counter()
    for first in range(0, passages // EACH, 50):
        with store.write() as conn:
            for number in range(first, min(first + 50, passages // EACH)):
                records = records_of(number, seed)
                by_id = {record.record_id: record for record in records}
                cut = passages_of(records)
                bodies = {text_sha256(body): body for body in (indexed_text(passage, by_id) for passage in cut)}
                save_vectors(conn, tool.name, dict(zip(bodies, tool.embed(list(bodies.values())), strict=True)))
                replace_account(conn, records[0].account_id, records, cut)
        if first % 1000 == 0:
            print(f"{home.name}: {first} accounts, {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    stored = time.perf_counter()
    with store.read() as conn:
        index.rebuild(conn)
    index.close()
    done.touch()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = {"store": stored - begun, "index": time.perf_counter() - stored, "peak_mb_so_far": peak}
    return store, index, {name: round(value, 1) for name, value in seconds.items()}


def queries(count: int, seed: int) -> Iterator[str]:
    chance = random.Random(f"{seed}:queries")
    for _ in range(count):
        yield say(
            chance.choice([name for name in ("value", "need", "pull", "risk", "fault_report") if name in GRAMMAR]), chance, FACTS
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    tool = Projection()
    built: dict[str, Any] = {}
    spent: dict[str, dict[str, list[float]]] = {}
    sides = []
    for size in (options.small, options.large):
        store, index, built[str(size)] = build(options.out / str(size), size, options.seed)
        connection = store.engine.connect()
        sides.append((str(size), index, Searcher(connection, tool, index), account_ids(connection), random.Random(options.seed)))
        spent[str(size)] = {name: [] for name in ("hybrid", "chroma_first", "chroma", "hybrid_chroma")}
    for query in queries(options.queries, options.seed):
        vector = tool.embed([query])[0]
        for size, index, searcher, accounts, chance in sides:
            account_id = chance.choice(accounts)
            row = spent[size]
            searcher.forget()
            found, hybrid = timed(partial(searcher.search, query, account_id=account_id, k=K))
            near, first = timed(partial(index.query, vector, K, account_id))
            near, warm = timed(partial(index.query, vector, K, account_id))
            if len(found) != K or len(near) != K or {hit.passage.account_id for hit in found} != {account_id}:
                raise SystemExit(f"{size}: {account_id} was answered with {len(found)} and {len(near)} passages")
            row["hybrid"].append(hybrid)
            row["chroma_first"].append(first)
            row["chroma"].append(warm)
            row["hybrid_chroma"].append(hybrid + warm)
    small, large = (spent[str(size)] for size in (options.small, options.large))
    print(
        json.dumps(
            {
                "passages": [options.small, options.large],
                "vectors": tool.name,
                "queries": options.queries,
                "built_s": built,
                "small": {name: summary(values) for name, values in small.items()},
                "large": {name: summary(values) for name, values in large.items()},
                "ratio_p95": {name: round(at(large[name], 0.95) / at(small[name], 0.95), 2) for name in small},
                "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "load": round(os.getloadavg()[0], 1),
            }
        )
    )
    return 0


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    answer = call()
    return answer, (time.perf_counter() - begun) * 1000


def at(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def summary(values: Sequence[float]) -> dict[str, float]:
    return {"p50": round(at(values, 0.5), 2), "p95": round(at(values, 0.95), 2), "max": round(max(values), 2)}


if __name__ == "__main__":
    sys.exit(main())
