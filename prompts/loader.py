"""Reads versioned texts. A text's version is in its file; its sha256 is that of the file's bytes, so a silent edit shows."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


class PromptError(Exception):
    """A text that does not exist or cannot be read: names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Phrases with `{placeholders}` for drafting without a model, by section and name."""

    name: str
    version: str
    sha256: str
    sections: Mapping[str, Mapping[str, str]]

    def say(self, section: str, phrase: str, **values: str) -> str:
        """The phrase with its placeholders filled. Raises PromptError for one that is not in the file or lacks a value."""
        try:
            return self.sections[section][phrase].format_map(values)
        except KeyError as error:
            raise PromptError(
                f"wording/{self.name}.toml: [{section}] {phrase} needs {error}. Add it to the file or pass its value."
            ) from error

    def has(self, section: str, phrase: str) -> bool:
        return phrase in self.sections.get(section, {})


@cache
def wording(name: str) -> Wording:
    """Load `prompts/wording/<name>.toml`."""
    path = resources.files("prompts").joinpath("wording", f"{name}.toml")
    try:
        raw = path.read_bytes()
        tree = tomllib.loads(raw.decode("utf-8"))
        version = tree.pop("version")
        tree.pop("changelog")
    except FileNotFoundError as error:
        raise PromptError(f"wording/{name}.toml does not exist. Known texts are in prompts/wording.") from error
    except KeyError as error:
        raise PromptError(f"wording/{name}.toml has no {error}. Give every text a version and a changelog.") from error
    except tomllib.TOMLDecodeError as error:
        raise PromptError(f"wording/{name}.toml cannot be read: {error}. Correct that line.") from error
    return Wording(name, str(version), hashlib.sha256(raw).hexdigest(), tree)
