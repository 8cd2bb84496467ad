"""Names, addresses and numbers of people out of texts that become cases. Pure.

It removes what is known (names of the account, its contacts, the speakers) and what has a form (mail and web addresses, phone
numbers). It cannot know a name that no table lists: that is why promotion is confirmed by a person, whom `suspicious` helps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WEB = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.])(?!\d{4}-\d\d-\d\d(?!\d))\+?\d[\d ()/-]{7,}\d(?!\w)")
_NAME = re.compile(r"(?<![.!?:“\"(]\s)(?<!^)\b[A-ZÀ-ÖØ-Þ][\w'’-]{2,}")
_SMALL: Final = frozenset(
    {"and", "the", "van", "von", "der", "den", "del", "gmbh", "ltd", "inc", "llc", "plc", "group", "company"}
)
PLACEHOLDER = re.compile(r"\[(?:person|company|mail|web|phone)[^\]]*\]")
SHORTEST: Final = 3
"""Parts of names below this many letters are too common to be taken out alone."""


@dataclass(slots=True)
class Mask:
    """Placeholders that are the same for the same name throughout a case."""

    companies: Iterable[str] = ()
    people: Iterable[str] = ()
    _known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in dict.fromkeys(name for name in self.companies if name):
            self._add(name, "[company]")
        for number, name in enumerate(dict.fromkeys(name for name in self.people if name), start=1):
            self._add(name, f"[person {number}]")

    def _add(self, name: str, placeholder: str) -> None:
        for part in (name, *re.split(r"[\s,.]+", name)):
            if len(part) >= SHORTEST and part.casefold() not in _SMALL:
                self._known.setdefault(part.casefold(), placeholder)

    def __call__(self, text: str) -> str:
        """The text without them. Longer names go first, so that a full name becomes one placeholder."""
        text = _MAIL.sub("[mail]", text)
        text = _WEB.sub("[web]", text)
        text = _PHONE.sub("[phone]", text)
        for name in sorted(self._known, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", self._known[name], text, flags=re.IGNORECASE)
        return text


def personal(text: str) -> list[str]:
    """What has the form of personal data and may not stay."""
    return [match.group() for pattern in (_MAIL, _WEB, _PHONE) for match in pattern.finditer(text)]


def suspicious(text: str) -> list[str]:
    """Capitalised words within sentences, which may be names; each once, in order. A hint for the person who confirms.

    `I'm` and words that also stand in lower case are none; the first word of a line may be one.
    """
    words = dict.fromkeys(_NAME.findall(PLACEHOLDER.sub(" ", text)))
    return [
        word for word in words if not re.match(r"I['’]", word) and not re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", text)
    ]
