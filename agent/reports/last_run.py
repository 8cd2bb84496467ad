"""The last run for people: what was read, what was set aside, what came of it. From the report that the run stored. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agent.reports.markup import Block, Heading, Items, Paragraph, Table
from retrieval.records import Problem


def last_run(report: Mapping[str, Any]) -> Iterator[Block]:
    """The page of a run; `report` is the object of `earned run --json`."""
    yield Heading(f"Run {report['run_id']}", 1)
    yield Paragraph(
        f"{report['started']} to {report['finished'] or 'not finished'}, book {report['book']}, model {report['model']}.",
        quiet=True,
    )
    yield from _counts("Accounts", report["accounts"])
    outcome = {name: count for name, count in report["hypotheses"].items() if isinstance(count, int)}
    yield from _counts("Hypotheses", outcome | dict(report["hypotheses"].get("by_grade", {})))
    yield from _counts("Records", report["records"])
    signals = report["signals"]
    yield from _counts("Signals", signals["by_kind"])
    rejected = ", ".join(f"{reason} {count}" for reason, count in signals["rejected"].items()) or "none"
    yield Paragraph(f"Quotes: {signals['verified']} verified, {signals['repaired']} repaired, rejected: {rejected}.")
    yield from _counts("Model", {name: value for name, value in report["llm"].items() if value})
    yield from _counts("Seconds", report["seconds"])
    problems = [
        str(Problem(p["file"], p["why"], p["remedy"], p["line"], p["field"], p["account_id"])) for p in report["quarantined"]
    ]
    lists = (
        ("Failed", [f"{a}: {why}" for a, why in report["failures"].items()]),
        ("Warnings", report["warnings"]),
        ("Set aside", problems),
    )
    for title, lines in lists:
        if lines:
            yield Heading(f"{title}: {len(lines)}")
            yield Items(tuple((line, ()) for line in lines[:200]))


def _counts(title: str, counts: Mapping[str, Any]) -> Iterator[Block]:
    if counts:
        yield Heading(title)
        yield Table(
            ("what", "how many"),
            tuple((str(name).replace("_", " "), f"{count:,}") for name, count in counts.items()),
            frozenset({1}),
        )
