"""The named retrieval questions: one facet for each thing that text could prove or disprove. The questions are in `facets.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from retrieval.records import Voice
from retrieval.search import Hit, Searcher

Stance = Literal["supports", "opposes", "weak"]


@dataclass(frozen=True, slots=True)
class Facet:
    id: str
    """The signal kind that an answer could be."""
    stance: Stance
    phrasings: tuple[str, ...]


@cache
def facets() -> tuple[Facet, ...]:
    """All of them, in the order of the file."""
    rows = tomllib.loads((Path(__file__).with_name("facets.toml")).read_text("utf-8"))["facet"]
    return tuple(Facet(row["id"], row["stance"], tuple(row["phrasings"])) for row in rows)


def facet(facet_id: str) -> Facet:
    """Raises KeyError with the known ids."""
    for candidate in facets():
        if candidate.id == facet_id:
            return candidate
    raise KeyError(f"There is no facet {facet_id!r}; there are {', '.join(item.id for item in facets())}.")


def search_facet(
    searcher: Searcher,
    account_id: str,
    asked: Facet,
    k: int = 10,
    *,
    voices: Collection[Voice] | None = None,
    since: str | None = None,
) -> list[Hit]:
    """The `k` passages of the account that best answer any phrasing on the whole: hybrid scores, averaged over the phrasings.

    Collects evidence, so that the neighbours of a good passage in a call count too. A hit is a passage worth reading, not a
    finding: similarity hears neither who speaks nor a "not".
    """
    return searcher.search(asked.phrasings, account_id=account_id, k=k, neighbours=True, voices=voices, since=since)
