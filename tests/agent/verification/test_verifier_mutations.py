"""A small run of `evals.bench.verifier_mutations`: forged quotes from real text do not pass, harmless variants do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evals.bench.verifier_mutations import SAMPLE, documents, main, measure

SHARED = Path(os.environ.get("EARNED_SHARED") or Path(__file__).resolve().parents[4] / "shared")
TEXTS = [SAMPLE, SHARED / "bench" / "transcript.txt", SHARED / "data" / "qmsum_val" / "meetings.jsonl"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_forged_quote_passes_and_hardly_a_harmless_one_is_lost(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"{path} is not here; set EARNED_SHARED to the folder with public texts")
    bad, harmless = measure(documents(path), seed=11, each=6)
    assert [f"{name}: {line}" for name, one in bad.items() if one.accepted for line in one.wrong] == []
    count = sum(len(one.seconds) for one in harmless.values())
    assert sum(one.lost for one in harmless.values()) <= max(1, 0.01 * count)
    assert sum(len(one.seconds) for one in bad.values()) > 150


def test_the_command_prints_the_table_and_its_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SAMPLE), "--each", "2"]) == 0
    assert "bad accepted: 0 of" in capsys.readouterr().out
