"""The extractor that asks a model. It proposes; the verifier, the rules of voice and the meaning check decide.

A model is asked for a turn's id, words and a kind, never for offsets, speakers, voices or dates. An id and words that do not belong
together are caught (a double lock); whose words they are is read from the record; and a text that speaks to machines is nobody's
evidence for a sale, whatever a model makes of it.

Why both, and not sentence ids alone, which are verbatim by construction and would save half of the answers' tokens: a wrong id is a real
sentence, and nobody can see that it was not read. A small model's ids point at labelled sentences no more often than chance, and all of
them would be kept; of its ids with words none is. A capable reader copies words without a mistake, so the lock costs it
nothing but tokens (`python -m evals.bench.ids_or_quotes`; figures in evals/README.md).
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, get_args

from pydantic import BaseModel, ConfigDict, Field

from agent.extraction.features import cue_hits
from agent.extraction.meaning import Meaning, Quoted, check
from agent.extraction.proposals import Extraction, Proposal, Proposer, Reading
from agent.extraction.windows import CHARACTERS, SHARED, Window, account_facts, shown, windows_of
from agent.kinds import KINDS, TEXT_KINDS, Stance
from agent.models import Coverage, Failed, Message, Missed, Reason, Request, Session
from agent.signals import Strength
from agent.verification import DocumentText, Rejected, Status, verify
from prompts import fenced, prompt
from retrieval.records import Record, Visibility, Voice

RULES: Final = "3"
"""Raise it when this module would treat the same answers differently."""
SCORES: Final[dict[Strength, float]] = {"strong": 0.9, "medium": 0.7, "weak": 0.5}
WEAKER: Final[dict[Strength, Strength]] = {"strong": "medium", "medium": "weak", "weak": "weak"}
_SPLIT: Final = (Reason.TRUNCATED, Reason.MALFORMED, Reason.TIMEOUT)
_UNDER_WAY: Final = 0.25
"""Seconds after which the questions of many accounts have been sent, or answered from a journal; less than any model takes."""
_AGAIN: Final = (
    "A first reading of this text found nothing, or nothing there. Look again, at {turns} above all. It may still be nothing."
)


class ReadSignal(BaseModel):
    """Kinds and strengths outside the lists are dropped here, item by item, and not by failing the whole answer."""

    model_config = ConfigDict(extra="forbid")

    turn: str
    quote: str
    kind: str = Field(json_schema_extra={"enum": list(TEXT_KINDS)})
    strength: str = Field(json_schema_extra={"enum": list(get_args(Strength))})


class Signals(BaseModel):
    model_config = ConfigDict(extra="forbid")

    signals: list[ReadSignal]


class ModelExtractor:
    """`triage` names what a cheap reader would propose: a window where it sees something and the model nothing is read again, a
    risk that only it heard is put to the meaning check, and what the model could not read is read by it alone."""

    def __init__(self, session: Session, *, window: int = CHARACTERS, triage: Proposer | None = None) -> None:
        self._session = session
        self._window = window
        self._triage = triage

    @property
    def version(self) -> str:
        texts = "+".join(f"{prompt(name).label}:{prompt(name).sha256[:8]}" for name in ("extract_signals", "check_meaning"))
        gleaning = f"+{self._triage.version}" if self._triage else ""
        return f"model/{RULES}/{self._session.model}/{self._window}+{SHARED}/{texts}{gleaning}"

    def questions(self, reading: Reading) -> list[Request[Signals]]:
        """What `read` will ask first, for `agent.models.batch`: answered ahead, it finds the answers paid for."""
        return [_request(window, reading) for window in windows_of(reading.records, self._window)]

    def read(self, reading: Reading) -> Extraction:
        return self._session.run(self._read(reading))

    async def _read(self, reading: Reading) -> Extraction:
        windows = windows_of(reading.records, self._window)
        heard = await asyncio.to_thread(self._triage.propose, reading) if self._triage else ()
        hints = [p for p in heard if p.strength == "strong" and KINDS[p.kind].stance is not Stance.WEAK]
        task = _Task(reading, frozenset(hint.record_id for hint in hints))
        asked = asyncio.gather(*(self._window_of(window, task) for window in windows))
        try:
            await asyncio.wait([asked], timeout=_UNDER_WAY)
            # While the model reads there is time; before it is asked, folding would hold up the questions.
            documents = await asyncio.to_thread(_documents, windows)
            await asked
        finally:
            asked.cancel()
        found = task.found
        found.proposals += _overlooked(hints, found.proposals, reading.records)
        found.proposals += [proposal for proposal in heard if proposal.record_id in task.unread]
        return await self._judged(found, reading, documents)

    async def look_again(self, reading: Reading, records: Sequence[Record], why: str) -> Extraction:
        """A second reading of some of the account's records, for a reason that the model is told. On the session's loop."""
        windows = windows_of(records, self._window)
        found = Extraction()
        for window, outcome in zip(
            windows,
            await asyncio.gather(*(self._session.gateway.ask(_request(w, reading, said=why)) for w in windows)),
            strict=True,
        ):
            if isinstance(outcome, Failed):
                found.unchecked += (Missed(f"second look at {window.name}", outcome.reason, outcome.detail),)
            else:
                found.proposals += _proposals(outcome.value, window, found.dropped)
        return await self._judged(found, reading, _documents(windows))

    async def checked(self, proposals: Sequence[Proposal], reading: Reading) -> Extraction:
        """Proposals of somebody else's, after the meaning check. On the session's loop."""
        named = {proposal.record_id for proposal in proposals}
        documents = {record.document for record in reading.records if record.record_id in named}
        texts = {d: DocumentText([r for r in reading.records if r.document == d]) for d in documents}
        return await self._judged(Extraction(list(proposals)), reading, texts)

    async def _judged(self, found: Extraction, reading: Reading, documents: Mapping[str, DocumentText]) -> Extraction:
        """Each proposal once, in order of the records, at the strength that the meaning check leaves it."""
        order = {record.record_id: number for number, record in enumerate(reading.records)}
        unique = {(p.record_id, p.quote, p.kind): p for p in found.proposals}  # overlapping turns are read twice
        ordered = sorted(unique.values(), key=lambda p: (order[p.record_id], p.quote, p.kind))
        asked = _to_check(ordered, reading.records, documents)
        found.proposals = await self._meant(ordered, asked, reading, found)
        return found

    async def _window_of(self, window: Window, task: _Task, depth: int = 0) -> None:
        """Read one window; one that cannot be read whole is read in halves before it is given up."""
        gateway, account, found = self._session.gateway, task.reading.account.account_id, task.found
        outcome = await gateway.ask(_request(window, task.reading))
        if isinstance(outcome, Failed):
            halves = window.halves() if outcome.reason in _SPLIT and depth < 2 else None
            if halves is not None:
                await asyncio.gather(*(self._window_of(half, task, depth + 1) for half in halves))
                return
            found.coverage += Coverage(1, (Missed(window.name, outcome.reason, outcome.detail),))
            task.unread.update(turn.record.record_id for turn in window.turns)
            return
        found.coverage += Coverage(1)
        proposals = _proposals(outcome.value, window, found.dropped)
        seen = {proposal.record_id for proposal in proposals}
        passed_over = [t.id for t in window.turns if t.record.record_id in task.hinted and t.record.record_id not in seen]
        if passed_over and not proposals:
            again = await gateway.ask(_request(window, task.reading, said=_AGAIN.format(turns=", ".join(passed_over[:20]))))
            if isinstance(again, Failed):
                found.unchecked += (Missed(f"second reading of {window.name} of {account}", again.reason, again.detail),)
            else:
                proposals += _proposals(again.value, window, found.dropped)
        found.proposals += proposals

    async def _meant(
        self, proposals: Sequence[Proposal], asked: Mapping[int, Quoted], reading: Reading, found: Extraction
    ) -> list[Proposal]:
        """The proposals that survive the meaning check, at the strength that it leaves them. `asked`: by number of the proposal."""
        verdicts: Mapping[str, Meaning] = {}
        if asked:
            account = reading.account.account_id
            verdicts, missed = await check(self._session.gateway, account, list(asked.values()), definitions())
            found.unchecked += missed
        kept: list[Proposal] = []
        for number, proposal in enumerate(proposals):
            item = asked.get(number)
            meaning = "supports" if item is None else verdicts.get(item.key)
            if meaning in ("supports", None, "weaker"):
                strength = proposal.strength if meaning == "supports" else WEAKER[proposal.strength]
                if meaning is None and KINDS[proposal.kind].stance is Stance.SUPPORTS:
                    strength = "weak"  # nobody could say that it is meant: shown, and counted as proof of nothing
                elif meaning is None:
                    strength = proposal.strength  # a risk that nobody could check stays one
                kept.append(replace(proposal, strength=strength))
            else:
                found.dropped[f"meaning: {meaning}"] += 1
        return kept


@dataclass(slots=True)
class _Task:
    """An account while it is being read."""

    reading: Reading
    hinted: frozenset[str]
    """Records in which the cheap reader is sure of something that counts."""
    unread: set[str] = field(default_factory=set)
    found: Extraction = field(default_factory=Extraction)


def _overlooked(hints: Sequence[Proposal], found: Sequence[Proposal], records: Sequence[Record]) -> list[Proposal]:
    """Risks that only the cheap reader heard. They go to the meaning check like the model's own: a model may not lose a risk
    by keeping silent about it."""
    heard = {(proposal.record_id, proposal.kind) for proposal in found}
    by_id = {record.record_id: record for record in records}
    return [
        hint
        for hint in hints
        if KINDS[hint.kind].stance is Stance.OPPOSES
        and (hint.record_id, hint.kind) not in heard
        and may_not_stand(hint.kind, by_id[hint.record_id]) is None
    ]


def _request(window: Window, reading: Reading, said: str = "") -> Request[Signals]:
    """`said`: why the window is read another time."""
    text = prompt("extract_signals")
    marker, document = fenced(shown(window, reading.contacts))
    rendered = text.render(account=account_facts(reading.account, reading.catalog), marker=marker, document=document)
    messages = tuple(Message(role, content) for role, content in rendered)
    if said:
        messages += (Message("user", said),)
    return Request(
        "reread" if said else "extract",
        window.name,
        reading.account.account_id,
        messages,
        Signals,
        text.label,
        text.sha256,
        max_output_tokens=6_000,
        pass_number=2 if said else 1,
    )


def _proposals(answer: Signals, window: Window, dropped: Counter[str]) -> list[Proposal]:
    """What of an answer may be looked at further: known turns and kinds, said by whom it must be said."""
    found: list[Proposal] = []
    for item in answer.signals:
        record = window.record_of(item.turn)
        if record is None:
            dropped["no such turn"] += 1
            continue
        if item.kind not in TEXT_KINDS or not item.quote.strip():
            dropped["no such kind" if item.quote.strip() else "no words"] += 1
            continue
        why = may_not_stand(item.kind, record)
        if why is not None:
            dropped[why] += 1
            continue
        strength: Strength = "strong" if item.strength == "strong" else "medium" if item.strength == "medium" else "weak"
        found.append(Proposal(record.record_id, item.quote, item.kind, strength, SCORES[strength]))
    return found


def may_not_stand(kind: str, record: Record) -> str | None:
    """Why words of this record cannot be of this kind, whatever they say; None if they can.

    Design invariant 2, and 8: a record that speaks to a machine proves nothing for a sale, not even with its other sentences.
    """
    stance = KINDS[kind].stance
    if kind == "vendor_push":
        return None if record.voice is Voice.VENDOR else "not the vendor's words"
    if stance is Stance.OPPOSES:
        internal = record.voice is Voice.VENDOR and record.visibility is Visibility.INTERNAL
        return None if record.voice is Voice.CUSTOMER or internal else "not the customer's words"
    if kind != "tenure" and record.voice is not Voice.CUSTOMER:
        return "not the customer's words"
    if stance is Stance.SUPPORTS and "is.addresses_machine" in cue_hits(record.text):
        return "speaks to a machine"
    return None


def _documents(windows: Sequence[Window]) -> dict[str, DocumentText]:
    """The documents that are read, folded for the verifier."""
    records: dict[str, dict[str, Record]] = {}
    for window in windows:
        for turn in window.turns:
            records.setdefault(turn.record.document, {})[turn.record.record_id] = turn.record
    return {document: DocumentText(list(found.values())) for document, found in records.items()}


def _to_check(
    proposals: Sequence[Proposal], records: Sequence[Record], documents: Mapping[str, DocumentText]
) -> dict[int, Quoted]:
    """By number of the proposal, the verified span that a reader should judge. What does not verify falls in the ledger."""
    by_id = {record.record_id: record for record in records}
    places = {(record.document, record.position): record for record in records}
    asked: dict[int, Quoted] = {}
    for number, proposal in enumerate(proposals):
        named = by_id[proposal.record_id]
        verdict = verify(proposal.quote, record_id=named.record_id, records=documents[named.document], voice=named.voice)
        if isinstance(verdict, Rejected):
            continue
        span = next((span for span in verdict if span.status in (Status.REPAIRED, Status.CLIPPED)), verdict[0])
        changed = span.needs_meaning_check or span.status in (Status.REPAIRED, Status.CLIPPED)
        kind = KINDS[proposal.kind]
        may_decide = kind.stance is Stance.SUPPORTS or kind.blocks == "always" or proposal.strength == "strong"
        decides = may_decide and proposal.strength != "weak" and kind.stance is not Stance.WEAK
        if changed or decides:
            record = by_id[span.record_id]
            beside = (places.get((record.document, record.position + step)) for step in (-1, 1))
            asked[number] = Quoted(record, span.start, span.end, proposal.kind, proposal.strength, *beside)
    return asked


def definitions() -> dict[str, str]:
    """Kind -> definition, as the extraction prompt has them: one wording for those who find and those who check."""
    return dict(re.findall(r"^(\w+): (.+)$", prompt("extract_signals").messages[0][1], re.MULTILINE))
