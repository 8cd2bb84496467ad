"""Measured on public subtitle and transcript files, where they are at hand."""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher

from retrieval.readers.cues import parse_srt, parse_vtt
from retrieval.readers.files import read_file
from retrieval.readers.paths import read_path
from tests.retrieval.readers.shared import shared


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_well_formed_subtitles_are_read_as_the_standard_says() -> None:
    folder = shared("data", "subtitles")
    exact = total = 0
    for line in (folder / "expected.jsonl").read_text(encoding="utf-8").strip().split("\n"):
        case = json.loads(line)
        parse = parse_vtt if case["format"] == "vtt" else parse_srt
        cues, problems = parse(read_file(folder / case["file"]).text)
        if case.get("disputed") or not case.get("utf8", True) or (case["format"] == "srt" and not case["consensus"]):
            continue
        if not case.get("spec_ok", True):
            assert not cues, case["file"]
            assert problems
            continue
        total += 1
        found = [(round(c.start, 3), round(c.end, 3), squeezed(c.plain)) for c in cues]
        exact += found == [(round(c["start"], 3), round(c["end"], 3), squeezed(c["plain"])) for c in case["cues"]]
    assert exact / total >= 0.97


def test_every_meeting_format_gives_every_word_to_its_speaker() -> None:
    folder = shared("data", "meeting_formats")
    for line in (folder / "truth.jsonl").read_text(encoding="utf-8").strip().split("\n"):
        case = json.loads(line)
        truth = [(word.lower(), turn["speaker"]) for turn in case["turns"] for word in turn["text"].split()]
        for path in sorted(folder.glob(f"{case['meeting_id']}.*")):
            if "extensive" in path.name:
                continue
            found = [(word.lower(), r.speaker) for r in read_path(path)[0] for word in r.text.split()]
            match = SequenceMatcher(None, [w for w, _ in truth], [w for w, _ in found], autojunk=False)
            pairs = [(truth[i + k], found[j + k]) for i, j, size in match.get_matching_blocks() for k in range(size)]
            assert len(pairs) / len(truth) >= 0.99, path.name
            assert sum(a[1] == b[1] for a, b in pairs) / len(pairs) >= 0.99, path.name
