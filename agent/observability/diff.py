"""What changed between two nights: hypotheses by grade, signals, accounts, cost, warnings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agent.observability.history import Run, Stood
from agent.reports.markup import Block, Heading, Items, Paragraph, Table

Pair = dict[str, float]


def diff(a: Run, b: Run, before: Mapping[str, Stood], after: Mapping[str, Stood]) -> dict[str, Any]:
    """From run `a` to run `b`; `before` and `after` are what stood when each ended.

    Signals are those of the accounts that each night worked on, so a night without changes has none.
    """
    old, new = a.report or {}, b.report or {}
    here = {key: item for key, item in after.items() if not item.withdrawn}
    there = {key: item for key, item in before.items() if not item.withdrawn}
    both = sorted(here.keys() & there.keys())
    return {
        "a": _head(a),
        "b": _head(b),
        "hypotheses": {
            "new": [_line(here[key]) for key in sorted(here.keys() - there.keys())],
            "withdrawn": [_line(there[key]) for key in sorted(there.keys() - here.keys())],
            "regraded": [
                {**_line(here[key]), "from": there[key].grade, "to": here[key].grade}
                for key in both
                if there[key].grade != here[key].grade
            ],
            "revised": [key for key in both if there[key].revision != here[key].revision],
            "by_grade": _pairs(_grades(there.values()), _grades(here.values())),
        },
        "signals": _pairs(_part(old, "signals", "by_kind"), _part(new, "signals", "by_kind")),
        "rejected": _pairs(_part(old, "signals", "rejected"), _part(new, "signals", "rejected")),
        "accounts": _pairs(_part(old, "accounts"), _part(new, "accounts")),
        "records": _pairs(_part(old, "records"), _part(new, "records")),
        "llm": _pairs(_part(old, "llm"), _part(new, "llm")),
        "seconds": _pairs(_part(old, "seconds"), _part(new, "seconds")),
        "warnings": _lists(old.get("warnings", ()), new.get("warnings", ())),
        "failures": _lists(old.get("failures", {}), new.get("failures", {})),
        "quarantined": _lists(map(_where, old.get("quarantined", ())), map(_where, new.get("quarantined", ()))),
    }


def page(found: Mapping[str, Any]) -> Iterator[Block]:
    """The difference for people; what did not change is left out."""
    a, b = found["a"], found["b"]
    yield Heading(f"From run {a['id']} to run {b['id']}", 1)
    yield Paragraph(f"{a['started']} ({a['status']}) to {b['started']} ({b['status']}).", quiet=True)
    for name in ("model", "pipeline", "book"):
        if a[name] != b[name]:
            yield Paragraph(f"Another {name}: {a[name]}, now {b[name]}.")
    said = found["hypotheses"]
    for name in ("new", "withdrawn"):
        if said[name]:
            yield Heading(f"{name.capitalize()} hypotheses: {len(said[name])}")
            yield Items(
                tuple((f"{line['grade']}: {line['title']}", (f"{line['account_id']}, {line['id']}",)) for line in said[name])
            )
    if said["regraded"]:
        yield Heading(f"Another grade: {len(said['regraded'])}")
        lines = ((f"{r['from']}, now {r['to']}: {r['title']}", (f"{r['account_id']}, {r['id']}",)) for r in said["regraded"])
        yield Items(tuple(lines))
    if said["revised"]:
        yield Paragraph(f"{len(said['revised'])} hypotheses have a newer revision.")
    tables = {
        "Grades": said["by_grade"],
        "Signals of the accounts worked on": found["signals"],
        "Quotes rejected": found["rejected"],
    }
    tables |= {"Accounts": found["accounts"], "Records": found["records"], "Model": found["llm"]}
    quiet = not (said["new"] or said["withdrawn"] or said["regraded"] or said["revised"])
    for title, pairs in tables.items():
        rows = [(name.replace("_", " "), *map(_number, pair.values())) for name, pair in pairs.items() if pair["change"]]
        if rows:
            quiet = False
            yield Heading(title)
            yield Table(("what", a["id"], b["id"], "change"), tuple(rows), frozenset({1, 2, 3}))
    for title in ("warnings", "failures", "quarantined"):
        for which, label in (("new", "New"), ("gone", "No more")):
            if lines := found[title][which]:
                quiet = False
                yield Heading(f"{label}: {title}, {len(lines)}")
                yield Items(tuple((line, ()) for line in lines[:50]))
    if quiet:
        yield Paragraph("Nothing changed.")


def _head(run: Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in ("id", "started", "finished", "status", "model", "pipeline", "book")}


def _line(item: Stood) -> dict[str, Any]:
    return {"id": item.id, "account_id": item.account_id, "grade": item.grade, "title": item.title}


def _grades(items: Iterable[Stood]) -> dict[str, float]:
    counts: dict[str, float] = {}
    for item in items:
        counts[item.grade] = counts.get(item.grade, 0) + 1
    return counts


def _part(report: Mapping[str, Any], *path: str) -> dict[str, float]:
    value: Any = report
    for name in path:
        value = value.get(name) or {}
    return {str(name): count for name, count in value.items() if isinstance(count, (int, float))}


def _pairs(old: Mapping[str, float], new: Mapping[str, float]) -> dict[str, Pair]:
    names = sorted(old.keys() | new.keys())
    return {n: {"a": old.get(n, 0), "b": new.get(n, 0), "change": round(new.get(n, 0) - old.get(n, 0), 6)} for n in names}


def _lists(old: Iterable[str], new: Iterable[str]) -> dict[str, list[str]]:
    first, second = set(old), set(new)
    return {"new": sorted(second - first), "gone": sorted(first - second)}


def _where(problem: Mapping[str, Any]) -> str:
    line = f":{problem['line']}" if problem.get("line") is not None else ""
    field = f" [{problem['field']}]" if problem.get("field") else ""
    return f"{problem['file']}{line}{field}: {problem['why']}"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
