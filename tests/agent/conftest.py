"""A home that has had one undisturbed night: what the tests of bad nights begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.cli import main
from agent.errors import Exit
from tests.conftest import write_small_book


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_book(tmp_path_factory.mktemp("books") / "book")


@pytest.fixture(scope="module")
def ready(book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To be copied, not changed."""
    home = tmp_path_factory.mktemp("homes") / "ready"
    assert main(["run", "--book", str(book), "--home", str(home)]) == Exit.OK
    return home
