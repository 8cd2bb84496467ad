"""Whether an account's inputs may have changed since they were last read, without reading them.

Equal fingerprints mean that `Book.records` would give the same records and that the account's facts are the same. Different
ones mean nothing but that they have to be read again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


@cache
def readers_version() -> str:
    """Changes with every line of the code that reads: a new release reads every account once, whatever the files say."""
    digest = hashlib.sha256()
    for source in _sources(files("retrieval")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()


def digest_of(*facts: object) -> str:
    """Hex sha256 over the written form of plain values: strings, numbers, tuples, mappings in their order, dataclasses."""
    digest = hashlib.sha256()
    for fact in facts:
        # The length keeps ("ab", "c") and ("a", "bc") apart.
        written = repr(fact).encode("utf-8", "surrogatepass")
        digest.update(f"{len(written)}:".encode())
        digest.update(written)
    return digest.hexdigest()


def _sources(folder: Traversable) -> Iterable[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_file() and entry.name.endswith(".py"):
            yield entry
        elif entry.is_dir() and entry.name == "readers":
            yield from _sources(entry)
