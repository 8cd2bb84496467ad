"""The learning curve as it was last measured: its file, its table in evals/README.md, its plot. No model is trained here.

`python -m evals.training.curve` measures and writes it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.errors import UsageError

FILE: Final = Path(__file__).parent / "baselines" / "learning_curve.json"
README: Final = Path(__file__).parent / "README.md"
OPEN, CLOSE = "<!-- curve -->", "<!-- /curve -->"
_BLOCK = re.compile(rf"{re.escape(OPEN)}\n.*?{re.escape(CLOSE)}", re.DOTALL)

WIDE, TALL, LEFT, FOOT = 720, 240, 60, 30
"""Of the plot, in its own units."""


@dataclass(frozen=True, slots=True)
class Point:
    """What was learned from so many accounts is worth on accounts that were not learned from."""

    accounts: int
    f1: float
    low: float
    high: float
    """The ends of the 95 % interval by account."""
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Curve:
    books: int
    accounts: int
    """Each scored once at every point."""
    sentences: int
    points: tuple[Point, ...]

    @property
    def last_step(self) -> float:
        """What the last doubling was worth: F1 of the largest set less that of the one nearest to half of it; 0 for one point."""
        last = self.points[-1]
        half = min(self.points, key=lambda point: abs(point.accounts - last.accounts / 2))
        return last.f1 - half.f1


def read(path: Path = FILE) -> Curve | None:
    """The measured curve; None where there is none. Raises UsageError where the file is another."""
    if not path.is_file():
        return None
    try:
        row = json.loads(path.read_text("utf-8"))
        return Curve(**{**row, "points": tuple(Point(**point) for point in row["points"])})
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{path} is no learning curve: {error}.", "`python -m evals.training.curve` writes it.") from error


def table(curve: Curve) -> str:
    """As Markdown."""
    lines = ["| accounts learned from | F1 | 95 % interval | precision | recall |", "| ---: | ---: | ---: | ---: | ---: |"]
    lines += [
        f"| {p.accounts} | {p.f1:.3f} | {p.low:.3f} to {p.high:.3f} | {p.precision:.2f} | {p.recall:.2f} |" for p in curve.points
    ]
    head = f"{curve.accounts} accounts of {curve.books} training books ({curve.sentences:,} sentences), each held out once at every point."
    return "\n".join([head, "", *lines, "", f"The last doubling brought {curve.last_step:+.3f}."])


def fill(text: str, block: str) -> str:
    """The text with the block between its markers. Raises UsageError where there are none."""
    if not _BLOCK.search(text):
        raise UsageError("evals/README.md has no place for the curve.", f"Put the lines {OPEN} and {CLOSE} where it belongs.")
    return _BLOCK.sub(lambda _match: f"{OPEN}\n{block}\n{CLOSE}", text, count=1)


def plot(curve: Curve) -> str:
    """F1 against accounts as SVG, with intervals; the table has the numbers."""
    most = max(point.accounts for point in curve.points)
    parts = [f'<svg viewBox="0 0 {WIDE} {TALL}" role="img" aria-label="F1 by accounts learned from" class="plot">']
    for mark in (0.0, 0.2, 0.4, 0.6, 0.8):
        parts.append(f'<line x1="{LEFT}" x2="{WIDE - 10}" y1="{_y(mark):.1f}" y2="{_y(mark):.1f}" class="grid"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{_y(mark) + 4:.1f}" text-anchor="end">{mark:g}</text>')
    spots = [(LEFT + (WIDE - LEFT - 30) * point.accounts / most, point) for point in curve.points]
    line = " ".join(f"{x:.1f},{_y(point.f1):.1f}" for x, point in spots)
    parts.append(f'<polyline points="{line}" fill="none" class="line"/>')
    for x, point in spots:
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_y(point.low):.1f}" y2="{_y(point.high):.1f}" class="line"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{_y(point.f1):.1f}" r="4" fill="currentColor"/>')
        parts.append(f'<text x="{x:.1f}" y="{TALL - 8}" text-anchor="middle">{point.accounts}</text>')
    return "".join([*parts, "</svg>"])


def _y(share: float) -> float:
    return TALL - FOOT - (TALL - FOOT - 10) * min(1.0, max(0.0, share)) / 0.8
