"""The telemetry behind a usage claim as a small plot of text, with the figures that it was drawn from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from agent.signals import Measurement
from retrieval.records import Record
from review_tui.dates import day
from review_tui.lines import Line, flow, line, row
from review_tui.text import safe

BLOCKS = " ▁▂▃▄▅▆▇█"
AXIS = 10


def series_of(record: Record) -> list[tuple[date, float]]:
    """The (day, value) pairs of a usage record, by day; lines that are none are left out."""
    found: list[tuple[date, float]] = []
    for text in record.text.splitlines():
        head, _, tail = text.replace(",", " ").partition(" ")
        try:
            found.append((date.fromisoformat(head), float(tail)))
        except ValueError:
            continue
    return found


def plot_lines(record: Record, measurement: Measurement, width: int, today: date, *, height: int = 8) -> list[Line]:
    """What was measured, how, and the series as columns on a scale from zero: growth from a cut-off axis is no growth."""
    lines = flow([(safe(measurement.formula), "strong")], width)
    lines += flow([("used rows: ", "dim"), (safe(measurement.window), "body")], width)
    points = series_of(record)
    if not points:
        return [*lines, line("The series itself is not readable here.", "missing")]
    room = max(8, width - AXIS)
    kept = points[-room:] if len(points) > room else points
    step = max(1, min(3, room // len(kept)))
    top = max(value for _, value in kept)
    scale = top if top > 0 else 1.0
    lines.append(line())
    for level in range(height, 0, -1):
        mark = {height: _figure(top), (height + 1) // 2: _figure(scale * ((height + 1) // 2) / height)}.get(level, "")
        bars = "".join(_block(value / scale * height - (level - 1)) * max(1, step - 1) + " " * (step > 1) for _, value in kept)
        lines.append(row((f"{mark:>{AXIS - 2}} |", "dim"), (bars, "supports")))
    lines.append(row((f"{'0':>{AXIS - 2}} +", "dim"), ("-" * (len(kept) * step), "dim")))
    first, last = day(kept[0][0].isoformat(), today), day(kept[-1][0].isoformat(), today)
    gap = " " * max(1, len(kept) * step - len(first) - len(last))
    lines.append(row((" " * AXIS, "dim"), (first + gap + last, "dim")))
    latest = ", ".join(f"{day(when.isoformat(), today)}: {_figure(value)}" for when, value in kept[-6:])
    return lines + flow([("last rows ", "dim"), (latest, "body")], width)


def _block(filled: float) -> str:
    return BLOCKS[max(0, min(8, round(filled * 8)))]


def _figure(value: float) -> str:
    if abs(value) >= 10_000:
        return f"{value / 1000:,.0f}k"
    return f"{value:g}" if value == int(value) else f"{value:.2f}"


def figures(points: Sequence[tuple[date, float]], today: date) -> str:
    """The series in words, for plain mode."""
    return ", ".join(f"{day(when.isoformat(), today)}: {_figure(value)}" for when, value in points)
