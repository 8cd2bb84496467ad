"""What the screens look like: five sizes, and that three themes and black and white say the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import barless, book, fill, golden, seated
from rich.color import Color

from agent.store import Store
from review_tui.keymap import THEMES
from review_tui.lines import ROLES
from review_tui.themes import LOOKS, PAIRS, PALETTES, contrast
from review_tui.widgets.painted import looks

SIZES = [(60, 16), (80, 24), (120, 40), (140, 45), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_queue_looks_the_same_in_every_theme(store: Store, size: tuple[int, int]) -> None:
    fill(store, book())
    name = f"queue-{size[0]}x{size[1]}.txt"
    async with seated(store, size) as seat:
        for theme in THEMES:
            seat.app.theme = theme
            text = await seat.settled()
            assert barless(text) == golden(name, text), theme
            await seat.press("5")
            await seat.press("1")


async def test_every_role_is_painted_in_the_colours_of_its_theme(store: Store) -> None:
    fill(store, book(1))
    async with seated(store) as seat:
        for theme in THEMES:
            seat.app.theme = theme
            await seat.settled()
            seen = set(PALETTES[theme].values())
            for role in ROLES:
                style = seat.screen.card.base + looks(theme)[role]
                assert style.color is not None
                assert _hex(style.color) in seen, role
                assert style.bgcolor is None or _hex(style.bgcolor) in seen, role


async def test_without_colour_every_screen_is_grey_and_says_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, book())
    monkeypatch.setenv("NO_COLOR", "1")
    async with seated(store, (140, 45)) as seat:
        text = await seat.settled()
        assert barless(text) == golden("queue-140x45.txt", text)
        strips = seat.app.screen._compositor.render_strips()
        styles = [segment.style for strip in strips for segment in strip if segment.style is not None]
        colours = {colour.get_truecolor() for style in styles for colour in (style.color, style.bgcolor) if colour is not None}
        assert len(colours) > 3
        assert all(red == green == blue for red, green, blue in colours)


def test_every_role_has_a_look() -> None:
    assert set(LOOKS) == set(ROLES)


def _hex(colour: Color) -> str:
    return colour.get_truecolor().hex.lower()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("pair", PAIRS)
def test_every_text_can_be_read_on_its_background(theme: str, pair: tuple[str, str]) -> None:
    text, back = (PALETTES[theme][name] for name in pair)
    assert contrast(text, back) >= 4.5


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


async def test_pages_and_dialogs_look_like_this(store: Store) -> None:
    fill(store, book(4))
    async with seated(store, (80, 24)) as seat:
        for key in ("question_mark", "x", "e", "d", "W"):
            await seat.press(key)
            await seat.until("esc ")
            text = await seat.settled()
            assert barless(text) == golden(f"dialog-{key}-80x24.txt", text)
            await seat.press("escape")


@pytest.mark.parametrize(
    "module", ["review_tui", "review_tui.launch", "review_tui.text", "review_tui.plain", "review_tui.desk", "review_tui.keymap"]
)
def test_what_does_not_draw_does_not_load_the_framework(module: str) -> None:
    code = f"import sys, {module}; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
