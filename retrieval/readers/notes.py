"""The vendor's own notes: Markdown under a YAML front matter. What our people write about a customer is our voice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from retrieval.readers.files import FileText
from retrieval.readers.people import Attribution, Directory
from retrieval.readers.values import UnclearValueError, day_of, text_of
from retrieval.records import Problem, Record, Visibility, Voice, stable_id

_MATTER = re.compile(
    r"\A\ufeff?[ \t]*---[ \t]*(?:\r\n|\r|\n)(?P<yaml>.*?)(?:^|(?<=[\r\n]))(?:---|\.\.\.)[ \t]*(?:\r\n|\r|\n|\Z)", re.DOTALL
)
_MAX_MATTER = 64 * 1024
_MAX_ALIASES = 20
_NAME_WORDS = 3
"""More words are no name of a field: something that was written has slipped between the marks."""
_MAX_DEPTH = 20


def read_note(file: FileText, account_id: str | None, directory: Directory) -> tuple[list[Record], list[Problem]]:
    """One note as one record. `account_id` comes from the folder; without a folder, from the front matter."""
    problems = [replace(problem, account_id=account_id) for problem in file.problems]
    facts, begin, trouble = front_matter(file)
    problems += [replace(problem, account_id=account_id) for problem in trouble]
    text = file.text[begin:].strip()
    if not file.readable:
        return [], problems
    said = text_of(facts.get("account_id") or facts.get("account"))
    account = account_id or said or "unknown"
    if account_id and said and said != account_id:
        why = f"the note names account {said} and lies in the folder of {account_id}"
        problems.append(
            Problem(file.name, why, "Move the note or correct its front matter", field="account_id", account_id=account_id)
        )
    stem = re.sub(r"(\.(md|markdown|txt))?(\.gz)?$", "", file.name.rsplit("/", 1)[-1], flags=re.IGNORECASE)
    day, doubt = _day(file.name, facts.get("date"), stem)
    problems += [replace(problem, account_id=account) for problem in doubt]
    if not text:
        problems.append(Problem(file.name, "the note is empty", "Write the note or delete the file", account_id=account))
        return [], problems
    start = file.text.index(text, begin)
    who = _author(text_of(facts.get("author")), account, directory)
    kind, title = text_of(facts.get("type")), text_of(facts.get("title"))
    context = {"title": title or re.sub(r"^\d{4}-?\d{2}-?\d{2}[-_ ]*", "", stem).replace("-", " "), "kind": kind}
    source = f"note:{stem}"
    record = Record(
        record_id=stable_id(account, source, "0", text),
        account_id=account,
        source=source,
        locator=f"line {file.text[:start].count(chr(10)) + 1}",
        document=source,
        occurred_at=day,
        speaker=who.name,
        speaker_email=who.email,
        voice=who.voice,
        voice_reason=who.reason,
        visibility=Visibility.INTERNAL,
        text=text,
        context=MappingProxyType({key: value for key, value in context.items() if value}),
    )
    return [record], problems


def front_matter(file: FileText) -> tuple[Mapping[str, Any], int, list[Problem]]:
    """(the front matter's fields, where the body begins, what was wrong). Loaded safely, with caps on size and aliases."""
    match = _MATTER.match(file.text)
    if match is None:
        return {}, 0, []
    source = match["yaml"]

    def refuse(why: str) -> tuple[Mapping[str, Any], int, list[Problem]]:
        # The lines stay part of the note's text: nothing that was written is lost.
        remedy = "Repair the lines between the --- marks: author, date, account_id"
        return {}, 0, [Problem(file.name, why, remedy, line=1, field="front matter")]

    if len(source) > _MAX_MATTER or len(re.findall(r"(?:^|[\s\[{,:-])\*\w", source)) > _MAX_ALIASES:
        return refuse("the front matter is too large or refers to itself")
    if max((len(re.match(r"\s*", line)[0]) for line in source.splitlines()), default=0) > 200 or _depth(source) > _MAX_DEPTH:  # type: ignore[index]
        return refuse("the front matter is nested too deeply")
    from frontmatter.default_handlers import YAMLHandler  # imported here: only notes need YAML

    try:
        loaded = YAMLHandler().load(source)
    except (RecursionError, MemoryError):
        return refuse("the front matter is nested too deeply")
    except Exception as error:  # noqa: BLE001 - the YAML library raises many kinds, also ValueError and OverflowError
        return refuse(f"the front matter is not YAML ({str(error).splitlines()[0] if str(error) else type(error).__name__})")
    if loaded is None:
        return {}, match.end(), []
    if not isinstance(loaded, dict):
        return refuse("the front matter is not a list of fields")
    if any(len(str(key).split()) > _NAME_WORDS for key in loaded):
        return refuse("a line of the front matter is a sentence and no field")
    return {str(key).casefold(): value for key, value in loaded.items()}, match.end(), []


def _depth(source: str) -> int:
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", source):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _day(name: str, value: Any, stem: str) -> tuple[str, list[Problem]]:
    problems: list[Problem] = []
    if value is not None:
        try:
            return day_of(value), problems
        except UnclearValueError as error:
            problems.append(Problem(name, str(error), "Write the date as YYYY-MM-DD", field="date"))
    match = re.match(r"^(\d{4}-\d{2}-\d{2})(?!\d)", stem)
    if match:
        return match[1], problems
    if not problems:
        remedy = "Add `date: YYYY-MM-DD` to the front matter or begin the file name with it"
        problems.append(Problem(name, "the note has no date", remedy, field="date"))
    return "", problems


def _author(author: str, account_id: str, directory: Directory) -> Attribution:
    email = author if "@" in author else None
    name = None if email and " " not in author else re.sub(r"<[^>]*>", "", author).strip() or None
    who = directory.voice_of(account_id, name, email)
    if who.voice in (Voice.CUSTOMER, Voice.VENDOR):
        return who
    if not author:
        return Attribution(Voice.VENDOR, "an internal note; it names no author", None, None)
    return Attribution(Voice.VENDOR, "an internal note of our own side", who.name or author, who.email)
