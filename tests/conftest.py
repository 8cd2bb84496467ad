"""What tests share: real parts, made once. The sample book is run once for the whole session."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from agent.extraction.offline import OfflineExtractor
from agent.nightly import Options, Report, Runner
from agent.pipeline import Pipeline
from agent.store import Store, open_store
from evals.tools import Memo
from retrieval.embeddings import Embedder, MiniLMEmbedder, Vectors
from tests.postgres.server import Server, binaries, running

ROOT = Path(__file__).parent.parent
SAMPLE_BOOK = ROOT / "evals" / "datasets" / "tessellate"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads the configuration or the home of whoever runs it."""
    names: tuple[str, ...] = (
        "EARNED_MODEL",
        "EARNED_EMBEDDER",
        "EARNED_DATABASE",
        "EARNED_CHROMA",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
    )
    names += ("EARNED_OTEL", "OTEL_EXPORTER_OTLP_ENDPOINT")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EARNED_HOME", str(tmp_path / "home-of-this-test"))


# How long an example takes says how busy the machine is. In CI the same examples on every run: a change is judged by what it changed;
# elsewhere hypothesis goes on searching.
settings.register_profile("earned", derandomize=bool(os.environ.get("CI")), deadline=None)
settings.load_profile("earned")

SLOW = (
    "agent/models/",  # a real HTTP server with faults and deadlines
    "agent/nightly/test_crews.py",  # several fresh interpreters for each night
    "agent/nightly/test_ray.py",  # a Ray node of the tests' own
    "agent/test_full_disk.py",  # file systems of a few kilobytes, whole nights on them
    "agent/test_locked_store.py",  # processes that hold a lock
    "agent/extraction/test_reach.py::test_a_ticket_of_two_million",
    "agent/test_small_model.py",  # a real, small model
    "agent/test_model_nights.py",  # whole nights against such a server
    "agent/retention/",  # rebuilds of the index, greps over every byte of a home
    "agent/verification/test_verifier_mutations.py",  # thousands of forged quotes
    "agent/observability/test_otel.py::test_a_collector",  # a gRPC server, and one that is not there
    "agent/test_sample_book.py::test_hidden_instructions",
    "agent/test_nightly.py::test_killed_at_any_moment",
    "agent/test_marks.py::test_a_killed_night",
    "evals/bench/test_fuzz.py",  # thousands of damaged files
    "evals/bench/test_nights.py",  # whole nights, and kills of them
    "evals/test_",  # whole runs of the pipeline over labelled accounts
    "postgres/",  # a PostgreSQL server of the tests' own
    "retrieval/test_index_server.py",  # real `chroma run` servers
    "retrieval/readers/test_hostile_input.py",  # thousands of mutated files
    "review_tui/test_review_app.py",
    "review_tui/test_review_pty.py",
    "review_tui/test_review_screens.py",
    "review_tui/test_two_reviewers.py",
)
"""What `make test` leaves to `make test-slow`, which CI runs as well: minutes instead of seconds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(tuple(f"tests/{part}" for part in SLOW)):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A real PostgreSQL. Skips, and says why, where it is not installed."""
    found = binaries()
    if found is None:
        pytest.skip("no PostgreSQL here: neither /usr/lib/postgresql/*/bin nor initdb on the PATH")
    with running(found) as server:
        server.database("migrated")
        open_store(server.folder / "home", create=True, database=server.url("migrated")).close()
        yield server


@pytest.fixture
def database(postgres_server: Server) -> Iterator[str]:
    """A database of the test's own with the schema in it and nothing else; its name."""
    name = postgres_server.database(f"t{time.time_ns()}", template="migrated")
    yield name
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def minilm(pytestconfig: pytest.Config) -> Iterator[Embedder]:
    """The real embedder. Vectors are kept between test runs by text, so that a second run embeds only what is new."""
    import numpy as np

    embedder = MiniLMEmbedder()
    file = pytestconfig.cache.mkdir("vectors") / f"{embedder.name}.npz" if pytestconfig.cache else None
    known: dict[str, Vectors] = {}
    if file and file.exists():
        with np.load(file) as kept:
            known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
    memo = Memo(embedder, known)
    before = len(memo.seen)
    yield memo
    if file and len(memo.seen) > before:
        np.savez(file, keys=np.array(list(memo.seen)), vectors=np.stack(list(memo.seen.values())))


@pytest.fixture(scope="session")
def pipeline(minilm: Embedder) -> Pipeline:
    return Pipeline(OfflineExtractor(minilm), minilm, minilm)


@pytest.fixture(scope="session")
def sample_book() -> Path:
    return SAMPLE_BOOK


@pytest.fixture(scope="session")
def sample_run(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Report]:
    """The sample book after one night, and that night's report. Read only: tests that write copy the home."""
    from agent.indexing import update

    home = tmp_path_factory.mktemp("sample-home")
    store = open_store(home, create=True)
    runner = Runner(store, pipeline, "offline", index=lambda accounts: update(home, store, pipeline.embedder.name, accounts))
    return store, runner.run(Options(SAMPLE_BOOK))


@pytest.fixture
def sample_home(sample_run: tuple[Store, Report], tmp_path: Path) -> Iterator[Store]:
    """A home of the test's own with the sample book in it."""
    import shutil
    import sqlite3

    source, target = sample_run[0].home, tmp_path / "home"
    target.mkdir()
    with sqlite3.connect(source / "earned.db") as old, sqlite3.connect(target / "earned.db") as new:
        old.backup(new)
    shutil.copytree(source / "index", target / "index")
    store = open_store(target)
    yield store
    store.close()


@pytest.fixture
def small_book(tmp_path: Path) -> Path:
    """Two accounts in a few lines: one with a case, one with nothing. For tests that need a book and not its richness."""
    return write_small_book(tmp_path / "book")


def write_small_book(folder: Path) -> Path:
    for part in ("tickets", "notes/a-1", "transcripts/a-1"):
        (folder / part).mkdir(parents=True)
    header = "account_id,name,domain,industry,segment,plan,arr,currency,seats_licensed,contract_start,renewal_date,owner_email,health_score"
    rows = [
        "a-1,Ashgrove Mills,ashgrove.example,Textiles,mid_market,basic,12000,EUR,20,2025-01-01,2027-01-01,kim@vendor.example,80",
        "a-2,Birch Lane Ltd,birchlane.example,Retail,smb,basic,4000,EUR,5,2025-01-01,2027-01-01,lee@vendor.example,70",
    ]
    (folder / "accounts.csv").write_text("\n".join([header, *rows]) + "\n", "utf-8")
    contacts = ["account_id,name,email,title,role", "a-1,Dana Ruiz,dana@ashgrove.example,Plant Manager,sponsor"]
    (folder / "contacts.csv").write_text(
        "\n".join([*contacts, "a-2,Otto Beck,otto@birchlane.example,Owner,user"]) + "\n", "utf-8"
    )
    (folder / "team.csv").write_text(
        "name,email,title\nKim Vale,kim@vendor.example,CSM\nLee Ford,lee@vendor.example,CSM\n", "utf-8"
    )
    plan = {"id": "basic", "name": "Basic", "price_per_seat_month": 50, "features": ["forms", "reports"]}
    addon = {
        "id": "scan",
        "name": "Scan",
        "price_month": 200,
        "unit": "organisation",
        "features": ["reads paper forms and scans"],
    }
    catalog = {
        "vendor": "Vendor",
        "domains": ["vendor.example"],
        "currency": "EUR",
        "plans": [plan],
        "addons": [addon],
        "unit_costs": {},
    }
    (folder / "catalog.json").write_text(json.dumps(catalog), "utf-8")
    (folder / "tickets" / "a-1.json").write_text(json.dumps({"tickets": [TICKET]}), "utf-8")
    (folder / "tickets" / "a-2.json").write_text(json.dumps({"tickets": []}), "utf-8")
    return folder


TICKET = {
    "id": 7,
    "subject": "Reading the paper forms",
    "description": (
        "Before we had this, closing a shift took us two hours and now it takes twenty minutes. "
        "We still type the paper delivery forms into a spreadsheet by hand every morning. "
        "Could you send me a price for the scan add-on, so that I can put it into the budget by Friday?"
    ),
    "status": "open",
    "priority": "normal",
    "created_at": "2026-06-01T08:00:00Z",
    "updated_at": "2026-06-01T09:00:00Z",
    "requester": {"name": "Dana Ruiz", "email": "dana@ashgrove.example"},
    "tags": [],
    "comments": [
        {
            "id": 71,
            "author": {"name": "Kim Vale", "email": "kim@vendor.example"},
            "public": True,
            "created_at": "2026-06-01T09:00:00Z",
            "body": "Thank you, Dana. I will send it.",
        }
    ],
}
