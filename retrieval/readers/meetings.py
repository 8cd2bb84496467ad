"""Call transcripts that are not subtitles: Otter's text, Gong's two JSON files, Fireflies' and Fathom's JSON.

Affiliation `Unknown` is never taken for a customer, and an AI summary is nobody's words (formats.md 2.9-2.12).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from retrieval.readers.cues import Cue, Utterance
from retrieval.readers.documents import Document, documents_of, list_of, mapping_of
from retrieval.readers.files import FileText
from retrieval.readers.loose_words import loose_words
from retrieval.readers.people import Directory, name_key
from retrieval.readers.subtitles import stem_and_day, turn_records, turns, with_speakers
from retrieval.readers.values import UnclearValueError, day_of, number_of, text_of
from retrieval.records import Problem, Record

_OTTER = re.compile(r"^(?P<name>\S+(?: \S+){0,5}?)[ \t]{2,}(?P<time>(?:\d{1,2}:)?\d{1,2}:\d{2})[ \t]*$")
_STAMPED = re.compile(r"^\s*[\[(](?P<time>(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d+)?)[\])]\s*(?P<text>.*)$")
_LATEST = 1e11
"""Milliseconds or seconds into a call; a time beyond is none."""
_REMEDY = "Export the transcript again"


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a meeting export says: its cues with speakers, the speakers' addresses, who is the vendor's own, the day."""

    cues: tuple[Cue, ...]
    emails: Mapping[str, str] = field(default_factory=dict)
    internal: frozenset[str] = frozenset()
    day: str = ""
    title: str = ""


def read_meeting(file: FileText, account_id: str, directory: Directory) -> tuple[list[Record], list[Problem]]:
    """The turns of one text or JSON transcript as records."""
    stem, day, problems = stem_and_day(file, account_id)
    if not file.readable:
        return [], problems
    if file.name.casefold().removesuffix(".gz").endswith(".json"):
        documents, trouble = documents_of(file)
        problems = [p for p in problems if p not in file.problems]
        meeting = meeting_of_json(file.name, documents, trouble)
    else:
        trouble = []
        meeting = meeting_of_text(file.name, file.text, trouble)
    problems += [replace(problem, account_id=account_id) for problem in trouble]
    if meeting.day or not meeting.cues:
        problems = [problem for problem in problems if problem.field != "date"]
    cues = with_speakers(meeting.cues, lambda name: directory.knows_name(account_id, name))
    records = turn_records(
        turns(cues),
        account_id,
        stem,
        meeting.day or day,
        directory,
        lambda speaker: meeting.emails.get(name_key(speaker)),
        lambda speaker: "the export lists the speaker as internal" if name_key(speaker) in meeting.internal else "",
        meeting.title,
    )
    return records, problems


def meeting_of_text(name: str, text: str, problems: list[Problem]) -> Meeting:
    """Otter's `Name  12:04` headers with lines under them, or plain `Name: text` and `[00:00:08] Name: text` lines."""
    cues: list[Cue] = []
    body: list[str] = []
    speaker: str | None = None
    start, begun = 0.0, 1
    found_header = False

    def close() -> None:
        said = "\n".join(body).strip()
        if said:
            cues.append(Cue(start, start, said, (Utterance(speaker, said),), len(cues) + 1, begun))
        body.clear()

    for number, line in enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff").replace("\0", "\ufffd")), 1):
        header = _OTTER.match(line)
        stamped = None if header else _STAMPED.match(line)
        if header or stamped:
            close()
            found_header = found_header or header is not None
            speaker = header["name"].strip() if header else None
            start, begun = _clock(header["time"] if header else stamped["time"] if stamped else ""), number
            if stamped:
                body.append(stamped["text"])
        elif not found_header and line.strip():
            close()
            speaker, begun = None, number
            body.append(line)
        elif re.match(r"^Transcribed by https?://", line):
            close()
        else:
            body.append(line)
    close()
    if not cues:
        problems.append(Problem(name, "no spoken words were found", _REMEDY))
    return Meeting(tuple(cues))


def meeting_of_json(name: str, documents: list[Document], problems: list[Problem]) -> Meeting:
    """Gong, Fireflies or Fathom JSON, recognised by shape; anything else is a `Problem`."""
    value = documents[0].value if documents else None
    raw = mapping_of(value)
    raw = mapping_of(raw.get("data")) or raw
    raw = mapping_of(raw.get("transcript")) or raw
    known: Callable[[str, Mapping[str, Any], list[Problem]], Meeting] | None = None
    if "callTranscripts" in raw:
        known = _gong
    elif isinstance(raw.get("sentences"), list):
        known = _fireflies
    elif isinstance(raw.get("transcript"), list):
        known = _fathom
    meeting = known(name, raw, problems) if known else Meeting(())
    for document in documents:
        loose_words(name, document.value, [cue.raw for cue in meeting.cues], problems)
    if known:
        return meeting
    # The file of calls and parties that belongs to a Gong transcript has no words of its own.
    if documents and not (isinstance(raw.get("calls"), list) and set(raw) <= {"calls", "records", "requestId"}):
        problems.append(Problem(name, "not a transcript that is known here", "Export Gong, Fireflies or Fathom JSON, or WebVTT"))
    return meeting


def _gong(name: str, raw: Mapping[str, Any], problems: list[Problem]) -> Meeting:
    """Gong's transcript; speakers resolve if the `calls` of the extensive export stand in the same file."""
    parties: dict[str, Mapping[str, Any]] = {}
    day, title, duration = "", "", 0.0
    for call in list_of(raw.get("calls")):
        meta = mapping_of(mapping_of(call).get("metaData"))
        day, title = day or _day(meta.get("started")), title or _title(meta.get("title"))
        duration = max(duration, _number(meta.get("duration")) or 0.0)
        for party in list_of(mapping_of(call).get("parties")):
            if key := text_of(mapping_of(party).get("speakerId")):
                parties[key] = mapping_of(party)
    rows: list[tuple[str | None, Any, Any, Any, str]] = []
    for c, call in enumerate(list_of(raw.get("callTranscripts"))):
        monologues = _listed(name, mapping_of(call), "transcript", f"callTranscripts[{c}]", problems)
        for m, monologue in enumerate(monologues):
            key = text_of(mapping_of(monologue).get("speakerId"))
            speaker = text_of(parties.get(key, {}).get("name")) or (f"speaker {key}" if key else None)
            inside = f"callTranscripts[{c}].transcript[{m}]"
            for s, sentence in enumerate(_listed(name, mapping_of(monologue), "sentences", inside, problems)):
                item = mapping_of(sentence)
                rows.append((speaker, item.get("text"), item.get("start"), item.get("end"), f"{inside}.sentences[{s}]"))
    ends = [end for row in rows if (end := _number(row[3])) is not None]
    # Milliseconds by Gong's own description; some copies hold seconds, which the call's duration tells apart.
    scale = 1.0 if ends and duration and max(ends) <= duration * 1.5 else 0.001
    emails = {name_key(text_of(p.get("name"))): text_of(p.get("emailAddress")) for p in parties.values() if p.get("emailAddress")}
    internal = frozenset(
        name_key(text_of(p.get("name"))) for p in parties.values() if text_of(p.get("affiliation")).casefold() == "internal"
    )
    return Meeting(_cues(name, rows, scale, problems), emails, internal, day, title)


def _listed(name: str, raw: Mapping[str, Any], key: str, path: str, problems: list[Problem]) -> list[Any]:
    if not isinstance(raw.get(key), list):
        problems.append(Problem(name, f"no list of {key}", _REMEDY, field=f"{path}.{key}"))
    return list_of(raw.get(key))


def _fireflies(name: str, raw: Mapping[str, Any], problems: list[Problem]) -> Meeting:
    names = {text_of(mapping_of(s).get("id")): text_of(mapping_of(s).get("name")) for s in list_of(raw.get("speakers"))}
    rows: list[tuple[str | None, Any, Any, Any, str]] = []
    for s, sentence in enumerate(list_of(raw.get("sentences"))):
        item = mapping_of(sentence)
        speaker = text_of(item.get("speaker_name")) or names.get(text_of(item.get("speaker_id"))) or None
        text = item.get("text") if item.get("text") is not None else item.get("raw_text")
        rows.append((speaker, text, item.get("start_time"), item.get("end_time"), f"sentences[{s}]"))
    emails: dict[str, str] = {}
    for attendee in map(mapping_of, list_of(raw.get("meeting_attendees"))):
        for key in ("displayName", "name"):
            if attendee.get(key) and attendee.get("email"):
                emails[name_key(text_of(attendee[key]))] = text_of(attendee["email"])
    return Meeting(
        _cues(name, rows, 1.0, problems),
        emails,
        frozenset(),
        _day(raw.get("date") or raw.get("dateString")),
        _title(raw.get("title")),
    )


def _fathom(name: str, raw: Mapping[str, Any], problems: list[Problem]) -> Meeting:
    rows: list[tuple[str | None, Any, Any, Any, str]] = []
    emails: dict[str, str] = {}
    for s, entry in enumerate(list_of(raw.get("transcript"))):
        item = mapping_of(entry)
        person = mapping_of(item.get("speaker"))
        speaker = text_of(person.get("display_name")) or None
        if speaker and person.get("matched_calendar_invitee_email"):
            emails[name_key(speaker)] = text_of(person["matched_calendar_invitee_email"])
        start = _clock(text_of(item.get("timestamp")))
        rows.append((speaker, item.get("text"), start, start, f"transcript[{s}]"))
    internal: set[str] = set()
    for invitee in map(mapping_of, list_of(raw.get("calendar_invitees"))):
        for key in ("matched_speaker_display_name", "name"):
            if invitee.get(key):
                emails.setdefault(name_key(text_of(invitee[key])), text_of(invitee.get("email")))
                if invitee.get("is_external") is False:
                    internal.add(name_key(text_of(invitee[key])))
    day, title = _day(raw.get("recording_start_time")), _title(raw.get("meeting_title") or raw.get("title"))
    return Meeting(_cues(name, rows, 1.0, problems), emails, frozenset(internal), day, title)


def _cues(name: str, rows: list[tuple[str | None, Any, Any, Any, str]], scale: float, problems: list[Problem]) -> tuple[Cue, ...]:
    cues: list[Cue] = []
    for speaker, text, start, end, path in rows:
        if not isinstance(text, str):
            problems.append(Problem(name, "a sentence without text", _REMEDY, field=f"{path}.text"))
            continue
        begin = _number(start)
        if begin is None:
            problems.append(Problem(name, "a sentence without a start time; its words are read", _REMEDY, field=f"{path}.start"))
        begin = (begin if begin is not None else (cues[-1].end / scale if cues else 0.0)) * scale
        finish = _number(end)
        cues.append(
            Cue(
                begin,
                max(begin, finish * scale if finish is not None else begin),
                text,
                (Utterance(speaker, text),),
                len(cues) + 1,
                0,
            )
        )
    if not rows:
        problems.append(Problem(name, "no spoken words were found", _REMEDY))
    return tuple(cues)


def _clock(text: str) -> float:
    total = 0.0
    for part in re.findall(r"\d+(?:\.\d+)?", text.replace(",", "."))[:3]:
        total = total * 60 + float(part)
    return total if total < _LATEST else 0.0


def _number(value: Any) -> float | None:
    try:
        number = number_of(value)
    except UnclearValueError:
        return None
    return number if abs(number) < _LATEST else None


def _title(value: Any) -> str:
    return " ".join(text_of(value).split()) if isinstance(value, str) else ""


def _day(value: Any) -> str:
    try:
        return day_of(value)
    except UnclearValueError:
        return ""
