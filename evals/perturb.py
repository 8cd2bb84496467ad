"""One account of a book with something written into it, read back through the product's own readers."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from retrieval.readers.book import Book, open_book

TABLES: Final = ("contacts.csv", "events.csv", "usage.csv")
TICKET: Final = 990_000_001
"""Id of the inserted ticket; books number theirs lower."""
WHERE: Final = f"ticket:{TICKET}/description"


@dataclass(frozen=True, slots=True)
class Insert:
    """A ticket that somebody at the customer opens on a day."""

    name: str
    email: str
    date: str
    text: str
    subject: str = "A question"


@contextmanager
def account_with(book: Path, account_id: str, inserts: Sequence[Insert] = ()) -> Iterator[Book]:
    """The book cut down to one account, with tickets inserted. The files are gone when the context ends."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / book.name
        copy_account(book, account_id, target)
        if inserts:
            _insert(target / "tickets" / f"{account_id}.json", inserts)
        yield open_book(target)


def copy_account(book: Path, account_id: str, target: Path) -> None:
    """Copy what a book holds of one account. `accounts.csv`, the team and the catalogue stay whole: shares are reckoned from them."""
    target.mkdir(parents=True)
    for name in ("accounts.csv", "team.csv", "catalog.json"):
        if (book / name).is_file():
            shutil.copy2(book / name, target / name)
    for name in TABLES:
        if (book / name).is_file():
            _rows_of(book / name, account_id, target / name)
    for folder in ("transcripts", "notes"):
        if (book / folder / account_id).is_dir():
            shutil.copytree(book / folder / account_id, target / folder / account_id)
    tickets = book / "tickets" / f"{account_id}.json"
    if tickets.is_file():
        (target / "tickets").mkdir()
        shutil.copy2(tickets, target / "tickets" / tickets.name)


def _rows_of(source: Path, account_id: str, target: Path) -> None:
    with source.open(encoding="utf-8", newline="") as old, target.open("w", encoding="utf-8", newline="") as new:
        reader = csv.DictReader(old)
        writer = csv.DictWriter(new, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows(row for row in reader if row["account_id"] == account_id)


def _insert(path: Path, inserts: Sequence[Insert]) -> None:
    export: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {"tickets": []}
    for number, insert in enumerate(inserts):
        at = f"{insert.date}T08:00:00Z"
        export["tickets"].append(
            {
                "id": TICKET + number,
                "subject": insert.subject,
                "description": insert.text,
                "status": "open",
                "priority": "normal",
                "created_at": at,
                "updated_at": at,
                "requester": {"name": insert.name, "email": insert.email},
                "tags": [],
                "comments": [],
            }
        )
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(export), "utf-8")
