"""Which reader a file of an account belongs to, by its folder, its name and, for JSON, its shape."""

from __future__ import annotations

from pathlib import Path

from retrieval.readers.files import FileText
from retrieval.readers.meetings import read_meeting
from retrieval.readers.notes import read_note
from retrieval.readers.people import Directory
from retrieval.readers.subtitles import read_subtitles
from retrieval.readers.zendesk import read_tickets
from retrieval.records import Problem, Record

TICKETS, TRANSCRIPTS, NOTES = "tickets", "transcripts", "notes"
_SUFFIXES = {
    TICKETS: (".json", ".jsonl", ".ndjson"),
    TRANSCRIPTS: (".vtt", ".srt", ".txt", ".json"),
    NOTES: (".md", ".markdown", ".txt"),
}


def is_readable(path: Path, folder: str) -> bool:
    """Whether a file of this name in this folder has a reader."""
    return path.name.casefold().removesuffix(".gz").endswith(_SUFFIXES.get(folder, ()))


def read_account_file(file: FileText, folder: str, account_id: str, directory: Directory) -> tuple[list[Record], list[Problem]]:
    """The records of one file of an account; `folder` is the book's: tickets, transcripts or notes."""
    name = file.name.casefold().removesuffix(".gz")
    if folder == TICKETS:
        return read_tickets(file, account_id, directory)
    if folder == NOTES:
        return read_note(file, account_id, directory)
    if name.endswith((".vtt", ".srt")):
        return read_subtitles(file, account_id, directory)
    return read_meeting(file, account_id, directory)
