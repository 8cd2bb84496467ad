"""Confirmed cases, run: each one's passages as an account of their own through the pipeline, and whether what is expected came out.

A case is de-identified, so it holds passages and not exports: no usage, no tables. `pursued` therefore asks what the words alone
lead to. The regression set is expected to pass whole; a case that fails is a mistake that a person has corrected before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from agent.claims import faults
from agent.errors import UsageError
from agent.hypotheses import Claim, Grade
from agent.kinds import KINDS, Component
from agent.pipeline import Inputs, Outcome, Pipeline
from agent.signals import Signal
from evals.metrics.grounding import normalised
from evals.promote import Row
from evals.scoring import LEADS, LEVELS
from retrieval.accounts import Account, Catalog, Contact
from retrieval.records import Record, Visibility, Voice

DAY: Final = "2026-01-01"
"""Of a passage without one."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one case came to."""

    id: str
    type: str
    passed: bool
    said: str
    """The grade that the passages alone came to."""
    why: tuple[str, ...]
    """What was expected and did not happen; empty where it passed."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def run(
    rows: Iterable[Row], pipeline: Pipeline, catalog: Catalog | None = None, *, each: Callable[[str], None] = lambda _id: None
) -> list[Result]:
    """Every confirmed case, in order. `catalog`: what the vendor sells, so that a need can be mapped to it.

    Raises UsageError for a case that nobody confirmed or that expects what no check knows.
    """
    found: list[Result] = []
    for row in rows:
        if row.get("status") != "confirmed":
            raise UsageError(
                f"{row.get('id')} is not confirmed.", "`earned eval promote --confirm FILE --labeller NAME` takes it up."
            )
        expect = row.get("expect") or {}
        unknown = sorted(set(expect) - set(CHECKS))
        if unknown or not expect:
            what = f"expects {', '.join(unknown)}, which no check knows" if unknown else "expects nothing"
            raise UsageError(f"{row['id']} {what}.", f"`expect` may hold: {', '.join(CHECKS)}.")
        each(row["id"])
        outcome = pipeline.run(_inputs(row, catalog or Catalog()), run="eval")
        why = tuple(said for name, value in expect.items() if (said := CHECKS[name](value, row, outcome)))
        found.append(Result(row["id"], row["type"], not why, _grade(outcome), why))
    return found


def show(results: Sequence[Result]) -> list[str]:
    """For people."""
    lines = [f"{'pass' if r.passed else 'FAIL'}  {r.id}  {r.type}  {'; '.join(r.why)}".rstrip() for r in results]
    passed = sum(r.passed for r in results)
    return [*lines, f"{passed} of the {len(results)} cases that people corrected or confirmed pass."]


def _inputs(row: Row, catalog: Catalog) -> Inputs:
    """An account that holds the case's passages, each as a conversation of its own, and nothing else."""
    quotes = row["quotes"]
    people = {quote["speaker"]: quote.get("role") or "" for quote in quotes if quote.get("speaker")}
    contacts = tuple(Contact(row["account"], name, role=role) for name, role in people.items())
    records = tuple(_record(row["account"], number, quote) for number, quote in enumerate(quotes, start=1))
    account = Account(row["account"], "[company]", plan=row.get("plan") or "")
    return Inputs(account, contacts, (), catalog, records)


def _record(account: str, number: int, quote: Mapping[str, Any]) -> Record:
    voice = Voice(quote["voice"])
    name = f"ticket:{number}"
    return Record(
        record_id=f"{account}/{name}/description",
        account_id=account,
        source=f"{name}/description",
        locator="the passage",
        document=name,
        occurred_at=quote.get("date") or DAY,
        speaker=quote.get("speaker"),
        speaker_email=None,
        voice=voice,
        voice_reason="as in the case",
        visibility=Visibility.INTERNAL if voice is Voice.VENDOR else Visibility.PUBLIC,
        text=" ".join(part for part in (quote.get("before"), quote["text"], quote.get("after")) if part),
    )


def _grade(outcome: Outcome) -> str:
    return max((draft.grade.value for draft in outcome.drafts), key=LEVELS.index, default=Grade.WISH.value)


def _pursued(value: Any, row: Row, outcome: Outcome) -> str:
    grade = _grade(outcome)
    if not isinstance(value, bool):
        raise UsageError(f"{row['id']}: pursued is true or false, not {value!r}.", "Correct the case.")
    return "" if (grade in LEADS) is value else f"came out as {grade}"


def _quotes_support(value: Any, row: Row, outcome: Outcome) -> str:
    """Whether its passages are found again as what they were once taken for."""
    again = [quote for quote in row["quotes"] if _found(quote, outcome)]
    if value is False:
        return f"{again[0]['kind']} is read into it again" if again else ""
    return "" if len(again) == len(row["quotes"]) else f"{len(row['quotes']) - len(again)} passages are not found"


def _found(quote: Mapping[str, Any], outcome: Outcome) -> bool:
    text = normalised(quote["text"])
    said = (s for s in outcome.ledger if s.kind == quote["kind"] and s.quote)
    return any(normalised(s.quote) in text or text in normalised(s.quote) for s in said)


def _surfaced(value: Any, row: Row, outcome: Outcome) -> str:
    kinds = _known(value, KINDS, row, "surfaced")
    lost = [kind for kind in kinds if kind not in {signal.kind for signal in outcome.ledger}]
    return f"{', '.join(lost)} not surfaced" if lost else ""


def _missing(value: Any, row: Row, outcome: Outcome) -> str:
    names = _known(value, [component.value for component in Component], row, "missing")
    said = {name for draft in outcome.drafts for name in draft.missing_proof}
    held = [name for name in names if name not in said] if outcome.drafts else []
    return f"{', '.join(held)} counts as proven" if held else ""


def _known(value: Any, names: Iterable[str], row: Row, field: str) -> list[str]:
    known = list(names)
    if not isinstance(value, list) or not value or set(value) - set(known):
        raise UsageError(f"{row['id']}: {field} is a list of some of {', '.join(known)}, not {value!r}.", "Correct the case.")
    return value


def _final_stands(value: Any, row: Row, outcome: Outcome) -> str:
    """The words that a person put in stand on the passages, and the ones that they took out are not written again."""
    final, ledger = row["final"] or [], _as_signals(row)
    claims = [Claim(text=text, kind="inferred", signals=tuple(ledger)) for text in final if text not in row["draft"]]
    wrong = faults(claims, ledger, account_id=row["account"], names=row["draft"]) if ledger else []
    if wrong:
        return f"“{wrong[0].claim.text[:60]}” {wrong[0].why}"
    gone = {normalised(text) for text in row["draft"]} - {normalised(text) for text in final}
    again = [claim.text for draft in outcome.drafts for claim in draft.claims if normalised(claim.text) in gone]
    return f"“{again[0][:60]}” is written again" if again else ""


def _as_signals(row: Row) -> dict[str, Signal]:
    found: dict[str, Signal] = {}
    for number, quote in enumerate(row["quotes"], start=1):
        record, key = _record(row["account"], number, quote), f"q{number}"
        found[key] = Signal(
            id=key, account_id=row["account"], kind=quote["kind"], source=record.source, document=record.document,
            record_id=record.record_id, start=0, end=len(quote["text"]), quote=quote["text"], voice=record.voice,
            speaker=record.speaker, stakeholder=None, date=record.date, strength="medium", method="promoted",
        )  # fmt: skip
    return found


CHECKS: Final[Mapping[str, Callable[[Any, Row, Outcome], str]]] = {
    "pursued": _pursued,
    "quotes_support": _quotes_support,
    "surfaced": _surfaced,
    "missing": _missing,
    "final_stands": _final_stands,
}
"""What a case may expect -> what is said where it did not happen, and an empty string where it did."""
