"""Only what was approved leaves, as it was approved, in a form that no spreadsheet, browser or terminal obeys."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete

from agent.errors import EarnedError, Exit
from agent.exports import approved, csv_text, json_text, write_atomic
from agent.exports.crm import COLUMNS, FORMULA, cell
from agent.queue import Queue
from agent.store import Store, hypotheses
from retrieval import tables
from tests.agent.exports.commands import earned

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FORMATS = ("crm-csv", "jsonl", "markdown", "html")


def approve(store: Store, count: int = 1, at: datetime = NOW) -> list[str]:
    queue = Queue(store, "kim", lambda: at)
    keys = [item.id for item in queue.items(state="open") if item.draft.claims][:count]
    for key in keys:
        queue.approve(key, note="=HYPERLINK(1)")
    return keys


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def exported(store: Store, **narrow: str) -> Sequence[object]:
    with store.read() as conn:
        return approved(conn, **narrow).items


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_approved_is_no_failure_and_is_said(
    form: str, sample_home: Store, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert earned("export", "--format", form, "--out", str(tmp_path / "out"), home=sample_home.home) == Exit.OK
    assert "Nothing is approved" in capsys.readouterr().err
    assert (tmp_path / "out").exists(), "yesterday's file must not be taken for today's"


def test_every_format_holds_the_approved_and_no_other(sample_home: Store, capsys: pytest.CaptureFixture[str]) -> None:
    key = approve(sample_home)[0]
    with sample_home.read() as conn:
        item = hypotheses.get(conn, key)
        others = {h.account_id for h in hypotheses.current(conn)}
    assert item is not None
    for form in FORMATS:
        assert earned("export", "--format", form, home=sample_home.home) == Exit.OK
        text = capsys.readouterr().out
        assert key in text
        if form == "crm-csv":
            assert [row["account_id"] for row in rows(text)] == [item.account_id]
        if form == "jsonl":
            assert [json.loads(line)["account_id"] for line in text.splitlines()] == [item.account_id]
    assert len(others) > 1


def test_the_approved_revision_is_exported_and_not_the_newer_one(sample_home: Store, capsys: pytest.CaptureFixture[str]) -> None:
    key = approve(sample_home)[0]
    with sample_home.write() as conn:
        item = hypotheses.get(conn, key)
        assert item is not None
        newer = item.draft.model_copy(update={"title": "A newer title that nobody approved", "claims": item.draft.claims[:1]})
        hypotheses.save(conn, item.account_id, [newer], run_id="r-2", now="2026-11-21T01:00:00Z", today="2026-11-21")
    earned("export", "--format", "jsonl", home=sample_home.home)
    out, err = capsys.readouterr()
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert row["title"] == item.draft.title
    assert (row["revision"], row["newest_revision"], row["changed_since_approval"]) == (1, 2, True)
    assert "1 changed since the approval" in err
    assert "nobody approved" not in out


def test_an_undone_approval_is_not_exported(sample_home: Store) -> None:
    key = approve(sample_home)[0]
    assert len(exported(sample_home)) == 1
    Queue(sample_home, "kim", lambda: NOW).undo(key)
    assert not exported(sample_home)


def test_owner_and_since_narrow(sample_home: Store) -> None:
    key = approve(sample_home)[0]
    with sample_home.read() as conn:
        item = hypotheses.get(conn, key)
    assert item is not None
    assert len(exported(sample_home, owner=item.owner)) == 1
    assert not exported(sample_home, owner="nobody@vendor.example")
    assert len(exported(sample_home, since="2026-11-20")) == 1
    assert not exported(sample_home, since="2026-11-21")


def test_words_whose_source_is_gone_do_not_leave(sample_home: Store, capsys: pytest.CaptureFixture[str]) -> None:
    key = approve(sample_home)[0]
    with sample_home.read() as conn:
        (item,) = approved(conn).items
    quoted = next(s for k in item.card.hypothesis.draft.claims[0].signals if (s := item.card.signals[k]).quote)
    with sample_home.write() as conn:
        conn.execute(delete(tables.records).where(tables.records.c.record_id == quoted.record_id))
    for form in FORMATS:
        earned("export", "--format", form, home=sample_home.home)
        out, err = capsys.readouterr()
        assert key in out
        assert quoted.quote not in out
        assert quoted.quote[:30] not in out
        assert "source is gone" in err


INJECTIONS = ("=1+1", "+1", "-1", "@SUM(A1)", "|calc", "%x", "＝1+1", "＋1", "－1", "＠x", "｜x", "％x", "  =1", "\u00a0=1", "\u200b=1",
              "\t=1", "\r=1", "\nx", "\ufeff=1", "\x00=1", "\u202e=1")  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_cell_that_could_be_a_formula_is_text(text: str) -> None:
    made = cell(text)
    assert made.startswith("'")
    assert "\x00" not in made
    assert "\u202e" not in made


@pytest.mark.parametrize("text", ["Costs 5 = fine", "a@b.example", "", "Größe", "'quoted'", "1 - 2"])
def test_harmless_cells_are_left_alone(text: str) -> None:
    assert cell(text) == text


def test_every_field_of_the_csv_is_quoted_and_the_note_is_no_formula(sample_home: Store) -> None:
    approve(sample_home, 3)
    with sample_home.read() as conn:
        text = csv_text(approved(conn).items)
    assert all(line.startswith('"') for line in text.split("\r\n") if line)
    table = rows(text)
    assert len(table) == 3
    assert all(list(row) == list(COLUMNS) for row in table)
    assert {row["approval_note"] for row in table} == {"'=HYPERLINK(1)"}
    assert not any(value.lstrip()[:1] in FORMULA for row in table for value in row.values() if value)


def test_json_lines_are_raw_and_ascii(sample_home: Store) -> None:
    approve(sample_home)
    with sample_home.read() as conn:
        text = json_text(approved(conn).items)
    assert text.isascii()
    assert json.loads(text)["approved"]["note"] == "=HYPERLINK(1)"


def test_the_page_asks_for_nothing_and_runs_nothing(sample_home: Store, capsys: pytest.CaptureFixture[str]) -> None:
    queue = Queue(sample_home, "kim", lambda: NOW)
    key = next(item.id for item in queue.items() if item.draft.claims)
    queue.approve(key, note="<script>alert(1)</script><img src=https://x.example/a>")
    earned("export", "--format", "html", home=sample_home.home)
    text = capsys.readouterr().out
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old", "utf-8")
    with pytest.raises(EarnedError, match="is a folder"):
        write_atomic(tmp_path, "new")
    with pytest.raises(EarnedError, match="cannot be written"):
        write_atomic(tmp_path / "nowhere" / "out.csv", "new")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(target, "lone \ud800 surrogate")
    assert target.read_text("utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []
    write_atomic(target, "new\r\n")
    assert target.read_bytes() == b"new\r\n"
    assert target.stat().st_mode & 0o077 == 0


def test_what_is_pretended_is_no_evidence(sample_home: Store) -> None:
    """Our own words and praise are cited as pretences; the evidence of a line holds none of them, and its tags are on it."""
    approve(sample_home, 3)
    with sample_home.read() as conn:
        items = approved(conn).items
        table = rows(csv_text(items))
    pretended = 0
    for item, row in zip(items, table, strict=True):
        draft = item.card.hypothesis.draft
        resting = {key for claim in draft.claims for key in claim.signals} | {
            k for p in draft.components.values() for k in p.signals
        }
        only = [item.card.signals[k] for p in draft.pretended for k in p.signals if k not in resting]
        pretended += len(only)
        assert not [signal.quote for signal in only if signal.quote and signal.quote in row["evidence"]]
        assert row["use_cases"] == ", ".join(tag.name for tag in draft.use_cases)
    assert pretended
