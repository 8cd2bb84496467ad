"""The store keeps exactly what was read, touches only what changed, and embeds nothing twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from retrieval import lexical, store, tables
from retrieval.passages import passages_of
from retrieval.records import Record, Voice
from tests.retrieval.making import WordBagEmbedder, call, embed_missing, fill, record


def replace(connection: Connection, records: list[Record], account_id: str = "acc-1") -> store.Replaced:
    return store.replace_account(connection, account_id, records, passages_of(records))


def test_records_and_passages_come_back_as_they_went_in(connection: Connection) -> None:
    records = [
        *call(["Hello.", "We need more seats."]),
        record("t", "Broken\x00 \ud800 \ue0f8again", context={"title": "T\ud800"}),
    ]
    records.sort(key=lambda item: (item.document, item.position))
    replace(connection, records)
    assert store.account_records(connection, "acc-1") == records
    assert store.account_passages(connection, "acc-1") == passages_of(records)
    assert store.document_records(connection, "acc-1", records[1].document) == [
        item for item in records if item.document == records[1].document
    ]
    assert store.record(connection, "t") == next(item for item in records if item.record_id == "t")
    assert store.record(connection, "nothing") is None
    assert store.account_ids(connection) == ["acc-1"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_survives(connection: Connection, text: str) -> None:
    records = [record("r", f"x{text}", speaker=text, context={"title": text})]
    replace(connection, records)
    assert store.account_records(connection, "acc-1") == records


def test_replacing_an_account_touches_only_what_differs(connection: Connection) -> None:
    records = [record(f"r{i}", f"Ticket number {i}.", document=f"ticket:{i}") for i in range(4)]
    first = replace(connection, records)
    assert (first.records, first.passages) == (store.Counts(added=4), store.Counts(added=4))
    digest = store.contents_digest(connection, "acc-1")
    again = replace(connection, records)
    assert (again.records, again.passages, again.changed) == (store.Counts(kept=4), store.Counts(kept=4), False)
    assert store.contents_digest(connection, "acc-1") == digest
    edited = [*records[:2], record("r2", "Changed.", document="ticket:2")]
    third = replace(connection, edited)
    assert third.records == store.Counts(added=1, kept=2, removed=2)
    assert third.passages == store.Counts(added=1, kept=2, removed=2)
    assert third.changed
    assert store.contents_digest(connection, "acc-1") != digest
    assert store.account_records(connection, "acc-1") == edited


def test_a_new_title_changes_what_is_indexed_but_not_the_passage(connection: Connection) -> None:
    replace(connection, [record("r", "We need more.", context={"title": "Seats"})])
    assert lexical.candidates(connection, "seats", 5)
    replace(connection, [record("r", "We need more.", context={"title": "Exports"})])
    assert not lexical.candidates(connection, "seats", 5)
    assert lexical.candidates(connection, "exports", 5)


def test_accounts_may_use_the_same_ids_and_never_meet(connection: Connection) -> None:
    fill(connection, [record("r", "One.", account_id="acc-1"), record("r", "Two.", account_id="acc-2")])
    assert [item.text for item in store.account_records(connection, "acc-1")] == ["One."]
    found = store.record(connection, "r", "acc-2")
    assert found is not None
    assert found.text == "Two."
    with pytest.raises(LookupError, match="Several accounts"):
        store.record(connection, "r")
    store.remove_account(connection, "acc-1")
    assert store.account_ids(connection) == ["acc-2"]


@pytest.mark.parametrize(
    "wrong",
    [
        [record("r", "One.", account_id="acc-2")],
        [record("r", "One."), record("r", "Two.")],
    ],
)
def test_what_does_not_belong_is_refused(connection: Connection, wrong: list[Record]) -> None:
    with pytest.raises(ValueError, match="acc-"):
        replace(connection, wrong)


def test_nothing_is_embedded_twice(connection: Connection) -> None:
    embedder = WordBagEmbedder()
    fill(connection, [record("r", "Same words.", account_id="acc-1"), record("r", "Same words.", account_id="acc-2")])
    missing = store.missing_vectors(connection, embedder.name)
    assert [item.text for item in missing] == ["Dana Ruiz: Same words."]
    embed_missing(connection, embedder)
    assert store.missing_vectors(connection, embedder.name) == []
    assert len(store.missing_vectors(connection, "another")) == 1
    assert store.missing_vectors(connection, "another", ["acc-3"]) == []
    loaded = store.load_vectors(connection, embedder.name, [missing[0].text_sha256, "unknown"])
    assert np.array_equal(loaded[missing[0].text_sha256], embedder.embed([missing[0].text])[0])
    assert len(store.account_vectors(connection, "acc-2", embedder.name)) == 1


def test_vectors_of_forgotten_text_are_forgotten(connection: Connection) -> None:
    fill(connection, [record("a", "Shared."), record("b", "Only here.", document="ticket:2")], WordBagEmbedder())
    fill(connection, [record("c", "Shared.", account_id="acc-2")], WordBagEmbedder())
    store.remove_account(connection, "acc-1")
    assert connection.scalar(select(func.count()).select_from(tables.vectors)) == 1
    assert store.account_vectors(connection, "acc-2", WordBagEmbedder.name)


def test_thousands_of_rows_fit_into_statements(connection: Connection) -> None:
    records = [record(f"r{i}", f"Words {i}.", document=f"ticket:{i}", voice=Voice.VENDOR) for i in range(2500)]
    fill(connection, records, WordBagEmbedder())
    keys = [passage.passage_id for passage in store.account_passages(connection, "acc-1")]
    assert len(store.passages_by_id(connection, keys)) == 2500
    assert replace(connection, []).records.removed == 2500


def test_the_schema_is_valid_for_postgresql_and_can_be_dropped() -> None:
    for table in store.metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))
    assert any("tsvector" in statement for statement in lexical.create_statements("postgresql"))
    with pytest.raises(ValueError, match="mysql"):
        lexical.create_statements("mysql")
    engine = create_engine("sqlite://")
    store.metadata.create_all(engine)
    store.metadata.drop_all(engine)
    with engine.connect() as opened:
        assert opened.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
