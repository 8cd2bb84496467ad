"""The textfile is what Prometheus reads, whatever an owner is called, and a failed night does not look like a good one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.observability.depth import Depth, cap_warnings, depths
from agent.observability.prometheus import after_failure, textfile, write
from agent.store import Store
from tests.agent.observability.reports import SECRET, report

NOW = datetime(2026, 11, 20, 1, 6, tzinfo=UTC)
QUEUES = [
    Depth("kim@vendor.example", "earned", 3, "2026-11-19T01:06:00Z"),
    Depth("kim@vendor.example", "wish", 9, "2026-11-10T01:06:00Z"),
]
LINE = re.compile(r'([a-z_]+)(?:\{([a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? -?\d[\d.e+-]*\n')


def value(text: str, sample: str) -> float:
    (found,) = [line.rpartition(" ")[2] for line in text.splitlines() if line.rpartition(" ")[0] == sample]
    return float(found)


def well_formed(text: str) -> bool:
    lines = text.splitlines(keepends=True)
    typed = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    samples = [line for line in lines if not line.startswith("#")]
    return (
        len(typed) == len(set(typed))
        and all(LINE.fullmatch(line) for line in samples)
        and len(samples) == len({line.rpartition(" ")[0] for line in samples})
    )


def test_what_operations_alert_on_is_there() -> None:
    text = textfile(report(), QUEUES, now=NOW)
    assert well_formed(text)
    assert value(text, "earned_last_success_timestamp_seconds") == datetime(2026, 11, 20, 1, 5, tzinfo=UTC).timestamp()
    assert value(text, 'earned_accounts{outcome="failed"}') == 1
    assert value(text, "earned_quarantined") == 1
    assert value(text, "earned_quotes_rejected") == 3
    assert value(text, 'earned_quotes_rejected_by_reason{reason="not_found"}') == 2
    assert value(text, 'earned_queue_open{owner="kim@vendor.example",grade="earned"}') == 3
    assert value(text, 'earned_queue_oldest_open_seconds{owner="kim@vendor.example"}') == 10 * 86400
    assert value(text, "earned_cost") == 0.25
    assert value(text, "earned_last_run_exit_code") == 0
    assert SECRET not in text


def test_a_label_cannot_break_a_line() -> None:
    text = textfile(report(), [Depth('a"b\\c\nd\x1b\ud800', "earned", 1, "2026-11-19T01:06:00Z")], now=NOW)
    assert well_formed(text)
    assert 'owner="a\\"b\\\\c\\nd' in text
    assert "\x1b" not in text


def test_a_dry_run_is_no_success_and_a_failure_keeps_the_last_one() -> None:
    assert "last_success" not in textfile(report(dry_run=True), [], now=NOW)
    good = textfile(report(), QUEUES, now=NOW)
    later = datetime(2026, 11, 21, 1, 6, tzinfo=UTC)
    bad = after_failure(good, now=later, exit_code=76)
    assert well_formed(bad)
    assert value(bad, "earned_last_run_exit_code") == 76
    assert value(bad, "earned_last_run_timestamp_seconds") == later.timestamp()
    assert value(bad, "earned_last_success_timestamp_seconds") == value(good, "earned_last_success_timestamp_seconds")
    assert well_formed(after_failure("", now=later, exit_code=1))
    assert after_failure(bad, now=later, exit_code=76) == bad


def test_a_real_run_and_a_real_queue(sample_run: tuple[Store, Any]) -> None:
    store, done = sample_run
    with store.read() as conn:
        found = depths(conn)
    text = textfile(done.to_json(), found, now=datetime.now(UTC))
    assert well_formed(text)
    assert sum(depth.open for depth in found) == sum(done.by_grade.values())


def test_the_file_is_replaced_in_one_step_and_others_may_read_it(tmp_path: Path) -> None:
    target = tmp_path / "earned.prom"
    write(target, "a 1\n")
    write(target, "a 2\n")
    assert target.read_text("utf-8") == "a 2\n"
    assert target.stat().st_mode & 0o044 == 0o044
    assert [path.name for path in tmp_path.iterdir()] == ["earned.prom"]


def test_an_owner_over_capacity_is_named_and_wishes_do_not_count() -> None:
    found = [
        Depth("kim", "earned", 20, NOW.isoformat()),
        Depth("kim", "promising", 6, NOW.isoformat()),
        Depth("lee", "wish", 500, ""),
    ]
    assert cap_warnings(found) == ["kim has 26 open cases that are earned or promising, more than 25."]
    assert cap_warnings(found, cap=26) == []
    assert len(cap_warnings([*found, Depth("", "earned", 40, "")])) == 2
