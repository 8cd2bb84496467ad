"""Homes for tests of retention: the small book with a second voice in it, run once and copied."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from agent.extraction.remembered import Remembered
from agent.indexing import rebuild, update
from agent.nightly import Options, Report, Runner
from agent.pipeline import Pipeline
from agent.store import Store, open_store
from agent.store.runs import Answers

DANA = "dana@ashgrove.example"
WORDS = ("Ashgrove", "Dana", "Ruiz", "paper delivery forms", "twenty minutes", "scan add-on")
"""What must be nowhere after the account is erased."""


def second_voice(book: Path) -> None:
    """Erik answers Dana in her ticket and names her; an account note does too."""
    path = book / "tickets" / "a-1.json"
    content = json.loads(path.read_text("utf-8"))
    erik = {"name": "Erik Moss", "email": "erik@ashgrove.example"}
    body = "Dana is right: Ruiz and I still count pallets by hand and we lose an hour each day. DANA.RUIZ knows. Please call Dana Ruiz."
    comment = {"id": 72, "author": erik, "public": True, "created_at": "2026-06-02T09:00:00Z", "body": body}
    content["tickets"][0]["comments"].append(comment)
    path.write_text(json.dumps(content), "utf-8")
    contacts = book / "contacts.csv"
    contacts.write_text(contacts.read_text("utf-8") + "a-1,Erik Moss,erik@ashgrove.example,Foreman,user\n", "utf-8")


def night(home: Path, book: Path, pipeline: Pipeline) -> tuple[Store, Report]:
    """One run with remembered readings and an index, as the command does it."""
    store = open_store(home, create=True)
    remembering = Pipeline(
        Remembered(pipeline.extractor, Answers(store, "extract", "offline")), pipeline.reader, pipeline.embedder
    )
    runner = Runner(store, remembering, "offline", index=lambda accounts: update(home, store, pipeline.embedder.name, accounts))
    return store, runner.run(Options(book))


def anew(store: Store, pipeline: Pipeline) -> object:
    return rebuild(store.home, store, pipeline.embedder)


def hits(home: Path, words: Iterable[str]) -> list[tuple[str, str]]:
    """(file, word) for every word that stands in the bytes of a file of the home, in any case."""
    found = []
    for path in sorted(p for p in home.rglob("*") if p.is_file()):
        content = path.read_bytes().lower()
        found += [(path.name, word) for word in words if word.lower().encode() in content]
    return found
