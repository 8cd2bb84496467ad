"""A model server with controlled behaviour, for tests and benchmarks: real HTTP, no model."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

SERVER = Path(__file__).with_name("stub_llm.py")
DOCUMENT = r"(?s)<document-\w+>\n(.*)\n</document-"


class Stub:
    """`stub_llm.py` on a free port, as a context manager. `flags` are its command line."""

    def __init__(self, *flags: str, log: Path | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.log = log
        self._flags = ["--port", str(self.port), "--doc-regex", DOCUMENT, *flags, *(["--log", str(log)] if log else [])]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Stub:
        self._process = subprocess.Popen([sys.executable, str(SERVER), *self._flags], stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.stats()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the stub server did not start")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait()

    def stats(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/stats", timeout=5) as response:
            found: dict[str, Any] = json.load(response)
        return found

    def calls(self) -> list[dict[str, Any]]:
        """The log's rows. Needs `log`."""
        if self.log is None:
            raise ValueError("start the stub with a log")
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]
