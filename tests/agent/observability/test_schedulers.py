"""The examples for schedulers are what they say: run, or checked by the tool that would run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent import observability
from agent.errors import Exit
from tests.conftest import ROOT

EXAMPLES = Path(observability.__file__).parent / "examples"
COMMAND = f"{sys.executable} -m agent"


def cron_job(book: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """The line of the crontab as cron would run it, with this interpreter's `earned`."""
    (line,) = [row for row in (EXAMPLES / "earned.cron").read_text("utf-8").splitlines() if re.match(r"\d", row)]
    *_, command = line.split(maxsplit=6)
    assert "%" not in command, "cron reads a percent sign as the end of the line"
    shown = command.replace("/opt/earned/bin/earned", COMMAND)
    assert shown != command
    environment = {**os.environ, "BOOK": str(book), "EARNED_HOME": str(home)}
    return subprocess.run(["sh", "-c", shown], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_cron_line_runs_a_night_and_prints_only_what_a_person_should_see(small_book: Path, tmp_path: Path) -> None:
    home = tmp_path / "h"
    home.mkdir()
    done = cron_job(small_book, home)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads((home / "last.json").read_text("utf-8"))["accounts"]["changed"] == 2
    assert "earned_last_success_timestamp_seconds" in (home / "earned.prom").read_text("utf-8")
    failed = cron_job(tmp_path / "nowhere", home)
    assert failed.returncode == Exit.ANOMALY
    assert "is not a book" in failed.stdout


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    for name in ("earned.service", "earned.timer"):
        text = (EXAMPLES / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("/opt/earned/bin/earned", sys.executable), "utf-8")
    for name in ("earned.service", "earned.timer"):
        done = subprocess.run(["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True, check=False)
        told = [line for line in done.stderr.splitlines() if "earned" in line]
        assert (done.returncode, told) == (0, [])


def test_what_counts_as_done_is_the_same_everywhere() -> None:
    service = (EXAMPLES / "earned.service").read_text("utf-8")
    done = {int(code) for code in re.findall(r"^SuccessExitStatus=(.*)$", service, re.MULTILINE)[0].split()}
    stops = {int(code) for code in re.findall(r"^RestartPreventExitStatus=(.*)$", service, re.MULTILINE)[0].split()}
    assert done == {Exit.PARTIAL, Exit.BUDGET}
    assert stops == {Exit.USAGE, Exit.ANOMALY, Exit.CONFIG}
    dag = (EXAMPLES / "airflow_dag.py").read_text("utf-8")
    assert "case 0 | 3 | 76:" in dag
    assert "case 2 | 4 | 78:" in dag
    flow = (EXAMPLES / "prefect_flow.py").read_text("utf-8")
    assert "not in (0, 3, 76)" in flow
    assert "CALLS_A_PERSON = (2, 4, 78)" in flow
    table = (EXAMPLES / "README.md").read_text("utf-8")
    explained = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for code in row.split(",")}
    assert explained == {0, 1, 2, 3, 4, 75, 76, 78}
