"""What the case is worth and what kind of growth it is, as lines. Pure; the figures are said as everywhere else (`agent.economics`)."""

from __future__ import annotations

from typing import Any

from agent.economics import is_unknown, said
from review_tui.lines import Line, flow, line
from review_tui.quotes import numbers
from review_tui.text import safe
from review_tui.view import View


def money(economics: dict[str, Any], width: int) -> list[Line]:
    """A line for each figure; what nobody knows yet in one, by whom to ask."""
    asked: dict[str, list[str]] = {}
    lines: list[Line] = []
    for name, value in economics.items():
        if is_unknown(value):
            asked.setdefault(_whom(value), []).append(plain(name))
        else:
            lines += flow([(f"{plain(name)}: ", "dim"), (safe(said(value)), "body")], width)
    unknown = "; ".join(f"ask {whom} for {', '.join(names)}" for whom, names in asked.items())
    if unknown:
        lines += flow([("unknown: ", "missing"), (unknown, "body")], width)
    return lines or [line("nothing was worked out", "dim")]


def _whom(value: Any) -> str:
    """`unknown - ask support: tickets a month` -> `support`."""
    return safe(str(value).partition("ask ")[2].partition(":")[0]) or "finance"


def growth(view: View, width: int) -> list[Line]:
    quality = view.draft.quality
    what = f"{quality.class_} growth" if quality.class_ != "fog" else "fog: the quality questions are not answered"
    kind = plain(view.draft.expansion_type)
    expands = f"; expands {', '.join(map(plain, view.draft.what_expands))}" if view.draft.what_expands else ""
    head = f"{what}{f' ({kind})' if kind != 'none' else ''}{expands}"
    lines = flow([(head, "body")], width)
    for mark in quality.marks:
        refs = numbers(view.quotes, mark.signals)
        lines += flow([("~ ", "pretend"), (safe(mark.text) + " ", "body"), (refs, "key")], width)
    return lines


def plain(name: str) -> str:
    return safe(name.replace("_", " ").replace("cogs", "COGS"))
