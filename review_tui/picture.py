"""Pictures of the queue as SVG, for the documentation: `python -m review_tui.picture HOME` writes those of the README again.

The screen is the real one over a real home, on the day of its newest record, so that one home gives the same bytes on any day; nothing
is decided unless the keys decide. `python -m review_tui.picture HOME --keys j,2 --out one.svg` makes another one.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent.queue import Filter, Queue
from agent.store import Store, open_store
from review_tui.app import ReviewApp
from review_tui.desk import Desk
from review_tui.keymap import settings_from

FOLDER: Final = Path(__file__).parent / "screenshots"
FONT: Final = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_FETCHED_FONTS: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shot:
    """`keys` are pressed one after the other; a longer word than a key's name is typed."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()


SHOTS: Final = (
    Shot("queue", (140, 40)),
    Shot("blocked", (140, 40), ("/", "grade:blocked", "enter", "c")),
    Shot("doubt", (100, 30), ("/", "grade:blocked", "enter", "a")),
)


async def picture(
    store: Store, *, owner: str | None, size: tuple[int, int], keys: Sequence[str], theme: str = "review-dark"
) -> str:
    """The screen after these keys, as SVG that asks nobody for a font."""
    now = _day_of(store)
    desk = Desk(Queue(store, owner or "reviewer", lambda: now), owner, lambda: now)
    ticks = [0.0]
    app = ReviewApp(desk, settings_from({"theme": theme}, "review.toml"), tick=lambda: ticks[0])
    async with app.run_test(size=size) as pilot:
        await _rest(app)
        for key in keys:
            ticks[0] += 2  # as somebody who reads before they press
            await pilot.press(*(key if _is_text(key) else [key]))
            await _rest(app)
        svg = app.export_screenshot(title="earned review", simplify=True)
    return (
        _FETCHED_FONTS.sub("", svg)
        .replace("Fira Code, monospace", FONT)
        .replace("font-family: Fira Code", f"font-family: {FONT}")
    )


def _is_text(key: str) -> bool:
    return ":" in key and len(key) > 1


async def _rest(app: ReviewApp) -> None:
    """Until nothing has been read or painted for a while."""
    quiet = 0
    while quiet < 10:
        await asyncio.sleep(0.02)
        screen = app.screen
        owes = (
            app.queue_screen.reader.busy or screen._dirty_widgets or screen._layout_required or app.queue_screen.moving.settling
        )
        quiet = 0 if owes else quiet + 1


def _day_of(store: Store) -> datetime:
    """The morning after the newest evidence of the home."""
    queue = Queue(store, "reviewer")
    keys = queue.shelf(Filter()).ids[:1_000]
    days = [signal.date[:10] for key in keys for signal in queue.card(key).signals.values() if signal.date]
    newest = max(days, default="2026-01-01")
    return datetime.fromisoformat(newest).replace(hour=9, tzinfo=UTC)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m review_tui.picture", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--owner")
    parser.add_argument("--size", default="140x40", help="columns x lines")
    parser.add_argument("--keys", default="", help="keys to press first, separated by commas")
    parser.add_argument("--theme", default="review-dark")
    parser.add_argument("--out", type=Path, help="one picture to this file, instead of those of the README")
    given = parser.parse_args(argv)
    store = open_store(given.home)
    if given.out is not None:
        width, _, height = given.size.partition("x")
        shots = [(Shot("", (int(width), int(height)), tuple(key for key in given.keys.split(",") if key)), given.out)]
    else:
        FOLDER.mkdir(exist_ok=True)
        shots = [(shot, FOLDER / f"{shot.name}.svg") for shot in SHOTS]
    for shot, path in shots:
        svg = asyncio.run(picture(store, owner=given.owner, size=shot.size, keys=shot.keys, theme=given.theme))
        path.write_text(svg, encoding="utf-8")
        print(path)
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
