"""One line for each approved hypothesis, for a CRM's import: CSV in which no customer's words can become a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from agent.economics import said
from agent.exports.approved import Approved
from agent.kinds import KINDS
from agent.reports.markup import plain
from agent.reports.quality import cite
from agent.signals import Signal

FORMULA: Final = frozenset("=+-@|%＝＋－＠｜％")
"""What opens a formula in Excel, LibreOffice or Sheets when it comes first; the full-width forms are folded by some of them."""

_Value = Callable[[Approved], object]

COLUMNS: Final[dict[str, _Value]] = {
    "account_id": lambda a: a.card.account.account_id,
    "account_name": lambda a: a.card.account.name,
    "owner_email": lambda a: a.card.hypothesis.owner,
    "hypothesis_id": lambda a: a.card.hypothesis.id,
    "revision": lambda a: a.decision.revision,
    "title": lambda a: a.card.hypothesis.draft.title,
    "grade": lambda a: a.card.hypothesis.draft.grade.value,
    "push_or_pull": lambda a: a.card.hypothesis.draft.push_or_pull,
    "motion": lambda a: a.card.hypothesis.draft.motion,
    "expansion_type": lambda a: a.card.hypothesis.draft.expansion_type,
    "what_expands": lambda a: ", ".join(a.card.hypothesis.draft.what_expands),
    "adjacency": lambda a: a.card.hypothesis.draft.adjacency or "",
    "quality": lambda a: a.card.hypothesis.draft.quality.class_,
    "incremental_revenue": lambda a: _economics(a, "incremental_revenue"),
    "next_customer_action": lambda a: a.card.hypothesis.draft.next_customer_action,
    "risk_if_never": lambda a: a.card.hypothesis.draft.risk_if_never,
    "proof_owner": lambda a: a.card.hypothesis.draft.proof_owner,
    "missing_proof": lambda a: ", ".join(a.card.hypothesis.draft.missing_proof),
    "claims": lambda a: "\n".join(claim.text for claim in a.card.hypothesis.draft.claims),
    "evidence": lambda a: "\n".join(_evidence(a)),
    "counter_evidence": lambda a: "\n".join(_against(a)),
    "draft_message": lambda a: a.card.hypothesis.draft.draft_message,
    "approved_by": lambda a: a.decision.actor,
    "approved_at": lambda a: a.decision.at,
    "approval_note": lambda a: a.decision.note or "",
    "changed_since_approval": lambda a: "yes" if a.changed_since else "no",
    "quotes_without_source": lambda a: len(a.withdrawn_quotes),
    "decision_hash": lambda a: a.decision.hash,
    "use_cases": lambda a: ", ".join(tag.name for tag in a.card.hypothesis.draft.use_cases),
    "challenges": lambda a: ", ".join(tag.name for tag in a.card.hypothesis.draft.challenges),
}


def csv_text(items: Iterable[Approved]) -> str:
    """RFC 4180 with a header, every field between quotation marks, CRLF line ends."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in items:
        writer.writerow([cell(value(item)) for value in COLUMNS.values()])
    return out.getvalue()


def cell(value: object) -> str:
    """The value as text that no spreadsheet evaluates and no terminal obeys.

    An apostrophe comes before a first visible character that could open a formula, and before a leading tab or line end.
    """
    text = str(value)
    first = next((c for c in text if not (c.isspace() or unicodedata.category(c).startswith("C"))), "")
    guarded = first in FORMULA or text[:1] in ("\t", "\r", "\n")
    return ("'" if guarded else "") + plain(text.replace("\t", " "))


def _evidence(item: Approved) -> Iterable[str]:
    """What the claims and the proof rest on. What is only being pretended is cited too, and is no evidence."""
    draft = item.card.hypothesis.draft
    resting = {key for claim in draft.claims for key in claim.signals}
    resting |= {key for part in draft.components.values() for key in part.signals}
    return (cite(signal) for key, signal in _cited(item) if key in resting - set(draft.counter_evidence))


def _against(item: Approved) -> Iterable[str]:
    against = set(item.card.hypothesis.draft.counter_evidence)
    for key, signal in _cited(item):
        if key in against:
            yield f"{KINDS[signal.kind].label} ({'settled' if signal.resolved else 'open'}): {cite(signal)}"


def _cited(item: Approved) -> Iterable[tuple[str, Signal]]:
    return ((key, item.card.signals[key]) for key in item.card.hypothesis.draft.cited if key in item.card.signals)


def _economics(item: Approved, name: str) -> str:
    value = item.card.hypothesis.draft.economics.get(name)
    return "" if value is None else said(value)
