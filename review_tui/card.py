"""The card of one hypothesis as lines. Pure.

However small the pane, its first screen holds the claim, the counter-evidence and what is missing: a person who decides on the
first screen has seen what speaks against it. What does not fit is cut with a mark and said in full further down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.hypotheses import ComponentProof, Draft
from agent.kinds import KINDS, Component, Stance
from agent.queue import Card, Row
from review_tui.dates import age, day, parsed, until
from review_tui.lines import LABEL, Line, clip, flow, line, row, section
from review_tui.quotes import Quote, numbers, quotes_of
from review_tui.text import cells, clean, cut, safe
from review_tui.why import STATE_WORDS, now_reasons, sentence

NAMES = {
    Component.PROVEN_VALUE.value: "proven value",
    Component.ACCOUNT_LEARNING.value: "account learning",
    Component.STAKEHOLDER_PULL.value: "stakeholder pull",
    Component.NEXT_ADJACENCY.value: "next adjacency",
    Component.ADOPTION_RISK.value: "risks settled",
}
LEVELS = range(4)
"""From everything in full to one line for each section."""


@dataclass(frozen=True, slots=True)
class View:
    """A card with what the desk knows about it."""

    card: Card
    row: Row
    now: datetime
    why: str
    """Why it is here today, in a sentence."""
    quotes: tuple[Quote, ...]
    changes: tuple[str, ...] = ()
    """What changed since the last decision, a sentence each."""

    @property
    def draft(self) -> Draft:
        return self.card.hypothesis.draft

    @property
    def version(self) -> int:
        """What a decision on this card has to name: the version whose content is shown."""
        return self.card.hypothesis.version

    def of(self, stance: Stance) -> list[Quote]:
        return [quote for quote in self.quotes if quote.signal.stance is stance]


def view_of(card: Card, item: Row, returned: Any, now: datetime, changes: Sequence[str] = ()) -> View:
    return View(card, item, now, sentence(item, returned, now), quotes_of(card), tuple(changes))


def card_lines(view: View, width: int, height: int) -> list[Line]:
    """The card in `width` columns, so that counter-evidence and missing proof stand in its first `height` lines.

    Holds from a height of 6 on; below that the order still puts them first.
    """
    for level in LEVELS:
        first = _first_screen(view, width, level)
        if len(first) <= height:
            break
    lines = first + _below(view, width, level)
    return [clip(one, width) for one in lines]


def hidden_counters(view: View, lines: Sequence[Line], height: int) -> int:
    """How many counter-quotes of the card do not stand in its first `height` lines."""
    in_sight = {one.quote for one in lines[:height]}
    return sum(quote.number not in in_sight for quote in view.of(Stance.OPPOSES))


def header_lines(view: View, width: int) -> list[Line]:
    """The facts that frame it; the title stands above the pane. The grade comes last: it should not anchor the reader."""
    draft, account, today = view.draft, view.card.account, view.now.date()
    parts = [draft.push_or_pull if draft.push_or_pull != "none" else "", _plain(draft.motion)]
    if parsed(account.renewal_date):
        parts.append(f"renewal {day(account.renewal_date, today)} ({until(account.renewal_date, today)})")
    if account.plan:
        parts.append(safe(f"plan {account.plan}"))
    if account.seats_licensed:
        parts.append(f"{account.seats_licensed} seats")
    state = STATE_WORDS[view.card.hypothesis.state]
    parts.append(f"rev {view.card.hypothesis.revision}, {age(view.row.drafted_at, view.now) or 'no date'}")
    grade = f"{state.upper() + ' | ' if state != 'open' else ''}{draft.grade.value.upper()}"
    facts = cut(" | ".join(part for part in parts if part and part != "none"), max(8, width - cells(grade) - 3))
    return [row((facts, "dim"), (" | ", "dim"), (grade, _grade_role(draft)))]


def _first_screen(view: View, width: int, level: int) -> list[Line]:
    lines = header_lines(view, width)
    if view.changes and level < 3:
        lines += section("CHANGED", [one for text in view.changes[: 4 - level] for one in flow([(text, "warn")], width - LABEL)])
    lines += section("CLAIM", _claims(view, width - LABEL, level))
    if level < 2:
        lines += section("WHY NOW", _why_now(view, width - LABEL, level))
    if level < 3:
        lines += section("NEXT", _limited(flow([(_next(view), "strong")], width - LABEL), 3 - level, width - LABEL))
        lines += section("PROOF", _proof(view, width - LABEL, level))
    lines += section("COUNTER", _counter(view, width - LABEL, level))
    return lines + section("MISSING", _missing(view, width - LABEL, level))


def _below(view: View, width: int, level: int) -> list[Line]:
    inner, draft = width - LABEL, view.draft
    lines: list[Line] = []
    if level == 3:
        lines += section("NEXT", flow([(_next(view), "strong")], inner))
        lines += section("PROOF", _proof(view, inner, 1))
    lines += section("PRETEND", _pretended(view, inner))
    if level >= 2:
        lines += section("WHY NOW", _why_now(view, inner, 0))
    lines += section("MONEY", _money(draft.economics, inner))
    lines += section("GROWTH", _growth(view, inner))
    if draft.risk_if_never:
        lines += section("IF NEVER", flow([(safe(draft.risk_if_never), "body")], inner))
    if draft.proof_owner:
        lines += section("ASK", flow([(f"{safe(draft.proof_owner)} owns finding the missing proof.", "body")], inner))
    if draft.draft_message.strip():
        lines += section("MESSAGE", flow([(clean(draft.draft_message).text.strip(), "body")], inner))
    if level:
        lines += [line(), line("IN FULL", "label")]
        if level == 3 and view.changes:
            lines += section("CHANGED", [one for text in view.changes for one in flow([(text, "warn")], inner)])
        lines += section("CLAIM", _claims(view, inner, 0))
        lines += section("PROOF", _proof(view, inner, 0))
        lines += section("COUNTER", _counter(view, inner, 0))
        lines += section("MISSING", _missing(view, inner, 0))
    return lines


def _claims(view: View, width: int, level: int) -> list[Line]:
    lines: list[Line] = []
    claims = view.draft.claims
    if not claims:
        return flow([("Nothing can be claimed: there is no customer evidence for it. " + view.why, "dim")], width)
    shown = claims if level < 3 else claims[:1]
    for claim in shown:
        refs = numbers(view.quotes, claim.signals)
        guess = "we infer: " if claim.kind == "inferred" else ""
        more = f" (+{len(claims) - 1} more)" if level == 3 and len(claims) > 1 else ""
        text = safe(claim.text)
        if level >= 2:
            text = cut(text, width - cells(guess) - len(refs) - len(more) - 1)
        pieces = [(guess, "dim"), (text + " ", "body"), (refs, "key"), (more, "dim")]
        lines += flow(pieces, width)
    return lines


def _proof(view: View, width: int, level: int) -> list[Line]:
    """The components that are met, each with its evidence; what is missing has its own section."""
    by_id = {quote.signal.id: quote for quote in view.quotes}
    lines: list[Line] = []
    for name, part in view.draft.components.items():
        if part.status != "met":
            continue
        evidence = [by_id[key] for key in part.signals if key in by_id]
        named = NAMES.get(name, safe(name))
        if not evidence:
            lines.append(row(("+ ", "supports"), (named, "strong"), (_closed(name, part), "dim")))
            continue
        if level == 0:
            lines.append(row(("+ ", "supports"), (named, "strong")))
            lines += [one for quote in evidence for one in quote_lines(quote, width - 2, view, indent="  ")]
        elif level == 1:
            lines += [_one_line(quote, width, view, head=named if at == 0 else "") for at, quote in enumerate(evidence[:3])]
        else:
            more = f"+{len(evidence) - 1}" if len(evidence) > 1 else ""
            lines.append(_one_line(evidence[0], width, view, head=named, tail=more))
    return lines or [line("no component of the proof is met", "dim")]


def _closed(name: str, part: ComponentProof) -> str:
    if name == Component.ADOPTION_RISK.value:
        return ": none heard" if not part.signals else ": every risk that was heard is settled"
    return ": evidence withdrawn since"


def quote_lines(quote: Quote, width: int, view: View, *, indent: str = "", most: int = 3) -> list[Line]:
    """A quote in up to `most` lines, then whose words they are and where they stand."""
    lead = f"{indent}{quote.sign}{quote.number:>2} "
    body = flow([(quote.words, "quote" if quote.signal.quote else "body")], width - len(lead), quote=quote.number)
    body = _limited(body, most, width - len(lead))
    meta = " | ".join(
        part for part in (quote.who(), quote.when(view.now.date()), quote.status(), safe(quote.signal.source)) if part
    )
    out = [Line(((lead if at == 0 else " " * len(lead), quote.role), *one.spans), quote.number) for at, one in enumerate(body)]
    out.append(row((" " * len(lead), "body"), (cut(meta, width - len(lead)), "dim"), quote=quote.number))
    return out


def _one_line(quote: Quote, width: int, view: View, *, head: str = "", tail: str = "") -> Line:
    today = view.now.date()
    lead = f"{quote.sign}{quote.number:>2} "
    who = cut(quote.who().split(",")[0], 16)
    meta = f" {who} {quote.when(today)} {quote.status(brief=True)}" + (f" {tail}" if tail else "")
    kind = f"{head}: " if head and width > 90 else ""
    room = width - cells(lead) - cells(kind) - cells(meta)
    if room < 24:
        meta = f" {quote.when(today)}" + (f" {tail}" if tail else "")
        room = width - cells(lead) - cells(kind) - cells(meta)
    words = cut(quote.words, room)
    gap = " " * max(0, room - cells(words))
    role = "quote" if quote.signal.quote else "body"
    return row((lead, quote.role), (kind, "strong"), (words, role), (gap, "body"), (meta, "dim"), quote=quote.number)


def _counter(view: View, width: int, level: int) -> list[Line]:
    against = view.of(Stance.OPPOSES)
    if not against:
        return [line("none was found in tickets, calls, notes and usage", "dim")]
    if level == 0:
        return [one for quote in against for one in _kind_line(quote) + quote_lines(quote, width, view)]
    if level == 1:
        return [_one_line(quote, width, view, head=quote.signal.info.label) for quote in against]
    most = 2 if level == 2 else 1
    tail = f"+{len(against) - most} (c)" if len(against) > most else ""
    shown = against[:most]
    return [
        _one_line(quote, width, view, head=quote.signal.info.label, tail=tail if quote is shown[-1] else "") for quote in shown
    ]


def _kind_line(quote: Quote) -> list[Line]:
    blocking = " - blocks while it is open" if quote.signal.blocks else ""
    return [row(("- ", "counter"), (quote.signal.info.label, "strong"), (blocking, "warn"), quote=quote.number)]


def _missing(view: View, width: int, level: int) -> list[Line]:
    gaps = [(NAMES.get(name, safe(name)), view.draft.components.get(name)) for name in view.draft.missing_proof]
    if not gaps:
        return [line("nothing: all five components are met", "dim")]
    if level >= 2:
        return [row((cut("   ".join(f"? {name}" for name, _ in gaps), width), "missing"))]
    lines: list[Line] = []
    for name, part in gaps:
        gap = safe(part.gap) if part is not None and part.gap else "unknown: ask"
        body = flow([(f"? {name}: ", "missing"), (gap, "body")], width)
        lines += body if level == 0 else _limited(body, 1, width)
    return lines


def _pretended(view: View, width: int) -> list[Line]:
    told = [(safe(item.text), numbers(view.quotes, item.signals)) for item in view.draft.pretended]
    if not told:
        return [line("nothing is being pretended", "dim")]
    return [one for text, refs in told for one in flow([("~ ", "pretend"), (text + " ", "body"), (refs, "key")], width)]


def _why_now(view: View, width: int, level: int) -> list[Line]:
    reasons = " ".join([view.why, *now_reasons(view.card, view.now.date())])
    return _limited(flow([(reasons, "body")], width), 5 - 4 * level, width)


def _money(economics: dict[str, Any], width: int) -> list[Line]:
    known = [f"{_plain(name)} {_amount(value)}" for name, value in economics.items() if not _is_unknown(value)]
    asked: dict[str, list[str]] = {}
    for name, value in economics.items():
        if _is_unknown(value):
            asked.setdefault(_whom(value), []).append(_plain(name))
    unknown = "; ".join(f"ask {whom} for {', '.join(names)}" for whom, names in asked.items())
    lines = [one for text in known for one in flow([(text, "body")], width)]
    if unknown:
        lines += flow([("unknown: ", "missing"), (unknown, "body")], width)
    return lines or [line("nothing was worked out", "dim")]


def _is_unknown(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.startswith("unknown"))


def _whom(value: Any) -> str:
    return safe(str(value).partition("ask ")[2]) or "finance"


def _amount(value: Any) -> str:
    if isinstance(value, dict):
        shown = value.get("value", value.get("amount", ""))
        unit = safe(str(value.get("unit", value.get("currency", ""))))
        formula = safe(str(value.get("formula", "")))
        number = f"{shown:,.0f}" if isinstance(shown, (int, float)) else safe(str(shown))
        return f"{number} {unit}".strip() + (f" = {formula}" if formula else "")
    return f"{value:,.0f}" if isinstance(value, (int, float)) else safe(str(value))


def _growth(view: View, width: int) -> list[Line]:
    quality = view.draft.quality
    what = f"{quality.class_} growth" if quality.class_ != "fog" else "fog: the quality questions are not answered"
    kind = _plain(view.draft.expansion_type)
    expands = f"; expands {', '.join(map(_plain, view.draft.what_expands))}" if view.draft.what_expands else ""
    head = f"{what}{f' ({kind})' if kind != 'none' else ''}{expands}"
    lines = flow([(head, "body")], width)
    for mark in quality.marks:
        refs = numbers(view.quotes, mark.signals)
        lines += flow([("~ ", "pretend"), (safe(mark.text) + " ", "body"), (refs, "key")], width)
    return lines


def _next(view: View) -> str:
    return safe(view.draft.next_customer_action) or "unknown: nobody has named the next step"


def _limited(lines: list[Line], most: int, width: int) -> list[Line]:
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    text, role = last.spans[-1] if last.spans else ("", "body")
    spans = (*last.spans[:-1], (text + " " * width, role))
    return [*lines[: most - 1], clip(last._replace(spans=spans), width)]


def _plain(name: str) -> str:
    return safe(name.replace("_", " "))


def _grade_role(draft: Draft) -> str:
    return {"earned": "supports", "promising": "strong", "blocked": "counter"}.get(draft.grade.value, "missing")


def kind_label(name: str) -> str:
    """A signal kind as it is called on screen."""
    return KINDS[name].label if name in KINDS else name
