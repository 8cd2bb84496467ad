"""Pages to read: provenance, revisions, history, the manager's week, help. Lines only, pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from agent.decisions import REASONS, Decision
from agent.queue import Hypothesis, Revision, Row
from review_tui.actions import key_table
from review_tui.changes import changes
from review_tui.dates import clock, day
from review_tui.filters import HELP
from review_tui.lines import Line, flow, line, row
from review_tui.quotes import Quote
from review_tui.rows import VERBS
from review_tui.text import cells, fit, safe
from review_tui.view import NAMES, View


def provenance_lines(view: View, quote: Quote | None, voice_reason: str, locator: str, width: int) -> list[Line]:
    """Who made this, from what, and why the quote counts as whose words."""
    made = view.draft.drafted_by
    facts = [
        ("hypothesis", f"{view.row.id}, revision {view.row.revision}, version {view.row.version}"),
        ("drafted by", safe(made.model) + (", wording by a person" if view.row.edited else "")),
        ("prompts", ", ".join(f"{safe(name)} {safe(version)}" for name, version in made.prompts.items()) or "none"),
        ("run", f"{safe(made.run)} at {view.row.drafted_at}, cost {'unknown' if made.cost is None else f'{made.cost:.4f}'}"),
        ("owner", safe(view.draft.owner)),
    ]
    if quote is not None:
        signal = quote.signal
        facts += [
            ("quote", f"{quote.number}: {signal.info.label} ({signal.stance.value}), {signal.strength}"),
            ("found by", safe(signal.method)),
            ("place", f"{safe(signal.source)}, {safe(locator)}, characters {signal.start}-{signal.end}"),
            ("record", safe(signal.record_id)),
            ("match", quote.status()),
            ("voice", f"{signal.voice.value}: {safe(voice_reason)}"),
        ]
        if signal.resolved:
            facts.append(("settled by", safe(signal.resolved_by or "later words")))
    return [one for name, text in facts for one in _fact(name, text, width)]


def _fact(name: str, text: str, width: int) -> list[Line]:
    body = flow([(text, "body")], width - 12)
    return [row((fit(name if at == 0 else "", 12), "label"), *one.spans) for at, one in enumerate(body)]


def revision_lines(revisions: Sequence[Revision], log: Sequence[Decision], now: datetime, width: int) -> list[Line]:
    """Newest first: each revision with what it changed, and the decisions that were taken on it."""
    today = now.date()
    lines: list[Line] = []
    for at in range(len(revisions) - 1, -1, -1):
        current = revisions[at]
        by = f"by {safe(current.editor)}" if current.editor else f"by run {safe(current.run_id)}"
        lines.append(
            row((f"Revision {current.number}", "strong"), (f"  {day(current.at, today)} {clock(current.at)} {by}", "dim"))
        )
        for entry in (entry for entry in reversed(log) if entry.revision == current.number):
            lines += [Line((("  ", "body"), *one.spans)) for one in flow([(decision_words(entry, now), "key")], width - 2)]
        if at:
            told = changes(revisions[at - 1].draft, current.draft) or ["Nothing that matters changed."]
            lines += [Line((("  ", "body"), *one.spans)) for text in told for one in flow([(text, "body")], width - 2)]
        else:
            lines.append(line(f"  First draft: {current.draft.grade.value}, {len(current.draft.claims)} claims.", "body"))
        lines.append(line())
    return lines


def decision_words(entry: Decision, now: datetime) -> str:
    """One entry of the log in a sentence."""
    why = f": {REASONS.get(entry.reason, entry.reason)}" if entry.reason else ""
    note = f" - {safe(entry.note)}" if entry.note and entry.action.value not in ("check", "flag") else ""
    until = f" until {entry.until}" if entry.until else ""
    when = f"{day(entry.at, now.date())} {clock(entry.at)}"
    return f"{when} {safe(entry.actor)} {entry.action.value}{until}{why}{note}"


def history_lines(log: Sequence[Decision], accounts: dict[str, str], now: datetime, width: int) -> list[Line]:
    """The newest decisions, numbered so that a digit reopens one of the first nine."""
    if not log:
        return [line("Nothing has been decided yet.", "dim")]
    undone = {entry.undoes for entry in log if entry.undoes}
    lines: list[Line] = []
    for number, entry in enumerate(log, start=1):
        verb = VERBS[entry.action]
        gone = " (taken back)" if entry.id in undone else ""
        account = safe(accounts.get(entry.hypothesis_id, entry.hypothesis_id))
        head = f"{number if number < 10 else '':>2} {clock(entry.at)} {day(entry.at, now.date()):<7} "
        why = f": {REASONS.get(entry.reason, entry.reason)}" if entry.reason else ""
        note = f" - {safe(entry.note)}" if entry.note and entry.action.value not in ("check", "flag") else ""
        body = flow(
            [(f"{verb} {account}", "strong" if not gone else "dim"), (gone, "missing"), (why + note, "body")],
            width - len(head) - 1,
        )
        for at, one in enumerate(body):
            lines.append(Line(((head if at == 0 else " " * len(head), "dim"), *one.spans)))
        lines.append(row((" " * len(head), "dim"), (f"by {safe(entry.actor)}", "dim")))
    return lines


def manager_lines(items: Sequence[Hypothesis], rows: Sequence[Row], width: int) -> list[Line]:
    """The week's hypotheses by their quality: what is being pretended, what is missing, who pulls. No dates of closing, no amounts:
    the inspection asks whether the customer's behaviour has changed enough, not when the money comes."""
    lines = flow(
        [
            (
                f"{len(items)} hypotheses were drafted or moved in the last seven days. None is ranked by size or close date.",
                "body",
            )
        ],
        width,
    )
    lines.append(line())
    lines += _tally("Grade", Counter(item.draft.grade.value for item in items), len(items), width)
    lines += _tally("Who pulls", Counter(item.draft.push_or_pull for item in items), len(items), width)
    lines += _tally("Growth", Counter(item.draft.quality.class_ for item in items), len(items), width)
    missing = Counter(NAMES.get(name, name) for item in items for name in item.draft.missing_proof)
    lines += _tally("Missing proof", missing, len(items), width)
    pretended = [(item, pretence) for item in items for pretence in item.draft.pretended]
    lines += [
        row(("What is being pretended", "label"), (f"  in {len({item.id for item, _ in pretended})} of {len(items)}", "dim"))
    ]
    names = {found.id: found.account for found in rows}
    for item, pretence in pretended[:60]:
        lines += flow(
            [("~ ", "pretend"), (safe(names.get(item.id, item.account_id)) + ": ", "strong"), (safe(pretence.text), "body")],
            width,
        )
    lines.append(line())
    lines.append(line("Pushed by us, or promising without a named next step", "label"))
    for item in items:
        pushed = item.draft.push_or_pull == "push"
        stuck = item.draft.grade.value == "promising" and "stakeholder_pull" in item.draft.missing_proof
        if pushed or stuck:
            why = "pushed by us" if pushed else "nobody there has asked for a next step"
            lines += flow([("? ", "missing"), (safe(names.get(item.id, item.account_id)) + ": ", "strong"), (why, "body")], width)
    return lines


def _tally(title: str, counts: Counter[str], total: int, width: int) -> list[Line]:
    lines = [line(title, "label")]
    scale = max(counts.values(), default=1)
    for name, count in counts.most_common():
        bar = "=" * max(1, round(count / scale * max(8, width - 40)))
        lines.append(row((fit("  " + safe(name.replace("_", " ")), 22), "body"), (f"{count:>5} ", "strong"), (bar, "dim")))
    if not counts:
        lines.append(line("  none", "dim"))
    return [*lines, line()]


def help_lines(keys: dict[str, tuple[str, ...]], width: int) -> list[Line]:
    """Every key, by what it is for; then the filter language."""
    lines: list[Line] = []
    for title, table in key_table(keys):
        lines.append(line(title, "label"))
        for used, label in table:
            lines += [
                row((fit(f"  {used if at == 0 else ''}", 20), "key"), *one.spans)
                for at, one in enumerate(flow([(label, "body")], width - 20))
            ]
        lines.append(line())
    lines.append(line("Marks in the list and on the card", "label"))
    for sign, meaning in (
        ("> *", "cursor; marked for a batch"),
        ("A R P Z", "approved, rejected, proof asked, snoozed"),
        ("+ - ? ~", "supports; counters; missing; looks like a reason and is none"),
        ("1+|", "this line holds quote 1, which supports"),
        (">> <<", "the exact words that were quoted"),
        ("ck WRONG?", "somebody checked the quote in its source; somebody says it does not support"),
    ):
        lines.append(row((fit(f"  {sign}", 20), "key"), (meaning, "body")))
    lines += [line(), line("Filter language (/)", "label")]
    for example, meaning in HELP:
        lines.append(row((fit(f"  {example}", max(26, cells(example) + 3)), "key"), (meaning, "body")))
    return lines


def quote_citation(view: View, quote: Quote) -> str:
    """A quote as it is pasted elsewhere: words, whose, where, when."""
    parts = [quote.who(), quote.signal.date, safe(quote.signal.source), safe(view.row.account)]
    return f"{quote.words} - {', '.join(part for part in parts if part)}"
