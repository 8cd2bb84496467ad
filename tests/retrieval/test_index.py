"""The derived index: in step with SQL, one writer, never in the way when it breaks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Connection, create_engine

from retrieval import index as index_module
from retrieval import store
from retrieval.index import ChromaIndex, ExactIndex, IndexLocked, IndexUnavailable, Synced
from retrieval.records import Record
from retrieval.search import Scope, Searcher
from tests.retrieval.making import WordBagEmbedder, embed_missing, fill, record

EMBEDDER = WordBagEmbedder()
NOUNS = ["seats", "exports", "audits", "pilots", "prices", "teams", "invoices", "outages"]
ROOT = Path(__file__).parents[2]


def book(accounts: int = 6, tickets: int = 8) -> list[Record]:
    return [
        record(
            f"r{i}",
            f"{NOUNS[(a + i) % 8]} and {NOUNS[(a * i) % 8]}, number {a}-{i}.",
            account_id=f"acc-{a}",
            document=f"ticket:{i}",
        )
        for a in range(accounts)
        for i in range(tickets)
    ]


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    store.metadata.create_all(engine)
    with engine.begin() as opened:
        fill(opened, book(), EMBEDDER)
        yield opened


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ChromaIndex]:
    made = ChromaIndex(tmp_path / "index", EMBEDDER.name)
    yield made
    made.close()


def question(text: str) -> NDArray[np.float32]:
    return EMBEDDER.embed([text])[0]


def folder_of(root: Path) -> Path:
    (folder,) = root.glob("chroma-*")
    return folder


def test_the_index_answers_as_the_exact_scan_does(connection: Connection, index: ChromaIndex) -> None:
    assert index.sync(connection) == Synced(added=48, rebuilt=True)
    exact = ExactIndex(connection, EMBEDDER.name)
    for text in NOUNS:
        for account in (None, "acc-3"):
            near, oracle = index.query(question(text), 5, account), exact.query(question(text), 5, account)
            assert [round(score, 4) for _, score in near] == [round(score, 4) for _, score in oracle]
    assert index.query(question("seats"), 5, "acc-unknown") == []


def test_sync_follows_sql_and_touches_nothing_else(connection: Connection, index: ChromaIndex) -> None:
    index.sync(connection)
    assert index.sync(connection) == Synced(kept=48)
    assert index.sync(connection, ["acc-1", "acc-2"]) == Synced(kept=16)
    fill(connection, [record("new", "A zebra.", account_id="acc-1")], EMBEDDER)
    store.remove_account(connection, "acc-2")
    assert index.sync(connection, ["acc-1", "acc-2"]) == Synced(added=1, removed=16)
    assert index.check(connection).ok
    by_id = store.passages_by_id(connection, [passage_id for passage_id, _ in index.query(question("zebra"), 1)])
    assert [passage.text for passage in by_id.values()] == ["A zebra."]


def test_text_that_is_indexed_anew_gets_its_new_vector(connection: Connection, index: ChromaIndex) -> None:
    index.sync(connection)
    retitled = [item for item in book() if item.account_id == "acc-1"]
    retitled[0] = record("r0", retitled[0].text, account_id="acc-1", document="ticket:0", context={"title": "Zebra crossing"})
    fill(connection, retitled, EMBEDDER)
    assert index.sync(connection, ["acc-1"]) == Synced(added=1, kept=7, removed=1)
    assert index.check(connection, 100).ok


def test_no_text_is_in_the_index_and_a_rebuild_erases_vectors(connection: Connection, index: ChromaIndex, tmp_path: Path) -> None:
    index.sync(connection)
    gone = question("zebras and seats")
    assert b", number" not in b"".join(path.read_bytes() for path in (tmp_path / "index").rglob("*") if path.is_file())
    needle = ExactIndex(connection, EMBEDDER.name).query(gone, 1)[0][0]
    vector = store.passage_vectors(connection, [needle], EMBEDDER.name)[needle].tobytes()[:32]
    for account in store.account_ids(connection):
        store.remove_account(connection, account)
    index.rebuild(connection)
    assert vector not in b"".join(path.read_bytes() for path in (tmp_path / "index").rglob("*") if path.is_file())
    assert index.check(connection).ok
    assert index.query(gone, 3) == []


def test_many_passages_mean_more_buckets(connection: Connection, index: ChromaIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "BUCKETS", 2)
    monkeypatch.setattr(index_module, "BUCKET_AIM", 8)
    index.rebuild(connection)
    state = index._files.state()
    assert state is not None
    assert state.buckets == 6
    assert len(state.collections) > 1
    assert sum(state.collections.values()) == 48
    monkeypatch.undo()
    assert index.sync(connection, ["acc-1"]) == Synced(kept=8)


def test_another_embedder_means_another_index(connection: Connection, index: ChromaIndex, tmp_path: Path) -> None:
    index.sync(connection)
    other = ChromaIndex(tmp_path / "index", "another")
    with pytest.raises(IndexUnavailable, match="of the embedder word-bag-1"):
        other.query(question("seats"), 3)
    assert other.sync(connection).rebuilt
    assert not index.check(connection).ok


WRITER = """
    import sys, time
    from pathlib import Path
    from retrieval.index import ChromaIndex
    with ChromaIndex(Path(sys.argv[1]), "word-bag-1")._files.writing():
        print("locked", flush=True)
        time.sleep(60)
"""


def test_a_second_writer_is_refused_and_told_who_writes(connection: Connection, index: ChromaIndex, tmp_path: Path) -> None:
    index.sync(connection)
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path / "index")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"locked\n"
            for write in (index.sync, index.rebuild):
                with pytest.raises(IndexLocked, match=f"process {writer.pid}.*Wait"):
                    write(connection)
            assert index.query(question("seats"), 3)
        finally:
            writer.kill()
    assert index.sync(connection) == Synced(kept=48)


def test_a_writer_in_the_same_process_is_refused_too(connection: Connection, index: ChromaIndex, tmp_path: Path) -> None:
    with index._files.writing(), pytest.raises(IndexLocked, match=str(os.getpid())):
        ChromaIndex(tmp_path / "index", EMBEDDER.name).sync(connection)


READER = """
    import sys
    from pathlib import Path
    import numpy as np
    from retrieval.index import ChromaIndex
    from tests.retrieval.making import WordBagEmbedder
    index = ChromaIndex(Path(sys.argv[1]), "word-bag-1")
    for line in sys.stdin:
        vector = WordBagEmbedder().embed([line.strip()])[0]
        print(index.query(vector, 1)[0][1] > 0.999, flush=True)
"""


def test_a_reader_in_another_process_sees_what_was_written_after_it_opened(
    connection: Connection, index: ChromaIndex, tmp_path: Path
) -> None:
    index.sync(connection)
    command = [sys.executable, "-c", textwrap.dedent(READER), str(tmp_path / "index")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None

        def is_there(text: str) -> bool:
            reader.stdin.write(text + "\n")  # type: ignore[union-attr]
            reader.stdin.flush()  # type: ignore[union-attr]
            return reader.stdout.readline() == "True\n"  # type: ignore[union-attr]

        try:
            for i in range(4):
                assert not is_there(f"Dana Ruiz: A zebra named z{i}xy.")
                fill(connection, [record(f"z{i}", f"A zebra named z{i}xy.", account_id=f"zoo-{i}")], EMBEDDER)
                index.sync(connection, [f"zoo-{i}"])
                assert is_there(f"Dana Ruiz: A zebra named z{i}xy.")
        finally:
            reader.kill()


def test_a_writer_that_was_killed_is_noticed_and_its_work_is_finished(
    connection: Connection, index: ChromaIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.sync(connection)
    fill(connection, [record("z", "A zebra.", account_id="acc-1"), record("y", "A yak.", account_id="acc-2")], EMBEDDER)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(index, "_upsert", killed)
    with pytest.raises(Killed):
        index.sync(connection, ["acc-1"])
    monkeypatch.undo()
    with pytest.raises(IndexUnavailable, match="being written, or its writer was stopped"):
        index.query(question("zebra"), 1)
    assert not index.check(connection).ok
    assert index.sync(connection, []).added == 2  # heals the whole index, not only what is asked for
    assert index.check(connection).ok


def damage(kind: str, root: Path) -> None:
    folder = folder_of(root)
    database = folder / "chroma.sqlite3"
    segments = [path for path in folder.rglob("*") if path.is_file() and path != database]
    if kind == "folder removed":
        shutil.rmtree(folder)
    elif kind == "everything removed":
        shutil.rmtree(root)
    elif kind == "database cut":
        database.write_bytes(database.read_bytes()[:5000])
    elif kind == "database garbage":
        database.write_bytes(os.urandom(50_000))
    elif kind == "segments removed":
        for path in segments:
            path.unlink()
    elif kind == "segments garbage":
        for path in segments:
            path.write_bytes(os.urandom(path.stat().st_size))
    elif kind == "state garbage":
        (root / "index.json").write_text('{"folder": 3')
    else:
        raise AssertionError(kind)


@pytest.mark.parametrize(
    "kind",
    [
        "folder removed",
        "everything removed",
        "database cut",
        "database garbage",
        "segments removed",
        "segments garbage",
        "state garbage",
    ],
)
def test_whatever_breaks_search_still_answers_exactly_and_says_so(connection: Connection, tmp_path: Path, kind: str) -> None:
    # More vectors in one bucket than Chroma keeps in its log alone, so that the files matter.
    many = [record(f"m{i}", f"{NOUNS[i % 8]} {i} {NOUNS[i % 3]}", account_id="big", document=f"ticket:{i}") for i in range(2200)]
    fill(connection, many, EMBEDDER)
    root = tmp_path / "index"
    index = ChromaIndex(root, EMBEDDER.name)
    index.sync(connection)
    index.close()
    healthy = Searcher(connection, EMBEDDER).search("seats and audits", account_id=Scope.ESTATE, k=20)
    damage(kind, root)
    searcher = Searcher(connection, EMBEDDER, index)
    assert searcher.search("seats and audits", account_id=Scope.ESTATE, k=20) == healthy
    assert any("earned reindex" in note for note in searcher.notes)
    broken = index.check(connection)
    assert (broken.ok, broken.remedy) == (False, "Run `earned reindex`.")
    assert index.sync(connection).rebuilt
    assert index.check(connection).ok
    searcher = Searcher(connection, EMBEDDER, index)
    assert searcher.search("seats and audits", account_id=Scope.ESTATE, k=3)
    assert searcher.notes == []
    index.close()


def test_the_check_notices_what_the_index_lacks(connection: Connection, index: ChromaIndex) -> None:
    assert index.check(connection).problem.startswith("There is no search index")
    index.sync(connection)
    assert index.check(connection).sampled == 48
    fill(connection, [record("z", "A zebra.", account_id="acc-7")], EMBEDDER)
    check = index.check(connection)
    assert (check.in_store, check.in_index, check.ok) == (49, 48, False)


def test_passages_without_vectors_are_left_for_later(connection: Connection, index: ChromaIndex) -> None:
    fill(connection, [record("z", "A zebra.", account_id="acc-7")])
    assert index.sync(connection).added == 48
    assert index.check(connection).ok
    embed_missing(connection, EMBEDDER)
    assert index.sync(connection, ["acc-7"]).added == 1


def test_queries_do_not_slow_down_with_accounts(connection: Connection, index: ChromaIndex) -> None:
    fill(connection, book(accounts=60, tickets=20), EMBEDDER)
    index.sync(connection)
    index.query(question("seats"), 10)
    began = time.process_time()
    for _ in range(10):
        index.query(question("seats"), 10)
    assert (time.process_time() - began) / 10 < 0.5


def test_an_update_lets_go_of_the_buckets_behind_it(
    connection: Connection, index: ChromaIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chroma holds what it opened until its client is closed: a build of the whole estate must not hold all of it."""
    from retrieval.index_files import IndexFiles

    opened: list[object] = []
    real = IndexFiles.open
    monkeypatch.setattr(IndexFiles, "open", lambda self, state: opened.append(real(self, state)) or opened[-1])
    monkeypatch.setattr(index_module, "HELD", 1)
    assert index.sync(connection) == Synced(added=48, rebuilt=True)
    buckets = len({index_module._bucket(f"acc-{a}", index_module.BUCKETS) for a in range(6)})
    assert len(opened) == buckets > 1
    fill(connection, [*book(), record("new", "Something new.", account_id="acc-1", document="ticket:new")], EMBEDDER)
    assert index.sync(connection) == Synced(added=1, kept=48), "the second update opens each bucket again and rebuilds nothing"
    assert index.check(connection).ok
