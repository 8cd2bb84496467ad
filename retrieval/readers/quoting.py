"""Which lines of a message repeat somebody else, and whom: `>` marks, reply headers, forwarded messages, block quotes.

Header words are those that mail programs write in English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish,
Danish, Norwegian, Polish and Finnish. In doubt a line is quoted: a lost sentence costs less than words under a wrong name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from retrieval.readers.mail_words import (
    CLOCK_WORDS,
    DATE,
    DATE_WORDS,
    FIELD,
    FORWARD,
    OPENER,
    ORIGINAL,
    PARTICLES,
    PREPOSITIONS,
    RULE,
    SAID,
    WROTE,
)
from retrieval.readers.markup import Kind, Line
from retrieval.readers.people import email_key


class Part(StrEnum):
    OWN = "own"
    QUOTED = "quoted"
    SIGNATURE = "signature"
    FORWARDED = "forwarded"
    AUTOREPLY = "autoreply"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Mark:
    """What one line is, and for quotations whose words they are as far as the message says."""

    part: Part
    name: str | None = None
    email: str | None = None
    markup: bool = False
    """Tags only: there are no words to record."""


OWN = Mark(Part.OWN)
_QUOTE = re.compile(r"^\s{0,4}((?:(?:>|&gt;)[ \t]?)+|[A-Z]{1,3}>[ \t])")
_LONGEST_HEADER = 16
"""Lines; mail programs write four to eight."""
_LONGEST_MARKER = 200
"""Characters of a separator line."""
_QUOTATION = ('"', "“", "„", "«", "‘")


def quote_depth(line: Line) -> int:
    """How many `>` (or HTML block quotes) stand before a line; 0 for the author's own."""
    match = None if line.fenced else _QUOTE.match(line.seen)
    marks = max(1, match[1].count(">") + match[1].count("&gt;")) if match else 0
    return marks + line.depth


def marks_of(lines: list[Line], forwarded: bool = False) -> list[Mark]:
    """One mark per line: own, quoted or forwarded (with the person), hidden. `forwarded`: the subject says so (Fwd:)."""
    marks = [Mark(Part.HIDDEN, markup=line.kind is Kind.MARKUP) for line in lines]
    text = [index for index, line in enumerate(lines) if line.kind is Kind.TEXT]
    views = [_View(_bare(lines[i]), quote_depth(lines[i]), lines[i].fenced, _follows_break(lines, i)) for i in text]
    for index, mark in zip(text, _Walk(views, forwarded).run(), strict=True):
        marks[index] = mark
    return marks


@dataclass(frozen=True, slots=True)
class _View:
    text: str
    depth: int
    fenced: bool
    after_break: bool

    @property
    def blank(self) -> bool:
        return not self.text.strip()


def _bare(line: Line) -> str:
    return line.seen if line.fenced else _QUOTE.sub("", line.seen).strip()


def _follows_break(lines: list[Line], index: int) -> bool:
    return index == 0 or lines[index - 1].kind is not Kind.TEXT or not _bare(lines[index - 1]).strip()


@dataclass(frozen=True, slots=True)
class _Header:
    size: int
    name: str | None
    email: str | None
    firm: bool
    """With a date or an address: a mail program wrote it. Otherwise a person may have."""


class _Walk:
    """One pass over the visible lines, keeping who is being quoted at each depth."""

    def __init__(self, views: list[_View], forwarded: bool) -> None:
        self.views = views
        self.next_words = _next_words(views)
        self.tail_part = Part.FORWARDED if forwarded else Part.QUOTED
        self.who: dict[int, tuple[str | None, str | None]] = {}
        self.tail: Mark | None = None
        self.paragraph: Mark | None = None
        self.marks: list[Mark] = []

    def run(self) -> list[Mark]:
        while len(self.marks) < len(self.views):
            self._step(len(self.marks))
        return self.marks

    def _step(self, i: int) -> None:
        view = self.views[i]
        if view.fenced and view.depth == 0 and self.tail is None:
            self.marks.append(OWN)
            return
        if self.paragraph is not None:
            if view.blank or view.depth:
                self.paragraph = None
            else:
                self.marks.append(self.paragraph)
                return
        if view.blank:
            self.marks.append(self._blank(i))
            return
        if view.depth == 0 and len(view.text) <= _LONGEST_MARKER and self._separates(i):
            self.tail_part = Part.FORWARDED if FORWARD.match(view.text) else self.tail_part
            self.tail = Mark(self.tail_part)
            self.marks.append(self.tail)
            return
        header = attribution_at(self.views, i) or mail_header_at(self.views, i, self.tail is not None or view.depth > 0)
        if header is not None:
            self._open(i, header)
        elif view.depth:
            self.marks.append(self._quoted(view.depth))
        elif self.tail is not None:
            self.marks.append(self.tail)
        else:
            continued = self._continued(i)
            self.who = self.who if continued else {}
            self.marks.append(continued or OWN)

    def _open(self, i: int, header: _Header) -> None:
        depth = self.views[i].depth
        person = (header.name, header.email)
        following = self._words_from(i + header.size)
        deeper = following is not None and following.depth > depth
        self.who = {level: known for level, known in self.who.items() if level <= depth}
        self.who[depth + 1] = person
        mark = Mark(self.tail_part if self.tail else Part.QUOTED, *person)
        if depth and not deeper:
            self.who[depth] = person
        elif not depth and not deeper:
            spoken = following is not None and following.text.startswith(_QUOTATION)
            if header.firm and not spoken:
                self.tail = mark = Mark(self.tail_part, *person)
            elif following is not None and (spoken or header.firm or WROTE.search(self.views[i].text)):
                self._quote_paragraph(i + header.size, mark)
                return
            else:
                mark = OWN
        self._attribute_separators(mark)
        self.marks += [mark] * header.size

    def _attribute_separators(self, mark: Mark) -> None:
        """A separator line belongs to the person whom the header under it names."""
        k = len(self.marks)
        while (
            self.tail and k and self.marks[k - 1] == Mark(self.tail_part) and (self.views[k - 1].blank or self._separates(k - 1))
        ):
            k -= 1
            self.marks[k] = mark

    def _quote_paragraph(self, after: int, mark: Mark) -> None:
        header_end = after
        while after < len(self.views) and self.views[after].blank:
            after += 1
        self.marks += [mark] * (after - len(self.marks) if after > header_end else header_end - len(self.marks))
        self.paragraph = mark

    def _quoted(self, depth: int) -> Mark:
        self.who = {level: known for level, known in self.who.items() if level <= depth}
        name, email = self.who.get(depth, (None, None))
        return Mark(self.tail_part if self.tail else Part.QUOTED, name, email)

    def _blank(self, i: int) -> Mark:
        before = self.marks[-1] if self.marks else OWN
        following = self._words_from(i)
        if self.tail is not None or (following is not None and following.depth and before.part is not Part.OWN):
            return before if before.part is not Part.OWN else (self.tail or OWN)
        if before.part is not Part.OWN and following is not None and not following.depth:
            self.who = {}
        return OWN

    def _continued(self, i: int) -> Mark | None:
        """The rest of a quoted line that the mail program broke: long, unfinished, and going on in lower case."""
        if i == 0 or not self.views[i - 1].depth or self.views[i - 1].blank:
            return None
        before, here = self.views[i - 1].text, self.views[i].text
        broken = len(before) >= 55 and before[-1] not in ".!?:;)" and here[:1].islower() and len(here) < 60
        return self.marks[-1] if broken else None

    def _separates(self, i: int) -> bool:
        text = self.views[i].text
        return bool(FORWARD.match(text) or ORIGINAL.match(text)) or self._ruled(i)

    def _ruled(self, i: int) -> bool:
        if not RULE.match(self.views[i].text):
            return False
        after = self.next_words[i + 1]
        return after < len(self.views) and mail_header_at(self.views, after, True) is not None

    def _words_from(self, i: int) -> _View | None:
        """The first line with words at or after a place."""
        place = self.next_words[min(i, len(self.views))]
        return self.views[place] if place < len(self.views) else None


def _next_words(views: list[_View]) -> list[int]:
    """For each line (and the end) where the next line with words is; the length where there is none."""
    places = [len(views)] * (len(views) + 1)
    for i in range(len(views) - 1, -1, -1):
        places[i] = places[i + 1] if views[i].blank else i
    return places


def attribution_at(views: list[_View], i: int) -> _Header | None:
    """`On <date>, X wrote:` in any of the languages, over one to three lines; None where there is no such header."""
    joined = ""
    for size in range(1, 4):
        if i + size > len(views) or (size > 1 and (views[i + size - 1].depth != views[i].depth or views[i + size - 1].blank)):
            return None
        joined = f"{joined} {views[i + size - 1].text}".strip()
        if len(joined) > 300:
            return None
        if joined.endswith((":", "：")):
            break
        if size == 1 and not OPENER.match(joined) and not email_key(joined):
            return None
    else:
        return None
    said = WROTE.search(joined)
    verb = said or SAID.search(joined)
    if verb is None:
        return None
    before, after = joined[: verb.start()], joined[verb.end() :].strip(" :：")
    name, email = _person(before)
    if (name is None and email is None) or (after and not DATE.search(after)):
        name, email = _person(after) if after else (name, email)
    firm = bool(said) and bool(email_key(joined) or (DATE.search(joined) and (OPENER.match(joined) or DATE.search(after))))
    if not firm and not _is_person(name or ""):
        # "I attach what Petra wrote:": the name is what stands right before the verb.
        name = _last_name(before)
        if name is None:
            return None
    return _Header(size, name, email, firm)


def mail_header_at(views: list[_View], i: int, inside: bool) -> _Header | None:
    """A block of `From: Sent: To: Subject:` lines; a lone `From: X` counts where a quotation begins or is under way."""
    fields: dict[str, str] = {}
    k = i
    while k < min(len(views), i + _LONGEST_HEADER) and views[k].depth == views[i].depth and (match := FIELD.match(views[k].text)):
        kind = next(key for key in ("from", "sent", "subject", "to") if match[key])
        if kind in fields and kind != "to":
            break
        fields.setdefault(kind, match["value"])
        k += 1
        if k + 1 < len(views) and views[k].blank and views[k + 1].depth == views[i].depth and FIELD.match(views[k + 1].text):
            k += 1
    if "from" not in fields:
        return None
    name, email = _person(fields["from"])
    program = "sent" in fields or "subject" in fields
    lone = len(fields) == 1 and (inside or views[i].after_break) and (email or _is_person(fields["from"]))
    if not (program or (email and "to" in fields) or lone):
        return None
    if program and len(fields) == 2 and not inside and not email and not _is_person(name or ""):
        return None
    return _Header(k - i, name, email, firm=True)


def _last_name(text: str) -> str | None:
    words = text.split()
    kept: list[str] = []
    while words and len(kept) < 3 and words[-1][0].isupper() and len(words[-1]) > 1 and words[-1].isalpha():
        kept.insert(0, words.pop())
    return " ".join(kept) if kept and words else None


def _person(text: str) -> tuple[str | None, str | None]:
    """The name and address in `Mon, 20 Jul 2026 at 10:23, Dana Ruiz <dana@acme.com>`; what is a date is no name."""
    text = text[:_LONGEST_MARKER]
    email = email_key(text) or None
    text = re.sub(r"<[^>]*>|\[mailto:[^\]]*\]|\([^)]*@[^)]*\)|\S+@\S+", " ", text).strip(" ,;:'\"*")
    words = text.split()
    kept: list[str] = []
    while words and not _dates(words):
        kept.insert(0, words.pop())
    name = " ".join(kept).strip(" ,;:'\"*<>")
    return (name or None), email


def _dates(words: list[str]) -> bool:
    """Whether the last word belongs to a date. Sam, Jan and April are people too, unless a day or a preposition leads to them."""
    word = words[-1].casefold().strip(".,;:")
    before = words[-2].casefold().strip(".,;:") if len(words) > 1 else ""
    if re.search(r"\d", word):
        return True
    if word not in DATE_WORDS:
        return False
    if word in CLOCK_WORDS:
        return bool(re.search(r"\d", before)) or not before
    if word in PARTICLES and before and not re.search(r"\d", before):
        return False
    if not words[-1][0].isupper() or word in PREPOSITIONS:
        return True
    # "10:23 AM Sam": that AM is no preposition.
    return bool(re.fullmatch(r"\d{1,2}(st|nd|rd|th)?", before)) or (before in PREPOSITIONS and words[-2] != "AM")


def _is_person(text: str) -> bool:
    words = re.sub(r"\([^)]*\)|<[^>]*>", "", text).replace(",", " ").split()
    small = {"of", "the", "de", "van", "von", "der", "la", "du", "di", "da", "and", "&", "bin", "al"}
    return (
        0 < len(words) <= 5
        and len(text) <= 60
        and all(word[0].isupper() or word.casefold() in small for word in words)
        and any(word[0].isupper() for word in words)
    )
