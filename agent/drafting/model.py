"""Drafts written by a model: it phrases what verified signals carry, and code and a second look decide what of it may stand.

Everything that decides (grade, components, blockers, motion, economics) is the offline draft's, computed from the signals; the model
sees verified quotes and facts only, never a document. Claims that fail are named to it once, and then dropped; a draft that loses a
claim it cannot do without is the offline draft, with the reason. A wish is not drafted: there is nothing to write a case from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from agent.claims import faults
from agent.drafting import case as cases
from agent.drafting import offline
from agent.drafting.case import Case
from agent.drafting.drafter import Drafted, OfflineDrafter
from agent.drafting.message import INTERNAL_WORDS, says_back
from agent.drafting.pack import evidence_line, evidence_pack, facts
from agent.extraction.features import cue_hits
from agent.hypotheses import Claim, Draft, DraftedBy, Grade
from agent.kinds import CORE, Stance
from agent.models import Answered, Failed, Message, Request, Session
from agent.models.outcomes import T
from agent.signals import Signal
from prompts import fenced, prompt

LONGEST_CLAIM: Final = 320
LONGEST_MESSAGE: Final = 1_200
_OPENERS: Final = (
    "a after an another as at before by each every finance if in it its more no nobody none not on once one our seats she somebody "
    "someone still that the their then there they this two until use we what when where whether while who with without"
)
"""Words that may begin a line; any other capitalised first word must be a name that the evidence knows."""
_QUOTED: Final = re.compile(r"[“\"]([^”\"]{8,})[”\"]")


class WrittenClaim(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str
    kind: Literal["observed", "inferred"]
    evidence: list[str]


class DraftText(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    claims: list[WrittenClaim]
    next_customer_action: str
    risk_if_never: str
    message: str


class Judgement(BaseModel):
    model_config = ConfigDict(extra="forbid")

    claim: str
    judgement: Literal["supported", "partly", "unsupported", "contradicted"]


class Judgements(BaseModel):
    model_config = ConfigDict(extra="forbid")

    judgements: list[Judgement]


@dataclass(slots=True)
class Written:
    """A model's draft after the checks."""

    text: DraftText
    claims: list[Claim]
    dropped: list[str]
    """Why claims fell, in the words that the model was told."""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Why there is no draft of the model's. `asked`: it answered, and asking the same again would bring the same."""

    why: str
    asked: bool = True


@dataclass(frozen=True, slots=True)
class ModelDrafter:
    """Same account, same signals: the same draft."""

    session: Session

    @property
    def version(self) -> str:
        """The offline wording is part of it: wishes are written from it, and whatever of the model's does not stand."""
        texts = "+".join(f"{prompt(name).label}:{prompt(name).sha256[:8]}" for name in ("draft_hypothesis", "judge_claim"))
        return f"{self.session.model}/{texts}/{OfflineDrafter().version}"

    def draft(self, case: Case, economics: dict[str, Any], *, run: str) -> Drafted:
        """The model's draft where it stands, else the offline one with the reason in `drafted_by.model`."""
        plain = offline.draft(case, economics, run=run)
        pack = evidence_pack(case)
        if case.proof.grade is Grade.WISH or not pack:
            return Drafted(plain)
        written = self.session.run(self._write(case, pack))
        if isinstance(written, Unwritten):
            made_by = plain.drafted_by.model_copy(update={"model": f"{offline.MODEL} ({self.session.model}: {written.why})"})
            return Drafted(plain.model_copy(update={"drafted_by": made_by}), (written.why,), written.asked)
        return Drafted(self._assembled(plain, case, written, run), tuple(written.dropped))

    async def _write(self, case: Case, pack: dict[str, Signal]) -> Written | Unwritten:
        """The checked draft, or why there is none."""
        outcome = await self.session.gateway.ask(_request(case, pack))
        if isinstance(outcome, Failed):
            return Unwritten(f"no draft: {outcome.reason.value}", asked=False)
        written = await self._checked(outcome.value, case, pack)
        if isinstance(written, Written) and written.dropped:
            again = await self.session.gateway.ask(_request(case, pack, wrong=written.dropped))
            second = await self._checked(again.value, case, pack) if isinstance(again, Answered) else None
            if isinstance(second, Written) and not (_lacks(second, case) and not _lacks(written, case)):
                second.dropped = [*(f"first: {why}" for why in written.dropped), *second.dropped]
                written = second
        if isinstance(written, Unwritten):
            return written
        lost = _lacks(written, case)
        return Unwritten(f"no claim stands for {', '.join(lost)}") if lost else written

    async def _checked(self, text: DraftText, case: Case, pack: dict[str, Signal]) -> Written | Unwritten:
        """Claims that cite what there is, say no more than it, and mean the same to a second reader."""
        claims: list[Claim] = []
        dropped: list[str] = []
        numbers: list[int] = []
        for number, item in enumerate(text.claims[:12], start=1):
            claim, why = _claim(item, case, pack)
            if claim is None:
                dropped.append(f"claim {number} {why}")
            else:
                claims.append(claim)
                numbers.append(number)
        if not claims:
            return Written(text, [], dropped)
        judged = await self.session.gateway.ask(_judge(case, claims))
        if isinstance(judged, Failed):
            return Unwritten(f"its claims could not be judged: {judged.reason.value}", asked=False)
        verdicts: dict[str, str] = {}
        for row in judged.value.judgements:
            said = row.claim.strip().strip("[]")
            verdicts[said] = row.judgement if verdicts.get(said, "supported") == "supported" else verdicts[said]
        kept = []
        for number, claim in enumerate(claims, start=1):
            verdict = verdicts.get(f"C{number}", "unsupported")
            if verdict == "supported":
                kept.append(claim)
            else:
                dropped.append(f"claim {numbers[number - 1]} is {verdict} by what it cites")
        return Written(text, kept, dropped)

    def _assembled(self, plain: Draft, case: Case, written: Written, run: str) -> Draft:
        text = written.text
        prompts = {name: prompt(name).version for name in ("extract_signals", "check_meaning", "draft_hypothesis", "judge_claim")}
        cost = self.session.bill.by_account.get(case.account.account_id, 0.0)
        letter = text.message if _message_stands(text.message, case) else plain.draft_message
        made = plain.model_copy(
            update={
                "title": text.title if _line_stands(text.title, case, 120) else plain.title,
                "claims": tuple(written.claims),
                "next_customer_action": _or(text.next_customer_action, plain.next_customer_action, case),
                "risk_if_never": _or(text.risk_if_never, plain.risk_if_never, case),
                "draft_message": letter,
                "message_signals": says_back(letter, case.ledger),
                "drafted_by": DraftedBy(model=self.session.model, prompts=prompts, run=run, cost=cost),
            }
        )
        return made.model_copy(update={"evidence_kinds": cases.cited_kinds(case, made.cited)})


def _claim(item: WrittenClaim, case: Case, pack: dict[str, Signal]) -> tuple[Claim | None, str]:
    """The claim with real signal ids, or what is wrong with it."""
    cited = [key.strip().strip("[]") for key in item.evidence]
    if not cited:
        return None, "cites nothing"
    if any(key not in pack for key in cited):
        return None, "cites an id that is not in the pack"
    if not item.text.strip() or len(item.text) > LONGEST_CLAIM or "\n" in item.text:
        return None, "is not one sentence"
    if "is.addresses_machine" in cue_hits(item.text):
        return None, "speaks to a machine"
    claim = Claim(text=item.text.strip(), kind=item.kind, signals=tuple(dict.fromkeys(pack[key].id for key in cited)))
    ledger = {signal.id: signal for signal in case.ledger}
    wrong = faults([claim], ledger, account_id=case.account.account_id, names=_names(case))
    return (None, "; ".join(fault.why for fault in wrong)[:160]) if wrong else (claim, "")


def _lacks(written: Written, case: Case) -> list[str]:
    """What a draft cannot do without: a claim on every part of the core that is met, and on every blocker."""
    cited = {key for claim in written.claims for key in claim.signals}
    core = [part.value for part in CORE if case.proof.components[part.value].status == "met"]
    lost = [name for name in core if not cited & set(case.proof.components[name].signals)]
    return lost + [blocker.kind for blocker in case.proof.blockers if not cited & set(blocker.signals)]


def _or(text: str, plain: str, case: Case) -> str:
    return text if _line_stands(text, case, LONGEST_CLAIM) else plain


def _line_stands(text: str, case: Case, longest: int) -> bool:
    """One line that names and counts nothing which the account's evidence does not, and talks to nobody's machine."""
    if not text.strip() or len(text) > longest or "\n" in text or "is.addresses_machine" in cue_hits(text):
        return False
    if re.search(r"\b(earned|promising|blocked|wish)\b", text, re.IGNORECASE):
        return False  # a grade is shown by the grade
    everything = Claim(text=text, kind="inferred", signals=tuple(s.id for s in case.ledger if s.stance is not Stance.WEAK))
    first = text.split()[0].strip("“\"'‘(,.:;").removesuffix("’s").removesuffix("'s").casefold()
    known = " ".join([*_names(case), *(f"{signal.speaker or ''} {signal.quote}" for signal in case.ledger)]).casefold()
    if first not in _OPENERS.split() and first not in re.findall(r"[\w'’-]+", known):
        return False
    ledger = {signal.id: signal for signal in case.ledger}
    return not faults([everything], ledger, account_id=case.account.account_id, names=_names(case))


def _message_stands(text: str, case: Case) -> bool:
    """None of our inner words, no number or name that its reader did not use, and no quote of anybody else."""
    person = case.person()
    if not text.strip() or len(text) > LONGEST_MESSAGE or INTERNAL_WORDS.search(text) or "is.addresses_machine" in cue_hits(text):
        return False
    own = [s for s in case.ledger if s.speaker == person and s.stance is not Stance.WEAK]
    said = " ".join(" ".join(s.quote.split()) for s in own).casefold()
    if any(" ".join(quote.split()).casefold().rstrip(".!?…") not in said for quote in _QUOTED.findall(text)):
        return False
    plain = re.sub(r"(?m)^(Hi|Hello|Dear|Good morning|Thanks|Thank you|Best|Kind|Warm|Regards|Cheers)\b", " ", text)
    names = [case.account.name, case.owner_name, person, case.item_name, *(item.name for item in case.catalog.items)]
    claim = Claim(text=plain, kind="inferred", signals=tuple(s.id for s in own) or ("none",))
    ledger = {signal.id: signal for signal in own} or {"none": case.ledger[0]}
    return not faults([claim], ledger, account_id=case.account.account_id, names=names)


def _names(case: Case) -> list[str]:
    people = [f"{contact.name} {contact.title}" for contact in case.contacts]
    return [case.account.name, case.owner_name, case.catalog.vendor, *people, *(item.name for item in case.catalog.items)]


def _request(case: Case, pack: dict[str, Signal], wrong: Sequence[str] = ()) -> Request[DraftText]:
    lines = "\n".join(evidence_line(key, signal, case) for key, signal in pack.items())
    request = _prompted("draft_hypothesis", "draft", DraftText, case, 3_000, "evidence", lines, facts=facts(case))
    if not wrong:
        return request
    said = Message(
        "user", "Some claims cannot stand:\n" + "\n".join(wrong) + "\nWrite the whole draft again without such claims."
    )
    return _with(request, said)


def _judge(case: Case, claims: Sequence[Claim]) -> Request[Judgements]:
    blocks = []
    for number, claim in enumerate(claims, start=1):
        cited = "\n".join(f"evidence: {evidence_line('', case.signal(key), case)}" for key in claim.signals)
        blocks.append(f"[C{number}] {claim.kind}: {claim.text}\n{cited}")
    return _prompted("judge_claim", "judge", Judgements, case, 1_000, "items", "\n\n".join(blocks))


def _prompted(
    name: str, stage: str, output: type[T], case: Case, tokens: int, place: str, content: str, **others: str
) -> Request[T]:
    text = prompt(name)
    marker, safe = fenced(content)
    rendered = text.render(**{"marker": marker, place: safe}, **others)
    messages = tuple(Message(role, body) for role, body in rendered)
    account = case.account.account_id
    return Request(stage, f"{stage} of {account}", account, messages, output, text.label, text.sha256, tokens)


def _with(request: Request[T], message: Message) -> Request[T]:
    return Request(
        request.stage, request.name, request.account, (*request.messages, message), request.output, request.prompt,
        request.prompt_sha256, request.max_output_tokens, 2,
    )  # fmt: skip
