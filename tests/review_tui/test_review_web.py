"""The queue in a browser: who may reach it, what an answer allows, and that no process outlives its page or its server."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ANA, easy, fill

from agent.cli.parser import build
from agent.errors import ConfigurationError, UsageError
from agent.store import Store
from review_tui import web

aiohttp = pytest.importorskip("aiohttp")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", ""])
def test_a_host_that_others_can_reach_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="not a loopback address"):
        web.serve(["true"], host=host, port=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_this_machine_is_accepted(host: str) -> None:
    web.check_host(host)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'earned\[web\]'"):
        web.serve(["true"], host="127.0.0.1", port=1)


@pytest.mark.parametrize("given", [["--web", "--plain"], ["--web", "--port", "0"], ["--web", "--port", "http"]])
def test_what_does_not_go_together_is_a_usage_error(given: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build().parse_args(["review", *given])
    assert ended.value.code == 2


class Served:
    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "agent",
            "review",
            "--home",
            str(home),
            "--owner",
            ANA,
            "--web",
            "--port",
            str(self.port),
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/[\w-]{22}/", line)
        assert found is not None, line + self.process.stderr.read()
        self.address = found.group()
        self.origin = f"http://127.0.0.1:{self.port}"

    def children(self) -> list[int]:
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in found.split()]


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    fill(store, easy())
    server = Served(store.home)
    yield server
    server.process.kill()
    server.process.communicate()


async def _screen(socket: aiohttp.ClientWebSocketResponse, words: str) -> None:
    """Read until these words have been painted."""
    seen = ""
    async with asyncio.timeout(60):
        while words not in seen:
            message = await socket.receive()
            assert message.type is aiohttp.WSMsgType.BINARY, message
            seen += message.data.decode(errors="replace")


@pytest.mark.slow
async def test_only_its_own_page_with_the_secret_reaches_it(served: Served) -> None:
    async with aiohttp.ClientSession() as session:
        for address in (served.origin + "/", served.origin + "/ws", served.origin + "/static/js/textual.js"):
            assert (await session.get(address)).status == 404
        page = await session.get(served.address)
        assert page.status == 200
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert (await session.get(served.address, headers={"Host": "rebound.example"})).status == 403
        for origin in ("http://evil.example", "null", f"http://localhost:{served.port}"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(served.address + "ws", origin=origin)
            assert refused.value.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(served.address + "ws")
    assert served.children() == []


@pytest.mark.slow
async def test_the_queue_is_painted_and_ends_with_its_page(served: Served) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(served.address + "ws?width=100&height=30", origin=served.origin) as page:
            await _screen(page, "Account 0")
            children = served.children()
            assert len(children) == 1
        await _gone(children)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_no_process_outlives_the_server(served: Served, number: int) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(served.address + "ws", origin=served.origin) as page:
        await _screen(page, "Account 0")
        children = served.children()
        assert len(children) == 1
        os.kill(served.process.pid, number)
        await _gone(children)


async def _gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 60
    while any(
        Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1][:3] for pid in pids
    ):
        assert time.monotonic() < deadline, "a session outlived its page"
        await asyncio.sleep(0.05)
