"""A run's numbers in Prometheus' text format, for the node exporter's textfile collector. Pure, but for the writer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from agent.exports.files import write_atomic
from agent.observability.depth import Depth

Sample = tuple[Mapping[str, str], float]

_LAST: Final = ("earned_last_run_timestamp_seconds", "earned_last_run_exit_code")


def textfile(report: Mapping[str, Any], found: Iterable[Depth], *, now: datetime, exit_code: int = 0) -> str:
    """The whole file after a run that came to its end. `report`: the object of `earned run --json`; `found`: the open queues."""
    return "".join(_lines(report, list(found), now, exit_code))


def after_failure(previous: str, *, now: datetime, exit_code: int) -> str:
    """The file of the last run that ended well, with when and how this one did not: the last success stays what it was."""
    kept = [line for line in previous.splitlines(keepends=True) if not re.match(rf"(# (HELP|TYPE) )?({'|'.join(_LAST)})\b", line)]
    return "".join((*kept, *_last(now, exit_code)))


def write(path: Path, text: str) -> None:
    """Replace the file in one step; everybody may read it, since the exporter runs as somebody else. Raises EarnedError."""
    write_atomic(path, text, private=False)


def _lines(report: Mapping[str, Any], found: list[Depth], now: datetime, exit_code: int) -> Iterator[str]:
    signals, hypotheses, llm = report["signals"], report["hypotheses"], report["llm"]
    finished = datetime.fromisoformat(report["finished"]).astimezone(UTC) if report["finished"] else now
    yield from _last(now, exit_code)
    if not report["dry_run"]:
        yield from _gauge("earned_last_success_timestamp_seconds", "When the last run ended well.", [({}, finished.timestamp())])
    yield from _gauge("earned_accounts", "Accounts of the last run by outcome.", _by("outcome", report["accounts"]))
    yield from _gauge("earned_records", "Records that the last run read, by source.", _by("source", report["records"]))
    yield from _gauge("earned_quarantined", "Things that the last run set aside.", [({}, len(report["quarantined"]))])
    yield from _gauge("earned_failures", "Accounts that failed in the last run.", [({}, len(report.get("failures", {})))])
    yield from _gauge("earned_warnings", "Warnings of the last run.", [({}, len(report["warnings"]))])
    quotes = {name: signals[name] for name in ("verified", "repaired")}
    yield from _gauge("earned_quotes", "Quotes of the last run that stand in their source.", _by("outcome", quotes))
    total = sum(signals["rejected"].values())
    yield from _gauge("earned_quotes_rejected", "Quotes of the last run that do not.", [({}, total)])
    yield from _gauge("earned_quotes_rejected_by_reason", "The same by reason.", _by("reason", signals["rejected"]))
    saved = {name: count for name, count in hypotheses.items() if isinstance(count, int)}
    yield from _gauge("earned_hypotheses_saved", "Hypotheses of the last run by outcome.", _by("outcome", saved))
    yield from _gauge("earned_hypotheses", "Hypotheses that stand, by grade.", _by("grade", hypotheses.get("by_grade", {})))
    yield from _gauge("earned_run_seconds", "Seconds of the last run by stage.", _by("stage", report["seconds"]))
    yield from _gauge(
        "earned_cost", "What the models of the last run cost, in the price list's currency.", [({}, llm.get("cost") or 0.0)]
    )
    calls = {name: value for name, value in llm.items() if name != "cost" and isinstance(value, (int, float))}
    yield from _gauge("earned_model", "Calls and tokens of the last run.", _by("what", calls))
    yield from _queues(found, now)


def _queues(found: list[Depth], now: datetime) -> Iterator[str]:
    open_ = [({"owner": d.owner, "grade": d.grade}, float(d.open)) for d in found]
    yield from _gauge("earned_queue_open", "Open hypotheses by owner and grade.", open_)
    oldest: dict[str, float] = {}
    for depth in found:
        oldest[depth.owner] = max(oldest.get(depth.owner, 0.0), depth.age(now))
    ages = [({"owner": owner}, age) for owner, age in oldest.items()]
    yield from _gauge("earned_queue_oldest_open_seconds", "Age of each owner's oldest open hypothesis.", ages)


def _last(now: datetime, exit_code: int) -> Iterator[str]:
    for name, said, value in zip(
        _LAST, ("When the last run ended, well or not.", "Its exit code."), (now.timestamp(), exit_code), strict=True
    ):
        yield from _gauge(name, said, [({}, value)])


def _by(label: str, counts: Mapping[str, Any]) -> list[Sample]:
    return [({label: str(name)}, float(count)) for name, count in sorted(counts.items())]


def _gauge(name: str, said: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {said}\n# TYPE {name} gauge\n"
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{inside}}} {value:.17g}\n" if inside else f"{name} {value:.17g}\n"


def _escaped(text: str) -> str:
    """A label's value: the format's three escapes, and no other control character or lone surrogate."""
    text = "".join(c if c == "\n" or c.isprintable() else "\ufffd" for c in text)
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
