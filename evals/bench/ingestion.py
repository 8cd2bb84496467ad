"""How much of the embedding model's bare speed is left when exports are read, cut, embedded, stored and indexed.

    python -m evals.bench.ingestion [--accounts 24] [--records 2400] [--embedder minilm] [--seed 7]

Makes a small estate (`evals.bench.estate`) and takes its accounts one after the other, twice each, in turns: *bare* gives the
texts of its passages to the model and does nothing else, *ingestion* does all of a night's work up to the search index, from the
files: records, passages, vectors, SQL with the full-text index, Chroma. Both run in one process, so that a busy machine slows both
alike. Indexing runs once at the end, as in a night, and counts as ingestion. Printed: passages a second, and the share.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from agent.indexing import opened
from agent.store import open_store
from evals.bench.estate import write_estate
from retrieval.embeddings import embedder
from retrieval.passages import indexed_text, passages_of
from retrieval.readers import open_book
from retrieval.records import Record, text_sha256
from retrieval.store import load_vectors, replace_account, save_vectors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=24)
    parser.add_argument("--records", type=int, default=2400)
    parser.add_argument("--embedder", default="minilm")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    tool = embedder(options.embedder)
    tool.embed(["The model is loaded before anything is measured."])
    spent: defaultdict[str, float] = defaultdict(float)
    passages = embedded = 0
    with tempfile.TemporaryDirectory() as folder:
        write_estate(Path(folder) / "book", options.accounts, options.records, options.seed)
        store = open_store(Path(folder) / "home", create=True)
        begun = time.perf_counter()
        book = open_book(Path(folder) / "book")
        spent["open"] = time.perf_counter() - begun
        for number, account_id in enumerate(book.account_ids()):
            for step in ("ingestion", "bare") if number % 2 else ("bare", "ingestion"):
                if step == "bare":
                    texts = list(bodies(book.records(account_id).records).values())  # read beforehand: not measured
                    begun = time.perf_counter()
                    tool.embed(texts)
                    spent["bare"] += time.perf_counter() - begun
                    embedded += len(texts)
                    continue
                begun = time.perf_counter()
                records = book.records(account_id).records
                cut = passages_of(records)
                spent["read"] += time.perf_counter() - begun
                begun = time.perf_counter()
                wanted = bodies(records)
                with store.read() as conn:
                    known = load_vectors(conn, tool.name, wanted)
                missing = [key for key in wanted if key not in known]
                vectors = dict(zip(missing, tool.embed([wanted[key] for key in missing]), strict=True))
                spent["embed"] += time.perf_counter() - begun
                begun = time.perf_counter()
                with store.write() as conn:
                    save_vectors(conn, tool.name, vectors)
                    replace_account(conn, account_id, records, cut)
                spent["store"] += time.perf_counter() - begun
                passages += len(cut)
        begun = time.perf_counter()
        index = opened(Path(folder) / "home", tool.name)
        with store.read() as conn:
            index.sync(conn, book.account_ids())
        index.close()
        spent["index"] = time.perf_counter() - begun
        store.close()
    whole = sum(seconds for step, seconds in spent.items() if step != "bare")
    bare, ingestion = embedded / spent["bare"], passages / whole
    row = {
        "embedder": tool.name,
        "accounts": options.accounts,
        "records": options.records,
        "passages": passages,
        "distinct_texts": embedded,
        "seconds": {step: round(seconds, 2) for step, seconds in spent.items()},
        "bare_per_s": round(bare, 1),
        "ingestion_per_s": round(ingestion, 1),
        "share": round(ingestion / bare, 3),
        "share_same_texts": round(embedded / whole / bare, 3),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(row))
    return 0


def bodies(records: Sequence[Record]) -> dict[str, str]:
    """What is embedded of an account, by the hash of its text: each text once, as in a night."""
    by_id = {record.record_id: record for record in records}
    return {text_sha256(body): body for body in (indexed_text(passage, by_id) for passage in passages_of(records))}


if __name__ == "__main__":
    sys.exit(main())
