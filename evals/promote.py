"""Review decisions to evaluation cases: written to a pending file, confirmed by a person, never automatic.

Three biases are designed against. The queue shows only what was drafted, so `audit` samples accounts on which the system
abstained. People anchor on what a draft says, so `blind_sheet` asks for a grade without showing one. And nothing is learned from
what is tested: `confirm` refuses a text that already stands in another split.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from agent.decisions import Action, Decision, effective, marks
from agent.errors import UsageError
from agent.hypotheses import Draft
from agent.signals import Signal
from agent.store import accounts, decisions, hypotheses, signals
from evals.cases import SPLITS
from evals.deidentify import PLACEHOLDER, Mask, personal, suspicious
from evals.metrics.grounding import normalised
from evals.scoring import LEADS
from retrieval import store as texts
from retrieval.records import stable_id
from retrieval.sentences import sentence_spans

RUBRIC: Final = "1"
"""Version of the standard that reviewers decided by (`agent.decisions.REASONS` and the guide); raise it when that changes."""
SAMPLE: Final = 0.05
"""Of decisions that only confirm, and of accounts on which the system abstained: else easy cases flood the set."""

TYPES: Final = {
    "no_customer_evidence": "abstention",
    "quote_not_supporting": "support_negative",
    "missed_risk": "counter_evidence",
    "wrong_person": "error_analysis",
    "already_owned": "error_analysis",
    "not_now": "error_analysis",
    "harvesting": "abstention",
    "other": "error_analysis",
}
"""Reason of a rejection -> what it becomes."""

Row = dict[str, Any]


def candidates(conn: Connection, *, since: str = "", split: str = "dev") -> list[Row]:
    """Pending cases from every decision that still holds and was taken on or after `since` (YYYY-MM-DD), in order of the log."""
    if split not in SPLITS:
        raise UsageError(f"{split!r} is not a split.", f"Use one of: {', '.join(SPLITS)}.")
    logs: dict[str, list[Decision]] = {}
    for entry in decisions.whole_log(conn):
        logs.setdefault(entry.hypothesis_id, []).append(entry)
    rows: list[Row] = []
    for key, log in logs.items():
        history = {number: (run, draft) for number, _, run, draft in hypotheses.history(conn, key)}
        for entry in effective(log):
            if entry.at >= since and entry.revision in history:
                rows += _of_decision(conn, entry, history, marks(log), split)
    return rows


def _of_decision(
    conn: Connection, entry: Decision, history: Mapping[int, tuple[str, Draft]], marked: Mapping[str, Action], split: str
) -> Iterator[Row]:
    run, draft = history[entry.revision]
    edited = run.startswith(hypotheses.EDITED_BY)
    kind = _type(entry, edited)
    if kind is None or (kind == "positive" and not sampled(entry.id)):
        return
    found = signals.by_ids(conn, draft.cited)
    known = accounts.get(conn, draft.account_id)
    people = [contact.name for contact in known[1]] if known else []
    people += sorted({signal.speaker for signal in found.values() if signal.speaker})
    mask = Mask([known[0].name, known[0].domain] if known else [], people)
    flagged = [key for key, mark in marked.items() if mark is Action.FLAG and key in found]
    quoted = flagged if kind == "support_negative" and flagged else [key for key in draft.cited if key in found]
    before = next((d for n, (r, d) in sorted(history.items(), reverse=True) if n < entry.revision and not _by_hand(r)), draft)
    row: Row = {
        "id": f"case-{stable_id(entry.id, length=10)}",
        "source_decision_id": entry.id,
        "type": kind,
        "status": "pending",
        "split": split,
        "rubric": RUBRIC,
        "labeller": None,
        "account": f"account-{stable_id(draft.account_id, length=8)}",
        "grade": draft.grade.value,
        "reason": entry.reason,
        "note": mask(entry.note or ""),
        "plan": known[0].plan if known else "",
        "quotes": [_passage(conn, found[key], mask) for key in quoted if found[key].quote],
        "draft": [mask(claim.text) for claim in (before if edited else draft).claims],
        "final": [mask(claim.text) for claim in draft.claims] if edited else None,
        "expect": _expectation(kind),
    }
    row["look_at"] = suspicious("\n".join(_texts(row)))
    yield row


def _passage(conn: Connection, signal: Signal, mask: Mask) -> Row:
    """A quote with the sentences beside it, de-identified: what it takes to read it again."""
    record = texts.record(conn, signal.record_id, signal.account_id)
    before, after = _beside(record.text, signal.start, signal.end) if record else ("", "")
    return {
        "kind": signal.kind,
        "voice": signal.voice.value,
        "speaker": mask(signal.speaker) if signal.speaker else None,
        "role": signal.role,
        "date": signal.date,
        "before": mask(before),
        "text": mask(signal.quote),
        "after": mask(after),
    }


def _beside(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after a quote in its own sentences and the neighbouring ones."""
    spans = sentence_spans(text)
    inside = [at for at, (low, high) in enumerate(spans) if low < end and high > start]
    if not inside:
        return "", ""
    low, high = spans[max(0, inside[0] - 1)][0], spans[min(len(spans) - 1, inside[-1] + 1)][1]
    return text[low:start].strip(), text[end:high].strip()


def _type(entry: Decision, edited: bool) -> str | None:
    if entry.action is Action.APPROVE:
        return "edited" if edited else "positive"
    if entry.action is Action.REJECT:
        return TYPES.get(entry.reason or "other", "error_analysis")
    return "missing_proof" if entry.action is Action.PROOF else None


def _expectation(kind: str) -> Row:
    """What a confirmed case asks of the product; the person who confirms makes it exact."""
    expectations: dict[str, Row] = {
        "positive": {"pursued": True},
        "edited": {"final_stands": True},
        "abstention": {"pursued": False},
        "support_negative": {"quotes_support": False},
        "counter_evidence": {"surfaced": []},
        "missing_proof": {"missing": []},
        "error_analysis": {},
    }
    return expectations[kind]


def _by_hand(run: str) -> bool:
    return run.startswith(hypotheses.EDITED_BY)


def sampled(key: str, share: float = SAMPLE) -> bool:
    """A fixed, unpredictable sample: the same keys on every machine and in every run."""
    return int(stable_id("sample", key, length=8), 16) < share * 16**8


def audit_sheet(conn: Connection, *, salt: str, share: float = SAMPLE) -> list[Row]:
    """`audit` as a sheet to fill in: whether the account is a lead after all, and who says so."""
    return [{"account_id": key, "lead": None, "note": "", "labeller": None} for key in audit(conn, salt=salt, share=share)]


def audit(conn: Connection, *, salt: str, share: float = SAMPLE) -> list[str]:
    """Accounts on which the system abstained and which somebody should read all the same, at least one where there is any.

    `salt`, e.g. the month, changes the draw. Show them to reviewers like any other, unmarked: they are the only measure of what
    the system misses, besides sales saying so.
    """
    leads: dict[str, bool] = {}
    for item in hypotheses.current(conn):
        leads[item.account_id] = leads.get(item.account_id, False) or item.draft.grade.value in LEADS
    abstained = sorted((key for key, lead in leads.items() if not lead), key=lambda key: stable_id(salt, key))
    drawn = [key for key in abstained if sampled(f"{salt}/{key}", share)]
    return sorted(drawn or abstained[:1])


def blind_sheet(conn: Connection, *, salt: str, share: float = 0.1) -> list[Row]:
    """Accounts to grade from their sources alone: no grade, no draft, no confidence on the sheet. Gold comes from such labels only."""
    keys = sorted({item.account_id for item in hypotheses.current(conn)}, key=lambda key: stable_id(salt, key))
    drawn = [key for key in keys if sampled(f"blind/{salt}/{key}", share)] or keys[:1]
    return [{"account_id": key, "grade": None, "quotes": [], "labeller": None, "blind": True, "rubric": RUBRIC} for key in drawn]


def confirm(pending: Iterable[Row], existing: Sequence[Row], *, labeller: str) -> tuple[list[Row], list[str]]:
    """The rows that a person has set to `confirmed`, with who did, and why the others are not taken.

    Refused: personal data that is left, an expectation that says nothing, an unknown split, a text that stands in another split.
    """
    where = {normalised(text): row["split"] for row in existing for text in _own(row)}
    known = {row["id"] for row in existing}
    taken: list[Row] = []
    why: list[str] = []
    for row in pending:
        fault = _fault(row, where, known)
        if fault:
            why.append(f"{row.get('id')}: {fault}")
            continue
        done = {key: value for key, value in row.items() if key != "look_at"} | {"labeller": labeller}
        taken.append(done)
        known.add(row["id"])
        where.update({normalised(text): row["split"] for text in _own(row)})
    return taken, why


def _fault(row: Row, where: Mapping[str, str], known: set[str]) -> str | None:
    if row.get("status") != "confirmed":
        return f"is {row.get('status')}; set its status to confirmed once you have read it"
    if row["split"] not in SPLITS:
        return f"{row['split']!r} is not a split"
    if row["id"] in known:
        return "is a case already"
    if not row["expect"] or any(value == [] for value in row["expect"].values()):
        return "expects nothing: say what is right"
    left = [hit for text in _texts(row) for hit in personal(text)]
    if left:
        return f"still holds personal data: {', '.join(left)}"
    leaks = {where[normalised(text)] for text in _own(row) if normalised(text) in where} - {row["split"]}
    return f"a text of it stands in the split {', '.join(sorted(leaks))}" if leaks else None


def _texts(row: Row) -> list[str]:
    quoted = [quote.get(part) for quote in row["quotes"] for part in ("speaker", "before", "text", "after")]
    return [text for text in [row["note"], *quoted, *row["draft"], *(row["final"] or [])] if text]


def _own(row: Row) -> list[str]:
    """What may not stand in two splits: everything but placeholders, which are alike everywhere."""
    return [text for text in _texts(row) if not PLACEHOLDER.fullmatch(text)]


def read_rows(path: Path) -> list[Row]:
    """JSON Lines; an empty list where there is no file. Raises UsageError for a line that is not an object."""
    if not path.is_file():
        return []
    rows: list[Row] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise UsageError(f"{path}:{number} is not JSON: {error}", "Correct the line.") from error
            if not isinstance(row, dict):
                raise UsageError(f"{path}:{number} is not an object.", "Correct the line.")
            rows.append(row)
    return rows


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
