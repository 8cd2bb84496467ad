"""Hybrid search: exact dense and BM25 scores, fused, with every query bound to one account or knowingly to the estate.

The weights and the smoothing were chosen on QMSum's validation split and reported on its test split (`evals/bench`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from retrieval import lexical, store
from retrieval.embeddings import Embedder, Vectors
from retrieval.index import ExactIndex, IndexUnavailable, VectorIndex
from retrieval.lexical import AccountBM25
from retrieval.passages import Passage
from retrieval.records import Voice

Mode = Literal["hybrid", "dense", "lexical"]
Scores = NDArray[np.float64]

DENSE_WEIGHT = 0.7
"""Share of the dense score in the fused one; the rest is BM25."""
NEIGHBOUR_SHARE = 0.5
"""How much of its direct neighbours' scores a passage of a call is given; half as much of the next ones', and so on."""
PASSAGES_PER_TOPIC = 12
MAX_REACH = 3
ESTATE_CANDIDATES = 200
"""Passages that each index proposes when no account is named."""


class Scope(Enum):
    """Where to search when it is not in one account. To be written out, so that nobody gets here by forgetting the account."""

    ESTATE = "estate"


@dataclass(frozen=True, slots=True)
class Hit:
    rank: int
    """From 1."""
    score: float
    """0 to 1 before neighbours; comparable within one answer only."""
    passage: Passage

    def to_json(self) -> dict[str, Any]:
        """The line that `earned search --json` prints."""
        return {"rank": self.rank, "score": round(self.score, 6), **self.passage.to_json()}


@dataclass(frozen=True, slots=True)
class _Pool:
    """The passages among which a query is answered, aligned: row i of `vectors` belongs to `passages[i]`, NaN if it has none."""

    passages: Sequence[Passage]
    vectors: Vectors | None
    lexical: Callable[[str], NDArray[np.float32]]


class Searcher:
    """Search over what `connection` sees. Keep one per run or screen: it remembers the last accounts and all embedded questions.

    `embedder` may be None for lexical search only. Without an `index` the estate is scanned exactly. `notes` collects, once
    each, whatever made an answer less than it could be: passages without vectors, an index that could not be used.
    """

    kept_accounts = 32

    def __init__(self, connection: Connection, embedder: Embedder | None, index: VectorIndex | None = None) -> None:
        self.connection = connection
        self.embedder = embedder
        self.index = index
        self.notes: list[str] = []
        self._pools: dict[str, tuple[str, _Pool]] = {}

    def search(
        self,
        query: str | Sequence[str],
        *,
        account_id: str | Scope,
        k: int = 10,
        mode: Mode = "hybrid",
        neighbours: bool | None = None,
        voices: Collection[Voice] | None = None,
        since: str | None = None,
    ) -> list[Hit]:
        """The `k` best passages, best first; ties fall by document, position and id, so that a night repeats itself.

        `account_id` is an account, or `Scope.ESTATE` for all of them: there is no default. Several phrasings of one question
        may be given at once; their scores are averaged. `neighbours` adds to each passage of a call a share of the scores of
        those beside it: right for collecting evidence (the default for several hits in an account), wrong for the best single
        quote (off for k=1, in lexical mode and across the estate). `voices` keeps passages in which one of them speaks, `since`
        (ISO date) those that are not older; filters choose among passages, they do not change scores. In lexical mode only
        passages with a matching word are returned.

        Raises EmbedderError, ValueError for an unknown mode or k < 1, TypeError for a scope that is neither.
        """
        if not isinstance(account_id, str | Scope):
            raise TypeError("account_id must be an account's id, or Scope.ESTATE to search in all accounts.")
        if mode not in ("hybrid", "dense", "lexical"):
            raise ValueError(f"There is no search mode {mode!r}; use hybrid, dense or lexical.")
        if k < 1:
            raise ValueError("k must be at least 1.")
        phrasings = [text for text in ([query] if isinstance(query, str) else query) if text.strip()]
        if not phrasings:
            return []
        if neighbours is None:
            neighbours = k > 1 and mode != "lexical" and account_id is not Scope.ESTATE
        if isinstance(account_id, Scope):
            pool = self._estate(phrasings, mode)
        else:
            pool = self._account(account_id, mode)
        if not pool.passages:
            return []
        lexical_scores = [pool.lexical(text) for text in phrasings] if mode != "dense" else []
        dense_scores = [self._dense(pool, text) for text in phrasings] if mode != "lexical" else []
        weight = {"hybrid": DENSE_WEIGHT, "dense": 1.0, "lexical": 0.0}[mode]
        scores = fused(dense_scores, lexical_scores, weight)
        if neighbours:
            scores = smoothed(scores, pool.passages)
        wanted = [
            i
            for i, passage in enumerate(pool.passages)
            if (mode != "lexical" or neighbours or any(row[i] > 0 for row in lexical_scores))
            and (voices is None or any(voice in voices for voice in passage.voices))
            and (since is None or _not_before(passage.occurred_at, since))
        ]
        wanted.sort(key=lambda i: (-round(float(scores[i]), 9), _place(pool.passages[i])))
        return [Hit(rank, float(scores[i]), pool.passages[i]) for rank, i in enumerate(wanted[:k], start=1)]

    def forget(self, account_id: str | None = None) -> None:
        """Drop what is remembered of an account, or of all. Never needed for correctness: changed contents are noticed."""
        self._pools.clear() if account_id is None else self._pools.pop(account_id, None)

    def _account(self, account_id: str, mode: Mode) -> _Pool:
        digest = store.contents_digest(self.connection, account_id)
        kept = self._pools.pop(account_id, None)
        if kept is not None and kept[0] == digest and (mode == "lexical" or kept[1].vectors is not None):
            self._pools[account_id] = kept  # most recently used last
            return kept[1]
        passages, token_lists = store.account_passages_with_tokens(self.connection, account_id)
        vectors = None
        complete = True
        if mode != "lexical":
            found = store.account_vectors(self.connection, account_id, self._embedder().name)
            vectors = self._aligned(passages, found, f"account {account_id}")
            complete = len(found) == len(passages)
        pool = _Pool(passages, vectors, AccountBM25(token_lists).scores)
        if complete:
            self._pools[account_id] = (digest, pool)
            while len(self._pools) > self.kept_accounts:
                self._pools.pop(next(iter(self._pools)))
        return pool

    def _estate(self, phrasings: Sequence[str], mode: Mode) -> _Pool:
        """What both indexes propose for any phrasing; the proposals are then scored with exact vectors from SQL."""
        matches: dict[str, dict[str, float]] = {}
        ids: dict[str, None] = {}
        for text in phrasings:
            if mode != "dense":
                matches[text] = dict(lexical.candidates(self.connection, text, ESTATE_CANDIDATES))
                ids.update(dict.fromkeys(matches[text]))
            if mode != "lexical":
                ids.update((passage_id, None) for passage_id, _ in self._nearest(self._question(text)))
        by_id = store.passages_by_id(self.connection, ids)
        passages = [by_id[passage_id] for passage_id in ids if passage_id in by_id]
        vectors = None
        if mode != "lexical":
            found = store.passage_vectors(self.connection, [p.passage_id for p in passages], self._embedder().name)
            vectors = self._aligned(passages, found, "the estate")

        def matched(text: str) -> NDArray[np.float32]:
            return np.array([matches[text].get(p.passage_id, 0.0) for p in passages], dtype=np.float32)

        return _Pool(passages, vectors, matched)

    def _nearest(self, vector: NDArray[np.float32]) -> list[tuple[str, float]]:
        if self.index is not None:
            try:
                return self.index.query(vector, ESTATE_CANDIDATES)
            except IndexUnavailable as error:
                self._note(str(error))
        return ExactIndex(self.connection, self._embedder().name).query(vector, ESTATE_CANDIDATES)

    def _aligned(self, passages: Sequence[Passage], found: Mapping[str, NDArray[np.float32]], where: str) -> Vectors:
        vectors = np.full((len(passages), self._embedder().dimensions), np.nan, dtype=np.float32)
        for i, passage in enumerate(passages):
            if passage.passage_id in found:
                vectors[i] = found[passage.passage_id]
        if len(found) < len(passages):
            lacking = len(passages) - len(found)
            self._note(
                f"{lacking} of {len(passages)} passages of {where} have no vector of {self._embedder().name} and are found by "
                "their words only. Run `earned reindex`."
            )
        return vectors

    def _dense(self, pool: _Pool, text: str) -> NDArray[np.float32]:
        if pool.vectors is None:
            raise AssertionError("a pool for dense search has vectors")
        return np.asarray(pool.vectors @ self._question(text), dtype=np.float32)

    def _question(self, text: str) -> NDArray[np.float32]:
        """The vector of a query; facets ask the same ones of every account, so they are remembered with the embedder."""
        remembered = _QUESTIONS.setdefault(self._embedder(), {})
        if text not in remembered:
            if len(remembered) >= 4096:
                remembered.clear()
            remembered[text] = self._embedder().embed([text])[0]
        return remembered[text]

    def _embedder(self) -> Embedder:
        if self.embedder is None:
            raise ValueError("Dense and hybrid search need an embedder; without one, search with mode='lexical'.")
        return self.embedder

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


_QUESTIONS: WeakKeyDictionary[Embedder, dict[str, NDArray[np.float32]]] = WeakKeyDictionary()


def minmax(scores: NDArray[Any], *, floor: float | None = None) -> Scores:
    """Scores stretched to 0..1 between their lowest (or `floor`) and their highest; NaN, no score, counts as the lowest.

    All 0 where nothing is higher than the lowest.
    """
    known = scores[~np.isnan(scores)]
    low = floor if floor is not None else float(known.min(initial=np.inf))
    high = float(known.max(initial=-np.inf))
    if not high > low:
        return np.zeros(len(scores), dtype=np.float64)
    return np.nan_to_num((scores.astype(np.float64) - low) / (high - low), nan=0.0)


def fused(dense: Sequence[NDArray[Any]], lexical: Sequence[NDArray[Any]], weight: float = DENSE_WEIGHT) -> Scores:
    """Mean over phrasings of `weight * minmax(dense) + (1 - weight) * minmax(lexical)`; an empty sequence counts as absent.

    Normalised per query over the candidates: cosines lie in a narrow band, and BM25 has no upper bound (but a natural 0).
    """
    parts = [weight * minmax(row) for row in dense] + [(1 - weight) * minmax(row, floor=0.0) for row in lexical]
    return np.asarray(sum(parts) / max(len(dense), len(lexical)), dtype=np.float64)


def smoothed(scores: Scores, passages: Sequence[Passage], share: float = NEIGHBOUR_SHARE) -> Scores:
    """Each passage of a call gains `share ** d` of the scores of the passages `d` before and after it in that call.

    `d` reaches as far as a topic does: one passage for every `PASSAGES_PER_TOPIC` of the call, three at most, so that a short
    call is left as it is. Then all calls' scores are scaled so that the best of them keeps the score it had: otherwise every
    long call would outrank every ticket, which has no neighbours. That changes nothing in the order within calls.
    """
    calls: dict[tuple[str, str], dict[int, int]] = {}
    for i, passage in enumerate(passages):
        if passage.is_call:
            calls.setdefault((passage.account_id, passage.document), {})[passage.position] = i
    raised = scores.copy()
    for rows in calls.values():
        for distance in range(1, min(MAX_REACH, len(rows) // PASSAGES_PER_TOPIC) + 1):
            for position, i in rows.items():
                beside = (rows.get(position - distance), rows.get(position + distance))
                raised[i] += share**distance * sum(float(scores[j]) for j in beside if j is not None)
    spoken = [i for rows in calls.values() for i in rows.values()]
    if spoken and float(raised[spoken].max()) > 0:
        raised[spoken] *= float(scores[spoken].max()) / float(raised[spoken].max())
    return raised


def _place(passage: Passage) -> tuple[str, str, int, str]:
    return passage.account_id, passage.document, passage.position, passage.passage_id


def _not_before(occurred_at: str, since: str) -> bool:
    shared = min(len(occurred_at), len(since))  # a date is compared as a date, a time as a time
    return occurred_at[:shared] >= since[:shared]
