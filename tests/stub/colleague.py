"""A stub's brain (`stub_llm.py --reply`) that answers every stage sensibly for the small book: a model that does its job.

It reads by a few plain patterns, plans one search, hunts until it has reported once, and drafts one claim for each piece of evidence.
"""

from __future__ import annotations

import json
import re
from typing import Any

KINDS = {
    "proven_value": r"\btook us\b",
    "manual_workaround": r"\bby hand\b",
    "stakeholder_pull": r"\bsend me a price\b",
    "budget_pressure": r"\bbudget (?:is|was) (?:cut|frozen)\b",
}
DOCUMENT = re.compile(r"<document-(\w+)>\n(.*)\n</document-\1>", re.DOTALL)
TURN = re.compile(r"^\[(T\d+) ([^\]]*)\] (.*)$", re.MULTILINE)
ITEM = re.compile(r"^\[([IC]\d+)\]", re.MULTILINE)
LINE = re.compile(r"^\[(E\d+) [^\]]*\] “(.*)”$", re.MULTILINE)


def reply(body: dict[str, Any], schema: dict[str, Any] | None) -> str:
    wanted = (schema or {}).get("properties", {})
    said = "\n".join(message["content"] for message in body["messages"] if message["role"] == "user")
    found = DOCUMENT.search(said)
    text = found[2] if found else ""
    answers = {
        "signals": lambda: {"signals": read(text)},
        "verdicts": lambda: {"verdicts": [{"item": item, "verdict": "supports"} for item in ITEM.findall(text)]},
        "judgements": lambda: {"judgements": [{"claim": item, "judgement": "supported"} for item in ITEM.findall(text)]},
        "searches": lambda: {"searches": [{"words": "the budget is frozen until the audit", "purpose": "against"}]},
        "tool": lambda: {**dict.fromkeys(wanted, ""), **step(body)},
        "settled": lambda: {"settled": settled(text)},
        "claims": lambda: draft(text),
    }
    found_answer = next((answer() for field, answer in answers.items() if field in wanted), dict.fromkeys(wanted, "ready"))
    return json.dumps(found_answer)


def read(text: str) -> list[dict[str, str]]:
    """A speaker's voice is said once; after that only the name stands there."""
    turns = TURN.findall(text)
    customers = {who.split(",")[0] for _, who, _ in turns if ", customer" in who}
    return [
        {"turn": turn, "quote": sentence.strip(), "kind": kind, "strength": "strong"}
        for turn, who, words in turns
        if who.split(",")[0] in customers
        for sentence in re.findall(r"[^.?!]+[.?!]", words)
        for kind, pattern in KINDS.items()
        if re.search(pattern, sentence)
    ]


def settled(text: str) -> list[dict[str, str]]:
    """Every risk is over where somebody says that things may be bought again."""
    over = re.search(r"^\[(T\d+) [^\]]*\] .*\bmay buy again\b", text, re.MULTILINE)
    return [{"risk": risk, "turn": over[1] if over else ""} for risk in re.findall(r"^\[(R\d+)\]", text, re.MULTILINE)]


def step(body: dict[str, Any]) -> dict[str, str]:
    gone = [message for message in body["messages"] if message["role"] == "assistant"]
    if not gone:
        return {"tool": "search", "words": "what it changed for us in hours"}
    if len(gone) == 1:
        for record, words in re.findall(r"^\[(\S+) [^\]]*, customer\] (.*)$", body["messages"][-1]["content"], re.MULTILINE):
            for sentence in re.findall(r"[^.?!]+[.?!]", words):
                if re.search(r"\bsaves? us\b", sentence):
                    return {"tool": "report", "record": record, "quote": sentence.strip(), "kind": "proven_value"}
    return {"tool": "stop"}


def draft(text: str) -> dict[str, Any]:
    lines = LINE.findall(text)
    return {
        "title": "Ashgrove Mills asks for a price",
        "claims": [{"text": f"Dana Ruiz says: {words}", "kind": "observed", "evidence": [key]} for key, words in lines[:7]],
        "next_customer_action": "Dana Ruiz sends the forms that are typed by hand.",
        "risk_if_never": "Without the forms it stays a question.",
        "message": "Hello Dana, could you send us the forms? Kim",
    }
