"""A stub's brain (`stub_llm.py --reply`): reads windows as the product writes them, perfectly and without understanding.

Every sentence of the document that has a trigger word is returned with its turn's id; meaning checks and judgements are granted.
"""

from __future__ import annotations

import json
import re
from typing import Any

TRIGGER = re.compile(r"\b(seats?|licen[cs]es?|renewal|budget|upgrade|expand|rollout|SSO|audit log|rate limit)\b", re.IGNORECASE)
DOCUMENT = re.compile(r"<document-(\w+)>\n(.*)\n</document-\1>", re.DOTALL)
TURN = re.compile(r"^\[(T\d+) [^\]]*\] (.*)$", re.MULTILINE)
ITEM = re.compile(r"^\[([IC]\d+)\]", re.MULTILINE)


def document(body: dict[str, Any]) -> str:
    said = "\n".join(message["content"] for message in body["messages"] if message["role"] == "user")
    found = DOCUMENT.search(said)
    return found[2] if found else ""


def turns(text: str) -> list[tuple[str, str]]:
    """Ids and words; a turn's further lines belong to it."""
    starts = list(TURN.finditer(text))
    ends = [found.start() for found in starts[1:]] + [len(text)]
    return [(found[1], text[found.start(2) : end].split("\n== ")[0]) for found, end in zip(starts, ends, strict=True)]


def sentences(text: str) -> list[str]:
    return [found.strip() for found in re.findall(r"[^.!?\n]+[.!?]?", text) if found.strip()]


def reply(body: dict[str, Any], schema: dict[str, Any] | None) -> str:
    wanted = (schema or {}).get("properties", {})
    text = document(body)
    if "signals" in wanted:
        found = [
            {"turn": turn, "quote": sentence, "kind": "pricing_mismatch", "strength": "medium"}
            for turn, words in turns(text)
            for sentence in sentences(words)
            if TRIGGER.search(sentence)
        ]
        return json.dumps({"signals": found})
    if "verdicts" in wanted:
        return json.dumps({"verdicts": [{"item": item, "verdict": "supports"} for item in ITEM.findall(text)]})
    if "judgements" in wanted:
        return json.dumps({"judgements": [{"claim": item, "judgement": "supported"} for item in ITEM.findall(text)]})
    if "searches" in wanted:
        return json.dumps({"searches": [{"words": "the budget is cut and nobody signs", "purpose": "against"}]})
    if "tool" in wanted:
        return json.dumps({**dict.fromkeys(wanted, ""), **next_step(body)})
    return json.dumps(dict.fromkeys(wanted, "stub"))


def next_step(body: dict[str, Any]) -> dict[str, str]:
    """A hunt: one search, then the first customer's sentence it gave with a trigger, then the end."""
    said = [message["content"] for message in body["messages"]]
    gone = sum(message["role"] == "assistant" for message in body["messages"])
    if gone == 0:
        return {"tool": "search", "words": "we need more seats for the other team"}
    if gone == 1:
        for record, words in re.findall(r"^\[(\S+) [^\]]*, customer\] (.*)$", said[-1], re.MULTILINE):
            for sentence in sentences(words):
                if TRIGGER.search(sentence):
                    return {"tool": "report", "record": record, "quote": sentence, "kind": "stakeholder_pull"}
    return {"tool": "stop"}
