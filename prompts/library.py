"""Versioned prompts: `prompts/<id>/<version>.md`, front matter above, messages below. The highest number is the one in use.

A prompt's sha256 is that of its file's bytes: it is part of every answer's key, so that a silent edit asks again and cannot hide.
Everything that varies comes last, fenced and marked as data, so that the part above it stays word for word the same and is cached.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Literal

from prompts.loader import PromptError

if TYPE_CHECKING:
    from langchain_core.prompts import ChatPromptTemplate

Role = Literal["system", "user"]
_SECTION: Final = re.compile(r"^=== (system|user) ===\n", re.MULTILINE)
_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")
_FENCE: Final = re.compile(r"<(?=\s*/?\s*document)", re.IGNORECASE)
_FIELDS: Final = ("id", "version", "inputs", "output", "changelog")


@dataclass(frozen=True, slots=True)
class Prompt:
    id: str
    version: str
    inputs: tuple[str, ...]
    output: str
    """The name of the answer's model."""
    changelog: str
    sha256: str
    messages: tuple[tuple[Role, str], ...]
    """With `{{placeholders}}`; the first is the same in every call."""
    text: str
    """The file as it is."""

    @property
    def label(self) -> str:
        return f"{self.id}/{self.version}"

    def render(self, **values: str) -> tuple[tuple[Role, str], ...]:
        """Messages with every input filled in, once: placeholders inside a value stay as they are.

        Raises PromptError for an input that is missing or unknown.
        """
        if set(values) != set(self.inputs):
            raise PromptError(
                f"{self.label} takes {', '.join(self.inputs)}, and was given {', '.join(sorted(values)) or 'nothing'}."
            )
        return tuple((role, _PLACE.sub(lambda place: values[place[1]], body)) for role, body in self.messages)

    def chat_prompt(self) -> ChatPromptTemplate:
        """The same as a LangChain prompt, for chains and agents."""
        from langchain_core.prompts import ChatPromptTemplate

        said = [("human" if role == "user" else role, _PLACE.sub(r"{{{\1}}}", body)) for role, body in self.messages]
        return ChatPromptTemplate.from_messages(said, template_format="mustache")


def fenced(text: str) -> tuple[str, str]:
    """`(marker, text)` for a document in a prompt: a marker that the text does not hold, and the text without a fence of its own.

    The marker is made from the text, so that nobody who wrote a part of it could foresee it, and so that the same question is the
    same question tomorrow. A "<" that opens something like our fence is written full-width, which the verifier reads as "<" again.
    """
    safe = _FENCE.sub("＜", text)
    attempt = 0
    while True:
        marker = hashlib.sha256(f"{attempt}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
        if marker not in safe:
            return marker, safe
        attempt += 1


def prompt(prompt_id: str, version: str | None = None) -> Prompt:
    """A prompt: in the version that is named, else that which EARNED_PROMPTS pins, else the newest.

    EARNED_PROMPTS=extract_signals/1,draft_hypothesis/2 goes back, or measures an older version again. Raises PromptError naming
    what there is.
    """
    return _read(prompt_id, version or _pinned(os.environ.get("EARNED_PROMPTS", "")).get(prompt_id))


@cache
def _pinned(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for label in filter(None, (part.strip() for part in text.split(","))):
        prompt_id, _, version = label.partition("/")
        if version not in versions(prompt_id):
            raise PromptError(
                f"EARNED_PROMPTS names {label!r}; write ID/VERSION of {', '.join(prompt_ids())}, with commas between."
            )
        found[prompt_id] = version
    return found


@cache
def _read(prompt_id: str, version: str | None) -> Prompt:
    known = versions(prompt_id)
    if not known:
        raise PromptError(f"There is no prompt {prompt_id!r}; there are {', '.join(prompt_ids())}.")
    chosen = version or known[-1]
    if chosen not in known:
        raise PromptError(f"{prompt_id} has no version {chosen}; it has {', '.join(known)}.")
    raw = resources.files("prompts").joinpath(prompt_id, f"{chosen}.md").read_bytes()
    return parse(raw, f"{prompt_id}/{chosen}.md")


def parse(raw: bytes, where: str) -> Prompt:
    """A prompt from its file's bytes. Raises PromptError naming the file and what is wrong."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PromptError(f"prompts/{where}:{line} is not UTF-8 text. Save the file as UTF-8.") from error
    head, body = _front_matter(text, where)
    lacking = [name for name in _FIELDS if name not in head]
    if lacking:
        raise PromptError(f"prompts/{where} lacks {', '.join(lacking)} in its front matter.")
    if f"{head['id']}/{head['version']}.md" != where:
        raise PromptError(f"prompts/{where} says that it is {head['id']}/{head['version']}. Correct the file or its name.")
    parts = _SECTION.split(str(body) + "\n")
    messages = tuple((_role(role), content.strip("\n")) for role, content in zip(parts[1::2], parts[2::2], strict=True))
    used = {name for _, content in messages for name in _PLACE.findall(content)}
    inputs = _names(head["inputs"])
    if used != set(inputs) or [role for role, _ in messages] != ["system", "user"]:
        raise PromptError(f"prompts/{where} must have a system and a user part that use exactly {', '.join(inputs)}.")
    if _PLACE.search(messages[0][1]):
        raise PromptError(f"prompts/{where}: the system part must be the same in every call. Move its inputs to the user part.")
    digest = hashlib.sha256(raw).hexdigest()
    return Prompt(
        str(head["id"]), str(head["version"]), inputs, str(head["output"]), str(head["changelog"]), digest, messages, text
    )


def _front_matter(text: str, where: str) -> tuple[Mapping[str, Any], str]:
    import frontmatter
    from yaml import YAMLError  # type: ignore[import-untyped]

    try:
        head, body = frontmatter.parse(text)
    except (YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 2}" if mark else ""  # below the line of dashes
        said = getattr(error, "problem", None) or type(error).__name__
        raise PromptError(f"prompts/{where}{line}: its front matter is not YAML ({said}). Correct that line.") from error
    if not isinstance(head, dict):
        raise PromptError(f"prompts/{where}: its front matter is no list of names and values. Correct it.")
    return head, str(body)


def prompt_ids() -> list[str]:
    """Every prompt's id, sorted."""
    found = [entry.name for entry in resources.files("prompts").iterdir() if entry.is_dir() and versions(entry.name)]
    return sorted(found)


def versions(prompt_id: str) -> list[str]:
    """The versions of a prompt, oldest first; empty for an id that is none."""
    folder = resources.files("prompts").joinpath(prompt_id)
    if not re.fullmatch(r"\w+", prompt_id) or not folder.is_dir():
        return []
    found = [entry.name.removesuffix(".md") for entry in folder.iterdir() if entry.name.endswith(".md")]
    return sorted((name for name in found if name.isdigit()), key=int)


def listing() -> list[dict[str, Any]]:
    """The rows of `earned prompts list`: the versions in use, with what changed last."""
    rows = [prompt(prompt_id) for prompt_id in prompt_ids()]
    return [
        {
            "id": item.id,
            "version": item.version,
            "versions": versions(item.id),
            "inputs": list(item.inputs),
            "output": item.output,
            "sha256": item.sha256,
            "changelog": item.changelog,
        }
        for item in rows
    ]


def difference(prompt_id: str, old: str, new: str | None = None) -> str:
    """A unified diff of two versions (the newest by default); empty if they are equal."""
    before, after = prompt(prompt_id, old), prompt(prompt_id, new)
    lines = unified_diff(before.text.splitlines(), after.text.splitlines(), before.label, after.label, lineterm="")
    return "\n".join(lines)


def versions_in_use(ids: tuple[str, ...]) -> Mapping[str, str]:
    """Prompt id -> version, for what a draft says about how it was made."""
    return {prompt_id: prompt(prompt_id).version for prompt_id in ids}


def _role(name: str) -> Role:
    return "system" if name == "system" else "user"


def _names(listed: object) -> tuple[str, ...]:
    return tuple(str(name) for name in listed) if isinstance(listed, list) else ()
