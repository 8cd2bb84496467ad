"""Two processes review the same queue: nothing is lost, nothing counts twice, the chain holds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from conftest import book, fill

from agent.decisions import Action, broken_link, standing
from agent.store import decisions, hypotheses, open_store

ROOT = Path(__file__).parents[2]
EACH = int(os.environ.get("REVIEW_DECISIONS", "300")) // 2
"""Decisions of each process; REVIEW_DECISIONS=1000 for the long run."""
REVIEWER = """
import random, sys
from datetime import UTC, date, datetime
from pathlib import Path
from agent.errors import DecisionConflict, DecisionRefused
from agent.queue import Queue
from agent.store import open_store

home, actor, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
queue = Queue(open_store(home), actor, lambda: datetime(2026, 11, 21, 9, tzinfo=UTC))
chance = random.Random(actor)
keys = [line for line in sys.argv[4].split(",")]
written = conflicts = 0
seen = {}
while written + conflicts < count:
    key = chance.choice(keys)
    if key not in seen or chance.random() < 0.5:
        seen[key] = queue.card(key).hypothesis.version
    act = chance.choice(["approve", "reject", "proof", "snooze", "undo"])
    try:
        if act == "approve":
            queue.approve(key, version=seen[key])
        elif act == "reject":
            queue.reject(key, reason="not_now", version=seen[key])
        elif act == "proof":
            queue.ask_for_proof(key, ask="Who signs?", version=seen[key])
        elif act == "snooze":
            queue.snooze(key, until=date(2026, 12, 1), version=seen[key])
        else:
            queue.undo()
        written += 1
    except DecisionConflict:
        conflicts += 1
        seen.pop(key, None)
    except DecisionRefused:
        continue
print(written, conflicts)
"""


def test_two_processes_lose_and_double_nothing(new_home: Callable[[], Path]) -> None:
    home = new_home()
    store = open_store(home)
    keys = fill(store, book(8))
    command = [sys.executable, "-c", REVIEWER, str(home)]
    running = [
        subprocess.Popen([*command, actor, str(EACH), ",".join(keys)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for actor in ("ana", "ben")
    ]
    told = [process.communicate(timeout=120)[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    written = sum(int(count) for count, _ in told)
    conflicts = sum(int(count) for _, count in told)
    assert written + conflicts == 2 * EACH
    assert conflicts > 0
    with store.read() as conn:
        log = decisions.whole_log(conn)
        assert len(log) == written
        assert broken_link(log) is None
        targets = [entry.undoes for entry in log if entry.action is Action.UNDO]
        assert len(targets) == len(set(targets))
        for key in keys:
            item = hypotheses.get(conn, key)
            assert item is not None
            own = [entry for entry in log if entry.hypothesis_id == key]
            assert item.state is standing(own, item.draft, item.draft, "2026-11-21").state
            assert item.version == 1 + len(own)
    store.close()
