"""A store on each of the two databases, with a run under way in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store import Store, open_store, runs

NOW = "2026-11-01T08:00:00Z"
RUN = "r-1"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """What follows holds on both databases."""
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").url(request.getfixturevalue("database"))
    made = open_store(tmp_path / "home", create=True, database=url)
    with made.write() as conn:
        runs.start(conn, RUN, started=NOW, book="book", model="offline", pipeline="p")
    yield made
    made.close()
