"""Everything that can be done in the queue: one registry, read by the key map, help, hint bar, palette and documentation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Group = Literal["decide", "evidence", "move", "queue", "window"]
Needs = Literal["", "item", "quote", "marks"]


@dataclass(frozen=True, slots=True)
class Act:
    """One action. `hint` is its word in the hint bar, in order of `rank` (0: never there)."""

    id: str
    group: Group
    keys: tuple[str, ...]
    label: str
    hint: str = ""
    rank: int = 0
    needs: Needs = ""


ACTIONS: Final[tuple[Act, ...]] = (
    Act("approve", "decide", ("a", "A"), "Approve", "approve", 1, "item"),
    Act("reject", "decide", ("x", "X"), "Reject, with a reason", "reject", 3, "item"),
    Act("edit", "decide", ("e", "E"), "Edit the claims, then approve", "edit", 4, "item"),
    Act("proof", "decide", ("p", "P"), "Ask for proof: what, of whom, by when", "proof", 5, "item"),
    Act("snooze", "decide", ("z", "Z"), "Snooze until a day", "snooze", 6, "item"),
    Act("undo", "decide", ("u", "ctrl+z"), "Undo your last decision", "undo", 7),
    Act("redo", "decide", ("ctrl+r", "ctrl+y"), "Redo what you undid", "", 0),
    Act("mark", "decide", ("space",), "Mark for a batch, and move down", "mark", 12, "item"),
    Act("mark_range", "decide", ("V",), "Mark a range: press, move, press again", "", 0, "item"),
    Act("mark_all", "decide", ("*",), "Mark every item that is shown on this page"),
    Act("clear_marks", "decide", ("-",), "Clear the marks", "", 0, "marks"),
    Act("next_quote", "evidence", ("n",), "Next quote", "quote", 8, "quote"),
    Act("previous_quote", "evidence", ("N",), "Previous quote", "", 0, "quote"),
    Act("counter", "evidence", ("c",), "Counter-evidence: its quotes one after the other", "counter", 10, "item"),
    Act("missing", "evidence", ("M",), "Go to the missing proof", "", 0, "item"),
    Act("source", "evidence", ("o",), "The whole source, full screen", "source", 9, "quote"),
    Act("check", "evidence", ("v",), "Tick the quote: I checked it", "checked", 13, "quote"),
    Act("flag", "evidence", ("w",), "Flag the quote: it does not say that", "wrong quote", 14, "quote"),
    Act("copy_quote", "evidence", ("y",), "Copy the quote with its source", "copy", 15, "quote"),
    Act("copy_card", "evidence", ("Y",), "Copy the card as text", "", 0, "item"),
    Act("provenance", "evidence", ("i",), "Where it comes from: run, model, prompts, readers", "", 0, "item"),
    Act("revisions", "evidence", ("d",), "Revisions, and what changed since the decision", "changes", 16, "item"),
    Act("down", "move", ("j", "down"), "Down"),
    Act("up", "move", ("k", "up"), "Up"),
    Act("page_down", "move", ("ctrl+d", "pagedown"), "A page down"),
    Act("page_up", "move", ("ctrl+u", "pageup"), "A page up"),
    Act("first", "move", ("g", "home"), "First"),
    Act("last", "move", ("G", "end"), "Last"),
    Act("next_open", "move", ("J",), "Next undecided item"),
    Act("previous_open", "move", ("K",), "Previous undecided item"),
    Act("open", "move", ("enter", "l", "right"), "Into the card", "", 0, "item"),
    Act("back", "move", ("escape", "h", "left"), "Back one step; then clear the filter"),
    Act("next_pane", "move", ("tab",), "Next pane", "pane", 17),
    Act("previous_pane", "move", ("shift+tab",), "Previous pane"),
    Act("filter", "queue", ("/",), "Filter and search", "filter", 11),
    Act("views", "queue", ("f",), "Saved views"),
    Act("save_view", "queue", ("F",), "Save this filter as a view"),
    Act("reload", "queue", ("R",), "Load what is new"),
    Act("sort", "queue", ("s",), "Sort: grade, renewal, newest, account", "sort", 20),
    Act("owner", "queue", ("m",), "Mine, or everybody's"),
    Act("history", "queue", ("H",), "Decisions, newest first; reopen any"),
    Act("manager", "queue", ("W",), "The week by quality"),
    Act("zoom_in", "window", ("+", "="), "Give this pane the room", "zoom", 18),
    Act("zoom_out", "window", ("_",), "Share the room again"),
    Act("wider", "window", (">",), "Widen the list"),
    Act("narrower", "window", ("<",), "Narrow the list"),
    Act("theme", "window", ("T",), "Next theme"),
    Act("palette", "window", (":", "ctrl+p"), "Find an action by name", "commands", 19),
    Act("help", "window", ("?", "f1"), "All keys", "keys", 2),
    Act("quit", "window", ("q", "ctrl+q"), "Quit"),
    Act("screenshot", "window", (), "Write the screen to an SVG file"),
)

BY_ID: Final = {act.id: act for act in ACTIONS}
GROUPS: Final[dict[Group, str]] = {
    "decide": "Decide",
    "evidence": "Evidence",
    "move": "Move",
    "queue": "Queue",
    "window": "Window",
}
DECIDING: Final = frozenset({"approve", "reject", "edit", "proof", "snooze", "check", "flag"})
"""Actions that the dwell guard protects from a held key."""
QUOTE_KEYS: Final = tuple("123456789")
"""Digits open the quote of that number; they cannot be given to anything else."""


def shown(keys: Iterable[str]) -> str:
    """Keys as the hint bar and help name them."""
    names = {"escape": "esc", "pagedown": "pgdn", "pageup": "pgup"}
    return " ".join(names.get(key, key) for key in keys)


def key_table(keys: dict[str, tuple[str, ...]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Help: each group with its (keys, label) lines."""
    table: list[tuple[str, list[tuple[str, str]]]] = []
    for group, title in GROUPS.items():
        rows = [(shown(keys.get(act.id, ())), act.label) for act in ACTIONS if act.group == group and keys.get(act.id)]
        table.append((title, rows))
    table[1][1].insert(0, ("1-9", "Open the quote of that number"))
    return table
