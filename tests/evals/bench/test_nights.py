"""The benches of whole nights measure what they say: small ones, all the way through."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert

from agent.cli import main
from agent.store import open_store, tables
from evals.bench import kills
from tests.conftest import ROOT


def run(bench: str, *words: str) -> list[dict[str, Any]]:
    """In a process of its own: one of them forks, and this one may have threads."""
    done = subprocess.run(
        [sys.executable, "-m", f"evals.bench.{bench}", *words], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_nights_over_a_small_estate(tmp_path: Path) -> None:
    *rows, last = run("night", "--out", str(tmp_path), "--accounts", "20", "--records", "400", "--small", "10")
    by_night = {str(row["night"]): row for row in rows}
    assert by_night["first of 20"]["records"] == 400
    counts = {
        name: by_night[name]["accounts"]["changed"] for name in ("first of 20", "unchanged of 20", "1% changed", "10% changed")
    }
    assert counts == {"first of 20": 20, "unchanged of 20": 0, "1% changed": 1, "10% changed": 2}
    assert by_night["first of 20"]["signals"], "the stand-in reader finds something"
    assert last["model_calls"] == 0
    assert last.keys() >= {"changed_1%_per_changed", "changed_10%_against_line", "peak_mb"}


def test_kills_are_compared_with_an_undisturbed_night() -> None:
    *rows, last = run("kills", "--times", "2", "--accounts", "2")
    assert len(rows) == last["kills"] == 2
    assert last["same"] == {"queue": 2, "decisions": 2, "ledger": 2}
    assert last["calm_calls"]


def test_what_a_kill_could_spoil_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: a lost signal is another queue, and an answer that was paid twice another ledger."""
    monkeypatch.setattr(kills, "ran", lambda *words: main(list(words)))
    _, home = kills.template(tmp_path, 2)
    before = kills.state(home)
    attempt = {
        "stage": "attempt/draft",
        "model": "m",
        "content": {"request": "k", "outcome": "answer"},
        "cost": 0.0,
        "created_at": "x",
    }
    store = open_store(home)
    with store.write() as conn:
        conn.execute(insert(tables.answers), [{"key": "k/a/1", **attempt}, {"key": "k/b/1", **attempt}])
        conn.execute(delete(tables.signals).where(tables.signals.c.account_id == "a-1"))
    store.close()
    after = kills.state(home)
    assert (after["paid"], after["paid_again"]) == (2, 1)
    assert before["queue"] != after["queue"]
    assert before["ledger"] != after["ledger"]
    assert before["decisions"] == after["decisions"] != []
