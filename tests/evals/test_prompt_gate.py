"""A broken prompt fails the gate, and a renamed one passes it: on the sample book, with a model that does what its prompt says.

The model is the recorded reader of the sample book, made obedient: it answers as recorded, but lists only kinds that the prompt it is
given defines. So what a prompt author breaks shows, and what they only rename does not.
"""

from __future__ import annotations

import dataclasses
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import prompts.library
from agent.cli.context import pipeline as configured
from agent.errors import Exit
from agent.models import Message, Session, Usage
from agent.models.gateway import Gateway
from agent.models.providers import Reply
from agent.models.tape import Tape, read_header
from agent.store import open_store
from evals.cases import SAMPLE, dataset
from evals.gate import gate
from evals.metrics.stats import Verdict
from evals.recorded import TAPES
from evals.runs import Run, execute
from prompts.library import Prompt, prompt

TAPE = TAPES / "tessellate"
EMPTY: dict[str, Any] = {
    "searches": {"searches": []},
    "settled": {"settled": []},
    "tool": {"tool": "stop", "words": "", "record": "", "quote": "", "kind": ""},
    "claims": {"title": "", "claims": [], "next_customer_action": "", "risk_if_never": "", "message": ""},
}


class Obedient:
    """Answers as recorded, within what its instructions define. What was never recorded is answered with the least there is."""

    def __init__(self, recorded: Prompt) -> None:
        header = read_header(TAPE)
        self.model, self.params = header.model, header.params
        self._tape, self._recorded = Tape(TAPE), recorded

    def open(self) -> None:
        """Nothing is needed."""

    async def answer(self, request: Any, messages: Sequence[Message], max_output_tokens: int, timeout: float) -> Reply:
        told = messages[0].content
        if request.prompt.startswith("extract_signals/"):
            system = dict(self._recorded.messages)["system"]
            request = dataclasses.replace(
                request,
                messages=(Message("system", system), *request.messages[1:]),
                prompt_sha256=self._recorded.sha256,
            )
        content = self._tape.find(request.key(self.model, self.params))
        fields = request.output.model_fields
        if content is not None:
            answer = json.loads(content["text"])
        elif "verdicts" in fields or "judgements" in fields:
            items = re.findall(r"^\[([IC]\d+)\]", messages[1].content, re.MULTILINE)
            kind, key, word = ("verdicts", "item", "supports") if "verdicts" in fields else ("judgements", "claim", "supported")
            answer = {kind: [{key: item, kind[:-1]: word} for item in items]}
        elif "signals" in fields:
            answer = {"signals": []}
        else:
            answer = next(value for field, value in EMPTY.items() if field in fields)
        if "signals" in answer:
            defined = set(re.findall(r"^(\w+): ", told, re.MULTILINE))
            answer = {"signals": [row for row in answer["signals"] if row["kind"] in defined]}
        return Reply(json.dumps(answer), Usage())

    async def close(self) -> None:
        """Nothing is open."""


RECORDED = prompt("extract_signals")


def run(monkeypatch: pytest.MonkeyPatch, changed: Prompt) -> Run:
    """The sample book with this version of the extraction prompt in use."""
    real = prompts.library._read
    with monkeypatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(prompts.library, "_read", lambda key, version: changed if key == RECORDED.id else real(key, version))
        store = open_store(Path(folder), create=True)
        try:
            with Session(lambda: Gateway(Obedient(RECORDED))) as session:
                return execute(dataset([SAMPLE]), configured(store, session), model=session.model, name=changed.label)
        finally:
            store.close()


def edited(version: str, text: str) -> Prompt:
    raw = text.replace(f"version: {RECORDED.version}\n", f"version: {version}\n")
    return prompts.library.parse(raw.encode("utf-8"), f"{RECORDED.id}/{version}.md")


@pytest.fixture(scope="module")
def baseline() -> Run:
    with pytest.MonkeyPatch.context() as patch:
        return run(patch, RECORDED)


def test_a_prompt_that_lost_its_definitions_fails_the_gate(baseline: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = RECORDED.text.splitlines(keepends=True)
    lost = ("proven_value:", "manual_workaround:", "stakeholder_pull:", "value_disputed:", "sponsor_risk:", "vendor_push:")
    broken = edited("98", "".join(line for line in lines if not line.startswith(lost)))
    verdict = gate(run(monkeypatch, broken), baseline)
    assert verdict.verdict is Verdict.REGRESSION
    assert verdict.exit_code == Exit.GATE
    assert verdict.worst  # the accounts to look at


def test_a_prompt_that_was_only_renamed_passes_it(baseline: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = edited("99", re.sub(r"changelog: .*", "changelog: Another name.", RECORDED.text))
    candidate = run(monkeypatch, renamed)
    assert candidate.header.pipeline != baseline.header.pipeline
    assert gate(candidate, baseline).verdict is Verdict.PASS
