"""The pictures of the documentation: the same home gives the same bytes, and looking at one asks nobody for anything."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import Told, book, easy, fill

from agent.hypotheses import Grade
from agent.store import Store
from review_tui.picture import FOLDER, SHOTS, main, picture

pytestmark = pytest.mark.slow  # the whole application, several times
ROOT = Path(__file__).parents[2]


def texts(svg: str) -> str:
    """What can be read in a picture."""
    return " ".join("".join(node.itertext()) for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")).replace(
        "\xa0", " "
    )


async def test_one_home_gives_one_picture(store: Store) -> None:
    fill(store, book())
    first = await picture(store, owner=None, size=(100, 30), keys=("c",))
    assert first == await picture(store, owner=None, size=(100, 30), keys=("c",))
    assert "COUNTER" in texts(first)
    assert ">>We are not planning" in texts(first)


async def test_a_picture_fetches_nothing(store: Store) -> None:
    fill(store, [Told(claims=("See <image href='http://evil.example/x.svg'/> & url(http://evil.example)",))])
    svg = await picture(store, owner=None, size=(100, 30), keys=())
    assert "@font-face" not in svg
    assert not any(name.endswith(("href", "src")) for node in ElementTree.fromstring(svg).iter() for name in node.attrib)
    assert not re.search(r"url\((?!#)", "".join(re.findall(r"<style>.*?</style>", svg, re.DOTALL)))


def test_the_pictures_of_the_readme_are_those_that_the_command_writes(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(store, [*easy(2), Told("acc-9", "Hexa Retail", grade=Grade.BLOCKED)])
    monkeypatch.setattr("review_tui.picture.FOLDER", tmp_path / "shots")
    assert main([str(store.home)]) == 0
    assert {path.name for path in (tmp_path / "shots").iterdir()} == {f"{shot.name}.svg" for shot in SHOTS}
    shown = set(re.findall(r"\((review_tui/screenshots/[\w.]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert shown
    assert shown <= {f"{FOLDER.relative_to(ROOT).as_posix()}/{shot.name}.svg" for shot in SHOTS}
    assert all((ROOT / path).exists() for path in shown)
    doubt = (tmp_path / "shots" / "doubt.svg").read_text(encoding="utf-8")
    assert "It is blocked: budget pressure." in texts(doubt)
