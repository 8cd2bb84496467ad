"""The named questions."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from retrieval import store
from retrieval.embeddings import MiniLMEmbedder
from retrieval.facets import facet, facets, search_facet
from retrieval.records import Voice
from retrieval.search import Searcher
from tests.retrieval.making import fill, record

TELEMETRY_ONLY = {"license_saturation", "usage_growth", "feature_adoption", "low_adoption", "usage_decline", "inefficient_usage"}


def test_every_kind_that_text_can_carry_has_one_facet_of_its_stance() -> None:
    kinds = pytest.importorskip("agent.kinds").KINDS
    expected = {name: str(kind.stance) for name, kind in kinds.items() if name not in TELEMETRY_ONLY}
    assert {item.id: item.stance for item in facets()} == expected
    assert len({item.id for item in facets()}) == len(facets())


def test_a_facet_has_a_few_distinct_phrasings() -> None:
    phrasings = [text for item in facets() for text in item.phrasings]
    assert len(phrasings) == len(set(phrasings))
    assert all(2 <= len(item.phrasings) <= 4 for item in facets())


def test_an_unknown_facet_is_named_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"no facet 'praise'.*proven_value"):
        facet("praise")


SAID = {
    "stakeholder_pull": "Could you put together a proposal for forty extra users? I'd like to trial it in July.",
    "competitor_evaluation": "Just so you know, we have a demo with a rival supplier on Thursday.",
    "budget_pressure": "Nothing gets approved at the moment, finance stopped all new purchases.",
    "sponsor_risk": "My last day is the 30th, I've accepted a position elsewhere.",
    "product_friction": "The nightly sync crashed for the third time and nobody has fixed it.",
    "manual_workaround": "Every Monday Priya downloads the CSV and retypes it into the ledger.",
    "churn_intent": "We have decided not to extend the agreement after March.",
}


def test_each_facet_finds_its_answer_among_the_others() -> None:
    engine = create_engine("sqlite://")
    store.metadata.create_all(engine)
    model = MiniLMEmbedder()
    with engine.begin() as connection:
        fill(connection, [record(kind, text, document=f"ticket:{kind}", speaker=None) for kind, text in SAID.items()], model)
        searcher = Searcher(connection, model)
        ranks = {
            kind: [hit.passage.document for hit in search_facet(searcher, "acc-1", facet(kind), 7)].index(f"ticket:{kind}")
            for kind in SAID
        }
        assert all(rank <= 2 for rank in ranks.values()), ranks
        assert sum(rank == 0 for rank in ranks.values()) >= 5, ranks
        assert search_facet(searcher, "acc-1", facet("churn_intent"), 7, voices={Voice.VENDOR}) == []
