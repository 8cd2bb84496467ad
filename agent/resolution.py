"""Risks that later customer evidence closed. Pure.

A risk is open until somebody at the customer says otherwise, later: a promise of ours closes nothing. Each closed risk names the
record that closed it, so that an owner can disagree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.extraction.features import cue_hits
from agent.kinds import Stance
from agent.signals import Signal
from retrieval.accounts import Contact
from retrieval.records import Record, Voice
from retrieval.sentences import sentence_spans

RELIEF: Final[dict[str, re.Pattern[str]]] = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        "sponsor_risk": r"\b(i('m| am) (the (new|one|somebody)|taking (this |it )?over|your new)|i('ve| have)? (taken|took|started|joined|inherited)|my first (day|week)|(has|have) taken over|new (head|director|vp|owner|sponsor|lead|boss) (is|has|starts))\b",
        "value_disputed": r"\b(sign(ed|ing)? (it |that |this )?off|put my name|i (can see|accept|agree with|believe) (it|that|the|this)|we accept|stand (by|behind)|booked|reconcile[sd]?|numbers? (hold|check out|tie))\b",
        "budget_pressure": r"\b((freeze|pause|stop|hold|review|embargo) (is|was|has been|'s been|got)? ?(lifted|over|ended|done|finished|gone|off)|lifted|(budget|money|funds?) (is|was|has been|are|'s) (approved|released|there|back|set aside|in)|in (my|our|the) budget|we can spend|unfrozen)\b",
        "competitor_evaluation": r"\b(decided (against|to stay|not to)|stay(ing)? (with|put|where)|turned (them|it) down|(trial|comparison|evaluation|pilot|poc) (is|was|has been|'s) (over|done|closed|stopped|dropped|finished)|dropped (them|it|that)|(didn't|did not|couldn't) (do|work|cope|convince)|not (going|switching|moving) (to|anywhere)|you won)\b",
        "churn_intent": r"\b(we('re| are| will|'ll) (staying|stay|renew\w*|keep\w*)|(have|'ve|has) (renewed|signed)|signed the (renewal|extension)|withdr(e|a)w\w* (the |our )?(notice|cancellation)|happy to renew|tear(ing)? up)\b",
        "onboarding_incomplete": r"\b(all (of them |\w+ )?(are |is )?(live|in|trained|migrated|across|on it|onboarded)|everyone('s| is)? (in|on|using|trained)|(fully|finally) (live|rolled out|migrated|trained)|roll-?out (is |'s )?(done|complete|finished)|(finished|completed) (the )?(roll-?out|training|migration|onboarding|import)|last (site|team|region|office|group) (went|is) live|old (system|one) (is )?(off|gone|retired|switched off))\b",
        "compliance_hurdle": r"\b(approved|signed|passed|cleared|(came|is) back (clean|signed)|in order|no (objection|findings|concerns)|good to go|green light)\b",
        "pricing_mismatch": r"\b(credit(ed)? (note )?(received|arrived|came)|settled|paid (it|the)|happy with the (price|invoice)|invoice is (right|correct|fine)|agreed (on )?the price)\b",
        "product_friction": r"\b(fixed|resolved|solved|sorted|back to normal|works? (again|now|fine|perfectly)|working (again|now|fine)|no (longer|more) (an issue|problem|errors?|failures?)|put to bed|(been|run|running) (clean|quiet|stable|fine|smooth\w*)|(not|hasn't|haven't) (had|seen|lost|missed) (a|one|any)( single)?|(please|you can|can) close|i believe you|trust it (again|now)|has(n't| not) (happened|come back)|all (good|whole|there))\b",
    }.items()
}
"""What a customer says when a risk is over, by kind."""

_UNDONE: Final = frozenset({"is.hypothetical", "is.refusal", "is.question"})
"""Ways of saying it that do not count: imagined, refused, asked."""


def resolve(ledger: Sequence[Signal], records: Sequence[Record], contacts: Sequence[Contact]) -> list[Signal]:
    """The ledger with every closed risk marked `resolved` and `resolved_by`. Order and everything else stay.

    A repeated risk stays open where it was said again after the relief: each signal needs words later than its own.
    """
    ordered = sorted(records, key=lambda r: (r.occurred_at, r.document, r.position))
    order = {record.record_id: number for number, record in enumerate(ordered)}
    own_words = [record for record in ordered if record.voice is Voice.CUSTOMER]
    complaints = {(s.record_id, s.kind) for s in ledger if s.stance is Stance.OPPOSES}
    roles = {contact.name: contact.role for contact in contacts}
    closed: list[Signal] = []
    for signal in ledger:
        by = None
        if signal.stance is Stance.OPPOSES and signal.record_id in order:
            later = [record for record in own_words if order[record.record_id] > order[signal.record_id]]
            by = _closing(signal, later, complaints, ledger, roles)
        closed.append(signal if by is None else signal.model_copy(update={"resolved": True, "resolved_by": by}))
    return closed


def _closing(
    signal: Signal, later: Sequence[Record], complaints: set[tuple[str, str]], ledger: Sequence[Signal], roles: dict[str, str]
) -> str | None:
    if signal.source.startswith("ticket:"):
        by = _closed_ticket(signal, later, complaints)
        if by is not None:
            return by
    if signal.kind == "value_disputed":
        accepted = [s for s in ledger if s.kind == "outcome_accepted" and s.voice is Voice.CUSTOMER and s.date > signal.date]
        by_same = [s for s in accepted if s.speaker == signal.speaker or roles.get(s.speaker or "") == "economic_buyer"]
        if by_same:
            return by_same[0].record_id
    pattern = RELIEF.get(signal.kind)
    for record in later:
        if pattern is None or (record.record_id, signal.kind) in complaints:
            continue
        if signal.kind == "product_friction" and record.document != signal.document and record.date <= signal.date:
            continue
        if _says(record.text, pattern):
            return record.record_id
    return None


def _closed_ticket(signal: Signal, later: Sequence[Record], complaints: set[tuple[str, str]]) -> str | None:
    """A solved ticket whose last customer comment does not complain again."""
    thread = [record for record in later if record.document == signal.document]
    if not thread or thread[-1].context.get("status") not in ("solved", "closed"):
        return None
    last = thread[-1]
    return None if (last.record_id, signal.kind) in complaints else last.record_id


def _says(text: str, pattern: re.Pattern[str]) -> bool:
    plain = text.replace("’", "'")
    return any(
        pattern.search(plain[start:end]) and not cue_hits(plain[start:end]) & _UNDONE for start, end in sentence_spans(plain)
    )
