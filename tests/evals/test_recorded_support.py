"""Claim support from a judge's recorded verdicts: what is asked, what counts, and what is missing."""

from __future__ import annotations

import pytest

from agent.errors import UsageError
from evals.metrics.citations import Cited
from evals.recorded_support import Item, Written, figures, items, questions, read_verdicts, supports, written

EVIDENCE = {"E1": "[a] “one”", "E2": "[b] “two”", "E3": "[c] “three”"}


def claim(text: str, *ids: str, account: str = "a-1") -> Written:
    return Written(account, "observed", Cited(text, ids), EVIDENCE, kept=True)


def verdicts(*rows: tuple[str, tuple[str, ...], str]) -> dict[str, str]:
    return {Item("a-1", "observed", text, tuple(EVIDENCE[key] for key in ids)).id: verdict for text, ids, verdict in rows}


def test_a_judge_is_asked_about_the_whole_each_part_and_the_rest() -> None:
    asked = {tuple(item.evidence) for item in items([claim("c", "E1", "E2", "E3")])}
    pairs = {("E1", "E2", "E3"), ("E1",), ("E2",), ("E3",), ("E2", "E3"), ("E1", "E3"), ("E1", "E2")}
    assert asked == {tuple(EVIDENCE[key] for key in keys) for keys in pairs}
    assert [len(items([claim("c", *ids)])) for ids in (("E1",), ("E1", "E2"), ("E9",), ())] == [1, 3, 0, 0]


def test_the_order_of_questions_is_by_chance_and_the_same_every_time() -> None:
    wanted = items([claim(f"claim {number}", "E1", "E2") for number in range(20)])
    assert list(questions(wanted)) == list(questions(wanted))
    assert [row["id"] for row in questions(wanted)] != [item.id for item in wanted]
    assert not {"account", "kept", "grade"} & set(next(questions(wanted)))


def test_partly_is_no_support_and_a_citation_that_adds_nothing_is_imprecise() -> None:
    said = verdicts(
        ("both are needed", ("E1", "E2"), "supported"),
        ("both are needed", ("E1",), "partly"),
        ("both are needed", ("E2",), "partly"),
        ("one is enough", ("E1", "E2"), "supported"),
        ("one is enough", ("E1",), "supported"),
        ("one is enough", ("E2",), "unsupported"),
        ("too much", ("E3",), "partly"),
        ("invented", ("E1",), "supported"),
    )
    rows = [claim("both are needed", "E1", "E2"), claim("one is enough", "E1", "E2"), claim("too much", "E3")]
    total = supports([*rows, claim("invented", "E1", "E9")], said)[0]
    assert (total.claims, total.supported, total.citations, total.precise, total.invented) == (4, 2, 7, 4, 1)


def test_a_claim_without_a_verdict_is_no_figure() -> None:
    with pytest.raises(UsageError, match="1 of 1 items have no verdict"):
        supports([claim("new", "E1")], {})


def test_intervals_resample_accounts() -> None:
    said = verdicts(("good", ("E1",), "supported"), ("bad", ("E1",), "contradicted"))
    rows = [claim("good", "E1", account=f"a-{number}") for number in range(3)] + [claim("bad", "E1", account="a-9")]
    found = figures(rows, said)
    assert (found["accounts"], found["claims"], found["supported"], found["invented_ids"]) == (4, 4, 3, 0)
    assert found["citation_recall"] == "0.750 (0.250 to 1.000; one by one 0.301 to 0.954)"


def test_every_claim_that_is_recorded_has_a_verdict() -> None:
    claims, said = written(), read_verdicts()
    found = figures(claims, said)
    assert found["invented_ids"] == 0
    assert {item.id for item in items(claims)} == set(said)  # and none is left over from claims that are gone
    assert any(row.kept for row in claims)
