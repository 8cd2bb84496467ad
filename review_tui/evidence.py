"""The evidence of a card as lines: proof by component, counter-evidence, and what is missing. Pure."""

from __future__ import annotations

from agent.hypotheses import ComponentProof
from agent.kinds import Component, Stance
from review_tui.lines import Line, clip, flow, line, row
from review_tui.quotes import Quote
from review_tui.text import cells, cut, fit, safe
from review_tui.view import BRIEFLY, NAMES, View

HEAD = 10
"""Columns of the word in front of a quote on one line: `adjacency ` is the longest."""


def proof(view: View, width: int, level: int) -> list[Line]:
    """The components that are met, each with its evidence; what is missing has its own section."""
    by_id = {quote.signal.id: quote for quote in view.quotes}
    lines: list[Line] = []
    for name, part in view.draft.components.items():
        if part.status != "met":
            continue
        evidence = [by_id[key] for key in part.signals if key in by_id]
        named, briefly = NAMES.get(name, safe(name)), BRIEFLY.get(name, safe(name))
        if not evidence:
            lines.append(row(("+ ", "supports"), (named, "strong"), (_closed(name, part), "dim")))
            continue
        if level == 0:
            lines.append(row(("+ ", "supports"), (named, "strong")))
            lines += [one for quote in evidence for one in quote_lines(quote, width - 2, view, indent="  ")]
        elif level == 1:
            lines += [_one_line(quote, width, view, head=briefly if at == 0 else "") for at, quote in enumerate(evidence[:3])]
        else:
            more = f"+{len(evidence) - 1}" if len(evidence) > 1 else ""
            lines.append(_one_line(evidence[0], width, view, head=briefly, tail=more))
    return lines or [line("no component of the proof is met", "dim")]


def _closed(name: str, part: ComponentProof) -> str:
    if name == Component.ADOPTION_RISK.value:
        return ": none heard" if not part.signals else ": every risk that was heard is settled"
    return ": evidence withdrawn since"


def quote_lines(quote: Quote, width: int, view: View, *, indent: str = "", most: int = 3) -> list[Line]:
    """A quote in up to `most` lines, then whose words they are and where they stand."""
    lead = f"{indent}{quote.sign}{quote.number:>2} "
    body = flow([(quote.words, "quote" if quote.signal.quote else "body")], width - len(lead), quote=quote.number)
    body = limited(body, most, width - len(lead))
    meta = " | ".join(
        part for part in (quote.who(), quote.when(view.now.date()), quote.status(), safe(quote.signal.source)) if part
    )
    out = [Line(((lead if at == 0 else " " * len(lead), quote.role), *one.spans), quote.number) for at, one in enumerate(body)]
    out.append(row((" " * len(lead), "body"), (cut(meta, width - len(lead)), "dim"), quote=quote.number))
    return out


def _one_line(quote: Quote, width: int, view: View, *, head: str | None = None, tail: str = "") -> Line:
    """A `head` takes its columns even where it is empty, so that the quotes below it stand in line."""
    today = view.now.date()
    lead = f"{quote.sign}{quote.number:>2} "
    named = fit(head, HEAD) if head is not None and width > 60 else ""
    who = cut(quote.who().split(",")[0], 16)
    meta = f" {who} {quote.when(today)} {quote.status(brief=True)}" + (f" {tail}" if tail else "")
    room = width - cells(lead) - cells(named) - cells(meta)
    if room < 24:
        meta = f" {quote.when(today)}" + (f" {tail}" if tail else "")
        room = width - cells(lead) - cells(named) - cells(meta)
    words = cut(quote.words, room)
    gap = " " * max(0, room - cells(words))
    role = "quote" if quote.signal.quote else "body"
    return row((named, "strong"), (lead, quote.role), (words, role), (gap, "body"), (meta, "dim"), quote=quote.number)


def counter(view: View, width: int, level: int) -> list[Line]:
    against = view.of(Stance.OPPOSES)
    if not against:
        return [line("none was found in tickets, calls, notes and usage", "dim")]
    if level == 0:
        return [one for quote in against for one in _kind_line(quote) + quote_lines(quote, width, view)]
    if level == 1:
        return [_one_line(quote, width, view) for quote in against]
    most = 2 if level == 2 else 1
    tail = f"+{len(against) - most} (c)" if len(against) > most else ""
    shown = against[:most]
    return [_one_line(quote, width, view, tail=tail if quote is shown[-1] else "") for quote in shown]


def _kind_line(quote: Quote) -> list[Line]:
    blocking = " - blocks while it is open" if quote.signal.blocks else ""
    return [row(("- ", "counter"), (quote.signal.info.label, "strong"), (blocking, "warn"), quote=quote.number)]


def missing(view: View, width: int, level: int) -> list[Line]:
    gaps = [(NAMES.get(name, safe(name)), view.draft.components.get(name)) for name in view.draft.missing_proof]
    if not gaps:
        return [line("nothing: all five components are met", "dim")]
    if level >= 2:
        return [row((cut("   ".join(f"? {name}" for name, _ in gaps), width), "missing"))]
    lines: list[Line] = []
    for name, part in gaps:
        gap = safe(part.gap) if part is not None and part.gap else "unknown: ask"
        body = flow([(f"? {name}: ", "missing"), (gap, "body")], width)
        lines += body if level == 0 else limited(body, 1, width)
    return lines


def limited(lines: list[Line], most: int, width: int) -> list[Line]:
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    text, role = last.spans[-1] if last.spans else ("", "body")
    spans = (*last.spans[:-1], (text + " " * width, role))
    return [*lines[: most - 1], clip(last._replace(spans=spans), width)]
