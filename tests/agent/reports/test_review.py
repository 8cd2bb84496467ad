"""The business review: ours tells what changed and what is open; the customer's holds their words and none of our vocabulary."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent.cli import main
from agent.drafting.message import INTERNAL_WORDS
from agent.economics import economics_of, unknown
from agent.errors import Exit
from agent.hypotheses import Claim, ComponentProof, Grade, Pretence, Quality
from agent.nightly import Report
from agent.queue import Queue
from agent.reports.account import AccountReview, Earlier
from agent.reports.customer_page import customer_page
from agent.reports.markup import Block, Heading, Items, Paragraph, markdown
from agent.reports.review import changes, review_page, summary
from agent.signals import Signal
from agent.store import Store, accounts, hypotheses, open_store, signals
from retrieval.records import Voice
from tests.agent.economics.making import ACCOUNT, BASIC, CATALOG, facts
from tests.agent.reports.test_growth import signal, telemetry
from tests.agent.reports.test_pages import ASK, HOSTILE, card, draft, tags

VALUE = signal("proven_value", "Closing a claim took nine days and takes two.", source="ticket:9/description")


def review(*ledger: Signal, cited: tuple[Signal, ...] = (VALUE,), earlier: Earlier | None = None) -> AccountReview:
    base = card()
    claims = tuple(Claim(text="x", kind="observed", signals=(s.id,)) for s in cited)
    item = replace(base.hypothesis, draft=base.hypothesis.draft.model_copy(update={"claims": claims}))
    known = {"h-1": earlier} if earlier else {}
    return AccountReview(ACCOUNT, (replace(base, hypothesis=item),), ledger, (), known)


def words(blocks: list[Block]) -> str:
    """Everything that a page says, without what stands between."""
    said = []
    for block in blocks:
        match block:
            case Heading(text, _) | Paragraph(text, _):
                said.append(text)
            case Items(items):
                said += [part for text, more in items for part in (text, *more)]
    return "\n".join(said)


def test_a_customer_reads_their_own_words_and_nothing_of_ours() -> None:
    hidden = [signal(kind, f"About {kind}.", source="ticket:9/description") for kind in
              ("value_disputed", "churn_intent", "competitor_evaluation", "sponsor_risk", "budget_pressure")]  # fmt: skip
    ours = signal("proven_value", "We saved them a fortune.", voice=Voice.VENDOR)
    inner = signal("proven_value", "Our sponsor likes the pipeline.")
    slack = signal("product_friction", "It dropped files.", source="transcript:1")
    fault = signal("product_friction", "It loses pictures.", source="ticket:9/description", speaker="Tom Ashby")
    page = words(list(customer_page(review(VALUE, ours, inner, slack, fault, *hidden, cited=(VALUE, ours, inner, *hidden)))))
    assert "“Closing a claim took nine days and takes two.”" in page
    assert "Ann, ticket:9/description" in page
    assert "It loses pictures" in page
    for absent in ("fortune", "sponsor", "dropped", "Tom Ashby", "About "):
        assert absent not in page
    assert not INTERNAL_WORDS.search(page)


def test_only_what_a_claim_quotes_is_shown_and_nothing_that_was_flagged() -> None:
    assert "nine days" not in words(list(customer_page(review(VALUE, cited=()))))
    assert "have not told us yet" in words(list(customer_page(review(VALUE, cited=()))))


@pytest.mark.book
def test_no_account_of_the_sample_book_sees_an_inner_word(
    sample_run: tuple[Store, Report], capsys: pytest.CaptureFixture[str]
) -> None:
    from agent.reports.account import account_review

    queue = Queue(sample_run[0], "kim")
    for item in queue.items():
        found = account_review(queue, item.account_id)
        page = words(list(customer_page(found)))
        for name in (found.account.name, *(i.name for i in found.cards[0].catalog.items)):
            page = page.replace(name, "")
        assert not INTERNAL_WORDS.search(page), item.account_id
        assert not [key for key in (*found.cards[0].signals, found.cards[0].hypothesis.id) if key in page]
        assert found.cards[0].hypothesis.id in json.dumps(summary(found))


def test_what_changed_is_told_by_grade_proof_evidence_and_figure() -> None:
    before = draft(
        grade=Grade.PROMISING, economics=unknown(), quality=Quality(class_="fog"), evidence_kinds=("stakeholder_pull",)
    )
    after = draft(
        economics=economics_of(facts(item=BASIC, more_of_the_same=True, signals=(ASK,))),
        components={"proven_value": ComponentProof(status="met", signals=(ASK.id,))},
        next_customer_action="Ann signs.",
    )
    told = changes(before, after)
    assert "grade: promising, now earned" in told
    assert "proven value: missing, now met" in told
    assert "new evidence: usage growing" in told
    assert "growth: fog, now clean" in told
    assert any(line.startswith("incremental revenue: unknown - ask finance; now ") for line in told)
    assert any("Now: Ann signs." in line for line in told)
    assert changes(after, after) == []


def test_our_page_asks_whether_anything_changed_enough() -> None:
    same = card().hypothesis.draft
    text = markdown(list(review_page(review(VALUE, earlier=Earlier(1, "2026-10-01T00:00:00Z", same)))))
    for heading in (
        "Value record",
        "Outcome record",
        "What changed",
        "Better, or only larger?",
        "Open gaps",
        "Next customer action",
    ):
        assert heading in text
    assert "who saw the outcome?" in text
    assert "unknown - ask solutions: onboarding hours" in text


@pytest.fixture
def home(tmp_path: Path) -> Path:
    store = open_store(tmp_path / "home", create=True)
    account = type(ACCOUNT)(**{name: getattr(ACCOUNT, name) for name in ACCOUNT.__slots__} | {"name": HOSTILE})
    value = VALUE.model_copy(update={"account_id": "a-1", "quote": VALUE.quote + HOSTILE, "speaker": HOSTILE})
    made = draft(HOSTILE, claims=(Claim(text="x", kind="observed", signals=(value.id,)),),
                 pretended=(Pretence(text="y", signals=()),))  # fmt: skip
    with store.write() as conn:
        signals.replace(conn, "a-1", [value, telemetry("usage_growth", "runs").model_copy(update={"account_id": "a-1"})], "r-1")
        hypotheses.save(conn, "a-1", [made], run_id="r-1", now="2026-11-01T08:00:00Z", today="2026-11-01")
        accounts.save(conn, account, (), input_hash="x", pipeline="y", run_id="r-1")
        accounts.save_catalog(conn, CATALOG)
    store.close()
    return tmp_path / "home"


def test_two_files_are_written_so_that_ours_is_never_sent_along(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "review", "a-1", "--html", str(tmp_path / "r.html"), "--home", str(home)]) == Exit.OK
    said = capsys.readouterr()
    assert "read every line" in said.err
    theirs, ours = ((tmp_path / name).read_text("utf-8") for name in ("r.html", "r.ours.html"))
    assert "Not for the customer" in ours
    assert "Not for the customer" not in theirs
    for page in (theirs, ours, said.out + said.err):
        assert not set(page) & set("\x1b\x07\u202e")
        assert not {tag for tag, _ in tags(page)} & {"script", "img", "a", "iframe"}


def test_a_flagged_quote_leaves_the_page_and_an_approval_the_warning(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from agent.decisions import Action

    queue = Queue(open_store(home), "kim")
    key = queue.items()[0].id
    assert main(["report", "review", key, "--home", str(home)]) == Exit.OK
    assert "takes two" in capsys.readouterr().out.split("For the customer", 1)[1]
    queue.approve(key)
    queue.mark(key, VALUE.id, Action.FLAG)
    assert main(["report", "review", "a-1", "--home", str(home)]) == Exit.OK
    said = capsys.readouterr()
    assert "takes two" not in said.out.split("For the customer", 1)[1]
    assert "read every line" not in said.err


@pytest.mark.parametrize(
    ("argv", "said"), [(["review"], "needs an id"), (["manager", "a-1"], "takes no id"), (["review", "a-9"], "earned hypotheses")]
)
def test_an_id_where_it_belongs(argv: list[str], said: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", *argv, "--home", str(home)]) == Exit.USAGE
    assert said in capsys.readouterr().err
