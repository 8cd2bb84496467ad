"""The derived index on a real `chroma run`: the same answers, shared by machines, and never in the way when it is gone."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, create_engine

from agent.cli import main
from agent.errors import ConfigurationError
from agent.indexing import opened
from retrieval import index_server, store
from retrieval.exact import ExactIndex, IndexUnavailable
from retrieval.index import ChromaIndex
from retrieval.index_server import STATE, IndexServer
from retrieval.search import Scope, Searcher
from tests.retrieval.making import fill, record
from tests.retrieval.test_index import EMBEDDER, book, question


class Chroma:
    """A server on a port of its own, in a folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder, self.url = folder, f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(Path(sys.executable).parent / "chroma"), "run", "--path", str(self.folder), "--host", "127.0.0.1"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder.parent
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self._process.poll() is None, "chroma run ended"
            try:
                with urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("chroma run does not answer")

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)
            self._process = None


@contextmanager
def serving(folder: Path) -> Iterator[Chroma]:
    folder.mkdir(exist_ok=True)
    server = Chroma(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    if not (Path(sys.executable).parent / "chroma").exists():
        pytest.skip("no chroma executable beside this Python")
    with serving(tmp_path_factory.mktemp("chroma") / "data") as running:
        yield running


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    store.metadata.create_all(engine)
    with engine.begin() as opened_one:
        fill(opened_one, book(), EMBEDDER)
        yield opened_one


def index(server: Chroma, folder: Path, embedder: str = EMBEDDER.name) -> ChromaIndex:
    return ChromaIndex(IndexServer(server.url, folder), embedder)


def test_the_server_answers_as_the_exact_scan_does_to_every_machine(
    server: Chroma, connection: Connection, tmp_path: Path
) -> None:
    assert index(server, tmp_path / "one").rebuild(connection).added == 48
    exact = ExactIndex(connection, EMBEDDER.name)
    reader = index(server, tmp_path / "two")
    for words in ("seats and prices", "audits", "pilots and outages"):
        for account_id in (None, "acc-3"):
            near = reader.query(question(words), 8, account_id)
            wanted = exact.query(question(words), 8, account_id)
            assert np.allclose([s for _, s in near], [s for _, s in wanted], atol=1e-5)
    assert reader.check(connection).ok


def test_writes_are_seen_at_once_and_touch_nothing_else(server: Chroma, connection: Connection, tmp_path: Path) -> None:
    writer, reader = index(server, tmp_path / "one"), index(server, tmp_path / "two")
    writer.rebuild(connection)
    reader.query(question("seats"), 3)
    fill(connection, [record("new", "A zebra wants a quote.", account_id="acc-3")], EMBEDDER)
    done = writer.sync(connection, ["acc-3"])
    assert (done.rebuilt, done.added, done.removed) == (False, 1, 8)
    assert reader.query(question("zebra quote"), 1, "acc-3")[0][1] > 0.5
    assert reader.check(connection).ok
    assert writer.sync(connection).added == 0


def test_a_rebuilt_index_takes_the_place_of_the_old_one(server: Chroma, connection: Connection, tmp_path: Path) -> None:
    place = IndexServer(server.url, tmp_path)
    for embedder in (EMBEDDER.name, EMBEDDER.name):
        ChromaIndex(place, embedder).rebuild(connection)
    state = place.state()
    assert state is not None
    names = {one.name for one in place.open(state).list_collections()}
    assert names == {STATE, *(place.name(state, bucket) for bucket in state.collections)}
    with pytest.raises(IndexUnavailable, match="of the embedder"):
        index(server, tmp_path, "another").query(question("seats"), 1)


def test_no_text_is_on_the_server(connection: Connection, tmp_path: Path) -> None:
    with serving(tmp_path / "data") as own:
        index(own, tmp_path / "one").rebuild(connection)
        own.stop()
        held = b"".join(file.read_bytes() for file in own.folder.rglob("*") if file.is_file())
    assert b"acc-3" in held
    assert b"outages" not in held


def test_a_server_that_dies_is_bypassed_and_comes_back(connection: Connection, tmp_path: Path) -> None:
    with serving(tmp_path / "data") as own:
        place = index(own, tmp_path / "one")
        place.rebuild(connection)
        searcher = Searcher(connection, EMBEDDER, place)
        with_it = [hit.passage.passage_id for hit in searcher.search("seats and prices", account_id=Scope.ESTATE, k=5)]
        own.stop(signal.SIGKILL)
        without = [hit.passage.passage_id for hit in searcher.search("seats and prices", account_id=Scope.ESTATE, k=5)]
        assert without == with_it
        assert any("does not answer" in note and "chroma run" in note for note in searcher.notes)
        own.start()
        assert place.query(question("seats"), 3)
        assert place.sync(connection).rebuilt is False
        own.stop()
        shutil.rmtree(own.folder)
        own.folder.mkdir()
        own.start()
        assert not index(own, tmp_path / "one").check(connection).ok
        assert index(own, tmp_path / "one").sync(connection).rebuilt is True
        assert index(own, tmp_path / "one").check(connection).ok


def test_collections_that_were_lost_are_made_again(server: Chroma, connection: Connection, tmp_path: Path) -> None:
    place = IndexServer(server.url, tmp_path)
    ChromaIndex(place, EMBEDDER.name).rebuild(connection)
    state = place.state()
    assert state is not None
    place.open(state).delete_collection(place.name(state, next(iter(state.collections))))
    with pytest.raises(IndexUnavailable):
        index(server, tmp_path).query(question("seats"), 3)
    assert index(server, tmp_path).sync(connection, ["acc-1"]).rebuilt is True


def test_a_server_that_never_answers_is_not_waited_for(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_server, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        held: list[socket.socket] = []
        threading.Thread(target=lambda: held.append(silent.accept()[0]), daemon=True).start()
        url = f"http://kim:hunter2@127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(IndexUnavailable, match="does not answer") as caught:
            ChromaIndex(IndexServer(url, tmp_path), EMBEDDER.name).query(question("seats"), 3)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host", "http://", "http://host/path", "http://host:port"])
def test_an_address_that_is_none_is_said_with_how_to_write_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EARNED_CHROMA", url)
    with pytest.raises(ConfigurationError, match="EARNED_CHROMA") as caught:
        opened(tmp_path, EMBEDDER.name)
    assert "http://127.0.0.1:8000" in caught.value.remedy


def test_the_commands_use_it(
    server: Chroma, sample_home: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(sample_home.home)  # type: ignore[attr-defined]
    shutil.rmtree(Path(home) / "index")
    monkeypatch.setenv("EARNED_CHROMA", server.url)
    assert main(["reindex", "--home", home]) == 0
    assert main(["doctor", "--home", home]) == 0
    assert main(["search", "by hand", "--home", home, "--json"]) == 0
    said = capsys.readouterr()
    assert "Note" not in said.err
    assert not list((Path(home) / "index").glob("chroma-*"))
    assert main(["purge", "--account", "acc-103", "--home", home]) == 3
    assert "keeps deleted vectors in its files" in capsys.readouterr().err
