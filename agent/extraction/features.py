"""Sentences to numbers: what a classifier can see of who says it, how it is meant, and what it is about. Pure but for the embedder.

The embedding tells the topic; it cannot tell a negation, a hypothetical or a vendor's line from the real thing (measured: AUC
0.49), so voice, role, modality and the kinds' cues stand beside it as features of their own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from math import log1p
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.extraction.candidates import Candidate
from retrieval.accounts import Catalog
from retrieval.embeddings import Embedder
from retrieval.records import Voice

Matrix = NDArray[np.float32]

ROLES: Final = ("sponsor", "champion", "economic_buyer", "admin", "user", "procurement", "security")
PLACES: Final = ("description", "comment", "transcript", "note")


@cache
def cues() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every cue as (name, pattern), in the order of the file."""
    tree = tomllib.loads(resources.files("agent.extraction").joinpath("cues.toml").read_text("utf-8"))
    named = [(f"{kind}.{name}", pattern) for kind, group in tree["kinds"].items() for name, pattern in group.items()]
    named += [(f"is.{name}", pattern) for name, pattern in tree["modality"].items()]
    return tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in named)


def cue_hits(text: str) -> frozenset[str]:
    """The names of the cues that a sentence carries."""
    plain = text.replace("’", "'")
    return frozenset(name for name, pattern in cues() if pattern.search(plain))


def names() -> tuple[str, ...]:
    """The names of the columns after the embeddings, in order."""
    flags = tuple(name for name, _ in cues())
    after = tuple(f"before.{name}" for name, _ in cues() if name.startswith("is."))
    facts = ("vendor", "internal", "urgent", "high", "solved", "first", "last", "words", "long", "exclaims", "unowned", "owned")
    return flags + after + tuple(f"role.{role}" for role in ROLES) + tuple(f"in.{place}" for place in PLACES) + facts


def features(items: Sequence[Candidate], catalog: Catalog, plan: str, embedder: Embedder) -> Matrix:
    """One row a candidate: its embedding, that of it in its context, then the columns of `names`. Shape (n, 2 d + len(names()))."""
    if not items:
        return np.zeros((0, 2 * embedder.dimensions + len(names())), dtype=np.float32)
    alone = embedder.embed([item.text for item in items])
    context = embedder.embed([f"{item.before} {item.text}".strip() for item in items])
    unowned, owned = (_nearest(alone, texts, embedder) for texts in _catalog_texts(catalog, plan))
    flags = np.asarray([_flags(item) for item in items], dtype=np.float32)
    return np.hstack([alone, context, flags, unowned[:, None], owned[:, None]])


def _flags(item: Candidate) -> list[float]:
    hits, before = cue_hits(item.text), cue_hits(item.before)
    row = [float(name in hits) for name, _ in cues()]
    row += [float(name in before) for name, _ in cues() if name.startswith("is.")]
    row += [float(item.role == role) for role in ROLES]
    row += [float(_place(item) == place) for place in PLACES]
    context, words = item.record.context, len(item.text.split())
    row += [
        float(item.record.voice is Voice.VENDOR),
        float(item.record.visibility == "internal"),
        float(context.get("priority") == "urgent"),
        float(context.get("priority") == "high"),
        float(context.get("status") in ("solved", "closed")),
        float(item.index == 0),
        float(item.index == item.count - 1),
        log1p(words) / 3,
        float(words > 25),
        float("!" in item.text),
    ]
    return row


def _place(item: Candidate) -> str:
    kind, _, rest = item.record.source.partition(":")
    if kind == "ticket":
        return "description" if rest.endswith("/description") else "comment"
    return kind


def _catalog_texts(catalog: Catalog, plan: str) -> tuple[list[str], list[str]]:
    """Features that the account does not own, and those that it does."""
    owned = {item.item_id for item in catalog.owned(plan)}
    mine = [feature for item in catalog.items if item.item_id in owned for feature in item.features]
    other = [feature for item in catalog.items if item.item_id not in owned for feature in (item.name, *item.features)]
    return other, mine


def _nearest(vectors: Matrix, texts: Sequence[str], embedder: Embedder) -> Matrix:
    """Each vector's greatest cosine to the texts; zeros where there are none."""
    if not texts:
        return np.zeros(len(vectors), dtype=np.float32)
    return np.asarray((vectors @ embedder.embed(list(texts)).T).max(axis=1), dtype=np.float32)
