"""Call transcripts in WebVTT and SRT to one record per speaker's turn.

Zoom and most SRT exports write the speaker into the text (`Dana Ruiz: we're out of seats`), in which any other colon may stand
too; a prefix is a speaker only if it behaves like one in this file, or if the book knows the name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from retrieval.readers.cues import Cue, Utterance, parse_srt, parse_vtt
from retrieval.readers.files import FileText
from retrieval.readers.people import Attribution, Directory
from retrieval.records import Problem, Record, Visibility, Voice, stable_id

__all__ = ["Cue", "Turn", "parse_srt", "parse_vtt", "read_subtitles", "turn_records", "turns", "with_speakers"]

_PREFIX = re.compile(
    r"^(?:[-–—>]{1,2}\s*)?(?P<name>[^\s:\[\]<>{}][^:\[\]<>{}\n]{0,58}?)\s*[:：](?=\s|$)[ \t]*(?P<text>.*)$", re.DOTALL
)
_BRACKET = re.compile(r"^\[(?P<name>[^\[\]\n]{1,60})\]\s*:?[ \t]*(?P<text>.*)$", re.DOTALL)
_STAMP = re.compile(r"^\s*[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?[\])]?\s+(?=\S)")
_NOT_PEOPLE = frozenset(
    re.split(
        r"\s*,\s*",
        "note,notes,nb,ps,p.s,re,fw,fwd,question,questions,answer,answers,q,a,example,examples,for example,warning,caution,error,"
        "info,important,summary,conclusion,update,status,action,actions,action item,action items,next step,next steps,agenda,"
        "topic,subject,problem,issue,solution,idea,option,step,plan,goal,result,results,todo,to do,fact,reason,point,so,ok,okay,"
        "yes,no,well,and,but,also,first,second,third,finally,the thing is,the question is,the point is,the problem is,the answer is,"
        "my question,one question,quick question,one thing,i said,he said,she said,they said,i was like,background,context,"
        "disclaimer,spoiler,fun fact,long story short,bottom line,case in point,http,https,www,time,date,total,music,applause,"
        "laughter,inaudible,crosstalk,silence,noise,unintelligible,pause,blank_audio",
    )
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says before another does: the texts of consecutive cues joined by single spaces."""

    speaker: str | None
    text: str
    start: float | None
    end: float | None
    first: int
    """Number of the first cue (or sentence), from 1."""
    last: int

    @property
    def locator(self) -> str:
        cues = f"cue {self.first}" if self.first == self.last else f"cues {self.first}-{self.last}"
        return cues if self.start is None else f"{cues} @{clock(self.start)}"


def clock(seconds: float) -> str:
    """`00:00:30.383`; a negative offset keeps its sign."""
    sign, millis = ("-" if seconds < 0 else ""), round(abs(seconds) * 1000)
    return f"{sign}{millis // 3_600_000:02}:{millis // 60_000 % 60:02}:{millis // 1000 % 60:02}.{millis % 1000:03}"


def with_speakers(cues: Sequence[Cue], knows: Callable[[str], bool] = lambda name: False) -> list[Cue]:
    """The cues with `Name: text` and `[Name] text` prefixes turned into speakers; `knows` says which names the book has."""
    plain = [index for index, cue in enumerate(cues) if all(u.speaker is None for u in cue.utterances)]
    names: Counter[str] = Counter()
    begun = 0
    for index in plain:
        found = [name for line in cues[index].plain.split("\n") if (name := _prefix(line)[0])]
        names.update(found)
        begun += bool(found and _prefix(cues[index].plain)[0])
    # Where most cues begin with a name, a name that speaks once is one too.
    usual = bool(plain) and begun >= 0.6 * len(plain)

    def accepted(name: str) -> bool:
        return knows(name) or (_plausible(name) and (names[name] > 1 or usual))

    result = list(cues)
    for index in plain:
        result[index] = _split(cues[index], accepted)
    return result


def _split(cue: Cue, accepted: Callable[[str], bool]) -> Cue:
    utterances: list[Utterance] = []
    for line in cue.plain.split("\n"):
        name, text = _prefix(line)
        if name and accepted(name):
            utterances.append(Utterance(name, text))
        elif utterances:
            utterances[-1] = Utterance(utterances[-1].speaker, f"{utterances[-1].text}\n{line}".strip())
        else:
            utterances.append(Utterance(None, line))
    return replace(cue, utterances=tuple(utterances))


def _prefix(line: str) -> tuple[str | None, str]:
    stamp = _STAMP.match(line)
    line = line[stamp.end() :] if stamp else line
    match = _BRACKET.match(line) or _PREFIX.match(line)
    if match is None or re.match(r"^\d{1,2}$|^https?$", match["name"].strip(), re.IGNORECASE):
        return None, line
    return match["name"].strip(), match["text"]


def _plausible(name: str) -> bool:
    """Whether a text before a colon can be a speaker's name: few words, each a name's, none a sentence's."""
    if name.casefold().strip(" .") in _NOT_PEOPLE:
        return False
    if re.fullmatch(r"\+?[\d\s().x*-]{5,24}", name) or re.fullmatch(
        r"(speaker|sprecher|participant|guest|user|caller)[ _-]?\w{1,3}", name, re.I
    ):
        return True
    words = re.sub(r"\([^)]*\)", "", name).replace(",", " ").split()
    particles = {
        "de",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "du",
        "di",
        "da",
        "al",
        "el",
        "bin",
        "ter",
        "of",
        "the",
        "and",
        "&",
        "|",
        "-",
        "/",
    }
    shaped = all(word[0].isupper() or not word[0].isalpha() or word.casefold() in particles or _unicased(word) for word in words)
    return 0 < len(words) <= 6 and shaped and any(word[0].isalpha() for word in words) and not re.search(r"[?!;]", name)


def _unicased(word: str) -> bool:
    return word[0].isalpha() and word[0].upper() == word[0].lower()


def turns(cues: Iterable[Cue]) -> list[Turn]:
    """Consecutive utterances of one speaker as one turn. A cue that names nobody has no speaker: nothing carries over to it."""
    found: list[Turn] = []
    for cue in cues:
        for utterance in cue.utterances:
            text = " ".join(part for line in utterance.text.split("\n") if (part := line.strip()))
            if not text:
                continue
            last = found[-1] if found else None
            if last is not None and last.speaker == utterance.speaker:
                end = max(last.end if last.end is not None else cue.end, cue.end)
                found[-1] = replace(last, text=f"{last.text} {text}", end=end, last=cue.index)
            else:
                found.append(Turn(utterance.speaker, text, cue.start, cue.end, cue.index, cue.index))
    return found


def turn_records(
    spoken: Iterable[Turn],
    account_id: str,
    stem: str,
    day: str,
    directory: Directory,
    emails: Callable[[str | None], str | None] = lambda speaker: None,
    staff: Callable[[str | None], str] = lambda speaker: "",
    title: str = "",
) -> list[Record]:
    """One record per turn. `emails`: the address that the export gives a speaker; `staff`: why a speaker is on our side, or "";
    `title`: the export's own, else the file's name is one."""
    source = f"transcript:{stem}"
    records: list[Record] = []
    for number, turn in enumerate(spoken):
        who = directory.voice_of(account_id, turn.speaker, emails(turn.speaker))
        if turn.speaker is None:
            who = Attribution(Voice.UNKNOWN, "the transcript does not say who speaks", None, None)
        elif who.voice is Voice.UNKNOWN and (reason := staff(turn.speaker)):
            who = Attribution(Voice.VENDOR, reason, who.name, who.email)
        records.append(
            Record(
                record_id=stable_id(account_id, source, str(number), turn.text),
                account_id=account_id,
                source=source,
                locator=turn.locator,
                document=source,
                occurred_at=day,
                speaker=who.name,
                speaker_email=who.email,
                voice=who.voice,
                voice_reason=who.reason,
                visibility=Visibility.PUBLIC,
                text=turn.text,
                position=number,
                start_time=turn.start,
                end_time=turn.end,
                context=MappingProxyType({"title": title or title_of(stem)}),
            )
        )
    return records


def read_subtitles(file: FileText, account_id: str, directory: Directory) -> tuple[list[Record], list[Problem]]:
    """The turns of one `.vtt` or `.srt` file as records."""
    stem, day, problems = stem_and_day(file, account_id)
    parse = parse_srt if file.name.casefold().removesuffix(".gz").endswith(".srt") else parse_vtt
    cues: list[Cue] = []
    trouble: list[Problem] = []
    if file.readable:
        cues, trouble = parse(file.text, file.name)
    problems += [replace(problem, account_id=account_id) for problem in trouble]
    named = with_speakers(cues, lambda name: directory.knows_name(account_id, name))
    return turn_records(turns(named), account_id, stem, day, directory), problems


def stem_and_day(file: FileText, account_id: str) -> tuple[str, str, list[Problem]]:
    """The file's stem and the day that its name (or a note in it) begins with; a transcript without a day is a `Problem`."""
    problems = [replace(problem, account_id=account_id) for problem in file.problems]
    base = file.name.rsplit("/", 1)[-1]
    stem = re.sub(r"(\.(vtt|srt|txt|json|transcript|otter))*(\.gz)?$", "", base, flags=re.IGNORECASE)
    match = re.match(r"^(\d{4})-?(\d{2})-?(\d{2})(?!\d)", stem) or re.search(
        r"^(?:NOTE\b[^\n]*?|NOTE\s*\n[^\n]*?)(\d{4})-(\d{2})-(\d{2})", file.text[:4000], re.MULTILINE
    )
    if match:
        return stem, f"{match[1]}-{match[2]}-{match[3]}", problems
    if file.text.strip():
        remedy = "Begin the file name with the date: YYYY-MM-DD-title"
        problems.append(Problem(file.name, "the date of the call is not given", remedy, field="date", account_id=account_id))
    return stem, "", problems


def title_of(stem: str) -> str:
    """`2026-05-19-quarterly-review` as a title: `quarterly review`."""
    return re.sub(r"^\d{4}-?\d{2}-?\d{2}[-_ ]*", "", stem).replace("-", " ").replace("_", " ").strip() or stem
