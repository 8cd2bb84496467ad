"""How much of one document is read for signals: bounded, the longest utterances shortened first, and never in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ConfigurationError
from agent.extraction import reach
from agent.extraction.proposals import Extraction, Proposal, Reading
from agent.extraction.windows import windows_of
from agent.pipeline import Inputs, Pipeline, reading_of
from retrieval.accounts import Account, Catalog
from retrieval.records import Record, Visibility, Voice


def record(number: int, text: str, document: str = "ticket:1") -> Record:
    return Record(
        record_id=f"{document}#{number}",
        account_id="a1",
        source=f"{document}/comment:{number}",
        locator="",
        document=document,
        occurred_at="2026-08-01",
        speaker="Dana Ruiz",
        speaker_email="dana@acme.example",
        voice=Voice.CUSTOMER,
        voice_reason="",
        visibility=Visibility.PUBLIC,
        text=text,
        position=number,
    )


def test_documents_within_the_cap_are_read_as_they_are() -> None:
    records = [record(0, "word " * 20), record(1, "more"), record(0, "x" * 100, "ticket:2")]
    assert reach.within(records, 104) == (tuple(records), ())


def test_a_pasted_log_is_shortened_and_what_people_wrote_around_it_is_read_whole() -> None:
    said = [record(0, "We need seats."), record(1, "log line " * 100_000), record(2, "We are leaving.")]
    kept, notes = reach.within(said, 50_000)
    assert [r.text for r in (kept[0], kept[2])] == ["We need seats.", "We are leaving."]
    assert 49_000 < len(kept[1].text) < 50_000
    assert said[1].text.startswith(kept[1].text)
    assert kept[1].text.endswith("log line") or kept[1].text.endswith("log")
    assert len(notes) == 1
    assert "ticket:1" in notes[0]
    assert "900,029 characters" in notes[0]
    assert reach.SETTING in notes[0]


def test_of_too_many_utterances_the_last_ones_are_read() -> None:
    said = [record(n, "We talk and talk. " * 10) for n in range(1000)]
    kept, notes = reach.within(said, 18_000)
    assert [r.position for r in kept] == list(range(900, 1000))
    assert "18,000 of its 180,000 characters" in notes[0]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30_000)), max_size=30), st.integers(reach.LEAST, 40_000))
def test_no_document_is_read_beyond_the_cap_and_what_is_left_out_is_said(sizes: list[tuple[int, int]], most: int) -> None:
    said = [record(n, "ab " * (size // 3), f"ticket:{of}") for n, (of, size) in enumerate(sizes)]
    kept, notes = reach.within(said, most)
    whole = {r.record_id: r for r in said}
    for of in {r.document for r in said}:
        before, after = (sum(len(r.text) for r in group if r.document == of) for group in (said, kept))
        assert after <= most
        assert (before > most) == any(note.startswith(f"{of}:") for note in notes)
        assert before > most or after == before
    for r in kept:
        assert whole[r.record_id].text.startswith(r.text)
        assert replace(r, text="") == replace(whole[r.record_id], text="")
    assert [r.record_id for r in kept] == [r.record_id for r in said if r.record_id in {k.record_id for k in kept}]


@pytest.mark.parametrize("value", ["", "  ", "5000", "1000000000"])
def test_the_setting_is_read(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(reach.SETTING, value)
    assert reach.limit() == (int(value) if value.strip() else reach.CHARACTERS)


@pytest.mark.parametrize("value", ["0", "-1", "3999", "many", "1e6", "٣٠٠٠٠", "9" * 400])
def test_a_setting_that_is_none_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(reach.SETTING, value)
    with pytest.raises(ConfigurationError, match=reach.SETTING):
        reach.limit()


class _Listener:
    """An extractor that remembers what it was shown."""

    version = "listener"

    def __init__(self) -> None:
        self.shown: list[Reading] = []

    def read(self, reading: Reading) -> Extraction:
        self.shown.append(reading)
        last = reading.records[-1]
        return Extraction([Proposal(last.record_id, last.text, "churn_intent", "strong", 0.9)])


def _inputs(*records: Record) -> Inputs:
    return Inputs(Account("a1", "Acme", "acme.example"), (), (), Catalog("Vendor", ("vendor.example",)), records)


def test_a_ticket_of_two_million_characters_costs_fifteen_windows_and_the_report_says_so(minilm: Any) -> None:
    listener = _Listener()
    inputs = _inputs(record(0, "We paste the log here. " * 90_000), record(1, "We are leaving you at the end of March."))
    outcome = Pipeline(listener, minilm, minilm).run(inputs, run="r-1")
    (reading,) = listener.shown
    assert sum(len(r.text) for r in reading.records) <= reach.CHARACTERS
    assert len(windows_of(reading.records)) <= 16
    assert [signal.quote for signal in outcome.ledger] == ["We are leaving you at the end of March."]
    assert [note for note in outcome.notes if "ticket:1" in note and "were read for signals" in note]
    assert outcome.complete, "asking again tomorrow would change nothing"
    assert reading_of(inputs) == reading


def test_another_cap_is_another_version(minilm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = Pipeline(_Listener(), minilm, minilm)
    usual = pipeline.version
    monkeypatch.setenv(reach.SETTING, "100000")
    assert pipeline.version == f"{usual}/reach=100000"
