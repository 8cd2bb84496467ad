"""Figures as bars of text and as inline SVG: no dependency, no colour that carries meaning alone. Pure."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Final

EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
Point = tuple[str, float | None]


def bars(points: Sequence[Point], *, width: int = 40, percent: bool = True) -> list[str]:
    """A line for each point: label, bar from zero, value. `-` where there is none. Labels must already be safe to print."""
    top = max((value for _, value in points if value is not None and math.isfinite(value)), default=0.0)
    pad = max((len(label) for label, _ in points), default=0)
    lines = []
    for label, value in points:
        if value is None:
            lines.append(f"{label:<{pad}}  {'':{width}}  -")
            continue
        shown = f"{value:.1%}" if percent else f"{value:,.0f}"
        lines.append(f"{label:<{pad}}  {_bar(value, top, width):<{width}}  {shown}")
    return lines


def _bar(value: float, top: float, width: int) -> str:
    eighths = round(max(0.0, value) / top * width * 8) if top > 0 else 0
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (EIGHTHS[rest] if rest else "")


def lines_svg(title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]]) -> str:
    """Shares over periods as an SVG with one line a series, told apart by dashes and a name at its end. Everything is escaped."""
    found = [value for _, values in series for value in values if value is not None]
    if not found or len(labels) < 2:
        return ""
    low, high = min(0.8, *found), max(1.0, *found)
    left, top, wide, tall = 52.0, 16.0, 560.0, 200.0
    across = [left + wide * at / (len(labels) - 1) for at in range(len(labels))]

    def up(value: float) -> float:
        return top + tall * (high - value) / (high - low)

    parts = [
        f'<svg viewBox="0 0 720 260" role="img" aria-label="{html.escape(title, quote=True)}" class="plot">',
        f"<title>{html.escape(title)}</title>",
    ]
    for share in sorted({low, 1.0, high}):
        parts.append(f'<line x1="{left:.0f}" x2="{left + wide:.0f}" y1="{up(share):.1f}" y2="{up(share):.1f}" class="grid"/>')
        parts.append(f'<text x="{left - 6:.0f}" y="{up(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    step = max(1, -(-len(labels) // 8))
    parts += [
        f'<text x="{across[at]:.1f}" y="{top + tall + 20:.0f}" text-anchor="middle">{html.escape(labels[at])}</text>'
        for at in range(0, len(labels), step)
    ]
    for number, (name, values) in enumerate(series):
        path, pen = [], "M"
        for x, value in zip(across, values, strict=True):
            if value is None:
                pen = "M"
                continue
            path.append(f"{pen}{x:.1f},{up(value):.1f}")
            pen = "L"
        last = next((value for value in reversed(values) if value is not None), None)
        parts.append(f'<path d="{" ".join(path)}" class="line" stroke-dasharray="{("none", "6 3", "2 3")[number % 3]}"/>')
        if last is not None:
            parts.append(f'<text x="{left + wide + 8:.0f}" y="{up(last) + 4:.1f}">{html.escape(name)} {last:.1%}</text>')
    return "".join([*parts, "</svg>"])
