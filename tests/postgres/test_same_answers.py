"""The sample book after a night, in a file and brought to PostgreSQL: every command that reads says the same on both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli import main
from agent.queue import Filter, Queue
from agent.store import Store, open_store
from agent.store.moving import move
from tests.postgres.server import Server

COMMANDS = [
    ["hypotheses", "--json"],
    ["hypotheses", "--state", "approved", "--json"],
    ["signals", "--json"],
    ["signals", "--account", "acc-103"],
    ["search", "by hand every week", "--account", "acc-103", "--json"],
    ["search", "overtime spend", "--account", "acc-103", "--mode", "lexical", "--json"],
    ["search", "by hand every week", "--mode", "dense", "--json"],
    ["show", "acc-103"],
    ["show", "acc-101", "--json"],
    ["plan", "acc-101"],
    ["report", "manager"],
    ["report", "run"],
    ["report", "expanders"],
    ["report", "outcomes"],
    ["report", "playbooks"],
    ["report", "review", "acc-101"],
    ["export", "--format", "jsonl"],
    ["export", "--format", "crm-csv"],
    ["runs", "list", "--json"],
    ["runs", "show", "last"],
]


@pytest.fixture(scope="module")
def both(
    sample_run: tuple[Store, object], postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """A home whose queue was worked on, and the same in a database."""
    import shutil
    import sqlite3

    home = tmp_path_factory.mktemp("both") / "home"
    home.mkdir()
    with sqlite3.connect(sample_run[0].home / "earned.db") as old, sqlite3.connect(home / "earned.db") as new:
        old.backup(new)
    shutil.copytree(sample_run[0].home / "index", home / "index")
    store = open_store(home)
    desk = Queue(store, "kim")
    keys = [item.id for item in desk.items()]
    desk.approve(keys[0], note="schön")
    desk.reject(keys[1], reason="not_now")
    desk.ask_for_proof(keys[2], ask="the figure, from finance, by Friday")
    name = postgres_server.database("same_answers", template="migrated")
    url = postgres_server.url(name)
    target = open_store(home, database=url)
    move(store, target)
    store.close()
    target.close()
    yield home, url
    postgres_server.drop(name)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_says_the_same(
    command: list[str], both: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, url = both
    said = []
    for database in ("", url):
        monkeypatch.setenv("EARNED_DATABASE", database)
        code = main([*command, "--home", str(home)])
        said.append((code, *capsys.readouterr()))
    assert said[0] == said[1]
    assert said[0][0] == 0
    assert said[0][1] or command[0] == "export"


FILTERS = [
    Filter(),
    Filter(words=("pages",)),
    Filter(words=("SCHÖN", "ö")),
    Filter(words=('"grade"',)),
    Filter(words=("%",)),
    Filter(accounts=("moon",)),
    Filter(accounts=("ACC-10",)),
    Filter(states=("approved", "rejected")),
    Filter(grades=("wish", "blocked")),
    Filter(kinds=("proven_value", "value_disputed")),
    Filter(missing=("proven_value",)),
    Filter(motions=("add_on", "seat")),
    Filter(pulls=("pull",)),
    Filter(qualities=("clean", "fog")),
    Filter(has_counter=True),
    Filter(has_counter=False),
    Filter(has_missing=True),
    Filter(has_pretended=False),
    *(Filter(order=order) for order in ("grade", "newest", "renewal", "account")),
    Filter(changed=False, since="2020-01-01T00:00:00Z", before="2099-01-01T00:00:00Z"),
]


@pytest.mark.parametrize("wanted", FILTERS, ids=range(len(FILTERS)))
def test_a_filter_leaves_the_same(wanted: Filter, both: tuple[Path, str]) -> None:
    home, url = both
    queues = [Queue(open_store(home), "kim"), Queue(open_store(home, database=url), "kim")]
    shelves = [queue.shelf(wanted) for queue in queues]
    assert shelves[0] == shelves[1]
    assert queues[0].rows(shelves[0].ids) == queues[1].rows(shelves[1].ids)
    for queue in queues:
        queue.store.close()


def test_the_filters_are_no_empty_promise(both: tuple[Path, str]) -> None:
    """Most of the filters above leave something, and not everything."""
    desk = Queue(open_store(both[0]), "kim")
    left = [len(desk.shelf(wanted).ids) for wanted in FILTERS]
    assert sum(0 < number < left[0] for number in left) >= 10, json.dumps(left)
