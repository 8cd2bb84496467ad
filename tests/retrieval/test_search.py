"""Search: bound to an account, fused as measured, repeatable, and light to import."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from retrieval import store
from retrieval.index import ChromaIndex, ExactIndex
from retrieval.passages import Passage, passages_of
from retrieval.records import Voice
from retrieval.search import Hit, Mode, Scope, Searcher, fused, minmax, smoothed
from tests.retrieval.making import WordBagEmbedder, call, fill, record

EMBEDDER = WordBagEmbedder()
WORDS = ["seats", "export", "slow", "audit", "pilot", "price", "team", "invoice", "renew", "more"]


def texts(searcher: Searcher, query: str, **options: Any) -> list[str]:
    return [hit.passage.text for hit in searcher.search(query, **{"account_id": "acc-1", **options})]


TICKETS = {
    "seats": "We need more seats for the audit team.",
    "export": "The export is slow and broken.",
    "price": "What would the price of a pilot be?",
}


def tickets(connection: Connection, account_id: str = "acc-1") -> None:
    fill(
        connection,
        [record(key, text, account_id=account_id, document=f"ticket:{key}") for key, text in TICKETS.items()],
        EMBEDDER,
    )


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_the_best_passage_is_first_and_ranks_are_counted_from_one(connection: Connection, mode: Mode) -> None:
    tickets(connection)
    hits = Searcher(connection, EMBEDDER).search("more seats", account_id="acc-1", mode=mode)
    assert hits[0].passage.text == TICKETS["seats"]
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert all(a.score >= b.score for a, b in pairwise(hits))
    assert len(hits) == (1 if mode == "lexical" else 3)


def test_a_hit_prints_the_line_of_the_command_line(connection: Connection) -> None:
    tickets(connection)
    (hit,) = Searcher(connection, EMBEDDER).search("seats", account_id="acc-1", k=1)
    assert list(hit.to_json()) == [
        "rank",
        "score",
        "passage_id",
        "account_id",
        "source",
        "locator",
        "record_ids",
        "start",
        "end",
        "text",
    ]
    assert hit.to_json()["text"] == TICKETS["seats"]


def test_forgetting_the_account_is_an_error(connection: Connection) -> None:
    searcher = Searcher(connection, EMBEDDER)
    with pytest.raises(TypeError):
        searcher.search("seats")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Scope\.ESTATE"):
        searcher.search("seats", account_id=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="mode"):
        searcher.search("seats", account_id="acc-1", mode="fuzzy")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1"):
        searcher.search("seats", account_id="acc-1", k=0)


BOOKS = st.lists(
    st.tuples(
        st.sampled_from(["acc-1", "acc-2", "acc 1", "acc-10", "' OR 1=1 --"]),
        st.booleans(),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join),
    ),
    min_size=1,
    max_size=14,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    BOOKS, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), st.sampled_from(["hybrid", "dense", "lexical"])
)
def test_no_query_of_any_kind_returns_another_accounts_passage(book: list[tuple[str, bool, str]], query: str, mode: Mode) -> None:
    engine = create_engine("sqlite://")
    store.metadata.create_all(engine)
    with engine.begin() as connection:
        records = [
            record(f"r{i}", text, account_id=account, document="transcript:same-name" if is_call else f"ticket:{i}", position=i)
            for i, (account, is_call, text) in enumerate(book)
        ]
        fill(connection, records, EMBEDDER)
        searcher = Searcher(connection, EMBEDDER)
        for account in {account for account, _, _ in book} | {"acc-unknown"}:
            for neighbours in (True, False):
                hits = searcher.search(query, account_id=account, mode=mode, neighbours=neighbours, k=50)
                assert {hit.passage.account_id for hit in hits} <= {account}
            assert {
                passage.account_id
                for passage in store.passages_by_id(
                    connection,
                    [key for key, _ in ExactIndex(connection, EMBEDDER.name).query(EMBEDDER.embed([query])[0], 50, account)],
                ).values()
            } <= {account}
        if mode != "lexical":
            everywhere = searcher.search(query, account_id=Scope.ESTATE, mode=mode, k=50)
            assert {hit.passage.account_id for hit in everywhere} == {account for account, _, _ in book}
    engine.dispose()


def test_an_accounts_answer_does_not_depend_on_other_accounts(connection: Connection) -> None:
    tickets(connection)
    alone = Searcher(connection, EMBEDDER).search("more seats", account_id="acc-1")
    fill(connection, [record(f"o{i}", "seats " * 9, account_id=f"other-{i}") for i in range(9)], EMBEDDER)
    assert Searcher(connection, EMBEDDER).search("more seats", account_id="acc-1") == alone


def test_the_estate_is_searched_through_the_index_and_exactly_without_it(connection: Connection, tmp_path: Path) -> None:
    for account in ("acc-1", "acc-2"):
        tickets(connection, account)
    index = ChromaIndex(tmp_path, EMBEDDER.name)
    index.sync(connection)
    through, exact = Searcher(connection, EMBEDDER, index), Searcher(connection, EMBEDDER)
    hits = through.search("more seats", account_id=Scope.ESTATE, k=6)
    assert hits == exact.search("more seats", account_id=Scope.ESTATE, k=6)
    assert {hit.passage.account_id for hit in hits[:2]} == {"acc-1", "acc-2"}
    assert through.notes == []
    store.remove_account(connection, "acc-2")  # the index is behind now
    assert {hit.passage.account_id for hit in through.search("more seats", account_id=Scope.ESTATE)} == {"acc-1"}
    index.close()


def test_answers_repeat_themselves_even_where_scores_tie(connection: Connection) -> None:
    fill(connection, [record(f"r{i}", "Same words.", document=f"ticket:{i}") for i in range(9)], EMBEDDER)
    once = Searcher(connection, EMBEDDER).search("same words", account_id="acc-1")
    assert once == Searcher(connection, EMBEDDER).search("same words", account_id="acc-1")
    assert [hit.passage.document for hit in once] == [f"ticket:{i}" for i in range(9)]


def test_changed_contents_are_noticed(connection: Connection) -> None:
    tickets(connection)
    searcher = Searcher(connection, EMBEDDER)
    assert texts(searcher, "seats", k=1) == [TICKETS["seats"]]
    fill(connection, [record("new", "Seats, seats, seats!")], EMBEDDER)
    assert texts(searcher, "seats") == ["Seats, seats, seats!"]
    store.remove_account(connection, "acc-1")
    assert texts(searcher, "seats") == []


def test_passages_without_a_vector_are_found_by_their_words_and_that_is_said(connection: Connection) -> None:
    tickets(connection)
    fill(
        connection,
        [record(key, text, document=f"ticket:{key}") for key, text in {**TICKETS, "new": "A zebra wants seats."}.items()],
    )
    searcher = Searcher(connection, EMBEDDER)
    assert "A zebra wants seats." in texts(searcher, "zebra", k=2)
    assert any("1 of 4 passages" in note and "earned reindex" in note for note in searcher.notes)
    assert len(searcher.notes) == 1


def test_without_an_embedder_only_words_are_searched(connection: Connection) -> None:
    tickets(connection)
    searcher = Searcher(connection, None)
    assert texts(searcher, "seats", mode="lexical") == [TICKETS["seats"]]
    assert texts(searcher, "seats", mode="lexical", account_id=Scope.ESTATE) == [TICKETS["seats"]]
    with pytest.raises(ValueError, match="embedder"):
        searcher.search("seats", account_id="acc-1")


def test_filters_choose_passages_and_do_not_change_scores(connection: Connection) -> None:
    fill(
        connection,
        [
            record("a", "We need seats.", occurred_at="2026-05-01", document="ticket:1"),
            record("b", "You need seats.", voice=Voice.VENDOR, occurred_at="2026-06-01T10:00:00Z", document="ticket:2"),
            record("c", "Seats again.", occurred_at="2026-07-01T10:00:00Z", document="ticket:3"),
        ],
        EMBEDDER,
    )
    searcher = Searcher(connection, EMBEDDER)
    everything = {hit.passage.text: hit.score for hit in searcher.search("need seats", account_id="acc-1")}
    customer = searcher.search("need seats", account_id="acc-1", voices={Voice.CUSTOMER})
    assert {hit.passage.text for hit in customer} == {"We need seats.", "Seats again."}
    assert all(hit.score == everything[hit.passage.text] for hit in customer)
    for since, expected in (("2026-05-01", 3), ("2026-06-01", 2), ("2026-06-01T12:00:00Z", 1), ("2026-08-01", 0)):
        assert len(searcher.search("need seats", account_id="acc-1", since=since)) == expected


def test_a_question_without_words_has_no_answer(connection: Connection) -> None:
    tickets(connection)
    assert texts(Searcher(connection, EMBEDDER), "  ") == []
    assert texts(Searcher(connection, EMBEDDER), "seats", account_id="acc-unknown") == []


def test_several_phrasings_are_averaged(connection: Connection) -> None:
    tickets(connection)
    searcher = Searcher(connection, EMBEDDER)

    def scores(query: str | list[str]) -> dict[str, float]:
        return {hit.passage.text: hit.score for hit in searcher.search(query, account_id="acc-1")}

    one, two, both = scores("more seats"), scores("slow export"), scores(["more seats", "slow export"])
    assert all(both[text] == pytest.approx((one[text] + two[text]) / 2) for text in both)


def passages(count: int, *, extra: int = 0) -> list[Passage]:
    long = "word " * 170
    found = passages_of(call([f"{i} {long}" for i in range(count)]))
    return found + passages_of([record(f"t{i}", "A ticket.", document=f"ticket:{i}") for i in range(extra)])


def test_minmax_and_fusion_are_per_query() -> None:
    assert minmax(np.array([2.0, 4.0, 3.0])).tolist() == [0, 1, 0.5]
    assert minmax(np.array([2.0, np.nan, 4.0])).tolist() == [0, 0, 1]
    assert minmax(np.array([3.0, 3.0])).tolist() == [0, 0]
    assert minmax(np.array([2.0, 4.0]), floor=0.0).tolist() == [0.5, 1]
    assert minmax(np.array([])).tolist() == []
    assert fused([np.array([0.0, 1.0])], [np.array([5.0, 0.0])], 0.7).tolist() == pytest.approx([0.3, 0.7])


def test_neighbours_lift_the_passages_beside_a_good_one_in_the_same_call_only() -> None:
    pool = passages(14, extra=1)
    scores = np.array([0.0] * 4 + [1.0, 0.4] + [0.0] * 8 + [0.9])
    raised = smoothed(scores, pool, 0.5)
    assert int(np.argmax(raised)) == 4
    assert raised[4] == pytest.approx(1.0), "the best of the calls keeps its score"
    assert raised[5] > 0.4
    assert raised[3] > raised[6] > raised[7] == raised[2] == 0, "one passage to either side in a call of this length"
    assert raised[14] == 0.9, "a ticket has no neighbours"


def test_neighbours_reach_further_in_a_longer_call_and_nowhere_in_a_short_one() -> None:
    for length, reach in ((11, 0), (12, 1), (24, 2), (36, 3), (90, 3)):
        scores = np.zeros(length)
        scores[5] = 1.0
        assert np.flatnonzero(smoothed(scores, passages(length), 0.5)).tolist() == list(range(5 - reach, 6 + reach))


def test_two_calls_of_an_account_do_not_lift_each_other() -> None:
    long = "word " * 170
    pool = passages_of([*call([long] * 12, name="a"), *call([long] * 12, name="b")])
    scores = np.zeros(24)
    scores[11] = 1.0
    assert np.flatnonzero(smoothed(scores, pool)).tolist() == [10, 11]


def test_neighbours_are_for_collecting_not_for_the_single_best_quote(connection: Connection) -> None:
    long = "padding " * 150
    spoken = [f"{'seats more' if i in (2, 7, 8) else 'nothing'} {i} {long}" for i in range(14)]
    fill(connection, call(spoken), EMBEDDER)
    searcher = Searcher(connection, EMBEDDER)

    def found(**options: Any) -> list[Hit]:
        return searcher.search("more seats", **{"account_id": "acc-1", "k": 5, **options})

    assert found(k=1) == found(neighbours=False)[:1]
    assert found() == found(neighbours=True) != found(neighbours=False)
    assert found(mode="lexical") == found(mode="lexical", neighbours=False)


def test_only_so_many_accounts_are_remembered(connection: Connection) -> None:
    searcher = Searcher(connection, EMBEDDER)
    searcher.kept_accounts = 3
    for i in range(6):
        fill(connection, [record("r", "Seats.", account_id=f"acc-{i}")], EMBEDDER)
        searcher.search("seats", account_id=f"acc-{i}")
    assert len(searcher._pools) == 3
    searcher.forget("acc-5")
    searcher.forget()
    assert not searcher._pools


HEAVY = ("chromadb", "onnxruntime", "tokenizers", "wordllama", "bm25s", "Stemmer", "openai", "filelock")
MODULES = (
    "passages",
    "sentences",
    "embeddings",
    "store",
    "tables",
    "lexical",
    "exact",
    "index",
    "search",
    "facets",
    "index_files",
)


def test_importing_retrieval_loads_nothing_heavy() -> None:
    imports = "; ".join(f"import retrieval.{name}" for name in MODULES)
    code = f"import sys; {imports}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"
