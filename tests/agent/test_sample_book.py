"""The invariants over the whole sample book, as a user's commands would show them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from agent.claims import faults
from agent.drafting.message import INTERNAL_WORDS, first_name
from agent.kinds import KINDS, Stance
from agent.nightly import Options, Report, Runner
from agent.pipeline import Pipeline
from agent.store import Store, accounts, hypotheses, open_store, signals
from retrieval import store as texts
from retrieval.readers.book import open_book
from retrieval.records import Voice

pytestmark = pytest.mark.book


def test_every_account_is_graded_and_nothing_was_set_aside(sample_run: tuple[Store, Report]) -> None:
    store, report = sample_run
    with store.read() as conn:
        items = hypotheses.current(conn)
    assert len({item.account_id for item in items}) == report.accounts["seen"] == 12
    assert report.quarantined == []
    assert not report.partial


def test_every_quote_stands_at_its_offsets_in_its_record(sample_run: tuple[Store, Report]) -> None:
    with sample_run[0].read() as conn:
        ledger = signals.ledger(conn)
        records = {r.record_id: r for key in accounts.ids(conn) for r in texts.account_records(conn, key)}
    quoted = [signal for signal in ledger if signal.quote]
    assert len(quoted) > 100
    for signal in quoted:
        record = records[signal.record_id]
        assert record.text[signal.start : signal.end] == signal.quote
        assert (record.account_id, record.voice, record.speaker) == (signal.account_id, signal.voice, signal.speaker)


def test_the_vendors_words_are_never_the_customers(sample_run: tuple[Store, Report], sample_book: Path) -> None:
    team = {member.name for member in open_book(sample_book).team}
    with sample_run[0].read() as conn:
        ledger = signals.ledger(conn)
        records = [r for key in accounts.ids(conn) for r in texts.account_records(conn, key)]
    assert [s.quote for s in ledger if s.voice is Voice.CUSTOMER and s.speaker in team] == []
    assert [r.record_id for r in records if r.voice is Voice.CUSTOMER and r.speaker in team] == []
    for signal in ledger:
        if signal.stance is Stance.SUPPORTS and KINDS[signal.kind].origin == "text":
            assert signal.voice is Voice.CUSTOMER


def test_every_claim_stands_on_what_it_cites(sample_run: tuple[Store, Report]) -> None:
    with sample_run[0].read() as conn:
        catalog = accounts.catalog(conn)
        for item in hypotheses.current(conn):
            known = accounts.get(conn, item.account_id)
            assert known is not None
            names = [known[0].name, *(f"{c.name} {c.title}" for c in known[1]), *(i.name for i in catalog.items)]
            ledger = {signal.id: signal for signal in signals.ledger(conn, item.account_id)}
            assert faults(item.draft.claims, ledger, account_id=item.account_id, names=names) == []
            assert set(item.draft.cited) <= set(ledger)


def test_open_counter_evidence_is_always_listed(sample_run: tuple[Store, Report]) -> None:
    with sample_run[0].read() as conn:
        for item in hypotheses.current(conn):
            against = {s.id for s in signals.ledger(conn, item.account_id) if s.stance is Stance.OPPOSES}
            assert against == set(item.draft.counter_evidence)


def test_no_inner_word_reaches_the_message_to_the_customer(sample_run: tuple[Store, Report]) -> None:
    with sample_run[0].read() as conn:
        for item in hypotheses.current(conn):
            assert INTERNAL_WORDS.search(item.draft.draft_message) is None, item.draft.draft_message
            assert item.draft.draft_message.startswith("Hello")


def test_a_message_holds_its_readers_own_words_and_sells_nothing_while_a_risk_is_open(sample_run: tuple[Store, Report]) -> None:
    said_back = 0
    with sample_run[0].read() as conn:
        for item in hypotheses.current(conn):
            letter, known = item.draft.draft_message, accounts.get(conn, item.account_id)
            assert known is not None
            reader = [c.name for c in known[1] if letter.startswith(f"Hello {first_name(c.name)},")]
            own = [s.quote for s in signals.ledger(conn, item.account_id) if s.speaker in reader and s.voice is Voice.CUSTOMER]
            for quote in re.findall(r"“(.+?)”", letter, re.DOTALL):
                assert any(quote.rstrip(".?!…") in words for words in own), (item.account_id, quote)
                said_back += 1
            assert "list price" not in letter or not item.draft.blockers
            assert set(item.draft.message_signals) <= set(item.draft.cited)
    assert said_back > 5


def test_no_wish_and_no_blocked_account_comes_out_as_earned(sample_run: tuple[Store, Report], sample_book: Path) -> None:
    gold = [json.loads(line) for line in (sample_book / "gold.jsonl").read_text("utf-8").splitlines()]
    grades = {row["account_id"]: row["verdict"]["grade"] for row in gold}
    with sample_run[0].read() as conn:
        said = {item.account_id: item.draft.grade.value for item in hypotheses.current(conn)}
    assert [key for key, grade in said.items() if grade == "earned" and grades[key] in ("wish", "blocked")] == []


@pytest.mark.parametrize(
    ("account", "marks"), [("acc-109", ("<!--", "<span style", "i\u200bg\u200b")), ("acc-110", ("<system>", "IGNORE ALL"))]
)
def test_hidden_instructions_move_nothing(
    account: str, marks: tuple[str, ...], sample_book: Path, pipeline: Pipeline, tmp_path: Path
) -> None:
    """The account with its instructions and without them: same signals, same grade."""
    clean = tmp_path / "book"
    shutil.copytree(sample_book, clean)
    path = clean / "tickets" / f"{account}.json"
    tickets = json.loads(path.read_text("utf-8"))
    removed = 0
    for ticket in tickets["tickets"]:
        for holder, field in [(ticket, "description"), *((comment, "body") for comment in ticket["comments"])]:
            kept = [line for line in holder[field].split("\n") if not any(mark in line for mark in marks)]
            removed += len(holder[field].split("\n")) - len(kept)
            holder[field] = "\n".join(kept)
    assert removed, "the sample book holds instructions in this account"
    path.write_text(json.dumps(tickets), "utf-8")
    assert _read(sample_book, account, pipeline, tmp_path / "with") == _read(clean, account, pipeline, tmp_path / "without")


def _read(book: Path, account: str, pipeline: Pipeline, home: Path) -> tuple[set[tuple[str, str]], str]:
    store = open_store(home, create=True)
    Runner(store, pipeline, "offline").run(Options(book, account))
    with store.read() as conn:
        found = {(signal.kind, signal.quote) for signal in signals.ledger(conn, account)}
        (item,) = hypotheses.current(conn)
    return found, item.draft.grade.value
