"""Counterfactual pairs: a blocker is written into an account, and readiness must fall; small talk is, and nothing may move.

    python -m evals.counterfactuals [--json]      run the committed pairs over the offline pipeline
    python -m evals.counterfactuals --write       make evals/datasets/counterfactuals.jsonl again

The inserted words are templates of this module, said by the account's own people as a new ticket on the book's last day, so what
is right needs no label: a sponsor who leaves lowers readiness, a question about a printer moves nothing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from agent.pipeline import Pipeline
from evals.cases import SAMPLE
from evals.labels import DATASETS, read_gold
from evals.metrics.counter import Pairs, falls
from evals.perturb import Insert, account_with
from evals.runs import produce
from evals.scoring import LEVELS, Produced
from retrieval.accounts import Contact
from retrieval.readers.book import open_book

FILE: Final = DATASETS / "counterfactuals.jsonl"
DAY: Final = "2026-10-30"
Expect = Literal["falls", "same"]

BLOCKERS: Final[dict[str, tuple[str, ...]]] = {
    "sponsor_risk": (
        "Just so you hear it from me: I am leaving the company at the end of next month and nobody has been named to take this over.",
        "Our sponsor for your system has resigned, her last day is Friday, and there is no successor yet.",
    ),
    "value_disputed": (
        "I do not accept the savings you reported. I have been through the figures and I cannot see that it has saved us anything.",
        "Finance has looked at your return calculation and we do not agree with it; in our books there is no such saving.",
    ),
    "budget_pressure": (
        "All software spending has been frozen until further notice, and that includes anything new with you.",
        "The board has put a complete freeze on new spend, we are not allowed to buy anything this year.",
    ),
    "product_friction": (
        "Your system has been down since yesterday morning, nobody can work, and we have lost data. This is a serious outage for us.",
        "For the third time this month the nightly job failed and we lost records; this is critical and still not fixed.",
    ),
    "competitor_evaluation": (
        "We have started a trial with one of your competitors and are comparing the two of you at the moment.",
        "To be open with you, we are evaluating another vendor as a replacement, their pilot runs until December.",
    ),
    "churn_intent": (
        "We have decided that we will not renew the contract and want to cancel it at the end of the term.",
        "Please take this as notice that we intend to cancel our subscription when it ends.",
    ),
    "onboarding_incomplete": (
        "Half of our sites are still not live and the roll-out has stalled, we are nowhere near finished with the implementation.",
        "We have not finished onboarding yet: most of the team has no training and the data is not migrated.",
    ),
}
"""Kind -> two ways of saying it, plainly: a pair tests the reaction, not the reading between the lines."""

IRRELEVANT: Final = (
    "Quick one: our office moved to the second floor, so please use the new visitor entrance on the east side next time.",
    "Is the help page about printing in landscape still at the same address?",
    "Please note that our office is closed on Monday because of the public holiday.",
    "Which time zone are the dates in the weekly mail in?",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the file: the same account with and without the insert."""

    id: str
    account_id: str
    kind: str
    """The blocker's kind, or `irrelevant`."""
    expect: Expect
    insert: Insert


@dataclass(frozen=True, slots=True)
class Outcome:
    pair: Pair
    before: str
    after: str
    counts: Pairs
    moved: tuple[str, ...] = ()
    """What an irrelevant insert changed."""


def make(book: Path = SAMPLE) -> list[Pair]:
    """Every blocker in every account that the labels do not call blocked, every irrelevant line in every account. Sponsors speak
    blockers of the account as a whole, users the rest."""
    gold, opened = read_gold(book), open_book(book)
    pairs: list[Pair] = []
    for account in opened.accounts:
        key = account.account_id
        people = [contact for contact in opened.contacts if contact.account_id == key and contact.email]
        if not people:
            continue
        if gold[key].grade != "blocked":
            for kind, texts in BLOCKERS.items():
                who = _speaker(
                    people, ("economic_buyer", "sponsor") if kind in ("value_disputed", "budget_pressure") else ("sponsor",)
                )
                pairs += [_pair(key, kind, n, "falls", who, text) for n, text in enumerate(texts, start=1)]
        who = _speaker(people, ("user", "admin"))
        pairs += [_pair(key, "irrelevant", n, "same", who, text) for n, text in enumerate(IRRELEVANT, start=1)]
    return pairs


def read(path: Path = FILE) -> list[Pair]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [Pair(**{**row, "insert": Insert(**row["insert"])}) for row in rows]


def run(
    pairs: Iterable[Pair], pipeline: Pipeline, book: Path = SAMPLE, *, each: Callable[[str], None] = lambda _id: None
) -> list[Outcome]:
    """Both arms of each pair; the arm without the insert is run once an account."""
    clean: dict[str, Produced] = {}
    found: list[Outcome] = []
    for pair in pairs:
        each(pair.id)
        if pair.account_id not in clean:
            with account_with(book, pair.account_id) as opened:
                clean[pair.account_id] = produce(opened, pair.account_id, pipeline)
        with account_with(book, pair.account_id, [pair.insert]) as opened:
            found.append(judge(pair, clean[pair.account_id], produce(opened, pair.account_id, pipeline)))
    return found


def judge(pair: Pair, before: Produced, after: Produced) -> Outcome:
    """Whether the pair behaved: directional or invariant."""
    if pair.expect == "falls":
        return Outcome(pair, before.grade, after.grade, falls(LEVELS.index(before.grade), LEVELS.index(after.grade)))
    moved = tuple(name for name, value in _case_of(before).items() if value != _case_of(after)[name])
    return Outcome(pair, before.grade, after.grade, Pairs(int(not moved), int(bool(moved))), moved)


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, Pairs]:
    found: dict[str, Pairs] = {}
    for outcome in outcomes:
        found[outcome.pair.kind] = found.get(outcome.pair.kind, Pairs(0, 0)) + outcome.counts
    return found


def _case_of(made: Produced) -> dict[str, Any]:
    """What may not move: the grade, the proof and its evidence, the adjacency, what is claimed."""
    return {
        "grade": made.grade,
        "signals": sorted(signal.id for signal in made.ledger),
        "proof": [[(name, part.status) for name, part in draft.components.items()] for draft in made.drafts],
        "blockers": [[blocker.kind for blocker in draft.blockers] for draft in made.drafts],
        "adjacency": [draft.adjacency for draft in made.drafts],
        "claims": [[claim.text for claim in draft.claims] for draft in made.drafts],
    }


def _pair(key: str, kind: str, number: int, expect: Expect, who: Contact, text: str) -> Pair:
    return Pair(f"{key}/{kind}-{number}", key, kind, expect, Insert(who.name, who.email, DAY, text))


def _speaker(people: Sequence[Contact], roles: Sequence[str]) -> Contact:
    return next((person for role in roles for person in people if person.role == role), people[0])


def show(outcomes: Sequence[Outcome]) -> str:
    lines = ["| inserted | held | broken | unusable | rate |", "| --- | ---: | ---: | ---: | ---: |"]
    for kind, n in by_kind(outcomes).items():
        lines.append(f"| {kind} | {n.held} | {n.broken} | {n.unusable} | {n.rate:.2f} |")
    directional = sum((o.counts for o in outcomes if o.pair.expect == "falls"), Pairs(0, 0))
    invariant = sum((o.counts for o in outcomes if o.pair.expect == "same"), Pairs(0, 0))
    lines += ["", f"Readiness fell in {directional.held} of {directional.held + directional.broken} pairs with a blocker;"]
    lines.append(f"nothing moved in {invariant.held} of {invariant.held + invariant.broken} pairs with an irrelevant sentence.")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Counterfactual pairs over the offline pipeline.")
    parser.add_argument("--write", action="store_true", help="make the committed file again")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.write:
        lines = [json.dumps(asdict(pair), ensure_ascii=False) for pair in make()]
        FILE.write_text("\n".join(lines) + "\n", "utf-8")
        print(f"{len(lines)} pairs in {FILE}")
        return
    from evals.offline import pipeline

    outcomes = run(read(), pipeline())
    if options.json:
        for outcome in outcomes:
            print(json.dumps({**asdict(outcome), "id": outcome.pair.id}))
    else:
        print(show(outcomes))


if __name__ == "__main__":
    main()
