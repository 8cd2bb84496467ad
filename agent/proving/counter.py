"""Counter-evidence: a model names what would most likely prove the case wrong, code looks it up, and the passages are read again.

R083-R090. What is found is proposed, checked for its meaning and verified like any other signal; it may be against the case, or
close one of its gaps.
"""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from agent.drafting.case import Case
from agent.drafting.pack import evidence_line, evidence_pack, facts
from agent.extraction.model import ModelExtractor
from agent.extraction.proposals import Extraction, Reading
from agent.models import Failed, Message, Missed, Request, Session
from agent.proving.library import Library
from prompts import fenced, prompt

SEARCHES: Final = 6
PASSAGES: Final = 3
"""For each search."""
WHY: Final = (
    "You may have read these passages before. They were looked up because they could speak against a case for selling more, or "
    "close a gap in it. Look again, and list what is evidence; above all what is against. It may be nothing."
)


class PlannedSearch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    words: str
    purpose: Literal["against", "missing"]


class SearchPlan(BaseModel):
    model_config = ConfigDict(extra="forbid")

    searches: list[PlannedSearch]


async def look(session: Session, extractor: ModelExtractor, case: Case, reading: Reading, library: Library) -> Extraction:
    """What a second look at the likeliest places brings. A plan that does not come leaves the account incomplete."""
    planned = await session.gateway.ask(_request(case))
    if isinstance(planned, Failed):
        missed = Missed(f"search for counter-evidence in {case.account.account_id}", planned.reason, planned.detail)
        return Extraction(unchecked=(missed,))
    searches = [search.words for search in planned.value.searches[:SEARCHES] if search.words.strip()]
    found = await asyncio.to_thread(lambda: [passage for words in searches for passage in library.search(words, PASSAGES)])
    return await extractor.look_again(reading, library.around(found), WHY)


def _request(case: Case) -> Request[SearchPlan]:
    text = prompt("search_plan")
    marker, evidence = fenced("\n".join(evidence_line(key, signal, case) for key, signal in evidence_pack(case).items()))
    messages = tuple(Message(*said) for said in text.render(facts=facts(case), marker=marker, evidence=evidence))
    account = case.account.account_id
    return Request("plan", f"search plan of {account}", account, messages, SearchPlan, text.label, text.sha256, 800)
