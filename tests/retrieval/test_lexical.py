"""BM25 inside an account, full-text candidates across accounts, and queries that can only ever be words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from retrieval import lexical, store
from retrieval.lexical import AccountBM25, query_terms, tokens
from retrieval.passages import passages_of
from tests.retrieval.making import fill, record

TEXTS = {
    "acc-1": ["We need more seats for the audit team.", "The export is slow AND broken."],
    "acc-2": ["Seats, seats, seats.", "Our body of work: NEAR perfect."],
}


@pytest.fixture
def connection(connection: Connection) -> Connection:
    records = [
        record(f"r{i}", text, account_id=account, document=f"ticket:{i}", speaker=None)
        for account, texts in TEXTS.items()
        for i, text in enumerate(texts)
    ]
    fill(connection, records)
    return connection


def found(connection: Connection, query: str) -> list[str]:
    ids = [passage_id for passage_id, _ in lexical.candidates(connection, query, 10)]
    by_id = store.passages_by_id(connection, ids)
    return [by_id[passage_id].text for passage_id in ids]


def test_tokens_are_stems_without_stop_words() -> None:
    assert tokens("The Teams were EXPORTING the exports, and I don't care") == ["team", "were", "export", "export", "don", "care"]
    assert tokens("") == []
    assert tokens("ｆｕｌｌｗｉｄｔｈ \ud800") == tokens("fullwidth")


def test_bm25_ranks_by_the_account_alone() -> None:
    index = AccountBM25([tokens(text) for text in ("more seats please", "the export is slow", "seats seats seats and exports")])
    scores = index.scores("seat")
    assert scores.shape == (3,)
    assert scores[2] > scores[0] > scores[1] == 0
    assert np.array_equal(index.scores("nothing like it"), np.zeros(3))


@pytest.mark.parametrize("documents", [[], [[]], [[], []]])
def test_an_account_without_words_scores_nothing(documents: list[list[str]]) -> None:
    assert AccountBM25(documents).scores("seats").tolist() == [0.0] * len(documents)


def test_bm25_agrees_with_its_formula() -> None:
    documents = [["seat", "seat", "team"], ["team", "export"], ["export", "export", "export", "slow"]]
    lengths = [len(document) for document in documents]
    idf = np.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 / (2 + 1.2 * (1 - 0.75 + 0.75 * 3 / (sum(lengths) / 3)))
    assert AccountBM25(documents).scores("seats")[0] == pytest.approx(expected, rel=1e-5)


def test_candidates_come_from_every_account_best_first(connection: Connection) -> None:
    assert found(connection, "seat") == [TEXTS["acc-2"][0], TEXTS["acc-1"][0]]
    assert set(found(connection, "audits broken")) == set(TEXTS["acc-1"])
    assert lexical.candidates(connection, "seat", 1)[0][1] > 0


@pytest.mark.parametrize(
    "query", ['seats" OR "export', "account_id:acc-2", "NEAR(seats export)", "body : seats", "seat*", "^seats", "-seats"]
)
def test_operators_and_columns_are_only_words(connection: Connection, query: str) -> None:
    terms = query_terms(query)
    assert all(term.isalnum() for term in terms)
    expected = {text for texts in TEXTS.values() for text in texts if set(tokens(text)) & set(tokens(" ".join(terms)))}
    assert set(found(connection, query)) == expected


SYNTAX = ['"', "'", "(", ")", "*", "^", ":", "-", "+", "AND", "OR", "NOT", "NEAR", "{", "}", "body", "\x00", "_", "²"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.one_of(st.text(st.characters(codec=None), max_size=60), st.lists(st.sampled_from(SYNTAX), max_size=20).map(" ".join)))
def test_no_query_is_ever_syntax(connection: Connection, query: str) -> None:
    for passage_id, score in lexical.candidates(connection, query, 5):
        assert isinstance(passage_id, str)
        assert np.isfinite(score)


def test_only_stop_words_still_ask_something() -> None:
    assert query_terms("the and") == ["the", "and"]
    assert query_terms("the seats") == ["seats"]
    assert len(query_terms(" ".join(f"w{i}" for i in range(500)))) == lexical.MAX_TERMS


def test_the_index_follows_the_account(connection: Connection) -> None:
    texts = [record("x", "A zebra asks.", account_id="acc-9")]
    store.replace_account(connection, "acc-9", texts, passages_of(texts))
    assert found(connection, "zebra") == ["A zebra asks."]
    store.remove_account(connection, "acc-9")
    assert found(connection, "zebra") == []
