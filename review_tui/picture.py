"""Screenshots of the queue as SVG, for the documentation: `python -m review_tui.picture HOME --keys j,2 --out queue.svg`.

The screen is the real one over a real home; nothing is decided unless the keys decide.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.queue import Queue
from agent.store import Store, open_store
from review_tui.desk import Desk
from review_tui.keymap import load


async def picture(
    store: Store, *, owner: str | None, size: tuple[int, int], keys: Sequence[str], theme: str, pause: float = 0.8
) -> str:
    """The screen after these keys, as SVG. `pause` is how long each key may take to show its effect, in seconds."""
    from review_tui.app import ReviewApp

    settings = load(store.home)
    app = ReviewApp(Desk(Queue(store, owner or "reviewer"), owner), settings)
    async with app.run_test(size=size) as pilot:
        app.theme = theme or settings.theme
        await pilot.pause(pause * 2)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(pause)
        return app.export_screenshot(title="earned review", simplify=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m review_tui.picture", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--owner")
    parser.add_argument("--size", default="140x45", help="columns x lines")
    parser.add_argument("--keys", default="", help="keys to press first, separated by commas")
    parser.add_argument("--theme", default="")
    parser.add_argument("--out", type=Path, default=Path("review.svg"))
    given = parser.parse_args(argv)
    width, _, height = given.size.partition("x")
    store = open_store(given.home)
    keys = [key for key in given.keys.split(",") if key]
    svg = asyncio.run(picture(store, owner=given.owner, size=(int(width), int(height)), keys=keys, theme=given.theme))
    store.close()
    given.out.write_text(svg, encoding="utf-8")
    print(given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
