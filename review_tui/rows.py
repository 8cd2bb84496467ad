"""The lines of the list, the frame around it, and the words for its states. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from datetime import datetime

from agent.decisions import Action, Decision
from agent.hypotheses import State
from agent.queue import ORDERS, TOP, Row
from review_tui.actions import ACTIONS, shown
from review_tui.desk import Desk, Tally
from review_tui.lines import Line, Span, flow, line, row
from review_tui.text import cells, cut, fit, safe
from review_tui.why import STATE_LETTERS, short

GRADE_ROLES = {"earned": "supports", "promising": "strong", "blocked": "counter", "wish": "missing"}
WHY = 11
EVIDENCE = 10
"""`+18 -11 ?4` with a blank after all but the longest."""
VERBS = {
    Action.APPROVE: "Approved",
    Action.REJECT: "Rejected",
    Action.PROOF: "Asked for proof on",
    Action.SNOOZE: "Snoozed",
    Action.CHECK: "Ticked a quote of",
    Action.FLAG: "Flagged a quote of",
    Action.UNDO: "Took back",
}


def row_line(
    item: Row | None, width: int, now: datetime, *, cursor: bool, marked: bool, pending: str | None, returned: Decision | None
) -> Line:
    """One hypothesis: cursor, mark, state, grade, account, evidence for and against and missing, title, why it is here."""
    if item is None:
        return line(" " * 4 + "withdrawn, or not readable now: R loads the list again", "dim")
    letter = "…" if pending else STATE_LETTERS[item.state]
    lead = f"{'>' if cursor else ' '}{'*' if marked else ' '}{letter} "
    evidence = f"+{item.supports} -{item.counters} ?{item.missing}"
    wide = width >= 72
    account_width = 20 if wide else max(10, width - 4 - 10 - EVIDENCE - WHY - 1)
    role = "body" if item.state is State.OPEN and not pending else "done"
    parts: list[Span] = [
        (lead, role),
        (fit(item.grade.value, 10), GRADE_ROLES[item.grade.value] if role == "body" else role),
        (fit(safe(item.account), account_width) + " ", role),
        (fit(evidence, EVIDENCE), role),
    ]
    if wide:
        left = max(8, width - 4 - 10 - account_width - 1 - EVIDENCE - WHY - 1)
        parts.append((" " + fit(safe(item.title), left - 1) + " ", role))
    parts.append((cut(short(item, returned, now), WHY).rjust(WHY), "dim"))
    return row(*parts)


def divider(width: int, above: int, below: int) -> Line:
    """Between what is for today and what can wait."""
    text = f"--- today's {above} above; {below:,} more can wait "
    return line(cut(text + "-" * width, width, mark=""), "dim")


def header(desk: Desk, width: int, *, who: str, failing: int, fresh: int) -> Line:
    """Who, how much, what is filtered; the filter is always named, with how to clear it."""
    owner = safe(desk.owner or "")
    if width < 120:  # what is filtered matters more than a mail domain
        who, owner = cut(who.partition("@")[0], 20), cut(owner.partition("@")[0], 20)
    whose = f" for {owner}" if owner not in ("", who) and not desk.everybody else ""
    parts: list[Span] = [(f" REVIEW {safe(who)}{whose}", "strong"), (f" | {desk.open_count:,} open", "body")]
    if fresh:
        parts.append((f", {fresh:,} new (R)", "missing"))
    done = desk.shelf.done_today
    parts.append((f" | {done} of {TOP} done today" if done < TOP else f" | {done} done today", "body"))
    if failing:
        parts.insert(1, (f" | SAVE FAILED: {failing} waiting", "error"))
    if desk.everybody and desk.owner is not None:
        parts.append((" | everybody's", "body"))
    if desk.order != ORDERS[0]:
        parts.append((f" | by {desk.order} (s)", "key"))
    if desk.filtered:
        parts.append((f" | filter: {safe(desk.text)} (esc clears)", "missing"))
    if desk.marks:
        parts.append((f" | {len(desk.marks)} marked", "key"))
    return row(*parts)


def list_title(desk: Desk) -> str:
    """Where the cursor is."""
    total = len(desk.shelf.ids)
    whose = "everybody's" if desk.everybody else "mine"
    return f"QUEUE {whose}  {desk.at + 1 if total else 0:,} of {total:,}" + (f"  {len(desk.marks)} marked" if desk.marks else "")


def hints(keys: dict[str, tuple[str, ...]], width: int, *, only: Iterable[str] | None = None) -> Line:
    """The keys that fit, the most needed ones first; help is always among them."""
    wanted = set(only) if only is not None else None
    chosen: list[tuple[int, str, str, str]] = []
    room = width
    ranked = sorted((act for act in ACTIONS if act.rank and keys.get(act.id)), key=lambda act: act.rank)
    for act in ranked:
        key = shown(keys[act.id][:1])
        size = cells(key) + 1 + cells(act.hint) + 2
        if size > room or (wanted is not None and act.id not in wanted):
            continue
        room -= size
        # Approve, reject, edit, proof, snooze, undo ...: shown in the order of their rank, help last, where people look for it.
        chosen.append((act.rank if act.id != "help" else 99, key, act.hint, act.id))
    spans: list[Span] = []
    for _, key, hint, name in sorted(chosen):
        spans += [(f" {key}", f"key:{name}"), (f" {hint}", f"body:{name}")]
    return Line(tuple(spans))


def empty_lines(desk: Desk, tally: Tally, width: int) -> list[Line]:
    """What stands in place of a card when there is none, with what to do."""
    if not desk.loaded:
        return [line("Loading...", "dim")]
    if desk.filtered:
        return [
            line(f"No item matches {safe(desk.text)}", "strong"),
            line(f"esc clears the filter ({desk.open_count:,} open); / changes it.", "body"),
        ]
    if not sum(desk.shelf.counts.values()):
        return _first_run(desk, width)
    told = ", ".join(f"{count} {name}" for name, count in desk.shelf.counts.items())
    return [
        line("All reviewed.", "strong"),
        line(f"Standing now: {told.replace('_', ' ')}.", "body"),
        line(f"This session: {summary(tally)}.", "body"),
        line("f shows other views, H what was decided, q quits.", "body"),
    ]


def _first_run(desk: Desk, width: int) -> list[Line]:
    """Nothing has been drafted, for this owner or at all: what to type, and the five keys that will be needed."""
    home = safe(str(desk.queue.store.home))
    whose = f" for {safe(desk.owner)}" if desk.owner and not desk.everybody else ""
    lines = [line(f"No hypotheses yet{whose}.", "strong"), line()]
    if whose:
        lines += flow(
            [("m", "key"), (" shows everybody's. ", "body"), ("Or fill this queue, in another terminal:", "body")], width
        )
    else:
        lines += flow([("Fill this queue, in another terminal:", "body")], width)
    where = f" --home {shlex.quote(home)}"
    for typed, does in (
        (f"earned run --book DIR{where}", "reads your exports and drafts the cases"),
        ("earned demo", "builds another queue, from the sample book, to look around in"),
    ):
        lines += [Line((("  ", "body"), *one.spans)) for one in flow([(typed, "key")], width - 2)]
        lines += [Line((("      ", "body"), *one.spans)) for one in flow([(does, "dim")], width - 6)]
    lines += [line(), *flow([("R", "key"), (" then loads what is new. The keys that matter:", "body")], width)]
    for key, does in (
        ("j k", "to the next case, and back"),
        ("1-9", "the words of that quote, in the conversation they come from"),
        ("a x", "approve; reject with a reason"),
        ("p z", "ask for proof: what, of whom, by when; snooze"),
        ("u ?", "undo; all keys"),
    ):
        lines.append(row((f"  {key}  ", "key"), (cut(does, width - 7), "body")))
    return lines


def summary(tally: Tally) -> str:
    """The session in one sentence."""
    names = {
        "approve": "approved",
        "reject": "rejected",
        "proof": "asked for proof",
        "snooze": "snoozed",
        "check": "quotes ticked",
    }
    names["flag"] = "quotes flagged"
    told = [f"{count} {names[name]}" for name, count in tally.done.items() if count]
    if tally.undone:
        told.append(f"{tally.undone} undone")
    return ", ".join(told) or "nothing decided"


def said(decision: Decision, account: str) -> str:
    """A decision as the status line tells it."""
    words = f"{VERBS[decision.action]} {safe(account)}"
    if decision.action is Action.SNOOZE and decision.until:
        words += f" until {decision.until}"
    return words
