"""The proof hunt: a bounded LangChain agent that looks for what a case still lacks, in this account only.

It can propose quotes, each verified on the spot, and it shows what was looked for in vain. It cannot grade, and ends after
`STEPS` calls whatever it found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from agent.drafting.case import Case
from agent.drafting.pack import evidence_line, evidence_pack, facts
from agent.extraction.model import ModelExtractor, may_not_stand
from agent.extraction.proposals import Extraction, Proposal, Reading
from agent.extraction.windows import account_facts
from agent.hypotheses import Grade
from agent.kinds import CORE, KINDS, TEXT_KINDS
from agent.models import Missed, Session
from agent.proving.library import Library
from agent.verification import DocumentText, Rejected, verify
from prompts import fenced, prompt
from retrieval.records import Record

STEPS: Final = 8
PASSAGES: Final = 5
FINDS: Final = 6
_LONGEST: Final = 4_000
"""Characters of a record that are shown."""


def worth_it(case: Case) -> bool:
    """A case with a part of its core, and not all of it. One without any is a wish, one with a risk waits for the risk."""
    met = sum(case.proof.components[part.value].status == "met" for part in CORE)
    return case.proof.grade is not Grade.BLOCKED and 0 < met < len(CORE)


async def hunt(session: Session, extractor: ModelExtractor, case: Case, reading: Reading, library: Library) -> Extraction:
    """What the agent found, checked for its meaning."""
    from langchain.agents import create_agent
    from langchain.agents.middleware import ModelCallLimitMiddleware

    from agent.proving.chat import GatewayChat, NoAnswer

    finds: list[Proposal] = []
    (_, system), (_, opening) = _rendered(case)
    agent: Any = create_agent(
        GatewayChat(session, case.account.account_id),
        _tools(library, reading, finds),
        system_prompt=system,
        middleware=[ModelCallLimitMiddleware(run_limit=STEPS, exit_behavior="end")],
    )
    unchecked: tuple[Missed, ...] = ()
    try:
        await agent.ainvoke({"messages": [{"role": "user", "content": opening}]}, {"recursion_limit": 12 * STEPS})
    except NoAnswer as over:
        unchecked = (over.missed,)
    found = await extractor.checked(finds, reading)
    return replace(found, unchecked=(*found.unchecked, *unchecked))


def _rendered(case: Case) -> tuple[tuple[str, str], ...]:
    marker, evidence = fenced("\n".join(evidence_line(key, signal, case) for key, signal in evidence_pack(case).items()))
    return prompt("hunt_proof").render(facts=facts(case), marker=marker, evidence=evidence)


def _tools(library: Library, reading: Reading, finds: list[Proposal]) -> list[Any]:
    """What the agent may do. Every answer is text of this account, or of the catalogue."""
    from langchain_core.tools import tool

    @tool
    def search(words: str) -> str:
        """Passages of this account's tickets, calls and notes that are near these words."""
        passages = library.search(words, PASSAGES) if words.strip() else []
        return "\n".join(_shown(record) for record in library.around(passages)) or "nothing"

    @tool
    def open_record(record: str) -> str:
        """One record whole, by its id."""
        found = library.records.get(_bare(record))
        return _shown(found, _LONGEST) if found else "there is no such record"

    @tool
    def telemetry() -> str:
        """What was measured of the account's usage."""
        return "\n".join(f"{s.kind}: {s.measurement.formula}" for s in library.telemetry if s.measurement) or "nothing"

    @tool
    def catalogue() -> str:
        """What the vendor sells, and what the account owns of it."""
        return account_facts(reading.account, reading.catalog)

    @tool
    def report(record: str, quote: str, kind: str) -> str:
        """Hand in one quote as evidence of one kind."""
        proposal = _proposal(library, _bare(record), quote, kind)
        if isinstance(proposal, str):
            return f"not taken: {proposal}"
        if len(finds) >= FINDS:
            return "not taken: enough was handed in"
        finds.append(proposal)
        return "taken"

    return [search, open_record, telemetry, catalogue, report]


def _proposal(library: Library, record_id: str, quote: str, kind: str) -> Proposal | str:
    """The find, or why it is none: the record is known, the voice may say it, and the words stand there."""
    record = library.records.get(record_id)
    if record is None:
        return "there is no such record"
    if kind not in TEXT_KINDS:
        return "there is no such kind"
    why = may_not_stand(kind, record)
    if why is not None:
        return why
    document = DocumentText([other for other in library.records.values() if other.document == record.document])
    verdict = verify(quote, record_id=record_id, records=document, voice=record.voice)
    if isinstance(verdict, Rejected):
        return f"the words are not in the record ({verdict.reason.value})"
    return Proposal(record_id, quote, kind, "strong" if KINDS[kind].blocks == "always" else "medium", 0.6)


def _shown(record: Record, most: int = 600) -> str:
    words = record.text if len(record.text) <= most else f"{record.text[:most]} …"
    speaker = (record.speaker or "unknown").replace("]", ")")
    return f"[{record.record_id} {record.source} {record.date} {speaker}, {record.voice.value}] {words.replace('[', '［')}"


def _bare(record_id: str) -> str:
    """Tolerant of the brackets, and of what stands behind the id in them."""
    return record_id.strip().strip("[]").split(" ", 1)[0]
