"""A real PostgreSQL of the tests' own: made in a temporary folder, listening on a socket there and nowhere else."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

ADMIN = "keeper"
"""The superuser of the server; it owns the databases."""


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, or None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@dataclass(frozen=True)
class Server:
    folder: Path

    def url(self, database: str, login: str = ADMIN, password: str | None = None) -> str:
        who = login if password is None else f"{login}:{quote(password, safe='')}"
        return f"postgresql+psycopg://{who}@/{database}?host={self.folder}"

    def run(self, statement: str, database: str = "postgres", login: str = ADMIN) -> list[tuple[Any, ...]]:
        """Run SQL as somebody, each statement by itself; the rows of the last one."""
        import psycopg

        with psycopg.connect(host=str(self.folder), dbname=database, user=login, autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def database(self, name: str, template: str = "template0") -> str:
        """Make a database, or a copy of one; its name."""
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def running(bin_folder: Path, *, syncs: bool = False) -> Iterator[Server]:
    """A server for as long as the block lasts. `initdb` refuses root, so root hands it to an unprivileged user. `syncs`: whether a
    commit waits for the disk, as it does in production; tests need not."""
    folder = Path(tempfile.mkdtemp(prefix="earned-pg-"))  # a short path: a socket's has 107 bytes at most
    as_user = _unprivileged(folder)
    data = folder / "data"

    def call(*command: str) -> None:
        done = subprocess.run([*as_user, *command], capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, f"{command[0]}: {done.stderr or done.stdout}"

    try:
        call(f"{bin_folder}/initdb", "-D", str(data), "-U", ADMIN, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-N")
        hba = data / "pg_hba.conf"
        hba.write_text("local all guarded scram-sha-256\n" + hba.read_text("utf-8"), "utf-8")
        settings = (
            f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync={'on' if syncs else 'off'} -c max_connections=60"
        )
        call(f"{bin_folder}/pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", settings, "start")
        try:
            yield Server(folder)
        finally:
            call(f"{bin_folder}/pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> list[str]:
    if os.getuid() != 0:
        return []
    user = next((name for name in ("postgres", "nobody") if _known(name)), None)
    assert user is not None, "root cannot run PostgreSQL, and there is neither a user postgres nor nobody"
    one = pwd.getpwnam(user)
    os.chown(folder, one.pw_uid, one.pw_gid)
    folder.chmod(0o755)
    return ["setpriv", f"--reuid={one.pw_uid}", f"--regid={one.pw_gid}", "--clear-groups", "--"]


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
