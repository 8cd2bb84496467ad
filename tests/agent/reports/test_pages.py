"""The pages: what stands on them, and that nobody's words can become markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.economics import economics_of, unknown
from agent.hypotheses import Claim, ComponentProof, Draft, DraftedBy, Grade, Pretence, Quality, State
from agent.metrics import Row, analyse
from agent.queue import Card
from agent.reports.last_run import last_run
from agent.reports.manager import manager, ordered, summary
from agent.reports.markup import Block, escape_markdown, markdown, page
from agent.reports.metrics import blocks
from agent.reports.plan import plan
from agent.reports.quality import earned_or_harvested, fog, questions, source_of, teaches
from agent.store.hypotheses import Hypothesis
from retrieval.records import Problem
from tests.agent.economics.making import ACCOUNT, BASIC, CATALOG, facts
from tests.agent.economics.test_asked import said

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=y> [x](javascript:z)"
    + " `c` | *b* https://evil.example \n# h\n\x1b]52;c;x\x07 \u202e &lt;"
)
ASK = said("Please quote us for 7 more seats.")


def draft(words: str = "", **more: Any) -> Draft:
    fields: dict[str, Any] = {
        "account_id": "a-1", "owner": "ann@vendor.example", "title": f"Ashgrove wants seats {words}", "grade": Grade.EARNED,
        "components": {"proven_value": ComponentProof(status="missing", gap=f"who saw the outcome? {words}")}, "blockers": (),
        "push_or_pull": "pull", "motion": "seat", "expansion_type": "same_workflow", "what_expands": ("seats",), "adjacency": "basic",
        "quality": Quality(class_="clean", marks=(Pretence(text=f"quiet growth {words}", signals=(ASK.id,)),)),
        "economics": economics_of(facts(item=BASIC, more_of_the_same=True, signals=(ASK,))),
        "claims": (Claim(text=f"They ask for seats {words}", kind="observed", signals=(ASK.id,)),), "counter_evidence": (),
        "missing_proof": ("proven_value",), "pretended": (Pretence(text=f"they like us {words}", signals=()),),
        "next_customer_action": f"Ann names a date {words}", "risk_if_never": "It stays a wish.", "proof_owner": "ann@vendor.example",
        "draft_message": "", "evidence_kinds": ("stakeholder_pull", "usage_growth"),
        "drafted_by": DraftedBy(model="offline", prompts={}, run="r-1"), **more,
    }  # fmt: skip
    return Draft.model_validate(fields)


def item(made: Draft, key: str = "h-1") -> Hypothesis:
    return Hypothesis(key, "a-1", "basic", made.owner, 1, State.OPEN, None, False, 1, "2026-11-01T00:00:00Z", made)


def card(words: str = "") -> Card:
    account = replace(ACCOUNT, name=f"Ashgrove{words}", plan=f"basic{words}")
    spoken = ASK.model_copy(update={"quote": ASK.quote + words})
    return Card(item(draft(words)), account, (), CATALOG, {ASK.id: spoken}, {}, ())


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(text)
    return parser.seen


def everything(words: str) -> list[Sequence[Block]]:
    problem = Problem(words, words, words, 3, words, words)
    report = {
        "run_id": words, "started": "s", "finished": "f", "book": words, "model": words, "accounts": {words: 1}, "records": {words: 1},
        "hypotheses": {"new": 1, "by_grade": {words: 1}}, "signals": {"by_kind": {words: 1}, "verified": 1, "repaired": 0,
                    "rejected": {words: 2}},
        "llm": {"calls": 0}, "seconds": {words: 0.5}, "quarantined": [problem.to_json()], "failures": {words: words}, "warnings": [words],
    }  # fmt: skip
    rows = [Row(f"a{words}", 24_000 + at, 10.0 + at, "EUR", words, words, words) for at in range(3)]
    return [
        list(plan(card(words))),
        list(manager([item(draft(words))], {"a-1": words})),
        list(last_run(report)),
        list(blocks(analyse(rows, by="segment"), words, [problem])),
    ]


def test_hostile_words_stay_words_in_html() -> None:
    for made in everything(HOSTILE):
        text = page(HOSTILE, made)
        found = tags(text)
        assert not {tag for tag, _ in found} & {"script", "img", "a", "iframe", "form", "input", "link", "object"}
        assert not [name for _, attributes in found for name in attributes if name.startswith("on") or name in ("src", "href")]
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "default-src 'none'" in dict(found[3][1]).get("content", "") or "Content-Security-Policy" in text


def test_hostile_words_stay_words_in_markdown() -> None:
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    for made in everything(HOSTILE):
        text = markdown(made)
        found = {tag for tag, _ in tags(reader.render(text))}
        assert found <= {"h1", "h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
        assert "\x1b" not in text


def test_a_quote_that_a_line_holds_is_not_written_twice() -> None:
    told = draft(claims=(Claim(text=f"Ann wants to go on: “{ASK.quote}”", kind="observed", signals=(ASK.id,)),))
    text = markdown(list(plan(replace(card(), hypothesis=item(told)))))
    assert text.split("## What speaks against it")[0].count(ASK.quote) == 1


def test_numbers_and_days_stay_readable_in_markdown() -> None:
    assert escape_markdown("43.2 of 45.0 seats") == "43.2 of 45.0 seats"
    assert escape_markdown("2026-05-19, value disputed") == "2026-05-19, value disputed"
    assert escape_markdown("3. not a list") == "3\\. not a list"
    assert escape_markdown("- not a list") == "\\- not a list"


def test_a_long_list_of_pretences_is_cut_and_counted() -> None:
    many = tuple(Pretence(text=f"hope {number}", signals=()) for number in range(11))
    text = markdown(list(manager([item(draft(pretended=many))], {})))
    assert "hope 7" in text
    assert "hope 8" not in text
    assert "and 3 more" in text


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_one_paragraph_of_itself(text: str) -> None:
    reader = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    assert {tag for tag, _ in tags(reader.render("- " + escape_markdown(text)))} <= {"ul", "li", "p"}


def test_the_plan_carries_the_evidence_and_traces_the_money() -> None:
    text = markdown(list(plan(card())))
    assert "“Please quote us for 7 more seats.” - Ann, ticket:1/description, 2026-09-01" in text
    assert "12 months × (10.00 × 7 seats)" in text
    assert "list price of Basic: 10.00 a month for each seat - catalog.json basic" in text
    assert "implementation work | unknown - ask solutions: onboarding hours" in text
    order = [
        text.index(f"## {title}")
        for title in ("What have we earned", "What speaks against it", "What is still missing", "Expansion quality")
    ]
    assert order == sorted(order)


def test_unanswered_questions_are_fog() -> None:
    bare = draft(economics=unknown(), what_expands=(), adjacency=None, push_or_pull="none", motion="none")
    answers = questions(bare, None)
    assert all(answer is None for answer in answers.values())
    assert fog(answers) == "Expanding into fog: 6 of 6 quality questions have no answer."
    clear = questions(draft(motion="upsell"), "Basic")
    assert fog(clear) is None


@pytest.mark.parametrize(
    ("more", "lesson", "source"),
    [
        ({"expansion_type": "custom"}, "only that effort can please one customer", "custom commitments"),
        ({"expansion_type": "new_department"}, "onboarding path", "repeatable adoption"),
        ({"motion": "usage", "evidence_kinds": ("pricing_mismatch",)}, "pricing metric", "pricing correction"),
        ({"push_or_pull": "push"}, None, "one-time push by us"),
    ],
)
def test_what_it_teaches_and_where_it_comes_from(more: dict[str, Any], lesson: str | None, source: str) -> None:
    made = draft(**more)
    assert (teaches(made, None), source_of(made)) == (lesson, source)


def test_what_nobody_asked_for_near_a_renewal_is_harvested() -> None:
    near = {**unknown(), "renewal_complexity": {"value": 30.0}}
    assert earned_or_harvested(draft(push_or_pull="push", economics=near)).endswith("and the renewal is near")
    assert earned_or_harvested(draft()).startswith("pulled by the customer")


def test_the_inspection_is_ordered_by_quality_and_says_what_is_pretended() -> None:
    wish, noisy, clean = draft(grade=Grade.WISH), draft(quality=Quality(class_="noisy")), draft()
    items = [item(wish, "h-1"), item(noisy, "h-2"), item(clean, "h-3")]
    assert [found.id for found in ordered(items)] == ["h-3", "h-2", "h-1"]
    assert summary(items)["by_grade"] == {"earned": 2, "promising": 0, "wish": 1, "blocked": 0}
    page = markdown(list(manager(items, {"a-1": "Ashgrove"})))
    assert "### Ashgrove: Ashgrove wants seats" in page, "a heading names the account"
    assert "pretended: they like us" in page
    assert "source: repeatable adoption" in page
