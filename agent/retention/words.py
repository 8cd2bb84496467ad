"""Whether a kept answer repeats words that are to be forgotten: by what it cites, and by runs of words. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

RUN: Final = 6
"""Words in a row that betray where they come from; shorter answers must be the whole of such a run."""
FEWEST: Final = 3


@dataclass(slots=True)
class Forgotten:
    """The words that go. Too many answers found costs reading a document again; too few would keep somebody's words."""

    record_ids: set[str] = field(default_factory=set)
    named: Callable[[str], bool] = lambda _text: False
    """Whether a text names whoever is forgotten."""
    runs: set[int] = field(default_factory=set)
    """Hashes of the runs of words; a collision forgets an answer too many."""

    def add(self, texts: Iterable[str]) -> None:
        for text in texts:
            words = _words(text)
            for length in range(FEWEST, RUN + 1):
                self.runs.update(hash(tuple(words[at : at + length])) for at in range(len(words) - length + 1))

    def repeats(self, content: Any) -> bool:
        """Whether a JSON value cites, names or repeats what is forgotten."""
        return any(text in self.record_ids or self.named(text) or self._quotes(text) for text in strings(content))

    def _quotes(self, text: str) -> bool:
        words = _words(text)
        if FEWEST <= len(words) <= RUN:
            return hash(tuple(words)) in self.runs
        return any(hash(tuple(words[at : at + RUN])) in self.runs for at in range(len(words) - RUN + 1))


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value; one that is JSON itself (a model's raw answer) is looked into."""
    if isinstance(value, str):
        inner = _parsed(value)
        if inner is None:
            yield value
        else:
            yield from strings(inner)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def _parsed(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, (dict, list)) else None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
