"""Cues and turns: nobody's words under somebody else's name, no cue lost, every oddity named with its line."""

from __future__ import annotations

import pytest

from retrieval.accounts import Account, Contact, TeamMember
from retrieval.readers.cues import parse_srt, parse_vtt
from retrieval.readers.files import FileText
from retrieval.readers.people import directory_of
from retrieval.readers.subtitles import read_subtitles, turns, with_speakers
from retrieval.records import Record, Voice

DIRECTORY = directory_of([Account("a1", "Acme", "acme.example")], [Contact("a1", "Dana Ruiz")], [TeamMember("Sam Lee")])


def records(text: str, name: str = "2026-08-11-review.vtt") -> list[Record]:
    return read_subtitles(FileText(f"transcripts/a1/{name}", text), "a1", DIRECTORY)[0]


def said(text: str) -> list[tuple[str | None, str]]:
    cues, problems = parse_vtt(text)
    assert not problems
    return [(turn.speaker, turn.text) for turn in turns(with_speakers(cues))]


def vtt(*cues: str) -> str:
    blocks = (f"{i}\n00:00:{i:02}.000 --> 00:00:{i + 1:02}.500\n{cue}" for i, cue in enumerate(cues, 1))
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def test_consecutive_cues_of_one_speaker_make_one_turn() -> None:
    found = records(vtt("<v Sam Lee>Hello", "<v Dana Ruiz>We're out", "<v Dana Ruiz>of seats\nagain.</v>", "<v Sam Lee>I see."))
    assert [(r.speaker, r.voice, r.text, r.locator) for r in found] == [
        ("Sam Lee", Voice.VENDOR, "Hello", "cue 1 @00:00:01.000"),
        ("Dana Ruiz", Voice.CUSTOMER, "We're out of seats again.", "cues 2-3 @00:00:02.000"),
        ("Sam Lee", Voice.VENDOR, "I see.", "cue 4 @00:00:04.000"),
    ]
    assert (found[1].start_time, found[1].end_time, found[1].occurred_at, found[1].document) == (
        2.0,
        4.5,
        "2026-08-11",
        found[1].source,
    )
    assert found[0].source == "transcript:2026-08-11-review"


def test_two_voices_in_one_cue_are_two_turns() -> None:
    assert said(vtt("<v Sam Lee>Shall we?</v> <v Dana Ruiz>Yes.</v>")) == [("Sam Lee", "Shall we?"), ("Dana Ruiz", "Yes.")]


def test_classes_companies_and_entities_in_voice_tags() -> None:
    assert said(vtt("<v.loud.first Ruiz, Dana (Acme &amp; Co)>R&amp;D &lt;3</v>")) == [("Ruiz, Dana (Acme & Co)", "R&D <3")]


def test_a_cue_that_names_nobody_has_no_speaker() -> None:
    found = records(vtt("<v Dana Ruiz>We need", "ten seats."))
    assert [(r.speaker, r.voice) for r in found] == [("Dana Ruiz", Voice.CUSTOMER), (None, Voice.UNKNOWN)]


def test_names_before_a_colon_are_speakers_and_other_colons_are_not() -> None:
    text = vtt(
        "Dana Ruiz: the point is: we need ten",
        "Sam Lee: Note: not before",
        "Dana Ruiz: 10:30 then",
        "Note: this is a note",
        "https://x.example",
    )
    assert said(text) == [
        ("Dana Ruiz", "the point is: we need ten"),
        ("Sam Lee", "Note: not before"),
        ("Dana Ruiz", "10:30 then"),
        (None, "Note: this is a note https://x.example"),
    ]


def test_a_name_that_speaks_once_among_voice_tags_is_text() -> None:
    assert said(vtt("<v Dana Ruiz>Reason: we grew", "Warning: loud")) == [
        ("Dana Ruiz", "Reason: we grew"),
        (None, "Warning: loud"),
    ]


def test_several_names_in_one_cue() -> None:
    assert said(vtt("Dana Ruiz: Yes.\nSam Lee: Good.", "Dana Ruiz: Bye.", "Sam Lee: Bye.")) == [
        ("Dana Ruiz", "Yes."),
        ("Sam Lee", "Good."),
        ("Dana Ruiz", "Bye."),
        ("Sam Lee", "Bye."),
    ]


def test_metadata_cues_are_read() -> None:
    cue = '{"startDateTime":"2026-08-11T15:00:00Z","speakerName":"Dana Ruiz","spokenText":"Ten seats.","spokenLanguage":"en-us"}'
    assert said(vtt(cue)) == [("Dana Ruiz", "Ten seats.")]


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        ("0:0:0.0 --> 0:0:5.320", 0.0, 5.32),
        ("-0:0:1.5 --> 0:0:5.320", -1.5, 5.32),
        ("00:05.000 --> 00:07.250 align:start position:0%", 5.0, 7.25),
        ("100:00:00.000 --> 100:00:01.000", 360000.0, 360001.0),
    ],
)
def test_times_as_programs_write_them(line: str, start: float, end: float) -> None:
    cues, problems = parse_vtt(f"WEBVTT\n\n{line}\n<v A>x\n")
    assert ([(c.start, c.end) for c in cues], problems) == ([(start, end)], [])


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_notes_styles_marks_and_line_ends(newline: str) -> None:
    blocks = ["\ufeffWEBVTT - call\nKind: captions", "NOTE made by a program", "STYLE\n::cue { color: red }", "REGION\nid:a"]
    text = "\n\n".join([*blocks, "intro\n00:01.000 --> 00:02.000\n<v A>x\n"])
    cues, problems = parse_vtt(text.replace("\n", newline))
    assert ([c.plain for c in cues], problems) == (["x"], [])


def test_a_file_without_its_header_says_so() -> None:
    for text in ("hello\n\n00:01.000 --> 00:02.000\nx\n", "WEBVT\n\n00:01.000 --> 00:02.000\nx\n"):
        cues, problems = parse_vtt(text, "t.vtt")
        assert not cues
        assert (problems[0].file, problems[0].line) == ("t.vtt", 1)
        assert "WEBVTT" in problems[0].remedy


def test_a_broken_time_and_loose_text_are_named_with_their_lines() -> None:
    cues, problems = parse_vtt("WEBVTT\n\n00:01.000 --> 00:0x.000\nlost\n\nloose\n\n00:01.000 --> 00:02.000\nx\n")
    assert [c.plain for c in cues] == ["x"]
    assert [p.line for p in problems] == [3, 6]


def test_srt_with_names_brackets_and_blank_lines_in_the_text() -> None:
    text = "\ufeff1\n00:00:03,120 --> 00:00:07,480\nDana Ruiz: We need\n\nten seats.\n\n"
    text += "2\n00:00:08,000 --> 00:00:09,000\n[Sam Lee] <i>Good.</i>\n"
    cues, problems = parse_srt(text)
    assert not problems
    named = with_speakers(cues, lambda name: name in ("Dana Ruiz", "Sam Lee"))
    assert [(t.speaker, t.text) for t in turns(named)] == [("Dana Ruiz", "We need ten seats."), ("Sam Lee", "Good.")]


def test_a_call_without_a_date_is_reported_and_a_note_may_give_it() -> None:
    def read(text: str) -> tuple[str, int]:
        found, problems = read_subtitles(FileText("transcripts/a1/review.vtt", text), "a1", DIRECTORY)
        return found[0].occurred_at, len(problems)

    assert read(vtt("<v A>x")) == ("", 1)
    assert read("WEBVTT\n\nNOTE recorded 2026-08-11\n\n00:01.000 --> 00:02.000\n<v A>x\n") == ("2026-08-11", 0)
