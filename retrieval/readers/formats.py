"""Which reader a file of an account belongs to, by its folder, its name and, for JSON, its shape."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from retrieval.readers.documents import documents_of, list_of, mapping_of
from retrieval.readers.files import FileText, read_file
from retrieval.readers.meetings import read_meeting
from retrieval.readers.notes import read_note
from retrieval.readers.people import Directory
from retrieval.readers.subtitles import read_subtitles
from retrieval.readers.warehouse import read_warehouse
from retrieval.readers.zendesk import read_tickets
from retrieval.records import Problem, Record

TICKETS, TRANSCRIPTS, NOTES = "tickets", "transcripts", "notes"
_SUFFIXES = {
    TICKETS: (".json", ".jsonl", ".ndjson", ".csv"),
    TRANSCRIPTS: (".vtt", ".srt", ".txt", ".json"),
    NOTES: (".md", ".markdown", ".txt"),
}
_MOST_SIBLINGS = 200


def is_readable(path: Path, folder: str) -> bool:
    """Whether a file of this name in this folder has a reader."""
    return path.name.casefold().removesuffix(".gz").endswith(_SUFFIXES.get(folder, ()))


def read_account_file(file: FileText, folder: str, account_id: str, directory: Directory) -> tuple[list[Record], list[Problem]]:
    """The records of one file of an account; `folder` is the book's: tickets, transcripts or notes."""
    name = file.name.casefold().removesuffix(".gz")
    if folder == TICKETS:
        return read_ticket_files([file], account_id, directory)
    if folder == NOTES:
        return read_note(file, account_id or None, directory)
    if name.endswith((".vtt", ".srt")):
        records, problems = read_subtitles(file, account_id, directory)
    else:
        records, problems = read_meeting(file, account_id, directory)
    if not records and not problems and '"calls"' not in file.text:
        problems = [Problem(file.name, "no spoken words were found", "Export the transcript again", account_id=account_id)]
    return records, problems


def read_ticket_files(files: Sequence[FileText], account_id: str, directory: Directory) -> tuple[list[Record], list[Problem]]:
    """The tickets of an account from all its files: of a ticket that stands in several, the latest state."""
    tables = [file for file in files if file.name.casefold().removesuffix(".gz").endswith(".csv")]
    records, problems = read_tickets([file for file in files if file not in tables], account_id, directory)
    if tables:
        found, trouble = read_warehouse(tables, account_id, directory)
        records += found
        problems += trouble
    return records, problems


def with_companion(file: FileText, path: Path) -> FileText:
    """A Gong transcript with the `calls` that name its speakers, which the API gives as a file of its own beside it."""
    if '"callTranscripts"' not in file.text or '"calls"' in file.text or not file.name.casefold().endswith(".json"):
        return file
    documents, _ = documents_of(file)
    raw = mapping_of(documents[0].value if documents else None)
    wanted = {mapping_of(call).get("callId") for call in list_of(raw.get("callTranscripts"))}
    # Exports of one call share the beginning of their names; an id alone may stand in several copies.
    siblings = sorted(path.parent.glob("*.json"), key=lambda other: (_call_name(other) != _call_name(path), other.name))
    for sibling in siblings[:_MOST_SIBLINGS]:
        if sibling == path or sibling.name.startswith("."):  # hidden files are no part of a book
            continue
        other, _ = documents_of(read_file(sibling, path.parent))
        calls = list_of(mapping_of(other[0].value if other else None).get("calls"))
        named = [call for call in calls if mapping_of(mapping_of(call).get("metaData")).get("id") in wanted]
        if named:
            return replace(file, text=json.dumps({**raw, "calls": named}))
    return file


def _call_name(path: Path) -> str:
    return path.name.split(".")[0]
