"""Cases from labelled books: one an account, with a stable id, a split, and one hash over everything that decides its score."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.errors import NotFound, UsageError
from evals.labels import DATASETS, GoldAccount, read_gold

SAMPLE: Final = DATASETS / "tessellate"
TEST: Final = "test"
SPLITS: Final = ("train", "dev", TEST, "canary")


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled account. `id` is `<book>/<account>`: it never changes, and what is compared is matched by it."""

    id: str
    book: str
    account_id: str
    split: str
    gold: GoldAccount

    @property
    def account(self) -> str:
        """What results are clustered by: an account is a cluster, and accounts of two books are never the same one."""
        return f"{self.book}/{self.account_id}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """Cases with the books they come from."""

    name: str
    books: tuple[Path, ...]
    cases: tuple[Case, ...]
    sha256: str
    """Of exports and labels; two runs are compared only where it is the same."""


def dataset(books: Sequence[Path] = (SAMPLE,), split: str | None = None) -> Dataset:
    """The cases of some books, in their order. `split` keeps one split. Raises NotFound, or UsageError where nothing is left."""
    cases: list[Case] = []
    for book in books:
        if not (book / "gold.jsonl").is_file():
            raise NotFound(f"{book} is not a labelled book: it has no gold.jsonl.", "evals/README.md says how to label one.")
        cases += [
            Case(f"{book.name}/{key}", book.name, key, split_of(book.name), account) for key, account in read_gold(book).items()
        ]
    kept = tuple(case for case in cases if split in (None, case.split))
    if not kept:
        raise UsageError(f"No case is in the split {split!r}.", f"evals/datasets/splits.json knows: {', '.join(SPLITS)}.")
    ids = [case.id for case in kept]
    if len(set(ids)) != len(ids):
        raise UsageError("Two books have the same folder name, so their cases have the same ids.", "Rename one folder.")
    used = tuple(book for book in books if any(case.book == book.name for case in kept))
    return Dataset("+".join(book.name for book in used), used, kept, _sha256(used))


def book_named(text: str) -> Path:
    """A book by its folder, or by its name under `evals/datasets`."""
    return Path(text) if "/" in text or Path(text).is_dir() else DATASETS / text


def split_of(book: str) -> str:
    """The split of all of a book's accounts: `evals/datasets/splits.json`, else test, which nothing may learn from.

    Whole books, so that no account, vendor or author stands on both sides.
    """
    known: dict[str, str] = json.loads((DATASETS / "splits.json").read_text("utf-8"))
    return known.get(book, TEST)


def book_sha256(book: Path) -> str:
    """Hex sha256 over the names and bytes of a book's files, in order of name; prose (README.md) does not count."""
    digest = hashlib.sha256()
    for path in sorted(path for path in book.rglob("*") if path.is_file() and path.name != "README.md"):
        if any(part.startswith(".") for part in path.relative_to(book).parts):
            continue
        digest.update(f"{path.relative_to(book).as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _sha256(books: Sequence[Path]) -> str:
    digests = [book_sha256(book) for book in books]
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
