"""Exports to records: every format that a book of business comes in, read without losing a word or guessing a voice."""

from retrieval.readers.book import AccountRecords, Book, BookError, open_book
from retrieval.readers.paths import read_parts, read_path
from retrieval.readers.people import Attribution, Directory, directory_of
from retrieval.readers.usage import series

__all__ = [
    "AccountRecords",
    "Attribution",
    "Book",
    "BookError",
    "Directory",
    "directory_of",
    "open_book",
    "read_parts",
    "read_path",
    "series",
]
