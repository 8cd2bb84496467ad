"""How well the product's own search finds marked answers in meetings: QMSum, within one meeting, per method and embedder.

    python -m evals.bench.retrieval_qmsum [FOLDER] [--json] [--embedders minilm,wordllama] [--db FILE]

FOLDER holds `passages.jsonl`, `queries.jsonl`, `qrels.tsv` and `meetings.jsonl` of one split; by default
`$EARNED_SHARED/data/qmsum_val`. Every ranking comes from `retrieval.search.Searcher`, with its fusion and smoothing. Metrics are
means over queries with the definitions of the data set's own scorer; the interval is a bootstrap over meetings.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine

from retrieval import store
from retrieval.embeddings import Embedder, embedder
from retrieval.passages import Passage, passages_of
from retrieval.records import Record, Visibility, Voice
from retrieval.search import Hit, Mode, Searcher

METRICS = ("nDCG@10", "R@10", "MRR@10", "P@1", "goldw@1000")
METHODS: tuple[tuple[str, Mode, bool], ...] = (
    ("bm25", "lexical", False),
    ("bm25+neighbours", "lexical", True),
    ("dense", "dense", False),
    ("hybrid", "hybrid", False),
    ("hybrid+neighbours", "hybrid", True),
)
Span = tuple[str, int, int]
"""Meeting, first and last turn."""


@dataclass(frozen=True, slots=True)
class Split:
    queries: list[dict[str, Any]]
    turns: dict[str, list[dict[str, Any]]]
    spans: dict[str, Span]
    texts: dict[str, str]
    grades: dict[str, dict[str, int]]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Retrieval quality on QMSum, with the product's own search.")
    parser.add_argument("folder", nargs="?", type=Path, default=_default_folder())
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--embedders", default="minilm,wordllama")
    parser.add_argument("--db", default="", help="SQLite file that keeps the vectors between runs")
    options = parser.parse_args(arguments)
    if options.folder is None or not (options.folder / "passages.jsonl").is_file():
        print(f"skipped: no QMSum split in {options.folder or 'EARNED_SHARED (not set)'}", file=sys.stderr)
        return 0
    split = read(options.folder)
    engine = create_engine(f"sqlite:///{options.db}" if options.db else "sqlite://")
    store.metadata.create_all(engine)
    report: dict[str, Any] = {"split": options.folder.name, "queries": len(split.queries), "rows": [], "speed": {}}
    with engine.begin() as connection:
        given, cut = given_passages(split), own_passages(split)
        for passages in (given, cut):
            fill(connection, passages)
        for name in options.embedders.split(","):
            model = embedder(name)
            report["speed"][name] = embed(connection, model)
            report["rows"] += list(run(connection, split, name, model))
    if options.json:
        print(json.dumps(report, indent=1))
    else:
        print_table(report)
    return 0


def read(folder: Path) -> Split:
    passages, queries, meetings = (_lines(folder / f"{name}.jsonl") for name in ("passages", "queries", "meetings"))
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, passage, grade = line.split("\t")
        grades[query][passage] = int(grade)
    return Split(
        queries,
        {row["meeting_id"]: row["turns"] for row in meetings},
        {row["passage_id"]: (row["meeting_id"], row["start"], row["end"]) for row in passages},
        {row["passage_id"]: row["text"] for row in passages},
        grades,
    )


def given_passages(split: Split) -> dict[str, tuple[list[Record], list[Passage]]]:
    """The data set's own chunks, one record each, so that its graded judgements apply."""
    found: dict[str, tuple[list[Record], list[Passage]]] = {}
    for key, (meeting, _, _) in split.spans.items():
        records, passages = found.setdefault(f"given:{meeting}", ([], []))
        record = _record(f"given:{meeting}", key, split.texts[key], None, len(records))
        records.append(record)
        passages.append(
            Passage(key, record.account_id, record.document, record.source, key, (key,), 0, len(record.text), record.text,
                    record.position, (record.voice,), record.occurred_at)
        )  # fmt: skip
    return found


def own_passages(split: Split) -> dict[str, tuple[list[Record], list[Passage]]]:
    """The product's own passages of the same turns: what a user gets; only the span metrics apply."""
    found = {}
    for meeting, turns in split.turns.items():
        account = f"own:{meeting}"
        records = [_record(account, f"{meeting}:{turn['i']}", turn["text"], turn["speaker"], turn["i"]) for turn in turns]
        found[account] = (records, passages_of(records))
    return found


def fill(connection: Connection, accounts: Mapping[str, tuple[list[Record], list[Passage]]]) -> None:
    for account, (records, passages) in accounts.items():
        store.replace_account(connection, account, records, passages)


def embed(connection: Connection, model: Embedder) -> float | None:
    """Passages per second; None if all vectors were there already."""
    model.embed(["warm up"])
    missing = store.missing_vectors(connection, model.name)
    began = time.perf_counter()
    for at in range(0, len(missing), 256):
        chunk = missing[at : at + 256]
        vectors = model.embed([item.text for item in chunk])
        store.save_vectors(connection, model.name, {item.text_sha256: row for item, row in zip(chunk, vectors, strict=True)})
        print(f"\r{model.name}: {at + len(chunk)} of {len(missing)} passages", end="", file=sys.stderr)
    if missing:
        print(file=sys.stderr)
    return round(len(missing) / (time.perf_counter() - began), 1) if missing else None


def run(connection: Connection, split: Split, name: str, model: Embedder) -> Iterator[dict[str, Any]]:
    searcher = Searcher(connection, model)
    searcher.kept_accounts = 2 * len(split.turns)
    for passages in ("given", "own"):
        for label, mode, neighbours in METHODS:
            scores = [
                (query["meeting_id"], _score(split, query, searcher.search(
                    query["query"], account_id=f"{passages}:{query['meeting_id']}", k=1000, mode=mode, neighbours=neighbours,
                ), given=passages == "given"))
                for query in split.queries
            ]  # fmt: skip
            yield {"embedder": name, "passages": passages, "method": label, **_summary(scores)}


def _score(split: Split, query: Mapping[str, Any], hits: Sequence[Hit], *, given: bool) -> dict[str, float]:
    meeting = query["meeting_id"]
    gold = {turn for first, last in query["gold_spans"] for turn in range(first, last + 1)}
    words = [max(1, len(turn["text"].split())) if turn["text"] else 0 for turn in split.turns[meeting]]
    spans = [_span(split, hit) for hit in hits]
    found = [any(turn in gold for turn in range(first, last + 1)) for _, first, last in spans[:10]]
    scores = {"P@1": float(bool(found and found[0])), "MRR@10": next((1 / (i + 1) for i, hit in enumerate(found) if hit), 0.0)}
    if given:
        grades = split.grades[query["query_id"]]
        ranked = [hit.passage.passage_id for hit in hits]
        ideal = sum((2**grade - 1) / log2(i + 2) for i, grade in enumerate(sorted(grades.values(), reverse=True)[:10]))
        gained = sum((2 ** grades.get(key, 0) - 1) / log2(i + 2) for i, key in enumerate(ranked[:10]))
        scores |= {
            "nDCG@10": gained / ideal if ideal else 0.0,
            "R@10": sum(k in grades for k in ranked[:10]) / max(1, len(grades)),
        }
    return scores | {"goldw@1000": _gold_words(spans, gold, words, 1000)}


def _gold_words(spans: Sequence[Span], gold: set[int], words: Sequence[int], budget: int) -> float:
    """Share of the gold words that the first `budget` retrieved words hold."""
    used = got = 0
    seen: set[int] = set()
    for _, first, last in spans:
        for turn in range(first, last + 1):
            if turn in seen:
                continue
            seen.add(turn)
            counted = max(0, min(words[turn], budget - used))
            used += words[turn]
            got += counted if turn in gold else 0
            if used >= budget:
                return got / (sum(words[i] for i in gold) or 1)
    return got / (sum(words[i] for i in gold) or 1)


def _span(split: Split, hit: Hit) -> Span:
    if hit.passage.passage_id in split.spans:
        return split.spans[hit.passage.passage_id]
    first, last = hit.passage.record_ids[0], hit.passage.record_ids[-1]
    return first.rpartition(":")[0], int(first.rpartition(":")[2]), int(last.rpartition(":")[2])


def _summary(scores: Sequence[tuple[str, dict[str, float]]]) -> dict[str, Any]:
    summary: dict[str, Any] = {}
    by_meeting: dict[str, list[dict[str, float]]] = defaultdict(list)
    for meeting, row in scores:
        by_meeting[meeting].append(row)
    for metric in METRICS:
        if metric in scores[0][1]:
            chance = random.Random(7)
            groups = [[row[metric] for row in rows] for _, rows in sorted(by_meeting.items())]
            drawn = sorted(_mean([x for _ in groups for x in chance.choice(groups)]) for _ in range(1000))
            summary[metric] = round(_mean([row[metric] for _, row in scores]), 4)
            summary[f"{metric} 95%"] = [round(drawn[25], 4), round(drawn[974], 4)]
    return summary


def print_table(report: Mapping[str, Any]) -> None:
    print(f"{report['split']}: {report['queries']} queries, within the meeting")
    print(f"{'embedder':<10} {'passages':<8} {'method':<18}" + "".join(f"{metric:>11}" for metric in METRICS) + "   nDCG@10 95%")
    for row in report["rows"]:
        cells = "".join(f"{row[metric]:>11.4f}" if metric in row else f"{'':>11}" for metric in METRICS)
        print(f"{row['embedder']:<10} {row['passages']:<8} {row['method']:<18}{cells}   {row.get('nDCG@10 95%', '')}")
    for name, speed in report["speed"].items():
        print(f"{name}: {speed} passages/s" if speed else f"{name}: vectors were there already")


def _record(account: str, key: str, text: str, speaker: str | None, position: int) -> Record:
    document = f"transcript:{account.partition(':')[2]}"
    return Record(
        record_id=key, account_id=account, source=document, locator=key, document=document, occurred_at="2005-01-01",
        speaker=speaker, speaker_email=None, voice=Voice.UNKNOWN, voice_reason="a public meeting", visibility=Visibility.PUBLIC,
        text=text, position=position,
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _default_folder() -> Path | None:
    shared = os.environ.get("EARNED_SHARED")
    return Path(shared) / "data" / "qmsum_val" if shared else None


if __name__ == "__main__":
    sys.exit(main())
