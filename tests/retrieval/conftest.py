"""An empty store, on both databases: what holds on one holds on the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine

from retrieval import store


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    if request.param == "sqlite":
        engine = create_engine("sqlite://")
        store.metadata.create_all(engine)
    else:
        from agent.store.postgres import address, connected

        url = request.getfixturevalue("postgres_server").url(request.getfixturevalue("database"))
        engine, _ = connected(address(url))
    with engine.begin() as opened:
        yield opened
    engine.dispose()
