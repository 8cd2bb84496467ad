"""What reviewers did with the queue, from the decision log, and how far they agree where accounts were read by more than one.

Time is read off the log (`metrics.reviewers.seconds_of`): there is no stop-watch, and a decision that begins a sitting has no time.
No owner is ranked and nothing is gated on acceptance: it rises when reviewers get tired.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from agent.decisions import Action, Decision, effective
from agent.errors import UsageError
from agent.hypotheses import Draft
from agent.store import decisions, hypotheses
from evals.metrics.agreement import accuracy, weighted_kappa
from evals.metrics.reviewers import Measures, Reviewed, disagreement, grouped, measures, seconds_of
from evals.metrics.stats import Interval, wilson
from evals.runs import finite
from evals.scoring import LEADS, LEVELS

OUTCOMES: Final = {Action.REJECT: "rejected", Action.PROOF: "proof"}
BY: Final = {
    "owner": lambda r: r.owner,
    "reviewer": lambda r: r.reviewer,
    "grade": lambda r: r.grade,
    "drafted_by": lambda r: r.pipeline,
}


@dataclass(frozen=True, slots=True)
class Sheets:
    """What people said of accounts that they were given to read: `promote --audit` and `promote --blind`, filled in."""

    audited: int
    """Accounts on which the system abstained and which somebody read."""
    missed: int
    """Of these, accounts that somebody calls a lead."""
    graded: int
    """Grades given without sight of a draft."""
    equal: float
    """Share of them that are the system's; nan without."""
    kappa: float
    """Quadratic weighted kappa with the system's; nan without."""
    differ: int
    pairs: int
    """Pairs of people on one account, and those of them who differ."""

    @property
    def missed_interval(self) -> Interval:
        return wilson(self.missed, self.audited)

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = finite({**asdict(self), "missed_interval": list(self.missed_interval)})
        return found


@dataclass(frozen=True, slots=True)
class Reviewing:
    all: Measures
    groups: dict[str, dict[str, Measures]]
    snoozed: int
    overruled: int
    """Decisions that another person took back or decided differently."""
    sheets: Sheets

    def to_json(self) -> dict[str, Any]:
        groups = {by: {key: _row(found) for key, found in rows.items()} for by, rows in self.groups.items()}
        rest = {"snoozed": self.snoozed, "overruled": self.overruled, "sheets": self.sheets.to_json()}
        return {"all": _row(self.all), **{f"by_{name}": rows for name, rows in groups.items()}, **rest}


def reviewing(conn: Connection, *, since: str = "", sheets: Iterable[dict[str, Any]] = ()) -> Reviewing:
    """Everything decided on or after `since` (YYYY-MM-DD) that still holds. `sheets`: rows of audit and blind sheets, filled in."""
    log = decisions.whole_log(conn)
    drafts = {key: hypotheses.history(conn, key) for key in dict.fromkeys(entry.hypothesis_id for entry in log)}
    seconds = _seconds(log)
    held = [entry for own in _by_hypothesis(log).values() for entry in effective(own) if entry.at >= since]
    reviews = [
        _reviewed(entry, drafts[entry.hypothesis_id], seconds.get(entry.id))
        for entry in held
        if entry.action is not Action.SNOOZE
    ]
    said = {item.account_id: item.draft.grade.value for item in _best(conn)}
    return Reviewing(
        all=measures(reviews),
        groups={name: dict(sorted(grouped(reviews, key).items())) for name, key in BY.items()},
        snoozed=sum(entry.action is Action.SNOOZE for entry in held),
        overruled=_overruled(log, since),
        sheets=_sheets(list(sheets), said),
    )


def _reviewed(entry: Decision, history: Sequence[tuple[int, str, str, Draft]], seconds: float | None) -> Reviewed:
    known = {number: (run, draft) for number, _, run, draft in history}
    run, draft = known[entry.revision]
    by_hand = run.startswith(hypotheses.EDITED_BY)
    before = next((d for n, (r, d) in sorted(known.items(), reverse=True) if n < entry.revision and not _by_hand(r)), draft)
    accepted = "edited" if by_hand else "accepted"
    return Reviewed(
        outcome=accepted if entry.action is Action.APPROVE else OUTCOMES[entry.action],  # type: ignore[arg-type]
        grade=draft.grade.value,
        pipeline=draft.drafted_by.model,
        reviewer=entry.actor,
        owner=draft.owner,
        reason=entry.reason,
        draft=_words(before),
        final=_words(draft),
        seconds=seconds,
    )


def _by_hand(run: str) -> bool:
    return run.startswith(hypotheses.EDITED_BY)


def _words(draft: Draft) -> str:
    return "\n".join(claim.text for claim in draft.claims)


def _seconds(log: Sequence[Decision]) -> dict[str, float]:
    """Decision id -> seconds, of each person's own log; those that begin a sitting are not in it."""
    found: dict[str, float] = {}
    people: dict[str, list[Decision]] = {}
    for entry in log:
        people.setdefault(entry.actor, []).append(entry)
    for own in people.values():
        own.sort(key=lambda entry: entry.at)
        deciding = [entry for entry in own if entry.action in _DECIDING]
        took = seconds_of([(datetime.fromisoformat(entry.at).timestamp(), entry.action in _DECIDING) for entry in own])
        found |= {entry.id: value for entry, value in zip(deciding, took, strict=True) if value is not None}
    return found


_DECIDING: Final = frozenset({Action.APPROVE, Action.REJECT, Action.PROOF, Action.SNOOZE})


def _by_hypothesis(log: Iterable[Decision]) -> dict[str, list[Decision]]:
    logs: dict[str, list[Decision]] = {}
    for entry in log:
        logs.setdefault(entry.hypothesis_id, []).append(entry)
    return logs


def _overruled(log: Sequence[Decision], since: str) -> int:
    """An undo of another's decision, or another decision than another's on the same revision."""
    by_id = {entry.id: entry for entry in log}
    count = 0
    for own in _by_hypothesis(log).values():
        last: Decision | None = None
        for entry in own:
            if entry.at >= since and entry.action is Action.UNDO:
                target = by_id.get(entry.undoes or "")
                count += target is not None and target.actor != entry.actor and target.action in _DECIDING
            if entry.action in _DECIDING:
                other = last is not None and last.actor != entry.actor and last.revision == entry.revision
                count += bool(other and last and last.action is not entry.action and entry.at >= since)
            last = entry if entry.action in _DECIDING else None if entry.action is Action.UNDO else last
    return count


def _best(conn: Connection) -> list[hypotheses.Hypothesis]:
    """The best hypothesis of each account, as `Produced.grade` takes it."""
    return sorted(hypotheses.current(conn), key=lambda item: LEVELS.index(item.draft.grade.value))


def _sheets(rows: Sequence[dict[str, Any]], said: dict[str, str]) -> Sheets:
    """Raises UsageError for an answer that is none; rows without one are left out."""
    leads: dict[str, bool] = {}
    grades: list[tuple[str, str]] = []
    labels: list[tuple[str, str, object]] = []
    for row in rows:
        account, who = str(row.get("account_id")), str(row.get("labeller") or "")
        lead, grade = row.get("lead"), row.get("grade")
        if lead is None and grade is None:
            continue
        if not who:
            raise UsageError(f"The sheet's answer on {account} names no labeller.", "Write who answered into `labeller`.")
        if lead not in (None, True, False) or grade not in (None, *LEVELS):
            raise UsageError(
                f"The sheet's answer on {account} is none.", f"`lead` is true or false, `grade` one of {', '.join(LEVELS)}."
            )
        if lead is not None:
            leads[account] = leads.get(account, False) or lead
        if grade is not None and account in said:
            grades.append((grade, said[account]))
        labels.append((account, who, lead if grade is None else grade in LEADS))
    differ, pairs = disagreement(labels)
    levels = [(LEVELS.index(a), LEVELS.index(b)) for a, b in grades]
    return Sheets(
        len(leads), sum(leads.values()), len(grades), accuracy(grades), weighted_kappa(levels, len(LEVELS)), differ, pairs
    )


def _row(found: Measures) -> dict[str, Any]:
    row = {**asdict(found), "shares": found.shares, "acceptance": found.acceptance, "acceptance_interval": list(found.interval)}
    out: dict[str, Any] = finite(row)
    return out


def show(found: Reviewing) -> list[str]:
    """For people."""
    wide = max([len(key) for rows in found.groups.values() for key in rows] + [12])
    lines = [_line("all", found.all, wide)]
    for by, rows in found.groups.items():
        lines += ["", f"by {by.replace('_', ' ')}:"] + [_line(key or "unknown", row, wide) for key, row in rows.items()]
    if found.all.reasons:
        lines += ["", "rejected because: " + ", ".join(f"{reason} {count}" for reason, count in found.all.reasons.items())]
    lines += ["", f"{found.snoozed} snoozed; {found.overruled} decisions of one person undone or changed by another."]
    s = found.sheets
    if s.audited:
        low, high = s.missed_interval
        lines.append(
            f"Audit: {s.missed} of {s.audited} abstained accounts are leads to who read them ({low:.2f} to {high:.2f} of all such)."
        )
    if s.graded:
        lines.append(f"Blind grades: {s.graded}, equal to the system's {s.equal:.0%}, quadratic kappa {s.kappa:.2f}.")
    if s.pairs:
        lines.append(f"Two people on one account: {s.differ} of {s.pairs} pairs differ on whether it is a lead.")
    return lines


def _line(name: str, m: Measures, wide: int) -> str:
    if not m.decided:
        return f"  {name:{wide}} nothing decided"
    shares = "  ".join(f"{key.replace('_', ' ')} {value:4.0%}" for key, value in m.shares.items())
    took = f"{m.seconds:.0f} s (median of {m.timed})" if m.seconds is not None else "not timed"
    edits = f"  edits {m.words:.0f} words, rate {m.edit_rate:.2f}" if m.edited else ""
    return f"  {name:{wide}} {m.decided:4} decided  {shares}  {took}{edits}"
