"""The real application in a pseudo-terminal: bytes in, bytes out, and a terminal emulator that reads them."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path
from types import TracebackType

import pyte

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
sys.path[:0] = [{root!r}]
from pathlib import Path
from agent.store import open_store
from review_tui.launch import run
sys.exit(run(open_store(Path(sys.argv[1])), owner="ana@vendor.example", actor="ana@vendor.example", plain="--plain" in sys.argv))
"""
SEQUENCE = re.compile(
    rb"\x1b(?:\[(?P<private>[<=>?]?)[0-9;:]*(?P<inter>[ -/]*)(?P<final>[@-~])"
    rb"|(?P<string>[\]PX^_])(?P<body>.*?)(?:\x07|\x1b\\)|(?P<other>.))",
    re.DOTALL,
)


class Terminal:
    """A child on its own terminal. Output is kept whole, and drawn by pyte."""

    def __init__(
        self, home: Path, *, size: tuple[int, int] = (100, 30), term: str = "xterm-256color", args: tuple[str, ...] = ()
    ) -> None:
        self.bytes = b""
        self.frames: list[str] = []
        """Screens that a test has kept."""
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        environ = {**os.environ, "TERM": term, "COLUMNS": str(size[0]), "LINES": str(size[1]), "TEXTUAL_ANIMATIONS": "none"}
        environ.pop("NO_COLOR", None)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, "-c", PROGRAM.format(root=str(ROOT)), str(home), *args], environ)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.code: int | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.ended()
        os.close(self.fd)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def read(self, seconds: float = 0.05) -> None:
        """Take what the child writes until it is quiet for a while."""
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return
            if not data:
                return
            self.bytes += data
            self._stream.feed(data)

    def until(self, words: str, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < deadline, f"{words!r} did not come:\n{self.text}"
            self.read()

    def press(self, keys: str, *, rest: float = 0.25) -> None:
        os.write(self.fd, keys.encode())
        self.read(rest)

    def kill(self, number: int) -> None:
        os.kill(self.pid, number)

    def ended(self, seconds: float = 20.0) -> int:
        """The exit code; a signal that ended it is negative."""
        deadline = time.monotonic() + seconds
        while self.code is None:
            self.read(0.02)
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.code = os.waitstatus_to_exitcode(status)
            assert self.code is not None or time.monotonic() < deadline, f"still running:\n{self.text}"
        self.read(0.02)
        return self.code

    @property
    def kinds(self) -> set[tuple[bytes, ...]]:
        """Which kinds of control sequences were written, whatever their figures."""
        found: set[tuple[bytes, ...]] = set()
        for match in SEQUENCE.finditer(self.bytes):
            if match["final"]:
                found.add((b"CSI", match["private"], match["inter"], match["final"]))
            elif match["string"]:
                found.add((match["string"], match["body"].split(b";")[0]))
            else:
                found.add((b"ESC", match["other"]))
        return found
