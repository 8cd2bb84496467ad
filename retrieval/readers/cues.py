"""WebVTT and SRT files to timed cues, with every speaker inside a cue kept apart.

Follows the WebVTT parsing algorithm (W3C, https://www.w3.org/TR/webvtt1/#file-parsing) where a file follows it, and reads on
where meeting programs do not: `0:0:0.0` and negative times, a missing header, speaker names or JSON inside the text. Ready-made
parsers lose some of that (formats.md 2.7), so the parser is our own. Whatever is not read is a `Problem`.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass

from retrieval.records import Problem


@dataclass(frozen=True, slots=True)
class Utterance:
    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue: seconds, source text, and its utterances (several where a cue holds several voices)."""

    start: float
    end: float
    raw: str
    utterances: tuple[Utterance, ...]
    index: int
    """From 1, in file order."""
    line: int
    """Of the timing line, from 1."""

    @property
    def plain(self) -> str:
        return "\n".join(utterance.text for utterance in self.utterances)

    @property
    def speaker(self) -> str | None:
        return self.utterances[0].speaker if self.utterances else None


_TIME = r"(?P<{0}>-?(?:\d+:)?\d{{1,2}}:\d{{1,2}}[.,]\d{{1,7}}|-?\d+:\d{{1,2}}:\d{{1,2}})"
_STRICT = re.compile(
    r"^[ \t\f]*(?P<a>(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3})[ \t\f]*-->[ \t\f]*(?P<b>(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3})(?!\d)"
)
_LENIENT = re.compile(rf"^[ \t\f]*{_TIME.format('a')}[ \t\f]*-{{1,2}}>[ \t\f]*{_TIME.format('b')}(?=[ \t\f]|$)")
_HEADER = re.compile(r"^WEBVTT(?:[ \t].*)?$")
_SPOKEN = re.compile(r"<v(?:\.[^\s<>]*)?(?:[ \t\n]+(?P<name>[^<>]*))?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>|<(?:/?[A-Za-z0-9.:]*|!-*)\Z")
"""A tag, or what is left of one that the cue breaks off in. An opening mark that words follow is a mark, and the words are kept."""
_SETTINGS = re.compile(r"(?:[ \t\f]+[A-Za-z]\w*:\S*)*[ \t\f]*")
_LONGEST_CALL = 1e7
"""Seconds; a time beyond is none."""
_WORDY = 4
"""Words of a cue's name or of the rest of its timing line, from which on it is taken for something that was said."""
_SRT_TAG = re.compile(r"</?(?:b|i|u|s|font|c|v|ruby|rt|lang)(?:[ .][^<>]*)?>|\{\\[^}]*\}", re.IGNORECASE)
_REMEDY = "Export the transcript again, or repair the line by hand"


def parse_vtt(text: str, name: str = "transcript.vtt") -> tuple[list[Cue], list[Problem]]:
    """The cues of a WebVTT text, in file order, and what was not read. Never raises."""
    lines = _lines(text)
    problems: list[Problem] = []
    if not text.strip():
        return [], [Problem(name, "the file is empty", "Export the transcript again")]
    position = 1
    if not _HEADER.match(lines[0]):
        problems.append(
            Problem(name, 'the first line is not "WEBVTT"', 'Make the first line "WEBVTT", followed by a blank line', line=1)
        )
        # A file that begins with something else is refused, as the standard asks; one that begins with its first cue is read.
        first = [line for line in lines if line.strip()][:2]
        if lines[0].strip() == "" or not (
            _is_time(first[0], False) or (first[0].strip().isdigit() and _is_time(first[-1], False))
        ):
            return [], problems
        position = 0
    else:
        # Header lines run to the first blank line, or to the first cue.
        while position < len(lines) and lines[position].strip() and "-->" not in lines[position]:
            if position > 0 and ("<v" in lines[position] or len(lines[position].split()) >= _WORDY):
                why = f'text in the header: "{lines[position].strip()[:60]}"'
                problems.append(Problem(name, why, _REMEDY, line=position + 1))
            position += 1
    cues = _blocks(lines, position, name, problems, srt=False)
    return cues, problems


def parse_srt(text: str, name: str = "transcript.srt") -> tuple[list[Cue], list[Problem]]:
    """The cues of a SubRip text, in file order, and what was not read. Never raises."""
    if not text.strip():
        return [], [Problem(name, "the file is empty", "Export the transcript again")]
    problems: list[Problem] = []
    return _blocks(_lines(text), 0, name, problems, srt=True), problems


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff").replace("\0", "\ufffd"))


def _blocks(lines: list[str], position: int, name: str, problems: list[Problem], srt: bool) -> list[Cue]:
    cues: list[Cue] = []
    while position < len(lines):
        if not lines[position].strip():
            position += 1
            continue
        start = position
        while (
            position < len(lines)
            and lines[position].strip()
            and "-->" not in lines[position]
            and not _is_time(lines[position], srt)
        ):
            position += 1
        before = lines[start:position]
        if position >= len(lines) or not lines[position].strip():
            _report_loose(before, start, name, problems, cues, srt)
            continue
        times = _times(lines[position], srt)
        timing = position
        position += 1
        body: list[str] = []
        while position < len(lines) and lines[position].strip() and not _starts_cue(lines, position, srt):
            body.append(lines[position])
            position += 1
        if srt and position < len(lines) and not lines[position].strip():
            position = _srt_body(lines, position, body)
        if times is None:
            why = f"not a time range: {lines[timing].strip()[:60]}"
            problems.append(Problem(name, why, _REMEDY, line=timing + 1))
            continue
        named = 0 if not before or (srt and not before[-1].strip().isdigit()) or len(before[-1].split()) >= _WORDY else 1
        _report_loose(before[: len(before) - named], start, name, problems, cues, srt)
        if beside := _beside(lines[timing]):
            problems.append(Problem(name, f'text beside the times of a cue: "{beside[:60]}"', _REMEDY, line=timing + 1))
        raw = "\n".join(body)
        cues.append(Cue(*times, raw, utterances_of(raw, srt), len(cues) + 1, timing + 1))
    return cues


def _starts_cue(lines: list[str], position: int, srt: bool) -> bool:
    if "-->" in lines[position]:
        return not srt or _times(lines[position], srt) is not None
    return (
        srt and lines[position].strip().isdigit() and position + 1 < len(lines) and _times(lines[position + 1], srt) is not None
    )


def _srt_body(lines: list[str], position: int, body: list[str]) -> int:
    """SubRip text may hold blank lines: it goes on until the next number with a time range under it."""
    ahead = position
    while ahead < len(lines) and not _starts_cue(lines, ahead, True):
        ahead += 1
    extra = lines[position:ahead]
    if body and any(line.strip() for line in extra):
        body += extra
        while body and not body[-1].strip():
            body.pop()
    return ahead if body or not any(line.strip() for line in extra) else position


def _report_loose(block: list[str], start: int, name: str, problems: list[Problem], cues: list[Cue], srt: bool) -> None:
    if not any(line.strip() for line in block):
        return
    first = block[0].strip()
    comment = None if srt else re.match(r"^(NOTE|STYLE|REGION)(?:\s|:|$)", first)
    # A comment may run over lines; a sentence below its first one is more likely a cue that lost its times.
    if comment and not any("<v" in line or (comment[1] == "NOTE" and len(line.split()) >= _WORDY) for line in block[1:]):
        return
    if len(block) == 1 and (first.isdigit() or (_HEADER.match(first) and not cues)):
        return
    problems.append(Problem(name, f'text outside any cue: "{first[:60]}"', _REMEDY, line=start + 1))


def _is_time(line: str, srt: bool) -> bool:
    return _times(line, srt) is not None


def _times(line: str, srt: bool) -> tuple[float, float] | None:
    match = _STRICT.match(line) or _LENIENT.match(line)
    if match is None or (not srt and "," in match["a"] + match["b"]):
        return None
    if not _STRICT.match(line) and not srt and not _teams(match["a"], match["b"]):
        return None
    times = _seconds(match["a"]), _seconds(match["b"])
    return times if max(map(abs, times)) < _LONGEST_CALL else None


def _beside(line: str) -> str:
    """What stands on a timing line after its times and is no setting."""
    match = _STRICT.match(line) or _LENIENT.match(line)
    rest = line[match.end() :] if match else ""
    return "" if _SETTINGS.fullmatch(rest) else rest.strip()


def _teams(*times: str) -> bool:
    """Microsoft Teams writes `0:0:5.32` and negative offsets (formats.md 2.7); nothing else may stray from the standard."""
    return all(re.fullmatch(r"-?\d+:[0-5]?\d:[0-5]?\d\.(\d{1,3}|\d{7})", time) for time in times)


def _seconds(time: str) -> float:
    sign = -1.0 if time.startswith("-") else 1.0
    total = 0.0
    for part in time.lstrip("-").replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return sign * round(total, 6)


def utterances_of(raw: str, srt: bool = False) -> tuple[Utterance, ...]:
    """Who says what inside one cue: `<v Name>` spans, or the JSON of Teams' metadata, or the whole text with no speaker."""
    if raw.lstrip().startswith("{") and (spoken := _metadata(raw)):
        return (spoken,)
    pieces: list[tuple[str | None, str]] = []
    position = 0
    speaker: str | None = None
    for match in _SPOKEN.finditer(raw):
        pieces.append((speaker, raw[position : match.start()]))
        speaker = html.unescape(" ".join((match["name"] or "").split())) or None
        position = match.end()
    pieces.append((speaker, raw[position:]))
    found: list[Utterance] = []
    for name, piece in pieces:
        inside, _, after = _partition_close(piece) if name else (piece, "", "")
        for who, part in ((name, inside), (name, after)):
            text = plain_text(part, srt)
            if not text.strip():
                continue
            if found and found[-1].speaker == who:
                found[-1] = Utterance(who, f"{found[-1].text}{text}")
            else:
                found.append(Utterance(who, text))
    tidy = tuple(Utterance(u.speaker, u.text.strip()) for u in found)
    return tidy or (Utterance(speaker, ""),)


def _partition_close(piece: str) -> tuple[str, str, str]:
    match = re.search(r"</v>", piece, re.IGNORECASE)
    return (piece[: match.start()], match[0], piece[match.end() :]) if match else (piece, "", "")


def plain_text(raw: str, srt: bool = False) -> str:
    """Cue text without its tags, entities resolved."""
    stripped = (_SRT_TAG if srt else _TAG).sub("", raw)
    return html.unescape(stripped) if "&" in stripped else stripped


def _metadata(raw: str) -> Utterance | None:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("spokenText"), str):
        return None
    name = value.get("speakerName")
    return Utterance(name.strip() or None if isinstance(name, str) else None, value["spokenText"].strip())
