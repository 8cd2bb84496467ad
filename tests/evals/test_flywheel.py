"""From review decisions to cases: what becomes what, what is taken out of it, and what a person must have done before it counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decisions import REASONS, Action
from agent.errors import NotFound, UsageError
from agent.hypotheses import Grade
from agent.queue import Queue
from agent.store import Store
from evals import judge, promote
from evals.deidentify import Mask, personal, suspicious
from evals.promote import Row, audit, blind_sheet, candidates, confirm


def test_known_names_and_forms_are_taken_out_alike_throughout() -> None:
    mask = Mask(["Harrowgate Foods", "harrowgatefoods.example"], ["Tom Ashby", "Ruth Penhaligon"])
    assert (
        mask("Tom Ashby asked RUTH; Tom said harrowgate foods pays.")
        == "[person 1] asked [person 2]; [person 1] said [company] pays."
    )
    assert mask("Write to tom.ashby@harrowgatefoods.example or +44 20 7946 0958, see https://x.example/a?b=1") == (
        "Write to [mail] or [phone], see [web]"
    )
    assert mask("Automatic tomatoes") == "Automatic tomatoes", "a name inside a word is no name"


def test_figures_stay_since_they_are_the_evidence() -> None:
    mask = Mask()
    assert mask("1,140 claims on 2026-05-19 took 9 days, now 2") == "1,140 claims on 2026-05-19 took 9 days, now 2"


def test_what_may_be_a_name_is_pointed_out() -> None:
    assert suspicious("We met Priscilla in Leeds. Then [person 1] left.") == ["Priscilla", "Leeds"]
    assert personal("mail a@b.example") == ["a@b.example"]


@given(st.lists(st.sampled_from(["Ada Quill", "Bo Tern", "Cy Unwin"]), max_size=5), st.text(alphabet="abc ,.", max_size=20))
def test_no_masked_name_survives(names: list[str], filler: str) -> None:
    masked = Mask(people=["Ada Quill", "Bo Tern", "Cy Unwin"])(f" {filler} ".join(names))
    assert not any(part in masked for name in names for part in name.split() if len(part) > 2)


def test_every_reason_of_a_rejection_becomes_something() -> None:
    assert set(promote.TYPES) == set(REASONS)


def _decide(store: Store, decide: Callable[[Queue, str], object], grade: Grade | None = None) -> None:
    queue = Queue(store, "kim")
    key = next(item.id for item in queue.items(state="open") if grade in (None, item.draft.grade) and item.draft.claims)
    decide(queue, key)


@pytest.mark.book
def test_a_rejection_becomes_a_pending_case_without_names(sample_home: Store) -> None:
    def reject(queue: Queue, key: str) -> None:
        card = queue.card(key)
        quoted = next(signal for signal in card.signals.values() if signal.quote)
        queue.mark(key, quoted.id, Action.FLAG)
        queue.reject(key, reason="quote_not_supporting", note=f"{card.contacts[0].name} only asked")

    _decide(sample_home, reject, Grade.EARNED)
    with sample_home.read() as conn:
        (row,) = candidates(conn)
    assert (row["type"], row["status"], row["split"], row["labeller"]) == ("support_negative", "pending", "dev", None)
    assert row["note"] == "[person 1] only asked"
    assert len(row["quotes"]) == 1, "the flagged quote, not all of them"
    assert "acc-1" not in json.dumps(row)
    assert row["expect"] == {"quotes_support": False}


@pytest.mark.book
def test_an_edit_keeps_the_draft_and_the_final_words(sample_home: Store) -> None:
    def edit(queue: Queue, key: str) -> None:
        claims = [claim.text for claim in queue.card(key).hypothesis.draft.claims]
        queue.approve_edited(key, claims=["They type it by hand every morning.", *claims[1:]])

    _decide(sample_home, edit)
    with sample_home.read() as conn:
        (row,) = candidates(conn)
    assert row["type"] == "edited"
    assert row["final"][0] == "They type it by hand every morning."
    assert row["draft"][0] != row["final"][0]


@pytest.mark.book
def test_plain_approvals_are_sampled_and_undone_or_early_decisions_are_none(
    sample_home: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _decide(sample_home, lambda queue, key: queue.approve(key))
    with sample_home.read() as conn:
        monkeypatch.setattr(promote, "sampled", lambda _key: True)
        assert [row["type"] for row in candidates(conn)] == ["positive"]
        assert candidates(conn, since="2999-01-01") == []
        monkeypatch.setattr(promote, "sampled", lambda _key: False)
        assert candidates(conn) == []
    Queue(sample_home, "kim").undo()
    monkeypatch.setattr(promote, "sampled", lambda _key: True)
    with sample_home.read() as conn:
        assert candidates(conn) == []
        with pytest.raises(UsageError, match="not a split"):
            candidates(conn, split="everything")


def test_a_sample_is_fixed_and_of_its_size() -> None:
    drawn = [key for key in map(str, range(20_000)) if promote.sampled(key)]
    assert drawn == [key for key in map(str, range(20_000)) if promote.sampled(key)]
    assert 0.04 < len(drawn) / 20_000 < 0.06


@pytest.mark.book
def test_audits_draw_abstained_accounts_and_blind_sheets_show_no_grade(sample_home: Store) -> None:
    with sample_home.read() as conn:
        drawn = audit(conn, salt="2026-11", share=1.0)
        one = audit(conn, salt="2026-11", share=0.0)
        sheet = blind_sheet(conn, salt="2026-11", share=1.0)
    abstained = {i.account_id for i in Queue(sample_home, "kim").items() if i.draft.grade in (Grade.WISH, Grade.BLOCKED)}
    assert set(drawn) == abstained
    assert len(one) == 1, "at least one where there is any"
    assert len(sheet) == 12
    assert all(row["grade"] is None and row["blind"] for row in sheet)


def _row(**changes: object) -> Row:
    row: Row = {
        "id": "case-1",
        "status": "confirmed",
        "split": "dev",
        "note": "",
        "quotes": [{"kind": "unmet_need", "voice": "customer", "text": "We type it by hand."}],
        "draft": [],
        "final": None,
        "expect": {"quotes_support": False},
        "look_at": [],
    }
    return {**row, **changes}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "pending"}, "set its status to confirmed"),
        ({"split": "all"}, "not a split"),
        ({"expect": {}}, "say what is right"),
        ({"expect": {"surfaced": []}}, "say what is right"),
        ({"note": "ask a@b.example"}, "personal data: a@b.example"),
        ({"id": "old"}, "is a case already"),
        ({"note": "A text  of the TEST split"}, "stands in the split test"),
    ],
)
def test_what_is_not_ready_is_not_taken(changes: Row, why: str) -> None:
    existing = [_row(id="old", split="test", note="a text of the test split", quotes=[])]
    taken, refused = confirm([_row(**changes)], existing, labeller="kim")
    assert taken == []
    assert why in refused[0]


def test_a_confirmed_case_names_who_confirmed_it() -> None:
    taken, refused = confirm([_row()], [], labeller="kim")
    assert refused == []
    assert taken[0]["labeller"] == "kim"
    assert "look_at" not in taken[0]


def test_rows_are_written_and_read_and_bad_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a" / "cases.jsonl"
    assert promote.read_rows(path) == []
    promote.write_rows(path, [_row()])
    assert promote.read_rows(path) == [_row()]
    path.write_text("{}\n[1]\n", "utf-8")
    with pytest.raises(UsageError, match=":2 is not an object"):
        promote.read_rows(path)
    path.write_text("{\n", "utf-8")
    with pytest.raises(UsageError, match=":1 is not JSON"):
        promote.read_rows(path)


def _label(number: int, human: bool | None, said: bool, **more: object) -> str:
    fields = {"failure_mode": "unsupported", "judge_model": "m", "blind": True, "split": "test"}
    return json.dumps({"id": str(number), "human": human, "judge": said, **fields, **more})


def test_a_judge_is_calibrated_on_blind_labels_only(tmp_path: Path) -> None:
    lines = [_label(n, True, True, second=True) for n in range(19)] + [_label(19, True, False, second=False)]
    lines += [_label(n, False, n == 20, second=False) for n in range(20, 40)]
    lines += [_label(n, True, True, blind=False) for n in range(40, 60)] + [_label(n, None, n % 2 == 0) for n in range(60, 100)]
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    (found,) = judge.calibrations(judge.read(path))
    assert (found.judged.tpr, found.judged.tnr, found.labels, found.seen) == (0.95, 0.95, 40, 20)
    assert found.judged.usable
    assert found.raw == pytest.approx((20 + 20 + 20) / 100)
    assert found.interval.low < found.corrected < found.interval.high
    assert found.human_kappa == pytest.approx(0.95)
    assert "labels left out" in "\n".join(judge.show([found]))
    json.dumps(found.to_json(), allow_nan=False)


def test_another_prompt_is_another_judge_and_an_unlabelled_one_may_not_gate(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(
        "\n".join([_label(1, True, True, judge_prompt_sha256="a"), _label(2, None, True, judge_prompt_sha256="b")]), "utf-8"
    )
    first, second = judge.calibrations(judge.read(path))
    assert (first.labels, second.labels) == (1, 0)
    assert "Do not gate" in "\n".join(judge.show([second]))


def test_labels_that_cannot_be_used_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(_label(1, True, True) + "\n" + _label(2, True, True).replace("true", '"yes"', 1) + "\n", "utf-8")
    with pytest.raises(UsageError, match=":2 is no label"):
        judge.read(path)
    with pytest.raises(NotFound):
        judge.read(tmp_path / "none.jsonl")
