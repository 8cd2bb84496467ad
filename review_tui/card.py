"""The card of one hypothesis as lines. Pure.

However small the pane, its first screen holds the claim, the counter-evidence and what is missing: a person who decides on the
first screen has seen what speaks against it. What does not fit is cut with a mark and said in full further down.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.hypotheses import Draft
from agent.kinds import Stance
from review_tui.dates import age, day, parsed, until
from review_tui.evidence import counter, limited, missing, proof
from review_tui.lines import LABEL, Line, clip, flow, line, row, section
from review_tui.money import growth, money, plain
from review_tui.quotes import numbers
from review_tui.text import cells, clean, cut, safe
from review_tui.view import View
from review_tui.why import STATE_WORDS, now_reasons

LEVELS = range(4)
"""From everything in full to one line for each section."""


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
    parts = [draft.push_or_pull if draft.push_or_pull != "none" else "", plain(draft.motion)]
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
        lines += section("NEXT", limited(flow([(_next(view), "strong")], width - LABEL), 3 - level, width - LABEL))
        lines += section("PROOF", proof(view, width - LABEL, level))
    lines += section("COUNTER", counter(view, width - LABEL, level))
    return lines + section("MISSING", missing(view, width - LABEL, level))


def _below(view: View, width: int, level: int) -> list[Line]:
    inner, draft = width - LABEL, view.draft
    lines: list[Line] = []
    if level == 3:
        lines += section("NEXT", flow([(_next(view), "strong")], inner))
        lines += section("PROOF", proof(view, inner, 1))
    lines += section("PRETEND", _pretended(view, inner))
    if level >= 2:
        lines += section("WHY NOW", _why_now(view, inner, 0))
    lines += section("MONEY", money(draft.economics, inner))
    lines += section("GROWTH", growth(view, inner))
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
        lines += section("PROOF", proof(view, inner, 0))
        lines += section("COUNTER", counter(view, inner, 0))
        lines += section("MISSING", missing(view, inner, 0))
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


def _pretended(view: View, width: int) -> list[Line]:
    told = [(safe(item.text), numbers(view.quotes, item.signals)) for item in view.draft.pretended]
    if not told:
        return [line("nothing is being pretended", "dim")]
    return [one for text, refs in told for one in flow([("~ ", "pretend"), (text + " ", "body"), (refs, "key")], width)]


def _why_now(view: View, width: int, level: int) -> list[Line]:
    reasons = " ".join([view.why, *now_reasons(view.card, view.now.date())])
    return limited(flow([(reasons, "body")], width), 5 - 4 * level, width)


def _next(view: View) -> str:
    return safe(view.draft.next_customer_action) or "unknown: nobody has named the next step"


def _grade_role(draft: Draft) -> str:
    return {"earned": "supports", "promising": "strong", "blocked": "counter"}.get(draft.grade.value, "missing")
