"""The texts of an account, by the name that labels use, with who says them and when: tickets, transcripts, notes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from evals.checking.findings import Findings, read_json, words
from evals.checking.tables import Tables

TICKET: Final = frozenset(
    {"id", "subject", "description", "status", "priority", "created_at", "updated_at", "requester", "tags", "comments"}
)
STATUSES: Final = frozenset({"new", "open", "pending", "hold", "solved", "closed"})
PRIORITIES: Final = frozenset({"low", "normal", "high", "urgent"})
_CUE = re.compile(r"^((?:\d{2,}:)?\d{2}:\d{2}\.\d{3}) --> ((?:\d{2,}:)?\d{2}:\d{2}\.\d{3})(?: .*)?$")
_VOICE = re.compile(r"^<v(?:\.[^ >]*)? ([^>]+)>(.*?)(?:</v>)?$")


@dataclass(slots=True)
class Sources:
    """A place has one text and one speaker; a transcript has one for each run of cues of a speaker."""

    texts: dict[str, list[tuple[str | None, str]]] = field(default_factory=dict)
    """Source -> (who, text) of its parts."""
    dates: dict[str, str] = field(default_factory=dict)
    words: int = 0
    tickets: int = 0
    comments: int = 0
    cues: list[int] = field(default_factory=list)
    notes: int = 0

    def add(self, source: str, who: str | None, text: str, day: str) -> None:
        self.texts.setdefault(source, []).append((who, text))
        self.dates[source] = day
        self.words += words(text)


def check_sources(book: Path, key: str, tables: Tables, seen_ids: set[Any], found: Findings) -> Sources:
    """Read and check one account's files. `seen_ids`: ticket and comment ids of the whole book so far."""
    known = {**tables.people[key], **tables.team, **tables.third.get(key, {})}
    sources = Sources()
    path = book / "tickets" / f"{key}.json"
    export = read_json(path.read_text("utf-8"), path, found) if path.is_file() else {"tickets": []}
    for ticket in (export or {}).get("tickets", []):
        _ticket(ticket, key, known, seen_ids, sources, found)
    found_cues = [_transcript(path, key, known, sources, found) for path in sorted((book / "transcripts" / key).glob("*.vtt"))]
    sources.cues = found_cues
    for path in sorted((book / "notes" / key).glob("*.md")):
        _note(path, key, tables.team, sources, found)
    return sources


def _ticket(
    ticket: dict[str, Any], key: str, known: dict[str, str], seen_ids: set[Any], sources: Sources, found: Findings
) -> None:
    where = f"{key} ticket {ticket.get('id')}"
    if TICKET - set(ticket):
        found.bad(where, "lacks", sorted(TICKET - set(ticket)))
        return
    for number in (ticket["id"], *(comment["id"] for comment in ticket["comments"])):
        found.unless(number not in seen_ids, where, "id repeats", number)
        seen_ids.add(number)
    found.stamp(ticket["created_at"], where)
    found.stamp(ticket["updated_at"], where)
    _person(ticket["requester"], known, where, found)
    found.unless(ticket["status"] in STATUSES, where, ticket["status"])
    found.unless(ticket["priority"] in PRIORITIES, where, ticket["priority"])
    sources.add(
        f"ticket:{ticket['id']}/description", ticket["requester"].get("name"), ticket["description"], ticket["created_at"][:10]
    )
    sources.words += words(ticket["subject"])
    last = ticket["created_at"]
    for comment in ticket["comments"]:
        found.stamp(comment["created_at"], where)
        _person(comment["author"], known, where, found)
        found.unless(comment["created_at"] >= last, where, "comments out of order")
        found.unless(isinstance(comment["public"], bool), where, "public is no boolean")
        last = comment["created_at"]
        sources.add(f"ticket:{ticket['id']}/comment:{comment['id']}", comment["author"].get("name"), comment["body"], last[:10])
    found.unless(ticket["updated_at"] >= last, where, "updated_at before the last comment")
    sources.tickets += 1
    sources.comments += len(ticket["comments"])
    if not 1 <= len(ticket["comments"]) <= 6:
        found.note(where, "has", len(ticket["comments"]), "comments")


def _person(person: dict[str, str], known: dict[str, str], where: str, found: Findings) -> None:
    name = person.get("name", "")
    if name not in known:
        found.bad(where, "unknown person", name)
    else:
        found.unless(known[name] == person.get("email"), where, "mail of", name, "is", person.get("email"))


def _transcript(path: Path, key: str, known: dict[str, str], sources: Sources, found: Findings) -> int:
    """Runs of cues of one speaker, joined by single spaces; the number of cues."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d-[a-z0-9-]+", path.stem):
        found.bad(path, "is not named YYYY-MM-DD-slug")
    found.day(path.stem, path)
    runs: list[tuple[str, list[str]]] = []
    cues = _cues(path, found)
    for speaker, text in cues:
        found.unless(speaker in known, key, path.name, "unknown speaker", speaker)
        if runs and runs[-1][0] == speaker:
            runs[-1][1].append(text)
        else:
            runs.append((speaker, [text]))
    for speaker, texts in runs:
        sources.add(f"transcript:{path.stem}", speaker, " ".join(texts), path.stem[:10])
    return len(cues)


def _cues(path: Path, found: Findings) -> list[tuple[str, str]]:
    blocks = re.split(r"\n{2,}", path.read_text("utf-8").replace("\r\n", "\n").strip("\n"))
    found.unless(blocks[0].startswith("WEBVTT"), path, "no WEBVTT header")
    cues: list[tuple[str, str]] = []
    last = -1
    for block in blocks[1:]:
        if block.startswith(("NOTE", "STYLE", "REGION")):
            continue
        lines = block.split("\n")
        lines = lines if "-->" in lines[0] else lines[1:]
        times = _CUE.match(lines[0]) if lines else None
        if times is None:
            found.bad(path, "bad cue", block[:60])
            continue
        start, end = _milliseconds(times[1]), _milliseconds(times[2])
        found.unless(start >= last, path, "start goes back at", times[1])
        found.unless(end > start, path, "empty or backward cue at", times[1])
        last = start
        voice = _VOICE.match(" ".join(line.strip() for line in lines[1:]))
        if voice is None or not voice[2].strip():
            found.bad(path, "cue without a speaker or text at", times[1])
            continue
        cues.append((voice[1].strip(), voice[2].strip()))
    return cues


def _milliseconds(text: str) -> int:
    *hours, minutes, rest = text.split(":")
    seconds, thousandths = rest.split(".")
    return ((int(hours[0]) if hours else 0) * 3600 + int(minutes) * 60 + int(seconds)) * 1000 + int(thousandths)


def _note(path: Path, key: str, team: dict[str, str], sources: Sources, found: Findings) -> None:
    parts = re.match(r"^---\n(.*?)\n---\n(.*)$", path.read_text("utf-8"), re.DOTALL)
    if parts is None:
        found.bad(path, "no front matter")
        return
    matter = dict(line.partition(": ")[::2] for line in parts[1].split("\n"))
    authors = {mail: name for name, mail in team.items()}
    right = matter.get("account_id") == key and matter.get("date") == path.stem[:10] and matter.get("author") in authors
    found.unless(right, path, "front matter", matter)
    found.day(matter.get("date", ""), path)
    sources.add(f"note:{path.stem}", authors.get(matter.get("author", "")), parts[2], path.stem[:10])
    sources.notes += 1
