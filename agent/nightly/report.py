"""What a run did, for people and for machines."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from agent.anomalies import Observed, Sources
from agent.errors import Exit
from agent.store.leases import Ended
from retrieval.records import Problem

NO_CALLS: Final[Mapping[str, Any]] = {
    "calls": 0,
    "prompt_tokens": 0,
    "cached_tokens": 0,
    "completion_tokens": 0,
    "cost": 0.0,
    "cache_hits": 0,
}
"""The `llm` object of a run without a model."""


@dataclass(slots=True)
class Report:
    """What a run did; `to_json` is the object that `earned run --json` prints."""

    run_id: str
    started: str
    book: str
    model: str
    dry_run: bool = False
    finished: str = ""
    accounts: Counter[str] = field(default_factory=lambda: Counter(seen=0, changed=0, unchanged=0, failed=0))
    records: Counter[str] = field(default_factory=Counter)
    observed: Observed = field(default_factory=Observed)
    """What the next run's data checks compare its book with."""
    quarantined: list[Problem] = field(default_factory=list)
    windows: Counter[str] = field(default_factory=lambda: Counter(planned=0, read=0, failed=0))
    signals_by_kind: Counter[str] = field(default_factory=Counter)
    verified: int = 0
    repaired: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    hypotheses: Counter[str] = field(default_factory=lambda: Counter(new=0, revised=0, unchanged=0))
    by_grade: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    account: str | None = None
    """The one account that was asked for; such a run is no measure of the whole book."""
    decisions: str = ""
    """Hash of the newest decision: kept outside the log, it shows a log that was cut short."""
    failures: dict[str, str] = field(default_factory=dict)
    """Account -> what went wrong; the others went on."""
    incomplete: dict[str, list[str]] = field(default_factory=dict)
    """Account -> what a model did not answer. Its draft stands on what was read; the next run asks again."""
    dropped: dict[str, list[str]] = field(default_factory=dict)
    """Account -> claims of a model's draft that could not stand, and why."""
    left: list[str] = field(default_factory=list)
    """Accounts that were not begun, or not finished, when a budget or the deadline was reached. They are as they were."""
    stopped: str | None = None
    """The budget or deadline that ended the run early."""
    llm: dict[str, Any] = field(default_factory=lambda: dict(NO_CALLS))
    workers: dict[str, dict[str, int]] = field(default_factory=dict)
    """Where several shared the run: worker -> accounts that it finished, how many of them it took over from one that had died, and
    how many it did for nothing, since it had been taken for dead itself."""

    @property
    def partial(self) -> bool:
        return bool(self.quarantined or self.failures or self.incomplete)

    @property
    def exit_code(self) -> Exit:
        if self.stopped:
            return Exit.BUDGET
        return Exit.PARTIAL if self.partial else Exit.OK

    @property
    def nothing_new(self) -> bool:
        return not self.accounts["changed"] and not self.accounts["failed"] and not self.left

    def add(self, stage: str, seconds: float) -> None:
        """Seconds of a stage; those of accounts that were worked on at the same time add up to more than the clock's."""
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + seconds, 3)

    def add_account(self, ended: Ended, *, unread: bool, crew: bool) -> None:
        """What came of one account, as its worker wrote it down. `unread`: nobody had counted its records before."""
        said = ended.said
        if crew:
            own = self.workers.setdefault(ended.worker, {"accounts": 0, "taken_over": 0, "lost": 0})
            own["accounts"] += 1
            own["taken_over"] += ended.lost > 0
        if ended.outcome == "failed":
            self.failures[ended.account_id] = said["why"]
            self.accounts["changed"] -= 1
            self.accounts["failed"] += 1
            return
        for stage, seconds in said["seconds"].items():
            self.add(stage, seconds)
        self.windows.update(said["windows"])
        if said["notes"]:
            (self.dropped if said["complete"] else self.incomplete)[ended.account_id] = said["notes"]
        self.hypotheses.update(said["hypotheses"])
        self.signals_by_kind.update(said["signals"])
        self.verified += said["verified"]
        self.repaired += said["repaired"]
        self.rejected.update(said["rejected"])
        if unread:
            self.quarantined += [Problem(**problem) for problem in said["problems"]]
            own_sources = Sources(**said["sources"])
            self.records.update(own_sources.records)
            self.observed = replace(self.observed, sources=self.observed.sources + own_sources)

    def add_worker(self, name: str, figures: Mapping[str, Any]) -> None:
        """What a worker in a process of its own took beside its accounts."""
        self.workers.setdefault(name, {"accounts": 0, "taken_over": 0, "lost": 0})["lost"] = figures["lost"]
        for stage, seconds in figures["seconds"].items():
            self.add(stage, seconds)
        self.add_bill(figures["llm"])

    def add_bill(self, bill: Mapping[str, Any]) -> None:
        """Add what one process' model calls took. A price that one of them does not know is unknown for all."""
        self.llm = _sum(self.llm, bill)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - begun)

    def to_json(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "started": self.started,
            "finished": self.finished,
            "book": self.book,
            "model": self.model,
            "dry_run": self.dry_run,
            "accounts": dict(self.accounts),
            "records": dict(sorted(self.records.items())),
            "quarantined": [problem.to_json() for problem in self.quarantined],
            "windows": dict(self.windows),
            "signals": {
                "by_kind": dict(sorted(self.signals_by_kind.items())),
                "verified": self.verified,
                "repaired": self.repaired,
                "rejected": dict(sorted(self.rejected.items())),
            },
            "hypotheses": {**self.hypotheses, "by_grade": dict(sorted(self.by_grade.items()))},
            "llm": self.llm,
            "observed": self.observed.to_json(),
            "seconds": self.seconds,
            "warnings": self.warnings,
            "failures": self.failures,
            "incomplete": self.incomplete,
            "dropped": self.dropped,
            "left": self.left,
            "stopped": self.stopped,
            "workers": self.workers,
            "account": self.account,
            "decision_head": self.decisions,
        }


def _sum(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(one)
    for name, value in other.items():
        before = found.get(name)
        if isinstance(value, Mapping):
            found[name] = dict(sorted((Counter(before or {}) + Counter(value)).items()))
        elif name not in found:
            found[name] = value
        else:
            found[name] = None if before is None or value is None else before + value
    if found.get("cost") is not None:
        found["cost"] = round(found["cost"], 6)
    return found
