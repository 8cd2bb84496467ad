"""A real file system of a few kilobytes, for what must survive a full disk: a tmpfs in a mount namespace of its own.

Nothing of it is left when its holder ends, and no root is needed where the kernel lets users have namespaces.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import pytest

from tests.conftest import ROOT


class SmallDisk:
    """Mounted at `folder` for commands that `run` starts, and for nobody else; `outside` is where everybody else finds it."""

    def __init__(self, folder: Path, kilobytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        mount = f'mount -t tmpfs -o size={kilobytes}k tmpfs "$0" && echo mounted && exec sleep 600'
        self._holder = subprocess.Popen(
            ["unshare", "-rm", "sh", "-c", mount, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline().strip() != "mounted":
            said = self._holder.communicate()[1].strip()
            pytest.skip(f"no file system can be mounted here: {said[:200]}")
        self.outside = Path(f"/proc/{self._holder.pid}/root{folder}")

    def __enter__(self) -> SmallDisk:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._holder.kill()
        self._holder.communicate()

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """A command that sees the disk."""
        inside = ("nsenter", "-t", str(self._holder.pid), "-U", "-m", "--preserve-credentials", "--wd=/")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run([*inside, *map(str, words)], capture_output=True, text=True, env=environment, timeout=300)

    def earned(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "agent", *words, "--home", self.folder)

    def resize(self, kilobytes: int) -> None:
        done = self.run("mount", "-o", f"remount,size={kilobytes}k", self.folder)
        assert done.returncode == 0, done.stderr

    def fill(self, leave: int) -> None:
        """Write a file that leaves `leave` kilobytes."""
        facts = os.statvfs(self.outside)
        (self.outside / "ballast").write_bytes(b"\0" * max(0, facts.f_bavail * facts.f_frsize - leave * 1024))

    def relieve(self) -> None:
        (self.outside / "ballast").unlink()


def needs_mounts() -> None:
    """Skip, and say why, where the kernel or the tools for it are not there."""
    if not sys.platform.startswith("linux"):
        pytest.skip("mount namespaces are Linux's")
    try:
        subprocess.run(["unshare", "-rm", "true"], check=True, capture_output=True)
        subprocess.run(["nsenter", "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no namespaces here: {error}")
