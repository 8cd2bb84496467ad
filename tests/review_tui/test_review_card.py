"""The card: whatever the size, claim, counter-evidence and missing proof are on the first screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import ANA, NOW, Told, fill
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.hypotheses import Claim, Grade, Pretence
from agent.queue import Queue
from agent.store import Store
from review_tui.card import card_lines, hidden_counters
from review_tui.changes import changes
from review_tui.lines import printed
from review_tui.quotes import numbers
from review_tui.text import cells
from review_tui.view import View, view_of


@pytest.fixture
def view(store: Store) -> View:
    told = Told(claims=("Fjord Health's Lyon office cannot be onboarded without SSO.", "The report saves two days.", "By hand."))
    key = fill(store, [told])[0]
    queue = Queue(store, ANA, lambda: NOW)
    return view_of(queue.card(key), queue.rows([key])[0], None, NOW)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(width=st.integers(48, 160), height=st.integers(6, 60), many=st.integers(1, 9), long=st.integers(1, 40))
def test_what_speaks_against_it_is_on_the_first_screen(view: View, width: int, height: int, many: int, long: int) -> None:
    claims = tuple(
        Claim(text="A claim of some length. " * long, kind="observed", signals=view.draft.cited[:2]) for _ in range(many)
    )
    draft = view.draft.model_copy(update={"claims": claims})
    hypothesis = view.card.hypothesis.__class__(**{**_fields(view.card.hypothesis), "draft": draft})
    card = view.card.__class__(**{**_fields(view.card), "hypothesis": hypothesis})
    lines = card_lines(view_of(card, view.row, None, NOW), width, height)
    first = printed(lines[:height])
    assert "CLAIM" in first
    assert "COUNTER  - " in first
    assert "MISSING  ? stakeholder pull" in first
    assert all(cells(one.text) <= width for one in lines)


def _fields(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}  # type: ignore[attr-defined]


def test_a_roomy_card_says_everything_once(view: View) -> None:
    text = printed(card_lines(view, 100, 200))
    for label in (
        "CLAIM",
        "WHY NOW",
        "NEXT",
        "PROOF",
        "COUNTER",
        "MISSING",
        "PRETEND",
        "MONEY",
        "GROWTH",
        "IF NEVER",
        "ASK",
        "MESSAGE",
    ):
        assert sum(line.startswith(label) for line in text.split("\n")) == 1, label
    assert "ask finance for incremental revenue" in text
    assert "Renewal 12 Mar 2027 (in 111 d)." in " ".join(text.split())


def test_what_was_cut_is_said_in_full_below(view: View) -> None:
    text = printed(card_lines(view, 60, 8))
    assert "IN FULL" in text
    assert text.count("Fjord Health's Lyon office cannot be") == 2


def test_quotes_are_numbered_in_the_order_in_which_they_are_read(view: View) -> None:
    assert [quote.number for quote in view.quotes] == list(range(1, 7))
    assert [quote.sign for quote in view.quotes] == list("++++-~")
    assert numbers(view.quotes, (view.quotes[0].signal.id, "s-gone")) == "[1][?]"


def test_counter_quotes_below_the_fold_are_counted(view: View) -> None:
    lines = card_lines(view, 80, 40)
    assert hidden_counters(view, lines, 40) == 0
    assert hidden_counters(view, lines, 3) == 1


def test_brackets_in_a_claim_are_only_brackets(store: Store) -> None:
    key = fill(store, [Told(claims=("See [1], [/bold], [link=x]here[/link] and [b",), title="[red]x[/red] [/]")])[0]
    queue = Queue(store, ANA, lambda: NOW)
    lines = card_lines(view_of(queue.card(key), queue.rows([key])[0], None, NOW), 90, 30)
    assert "See [1], [/bold], [link=x]here[/link] and [b" in printed(lines)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda d: d.model_copy(update={"grade": Grade.EARNED}), "Grade promising -> earned."),
        (
            lambda d: d.model_copy(update={"claims": (Claim(text="New.", kind="observed", signals=d.cited[:1]),)}),
            'New claim: "New."',
        ),
        (
            lambda d: d.model_copy(update={"evidence_kinds": (*d.evidence_kinds, "churn_intent")}),
            "Evidence of a new kind: churn intent.",
        ),
        (lambda d: d.model_copy(update={"pretended": (Pretence(text="x", signals=("s-new",)),)}), "Evidence: 1 new, 1 gone."),
        (lambda d: d.model_copy(update={"next_customer_action": "Call."}), "Next step is now: Call."),
        (lambda d: d.model_copy(update={"owner": "ben"}), "Owner ana@vendor.example -> ben."),
    ],
)
def test_what_changed_is_said_in_sentences(view: View, edit: Callable[..., object], says: str) -> None:
    assert says in changes(view.draft, edit(view.draft))  # type: ignore[arg-type]


def test_the_same_draft_has_no_changes(view: View) -> None:
    assert changes(view.draft, view.draft) == []
