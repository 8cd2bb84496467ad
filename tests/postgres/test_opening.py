"""What can be wrong with a team's database is said with what to do, and never with a password."""

from __future__ import annotations

import importlib.util
import socket
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from agent.cli import context, demo, main
from agent.errors import ConfigurationError, EarnedError, HomeMissing, NotFound, StoreError
from agent.store import Store, open_store, postgres, runs, team
from tests.conftest import write_small_book
from tests.postgres.server import Server

PASSWORD = "hunter2-no-one-knows"


def refused(home: Path, url: str) -> EarnedError:
    with pytest.raises(EarnedError) as caught:
        open_store(home, database=url)
    told: BaseException | None = caught.value
    while told is not None:  # tracebacks are printed with their causes
        assert PASSWORD not in f"{told}{told!r}{told.args}"
        told = None if told.__suppress_context__ and told.__cause__ is None else told.__cause__ or told.__context__
    assert isinstance(caught.value, EarnedError)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    ("url", "said", "remedy"),
    [
        (f"mysql://kim:{PASSWORD}@host/db", "'mysql' is no database", "unset EARNED_DATABASE"),
        (f"kim:{PASSWORD}@host", "cannot be read", "postgresql"),
        (f"postgresql://kim:p@{PASSWORD}@host/db", "@ of its own", "%40"),
        (f"postgresql://kim:{PASSWORD}@host:port/db", "cannot be read", "postgresql"),
        (f"postgresql://kim:{PASSWORD}@no-such-host.invalid/db", "cannot be opened", "."),
        (f"postgresql://kim:{PASSWORD}@/db?host=/nowhere/at/all", "No server answers", "Start PostgreSQL"),
        (f"postgresql://kim@/db?host=/nowhere/at/all&password={PASSWORD}", "No server answers", "Start PostgreSQL"),
        (f"postgresql://kim:{PASSWORD}@/db?host=/tmp&sslmod=no&passwd={PASSWORD}", "", ""),
    ],
)
def test_an_address_that_leads_nowhere(tmp_path: Path, url: str, said: str, remedy: str) -> None:
    error = refused(tmp_path, url)
    assert said in error.what
    assert remedy in error.remedy


def test_a_port_where_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = refused(tmp_path, f"postgresql://kim:{PASSWORD}@127.0.0.1:{taken.getsockname()[1]}/db")
    assert isinstance(error, ConfigurationError)
    assert "No server answers" in error.what
    assert "host and port" in error.remedy


def test_without_the_driver_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "psycopg" else real(name, *more))
    assert "earned[postgres]" in refused(tmp_path, "postgresql://kim@host/db").remedy


def test_what_the_server_refuses(tmp_path: Path, postgres_server: Server, database: str) -> None:
    postgres_server.run("DROP ROLE IF EXISTS guarded")
    postgres_server.run("CREATE ROLE guarded LOGIN PASSWORD 'another'")
    wrong = refused(tmp_path, postgres_server.url(database, "guarded", PASSWORD))
    assert "login was refused" in wrong.what
    assert ".pgpass" in wrong.remedy
    assert "no database of that name" in refused(tmp_path, postgres_server.url("nothing")).what
    assert "no login of that name" in refused(tmp_path, postgres_server.url(database, "stranger")).what
    postgres_server.run(f"ALTER ROLE guarded PASSWORD '{PASSWORD}%/?#'")
    with pytest.raises(StoreError, match="guarded has no place in the team"):  # a login like any other, and nobody let it in
        open_store(tmp_path, database=postgres_server.url(database, "guarded", f"{PASSWORD}%/?#"))


def test_a_server_that_is_too_old(
    tmp_path: Path, postgres_server: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "OLDEST", 99)
    error = refused(tmp_path, postgres_server.url(database))
    assert "needs 99 or newer" in error.what


def test_a_database_that_cannot_hold_every_script(tmp_path: Path, postgres_server: Server) -> None:
    postgres_server.run("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    assert "encoded in LATIN1" in refused(tmp_path, postgres_server.url("latin")).what
    postgres_server.drop("latin")


def test_an_empty_database_is_not_filled_by_looking(tmp_path: Path, postgres_server: Server) -> None:
    name = postgres_server.database("bare")
    with pytest.raises(HomeMissing, match="earned migrate"):
        open_store(tmp_path, database=postgres_server.url(name))
    assert postgres_server.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", name) == [(0,)]
    postgres_server.drop(name)


def test_versions_that_differ(tmp_path: Path, postgres_server: Server, database: str) -> None:
    keeper = open_store(tmp_path, database=postgres_server.url(database))
    team.init(keeper)
    team.grant(keeper, "night", "nightly")
    postgres_server.run("UPDATE alembic_version SET version_num = '0001'", database)
    with pytest.raises(StoreError, match="this program needs"):
        open_store(tmp_path, database=postgres_server.url(database, "night"))
    postgres_server.run("UPDATE alembic_version SET version_num = '9999'", database)
    for login in ("night", "keeper"):
        with pytest.raises(StoreError, match="Install a newer release"):
            open_store(tmp_path, database=postgres_server.url(database, login))


@pytest.fixture
def store(tmp_path: Path, postgres_server: Server, database: str) -> Any:
    made = open_store(tmp_path, database=postgres_server.url(database))
    yield made
    made.close()


def test_a_connection_that_is_cut(store: Store) -> None:
    with pytest.raises(StoreError, match="is being shut down"), store.write() as conn:
        conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with store.read() as conn:  # the next one is a new one
        assert conn.scalar(text("SELECT 1")) == 1


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="takes no writes"), store.read() as conn:
        runs.start(conn, "r", started="", book="", model="", pipeline="")


def test_text_with_a_nul_where_none_can_be(store: Store) -> None:
    with pytest.raises(StoreError, match="NUL"), store.write() as conn:
        runs.start(conn, "r\x00", started="", book="", model="", pipeline="")


def test_the_demo_is_nobodys_team(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever EARNED_DATABASE says, the sample book goes into a file."""
    opened: list[Store] = []

    def look(options: Namespace, _what: object) -> None:
        opened.append(context.opened(options, create=True))
        raise NotFound("enough seen")

    monkeypatch.setenv("EARNED_DATABASE", "postgresql://kim@/db?host=/nowhere/at/all")
    monkeypatch.setattr(demo, "nightly", look)
    assert main(["demo", "--home", str(tmp_path / "demo")]) == 2
    assert [store.is_file for store in opened] == [True]


def test_a_whole_night_by_command(
    postgres_server: Server, database: str, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    """Run, look, decide, purge and check with the commands, each as the login whose work it is."""
    team.init(store)
    team.grant(store, "night", "nightly")
    team.grant(store, "kim", "owner", ["kim@vendor.example"])
    book, home = write_small_book(tmp_path / "book"), str(tmp_path / "home")

    def earned(login: str, *command: str) -> tuple[int, str]:
        monkeypatch.setenv("EARNED_DATABASE", postgres_server.url(database, login))
        code = main([*command, "--home", home])
        said = capsys.readouterr()
        return code, said.out + said.err

    assert earned("night", "run", "--book", str(book))[0] == 0
    assert "Nothing new" in earned("night", "run", "--book", str(book))[1]
    with store.alone():  # a night on another machine
        assert earned("night", "run", "--book", str(book))[0] == 75
    code, said = earned("kim", "search", "paper forms by hand", "--json")
    assert code == 0
    assert "delivery forms" in said
    assert earned("kim", "hypotheses")[0] == 0
    key = next(word for word in earned("kim", "hypotheses")[1].split() if word.startswith("h-"))
    assert earned("kim", "decide", key, "approve")[0] == 0
    code, said = earned("kim", "run", "--book", str(book))
    assert (code, "kim (owner) may not do this" in said) == (1, True)
    assert earned("kim", "export", "--format", "crm-csv")[0] == 0
    assert earned("night", "doctor", "--audit")[0] == 0
    code, said = earned("keeper", "doctor", "--audit", "--json")
    assert (code, "every table is closed" in said) == (0, True)
    code, said = earned("keeper", "purge", "--account", "a-1")
    assert code == 0, said
    code, said = earned("keeper", "doctor", "--audit")
    assert code == 0, said
    assert earned("kim", "hypotheses", "--account", "a-1")[0] == 2
