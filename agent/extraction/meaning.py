"""The meaning check: real words, but do they mean what they are quoted for? Asked in batches, answered by an enum.

Asked for all that a grade can rest on (more than a hint, and for the case or of a kind that stops it), for whatever is called
strong, and for repaired and widened quotes.
Sentences are shown with one neighbour on each side and nothing else, so that what is planted in one ticket cannot argue for another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from agent.kinds import KINDS
from agent.models import Failed, Gateway, Message, Missed, Request
from agent.signals import Strength
from prompts import fenced, prompt
from retrieval.records import Record, stable_id
from retrieval.sentences import sentence_spans

BATCH: Final = 12
_NEIGHBOUR: Final = 300
"""Characters of a neighbouring sentence that are shown."""

Meaning = Literal["supports", "weaker", "contradicts", "hypothetical", "not_customer", "unrelated"]
MEANINGS: Final[tuple[Meaning, ...]] = ("supports", "weaker", "contradicts", "hypothetical", "not_customer", "unrelated")


class Verdict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    item: str
    verdict: Meaning


class Verdicts(BaseModel):
    model_config = ConfigDict(extra="forbid")

    verdicts: list[Verdict]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A verified span and what it is quoted for."""

    record: Record
    start: int
    end: int
    kind: str
    strength: Strength
    previous: Record | None = None
    """What was said just before and after in the same conversation: an answer is nothing without its question."""
    following: Record | None = None

    @property
    def words(self) -> str:
        return self.record.text[self.start : self.end]

    @property
    def key(self) -> str:
        return stable_id(self.record.record_id, str(self.start), str(self.end), self.kind)


async def check(
    gateway: Gateway, account: str, quoted: Sequence[Quoted], definitions: dict[str, str]
) -> tuple[dict[str, Meaning], tuple[Missed, ...]]:
    """The meaning of each by its key, and the batches that could not be judged. What is missing was not judged.

    Batches follow a shuffled order that is the same for the same quotes, so that a batch is not all of one kind or one speaker.
    """
    ordered = sorted({item.key: item for item in quoted}.values(), key=lambda item: item.key)
    batches = [ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH)]
    found: dict[str, Meaning] = {}
    missed: list[Missed] = []

    async def judge(number: int, batch: Sequence[Quoted]) -> None:
        request = _request(account, number, batch, definitions)
        outcome = await gateway.ask(request)
        if isinstance(outcome, Failed):
            missed.append(Missed(request.name, outcome.reason, outcome.detail))
            return
        by_id = {f"I{index}": item for index, item in enumerate(batch, start=1)}
        for verdict in outcome.value.verdicts:
            item = by_id.get(verdict.item.strip().strip("[]"))
            if item is not None:
                known = found.get(item.key, verdict.verdict)
                found[item.key] = max(known, verdict.verdict, key=MEANINGS.index)  # two answers: the worse one holds

    await asyncio.gather(*(judge(number, batch) for number, batch in enumerate(batches, start=1)))
    return found, tuple(missed)


def _request(account: str, number: int, batch: Sequence[Quoted], definitions: dict[str, str]) -> Request[Verdicts]:
    item_texts = [_item(f"I{index}", item, definitions) for index, item in enumerate(batch, start=1)]
    marker, items = fenced("\n\n".join(item_texts))
    text = prompt("check_meaning")
    messages = tuple(Message(role, content) for role, content in text.render(marker=marker, items=items))
    name = f"meaning check {number} of {account}"
    return Request("check", name, account, messages, Verdicts, text.label, text.sha256, 80 * len(batch) + 400)


def _item(item_id: str, item: Quoted, definitions: dict[str, str]) -> str:
    meant = f"{item.kind} ({definitions.get(item.kind) or KINDS[item.kind].label})"
    before, after = neighbours(item)
    lines = [f"[{item_id}] claimed: {meant}, {item.strength}", f"before: {before}"]
    return "\n".join([*lines, f"sentence: {_said(item.record, item.words, 1200)}", f"after: {after}"])


def neighbours(item: Quoted) -> tuple[str, str]:
    """The sentence before a span and the one after it, with whose they are; of the turns beside it where it stands at an end of its
    own, and empty where there is nothing."""
    record, spans = item.record, sentence_spans(item.record.text)
    before = [span for span in spans if span[1] <= item.start]
    after = [span for span in spans if span[0] >= item.end]
    return (
        _said(record, record.text[slice(*before[-1])]) if before else _end(item.previous, -1),
        _said(record, record.text[slice(*after[0])]) if after else _end(item.following, 0),
    )


def _end(record: Record | None, which: int) -> str:
    spans = sentence_spans(record.text) if record else []
    return _said(record, record.text[slice(*spans[which])]) if record and spans else ""


def _said(record: Record, words: str, most: int = _NEIGHBOUR) -> str:
    return f"[{record.voice.value}] {_line(words, most)}"


def _line(text: str, most: int = _NEIGHBOUR) -> str:
    """On one line, so that no words can pass for an item of their own; long ones cut at both ends' expense."""
    plain = " ".join(text.split()).replace("[", "［")
    return plain if len(plain) <= most else f"{plain[: most // 2]} … {plain[-most // 2 :]}"
