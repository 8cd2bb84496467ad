"""Transcripts that are not subtitles: Otter, plain text, Gong, Fireflies, Fathom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.readers.files import FileText
from retrieval.readers.meetings import read_meeting
from retrieval.readers.paths import read_path
from retrieval.readers.people import directory_of
from retrieval.records import Problem, Record, Voice

DIRECTORY = directory_of(
    [Account("a1", "Acme", "acme.example")],
    [Contact("a1", "Dana Ruiz", "dana@acme.example")],
    [TeamMember("Sam Lee", "sam@vendor.example")],
    Catalog("Vendor", ("vendor.example",)),
)


def read(content: Any, name: str = "2026-08-11-qbr.json") -> tuple[list[Record], list[Problem]]:
    text = content if isinstance(content, str) else json.dumps(content)
    return read_meeting(FileText(name, text), "a1", DIRECTORY)


def brief(records: list[Record]) -> list[tuple[str | None, str, str, float | None]]:
    return [(r.speaker, r.voice.value, r.text, r.start_time) for r in records]


EXPECTED = [
    ("Dana Ruiz", "customer", "It cut close from nine days to four. Finance agrees.", 418.0),
    ("Sam Lee", "vendor", "Great.", 430.0),
]


def test_otter_text() -> None:
    text = "Dana Ruiz  6:58\nIt cut close from nine days to four.\nFinance agrees.\n\nSam Lee  7:10\nGreat.\n\nTranscribed by https://otter.ai\n"
    assert brief(read(text, "2026-08-11-qbr.txt")[0]) == EXPECTED


def test_plain_text_with_names_and_stamps() -> None:
    text = "[00:06:58] Dana Ruiz: It cut close from nine days to four.\n[00:07:02] Dana Ruiz: Finance agrees.\n[00:07:10] Sam Lee: Great.\n"
    assert brief(read(text, "2026-08-11-qbr.txt")[0]) == EXPECTED
    bare = "Dana Ruiz: It cut close from nine days to four.\nDana Ruiz: Finance agrees.\nSam Lee: Great.\n"
    assert [row[:3] for row in brief(read(bare, "2026-08-11-qbr.txt")[0])] == [row[:3] for row in EXPECTED]


GONG_CALLS = [
    {
        "metaData": {"id": "7782", "started": "2026-08-11T15:00:00Z", "duration": 1800},
        "parties": [
            {"speakerId": "1", "name": "Dana Ruiz", "emailAddress": "dana@acme.example", "affiliation": "External"},
            {"speakerId": "2", "name": "Sam Lee", "affiliation": "Internal"},
            {"speakerId": "3", "name": "Colleague", "affiliation": "Internal"},
            {"speakerId": "4", "name": "Guest", "affiliation": "Unknown"},
        ],
    }
]
GONG = {
    "callTranscripts": [
        {
            "callId": "7782",
            "transcript": [
                {
                    "speakerId": "1",
                    "sentences": [
                        {"start": 418000, "end": 421000, "text": "It cut close from nine days to four."},
                        {"start": 421000, "end": 424000, "text": "Finance agrees."},
                    ],
                },
                {"speakerId": "2", "sentences": [{"start": 430000, "end": 431000, "text": "Great."}]},
            ],
        }
    ]
}


def test_gong_in_one_file_in_milliseconds_and_in_seconds() -> None:
    assert brief(read(GONG | {"calls": GONG_CALLS})[0]) == EXPECTED
    seconds = json.loads(json.dumps(GONG).replace("000,", ",").replace("000}", "}").replace('000, "t', ', "t'))
    assert brief(read(seconds | {"calls": GONG_CALLS})[0]) == EXPECTED


def test_gong_speakers_are_found_in_the_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "2026-08-11.gong_transcript.json").write_text(json.dumps(GONG))
    (tmp_path / "2026-08-11.gong_extensive.json").write_text(json.dumps({"calls": GONG_CALLS}))
    records, _ = read_path(tmp_path / "2026-08-11.gong_transcript.json")
    assert [(r.speaker, r.voice) for r in records] == [("Dana Ruiz", Voice.UNKNOWN), ("Sam Lee", Voice.VENDOR)]


def test_internal_is_ours_and_unknown_is_nobody() -> None:
    turns = [{"speakerId": key, "sentences": [{"start": 1, "end": 2, "text": "Hi."}]} for key in ("3", "4")]
    records, _ = read({"calls": GONG_CALLS, "callTranscripts": [{"callId": "7782", "transcript": turns}]})
    assert [r.voice for r in records] == [Voice.VENDOR, Voice.UNKNOWN]


def test_fireflies_with_addresses_and_texts_for_numbers() -> None:
    sentences = [
        {
            "speaker_id": 0,
            "speaker_name": "D. from Acme",
            "text": "It cut close from nine days to four.",
            "start_time": "418",
            "end_time": 421,
        },
        {"speaker_id": 0, "speaker_name": None, "text": "Finance agrees.", "start_time": 421, "end_time": "424"},
        {"speaker_id": 1, "speaker_name": "Sam Lee", "text": "Great.", "start_time": 430, "end_time": 431},
    ]
    meeting = {
        "title": "x",
        "date": 1786460400000,
        "speakers": [{"id": 0, "name": "D. from Acme"}],
        "sentences": sentences,
        "meeting_attendees": [{"displayName": "D. from Acme", "email": "dana@acme.example"}],
        "summary": {"overview": "They want 400 seats."},
    }
    records, problems = read({"data": {"transcript": meeting}}, "sync.json")
    assert [(r.voice.value, r.text, r.start_time) for r in records] == [row[1:] for row in EXPECTED]
    assert (records[0].occurred_at, problems) == ("2026-08-11", [])


def test_fathom() -> None:
    entries = [
        ({"display_name": "Dana R", "matched_calendar_invitee_email": "dana@acme.example"}, "It cut close.", "00:06:58"),
        ({"display_name": "Host"}, "Great.", "00:07:10"),
    ]
    invitees = [{"name": "Host", "email": "", "is_external": False}]
    transcript = [{"speaker": who, "text": text, "timestamp": time} for who, text, time in entries]
    records, _ = read({"recording_start_time": "2026-08-11T15:00:00Z", "calendar_invitees": invitees, "transcript": transcript})
    assert [(r.voice, r.start_time) for r in records] == [(Voice.CUSTOMER, 418.0), (Voice.VENDOR, 430.0)]


def test_a_broken_sentence_is_named_and_the_rest_is_read() -> None:
    records, problems = read({"sentences": [{"text": None}, {"speaker_name": "Sam Lee", "text": "Hi.", "start_time": "soon"}]})
    assert [r.text for r in records] == ["Hi."]
    assert [p.field for p in problems] == ["sentences[0].text", "sentences[1].start"]


def test_json_that_is_no_transcript_is_reported() -> None:
    for content in ({"a": 1}, [], "{", ""):
        assert read(content)[1]
