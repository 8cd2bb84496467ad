"""Data checks before work: an export that came out empty, halved, stale or of another shape must not be taken for customers who
fell silent. Pure: what a run sees of its book is compared with what the last one saw, under the thresholds of `agent.checks`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final

from agent.checks import Checks, Volume
from agent.errors import InputAnomaly
from retrieval.readers.book import LAYOUT, Book
from retrieval.records import Problem, Record

SHOWN: Final = 5
_CLASSES: Final[Mapping[str, str]] = {
    "tickets": "ticket", "transcripts": "transcript", "notes": "note", "usage.csv": "usage", "events.csv": "event",
}  # fmt: skip
"""The first part of a file's name in a book to the class of source that its records have."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What an account's files gave, by class of source (ticket, transcript, note, usage, event). They add up."""

    records: Mapping[str, int] = field(default_factory=dict)
    newest: Mapping[str, str] = field(default_factory=dict)
    """The latest day, `YYYY-MM-DD`."""
    set_aside: Mapping[str, int] = field(default_factory=dict)
    """Problems: cues, rows, comments that could not be read."""

    def __add__(self, other: Sources) -> Sources:
        days = {name: max(self.newest.get(name, ""), other.newest.get(name, "")) for name in {*self.newest, *other.newest}}
        counts, problems = Counter(self.records), Counter(self.set_aside)
        counts.update(other.records)
        problems.update(other.set_aside)
        return Sources(dict(counts), days, dict(problems))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def sources_of(records: Iterable[Record], problems: Iterable[Problem] = ()) -> Sources:
    """Of one account's records and problems; kept beside its fingerprint, it need not be counted again."""
    counts: Counter[str] = Counter()
    newest: dict[str, str] = {}
    for record in records:
        name = record.source.partition(":")[0]
        counts[name] += 1
        newest[name] = max(newest.get(name, ""), record.date)
    return Sources(dict(counts), newest, dict(Counter(_class(problem) for problem in problems)))


@dataclass(frozen=True, slots=True)
class Observed:
    """What a run sees of its book before it works on it. `to_json` belongs into the run's report, where the next one finds it."""

    sources: Sources = field(default_factory=Sources)
    accounts: int = 0
    joined: Mapping[str, int] = field(default_factory=dict)
    """Accounts of accounts.csv that a table or folder names."""
    strangers: Mapping[str, int] = field(default_factory=dict)
    """Accounts that it names and accounts.csv has not."""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of each table that is there; `catalog.json` has its parts that are filled in."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Observed:
        """From a report, of this version or an earlier one; what is not in it is empty."""
        told = {name: row[name] for name in ("accounts", "joined", "strangers", "columns") if name in row}
        return cls(sources=Sources(**row.get("sources", {})), **told)


def observed(book: Book, sources: Sources) -> Observed:
    """A book and what all its accounts gave."""
    joined = Counter({"contacts.csv": _known(book, book.directory.contacts)})
    for files in book.listing.files.values():
        joined.update({name.partition("/")[0] for name in files})
    joined.update({table.name: _known(book, table.digests) for table in (book.usage, book.events) if table.digests})
    strange: dict[str, set[str]] = {}
    for problem in book.problems:
        if problem.account_id is not None and not book.knows(problem.account_id):
            strange.setdefault(problem.file.partition("/")[0], set()).add(problem.account_id)
    columns: dict[str, Sequence[str]] = dict(book.columns)
    filled = [part for part in ("vendor", "domains", "currency", "plans", "addons", "unit_costs") if getattr(book.catalog, part)]
    if filled:
        columns["catalog.json"] = filled
    return Observed(
        sources,
        len(book.accounts),
        dict(sorted(joined.items())),
        {name: len(accounts) for name, accounts in sorted(strange.items())},
        columns,
    )


def _known(book: Book, named: Iterable[str]) -> int:
    return sum(book.knows(account_id) for account_id in named)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be looked at; `stops` where going on would do harm."""

    said: str
    stops: bool = False


def findings(now: Observed, before: Observed | None, checks: Checks, *, today: date) -> list[Finding]:
    """Everything remarkable of a book, the stops first. Without an earlier run only what is wrong in itself is."""
    found = _joined(now, checks) + _set_aside(now, checks) + _unread_columns(now, before)
    if before is not None:
        counts = {**now.sources.records, "account": now.accounts}
        found += volume(counts, {**before.sources.records, "account": before.accounts}, checks.volume)
        found += _lost_columns(now, before, checks) + _stale(now, before, checks, today)
    elif "catalog.json" not in now.columns:
        found.append(Finding("catalog.json is missing or empty: no need can be mapped to anything that is sold"))
    return sorted(found, key=lambda finding: not finding.stops)


def enforce(found: Iterable[Finding], *, accept: bool) -> list[str]:
    """The findings as warnings. Raises InputAnomaly if one of them stops the run, unless `accept`."""
    rows = list(found)
    stops = [finding.said for finding in rows if finding.stops]
    if stops and not accept:
        raise InputAnomaly(
            f"The book is not what it was. {'; '.join(stops)}.",
            "Check the export; `--accept-anomaly` goes on all the same. Thresholds are in checks.toml of the data folder.",
        )
    return [finding.said for finding in rows]


def check(counts: Mapping[str, int], previous: Mapping[str, Any] | None, *, accept: bool) -> list[str]:
    """Compare this book's records by source with the last finished run's: the one check that needs no more than counts.

    Raises InputAnomaly for a source that is empty or halved, unless `accept`; then, and for small sources, returns warnings.
    """
    before: Mapping[str, int] = ((previous or {}).get("report") or {}).get("records", {})
    return enforce(volume(counts, before, Volume(warn=Volume().stop)), accept=accept)


def volume(counts: Mapping[str, int], before: Mapping[str, int], limits: Volume) -> list[Finding]:
    """Sources that hold much less than they did."""
    found: list[Finding] = []
    for source, then in sorted(before.items()):
        now = counts.get(source, 0)
        if now >= then or now > then * max(limits.warn, limits.stop):
            continue
        noun = "accounts" if source == "account" else "records"
        said = f"{'accounts.csv' if source == 'account' else source}: {now} {noun}, {then} in the last run"
        found.append(Finding(said, now <= then * limits.stop and then >= limits.small))
    return found


def _joined(now: Observed, checks: Checks) -> list[Finding]:
    found: list[Finding] = []
    for name, strangers in now.strangers.items():
        joined = now.joined.get(name, 0)
        share = joined / (joined + strangers)
        if share < checks.join.warn:
            said = f"{name}: {strangers} of {joined + strangers} accounts are not in accounts.csv"
            found.append(Finding(said, share <= checks.join.stop and joined + strangers >= checks.volume.small))
    return found


def _set_aside(now: Observed, checks: Checks) -> list[Finding]:
    found: list[Finding] = []
    for name, problems in sorted(now.sources.set_aside.items()):
        whole = problems + now.sources.records.get(name, 0)
        if problems > whole * checks.set_aside.warn:
            found.append(Finding(f"{name}: {problems} places could not be read, beside {whole - problems} records"))
    return found


def _unread_columns(now: Observed, before: Observed | None) -> list[Finding]:
    found: list[Finding] = []
    for name, columns in sorted(now.columns.items()):
        known = {*LAYOUT.get(name, columns), *(before.columns.get(name, ()) if before else ())}
        if fresh := [column for column in columns if column not in known]:
            found.append(Finding(f"{name}: nobody reads the column{'s' * (len(fresh) > 1)} {_list(fresh)}"))
    return found


def _lost_columns(now: Observed, before: Observed, checks: Checks) -> list[Finding]:
    found: list[Finding] = []
    for name, columns in sorted(before.columns.items()):
        have = now.columns.get(name, ())
        read = LAYOUT.get(name, columns)
        lost = [column for column in columns if column not in have and column in read]
        if lost:
            what = "is missing" if not have else f"has lost {_list(lost)}"
            stops = name == "catalog.json" and not have
            stops = stops or any(f"{name}:{column}" in checks.columns.stop for column in lost)
            found.append(Finding(f"{name} {what}", stops))
    return found


def _stale(now: Observed, before: Observed, checks: Checks, today: date) -> list[Finding]:
    found: list[Finding] = []
    for name, newest in sorted(now.sources.newest.items()):
        then = before.sources.newest.get(name, "")
        if newest < then:
            found.append(Finding(f"{name}: the newest is of {newest or 'no day'}, it was of {then} in the last run"))
            continue
        days, age = getattr(checks.freshness, name, 0), _age(newest, today)
        if days and age is not None and age > days:
            found.append(Finding(f"{name}: the newest is of {newest}, {age} days ago"))
    return found


def _age(day: str, today: date) -> int | None:
    try:
        return (today - date.fromisoformat(day)).days
    except ValueError:
        return None


def _list(words: Sequence[str]) -> str:
    return ", ".join(word[:40] for word in words[:SHOWN]) + (f" and {len(words) - SHOWN} more" if len(words) > SHOWN else "")


def _class(problem: Problem) -> str:
    first = problem.file.partition("/")[0]
    return _CLASSES.get(first.removesuffix(".gz"), first.partition(":")[0])
