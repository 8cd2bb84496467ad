"""Who is to be forgotten, and where: the names a person goes by in the store, and the mask that hides them in other people's words."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, String, cast, or_, select

from agent.store import tables
from retrieval import tables as source
from retrieval.records import Record

MASK: Final = "█"
"""One for each code point, so that every offset into the text still holds."""
SHORTEST: Final = 3
"""Letters in a part of a name that is hidden by itself; shorter ones (`Li`, `de`) stand in too many other words' places."""


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    names: tuple[str, ...]
    """Full names, as contacts and speakers spell them."""
    accounts: tuple[str, ...]
    parts: tuple[str, ...]
    """Parts of the names that nobody else in these accounts carries."""
    shared: tuple[str, ...]
    """Parts that others carry too: left where they stand alone, since they may mean the others."""
    pattern: re.Pattern[str]

    def hide(self, text: str) -> str:
        """The text with the person's e-mail address and names masked, as long as before."""
        return self.pattern.sub(lambda match: MASK * len(match[0]), text)

    def named_in(self, text: str | None) -> bool:
        return bool(text) and self.pattern.search(text or "") is not None

    def said(self, record: Record) -> bool:
        """Whether the words are this person's: by address, by name where there is no address, or quoted from them."""
        if record.speaker_email:
            theirs = record.speaker_email.strip().casefold() == self.email
        else:
            theirs = self._is_name(record.speaker)
        return theirs or self.named_in(record.context.get("quoted_from"))

    def _is_name(self, speaker: str | None) -> bool:
        return bool(speaker) and _folded(speaker or "") in {_folded(name) for name in self.names}

    def is_speaker(self, speaker: str | None) -> bool:
        return self._is_name(speaker)


def find(conn: Connection, email: str) -> Person | None:
    """The person of that address among contacts and speakers, or None where the address stands nowhere in the store."""
    email = email.strip().casefold()
    names: dict[str, None] = {}
    found: set[str] = set()
    others: set[str] = set()
    stored = tables.accounts
    for row in conn.execute(select(stored.c.account_id, stored.c.facts).where(_holds(stored.c.facts, email))):
        for contact in row.facts["contacts"]:
            if contact["email"].strip().casefold() == email:
                names.setdefault(contact["name"])
                found.add(row.account_id)
    said = source.records
    query = select(said.c.account_id, said.c.speaker, said.c.speaker_email).distinct()
    for account_id, speaker, address in conn.execute(query.where(said.c.speaker_email.icontains(email, autoescape=True))):
        if address.strip().casefold() == email:
            found.add(account_id)
            if speaker and speaker.casefold() != email:
                names.setdefault(speaker)
    holding = or_(*(column.icontains(email, autoescape=True) for column in (said.c.text, said.c.speaker, said.c.voice_reason)))
    found.update(conn.scalars(select(said.c.account_id).where(or_(holding, _holds(said.c.context, email))).distinct()))
    if not found:
        return None
    for key in found:
        others.update(_others(conn, key, email, names))
    return _person(email, tuple(name for name in names if name.strip()), tuple(sorted(found)), others)


def _person(email: str, names: tuple[str, ...], accounts: tuple[str, ...], others: set[str]) -> Person:
    taken = {_folded(part) for name in others for part in _parts(name)}
    every = list(dict.fromkeys(part for name in names for part in _parts(name)))
    parts = tuple(part for part in every if _folded(part) not in taken)
    shared = tuple(part for part in every if _folded(part) in taken)
    return Person(email, names, accounts, parts, shared, _pattern(email, names, parts))


def _pattern(email: str, names: Iterable[str], parts: Iterable[str]) -> re.Pattern[str]:
    # A name of one word may be a word ("Support"): it is hidden as a part is, only as it is spelled.
    full = (email, *(name for name in names if len(name.split()) > 1))
    whole = [r"\s+".join(re.escape(part) for part in form.split()) for name in full for form in _forms(name)]
    alone = [re.escape(form) for part in parts for cased in (part, part.upper()) for form in _forms(cased)]
    pieces = [f"(?i:{form})" for form in sorted(whole, key=len, reverse=True)] + sorted(set(alone), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(pieces)})(?!\w)")


def _forms(text: str) -> list[str]:
    """The spellings that look the same."""
    return list(dict.fromkeys((text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))))


def _parts(name: str) -> list[str]:
    """The words of a name that identify somebody: with a capital, three letters or more."""
    return [part for part in re.findall(r"[\w'’-]+", name) if len(part) >= SHORTEST and part[0].isupper()]


def _others(conn: Connection, account_id: str, email: str, names: Iterable[str]) -> set[str]:
    """Names of everybody else who speaks or is a contact in the account, and of the account."""
    row = conn.execute(
        select(tables.accounts.c.name, tables.accounts.c.facts).where(tables.accounts.c.account_id == account_id)
    ).first()
    own = {_folded(name) for name in names}
    found = set(conn.scalars(select(source.records.c.speaker).where(source.records.c.account_id == account_id).distinct())) - {
        None
    }
    if row is not None:
        found |= {row.name} | {c["name"] for c in row.facts["contacts"] if c["email"].strip().casefold() != email}
    return {name for name in found if _folded(name) not in own and email not in name.casefold()}


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _holds(column: Column[Any], text: str) -> ColumnElement[bool]:
    """A JSON column that holds the text; it is stored in ASCII."""
    return cast(column, String).icontains(json.dumps(text)[1:-1], autoescape=True)
