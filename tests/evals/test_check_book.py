"""The checker of labelled books: every book of the repository passes, and each kind of mistake is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.check_book import check
from evals.labels import DATASETS

BOOKS = sorted(path.parent.name for path in DATASETS.glob("*/gold.jsonl"))
Gold = list[dict[str, Any]]


@pytest.mark.parametrize("book", BOOKS)
def test_every_book_follows_the_guide(book: str) -> None:
    found, shown = check(DATASETS / book)
    assert found.problems == []
    assert any("accounts, " in line for line in shown)


@pytest.fixture
def book(tmp_path: Path, sample_book: Path) -> Path:
    shutil.copytree(sample_book, tmp_path / "book")
    return tmp_path / "book"


def _relabelled(book: Path, change: Callable[[Gold], None]) -> list[str]:
    gold: Gold = [json.loads(line) for line in (book / "gold.jsonl").read_text("utf-8").splitlines()]
    change(gold)
    (book / "gold.jsonl").write_text("\n".join(json.dumps(row) for row in gold) + "\n", "utf-8")
    return check(book)[0].problems


def _signal(gold: Gold, kind: str) -> dict[str, Any]:
    """The first label of a kind in the first account; mutable."""
    found: dict[str, Any] = next(signal for signal in gold[0]["signals"] if signal["kind"] == kind)
    return found


MISTAKES: dict[str, tuple[Callable[[Gold], object], str]] = {
    "a quote that stands nowhere": (lambda g: _signal(g, "proven_value").update(quote="we never said this"), "occurs 0 times"),
    "a quote that stands often": (lambda g: _signal(g, "proven_value").update(quote="the"), "times"),
    "another speaker": (lambda g: _signal(g, "proven_value").update(stakeholder="Helen Marsh"), "but said by"),
    "another voice": (lambda g: _signal(g, "product_friction").update(voice="vendor"), "voice vendor but said by"),
    "another day": (lambda g: _signal(g, "proven_value").update(date="2026-05-20"), "source is of 2026-05-19"),
    "a day outside the book": (lambda g: _signal(g, "proven_value").update(date="2027-01-01"), "outside the window"),
    "an unknown kind": (lambda g: _signal(g, "proven_value").update(kind="enthusiasm"), "unknown kind"),
    "an unknown source": (lambda g: _signal(g, "proven_value").update(source="ticket:1/description"), "no such source"),
    "the same twice": (lambda g: g[0]["signals"].append(dict(g[0]["signals"][0])), "the same signal twice"),
    "a key too many": (lambda g: _signal(g, "proven_value").update(sure=True), "keys differ"),
    "a wrong grade": (lambda g: g[0]["verdict"].update(grade="wish"), "but the signals give earned"),
    "a proof too much": (lambda g: g[0]["verdict"].update(missing_proof=["proven_value"]), "missing_proof"),
    "a blocker without a risk": (lambda g: g[0]["verdict"].update(blockers=["churn_intent"]), "blocker without an open signal"),
    "an open risk that blocks nothing": (lambda g: _signal(g, "value_disputed").update(resolved=False), "not in blockers"),
    "usage that the numbers deny": (
        lambda g: g[0]["signals"].append(
            {"kind": "low_adoption", "source": "usage:active_seats", "quote": "", "voice": "telemetry", "stakeholder": None}
            | {"date": "2026-10-26", "resolved": False}
        ),
        "but the numbers say",
    ),
    "usage that nobody labelled": (
        lambda g: [row.update(signals=[s for s in row["signals"] if s["voice"] != "telemetry"], distractors=[]) for row in g],
        "but it is not labelled",
    ),
    "a distractor that is a signal": (
        lambda g: g[0]["distractors"].append(
            {k: _signal(g, "proven_value")[k] for k in ("source", "quote")} | {"tempting_kind": "unmet_need", "why_not": "x"}
        ),
        "a distractor is also a signal",
    ),
    "an unknown adjacency": (lambda g: g[0]["verdict"].update(adjacency="moon"), "adjacency moon"),
    "accounts in another order": (lambda g: g.reverse(), "one object per account in the order"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_in_the_labels_is_named(book: Path, name: str) -> None:
    change, why = MISTAKES[name]

    def apply(gold: Gold) -> None:
        change(gold)

    assert any(why in problem for problem in _relabelled(book, apply)), name


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("accounts.csv", "account_id,name", "id,name", "header is"),
        ("contacts.csv", "sponsor", "boss", "role boss"),
        ("contacts.csv", "tom.ashby@harrowgatefoods.example", "tom@elsewhere.example", "mail domain"),
        ("catalog.json", '"unit_costs"', '"costs"', "catalog.json lacks"),
        ("usage.csv", "acc-101,2026-05-11,active_seats", "acc-101,2026-05-12,active_seats", "is not weekly"),
        ("events.csv", "acc-", "nobody-", "event of unknown account"),
        ("tickets/acc-101.json", '"status": "solved"', '"status": "done"', "done"),
        ("tickets/acc-101.json", '"public": true', '"public": "yes"', "public is no boolean"),
        ("tickets/acc-101.json", '"name": "Tom Ashby"', '"name": "Tim Ashby"', "unknown person Tim Ashby"),
        ("transcripts/acc-101/2026-05-19-quarterly-review.vtt", "<v Tom Ashby>", "<v Nobody>", "unknown speaker Nobody"),
        ("transcripts/acc-101/2026-05-19-quarterly-review.vtt", "WEBVTT", "TEXT", "no WEBVTT header"),
        ("transcripts/acc-101/2026-05-19-quarterly-review.vtt", " --> ", " -> ", "bad cue"),
    ],
)
def test_each_mistake_in_the_exports_is_named(book: Path, file: str, old: str, new: str, why: str) -> None:
    _edit(book / file, old, new)
    assert any(why in problem for problem in check(book)[0].problems)


def test_what_is_missing_is_said_at_once(book: Path) -> None:
    (book / "team.csv").unlink()
    (book / "notes" / "acc-999").mkdir()
    assert check(book)[0].problems == ["missing team.csv"]


def test_somebodys_own_book_need_not_keep_to_the_rules_of_invented_ones(book: Path) -> None:
    """Other dates, no seat metrics, a short README: notes. What scoring stands on stays a problem."""
    readme = (book / "README.md").read_text("utf-8")
    (book / "README.md").write_text("\n".join(line for line in readme.splitlines() if "third party" in line), "utf-8")
    _edit(book / "usage.csv", "acc-101,2026-05-11,active_seats", "acc-101,2026-05-12,active_seats")
    _edit(book / "events.csv", "2026-", "2024-")
    rules = ("README.md is too short", "is not weekly", "outside the window")
    asked, own = check(book)[0], check(book, own=True)[0]
    for rule in rules:
        assert any(rule in problem for problem in asked.problems), rule
        assert not any(rule in problem for problem in own.problems), rule
        assert any(rule in note for note in own.notes), rule
    _edit(book / "gold.jsonl", '"quote": "', '"quote": "Nobody said ')
    assert len(check(book, own=True)[0].problems) > len(own.problems)
