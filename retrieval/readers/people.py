"""Whose words these are: a name and an address resolved against the account's contacts and the vendor's own people.

The ladder goes from certain to less certain and stops at the first rung that holds; what no rung holds is `unknown`, which
proves nothing (design invariant 2). An address always outranks a name, because a display name is whatever its user typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.readers.values import storable
from retrieval.records import Voice


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AUTOMATIC = re.compile(
    r"^(mailer-?daemon|postmaster|(no|do-?not|donot)[-_.]?reply|noreply|bounces?|auto(matic|mated)?[-_.]?(reply|response|mail)?"
    r"|notifications?|alerts?|daemon|listserv|majordomo)([-_.+=].*)?$"
)
FREE_MAIL = _words(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.co.uk icloud.com me.com aol.com gmx.de "
    "gmx.net web.de mail.com protonmail.com proton.me yandex.ru mail.ru qq.com 163.com orange.fr free.fr laposte.net "
    "libero.it t-online.de"
)
"""Domains that anybody can have an address at: never an account's own (formats.md, account identity ladder)."""

_TITLES = _words(
    "mr mrs ms miss mx dr prof professor sir dame herr frau madame monsieur mme sr sra señor señora don doña ing dipl ir"
)
_SUFFIXES = _words("phd md jr sr ii iii iv cpa cpcs mba msc bsc esq pmp cfa inc ltd llc llp gmbh ag ab plc")
_LONGEST = 400
"""Characters of a name or an address that are looked at; more is an attack on the patterns, not a person."""
_REMEMBERED = 4096
"""Names and addresses whose compared form is kept: the same few people write and speak all through an account."""
_EMAIL = re.compile(r"[^\s<>()\[\]\"',;:]+@[^\s<>()\[\]\"',;:]+")


@dataclass(frozen=True, slots=True)
class Attribution:
    """A voice, the reason for it in words that an account owner can check, and the person as the directory writes them."""

    voice: Voice
    reason: str
    name: str | None
    email: str | None


@lru_cache(maxsize=_REMEMBERED)
def email_key(email: str | None) -> str:
    """An address as it is compared: lower case, without `mailto:`, angle brackets or a display name; "" if there is none."""
    match = _EMAIL.search(unicodedata.normalize("NFC", (email or "")[:_LONGEST]))
    return match[0].casefold().removeprefix("mailto:").strip(".") if match else ""


@lru_cache(maxsize=_REMEMBERED)
def name_key(name: str | None) -> str:
    """A name as it is compared: case, titles, `(Company)` and `Last, First` evened out; accents are kept."""
    text = unicodedata.normalize("NFC", (name or "")[:_LONGEST])
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]|<[^>]*>", " ", text)
    text = re.split(r"\s[|/@]\s|\svia\s", text)[0]
    text = text.strip(" \t\r\n\"'“”‘’*_")
    if text.count(",") == 1:
        last, first = (part.strip() for part in text.split(","))
        if first.casefold().replace(".", "") in _SUFFIXES:
            text = last
        elif last and first and len(last.split()) <= 3 and len(first.split()) <= 3:
            text = f"{first} {last}"
    words = text.replace("’", "'").casefold().split()
    while len(words) > 1 and words[0].strip(".") in _TITLES:
        words.pop(0)
    while len(words) > 1 and words[-1].strip(".,").replace(".", "") in _SUFFIXES:
        words.pop()
    return " ".join(word.strip(",;:") for word in words).strip()


def is_automatic(email: str | None) -> bool:
    """Whether an address belongs to a machine (mailer-daemon, no-reply, bounces...) and not to a person."""
    return bool(_AUTOMATIC.match(email_key(email).partition("@")[0]))


def _within(domain: str, domains: Iterable[str]) -> bool:
    return any(domain == known or domain.endswith("." + known) for known in domains)


def _domains(text: str) -> frozenset[str]:
    parts = re.split(r"[;,\s]+", text.casefold())
    return frozenset(re.sub(r"^(https?://)?(www\.|@)?", "", part).split("/")[0] for part in parts if part.strip()) - {""}


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody a book knows. Build it with `directory_of`; an empty one resolves everybody to `unknown`."""

    team_by_email: Mapping[str, TeamMember] = field(default_factory=dict)
    team_by_name: Mapping[str, tuple[TeamMember, ...]] = field(default_factory=dict)
    vendor: str = "the vendor"
    vendor_domains: frozenset[str] = frozenset()
    contacts: Mapping[str, tuple[Contact, ...]] = field(default_factory=dict)
    """By account."""
    contact_by_email: Mapping[str, tuple[Contact, ...]] = field(default_factory=dict)
    account_domains: Mapping[str, frozenset[str]] = field(default_factory=dict)
    account_names: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Per account: names that write in its tickets under one address only, and that address."""

    def with_seen(self, account_id: str, people: Iterable[tuple[str | None, str | None]]) -> Directory:
        """The directory that also knows who writes in an account's tickets: (name, address) pairs as the export gives them."""
        addresses: dict[str, set[str]] = {}
        for name, email in people:
            if name_key(name) and email_key(email):
                addresses.setdefault(name_key(name), set()).add(email_key(email))
        known = {name: next(iter(emails)) for name, emails in addresses.items() if len(emails) == 1}
        return replace(self, seen={**self.seen, account_id: known})

    def voice_of(self, account_id: str, name: str | None, email: str | None) -> Attribution:
        """Whose side somebody is on, as seen from one account. Never raises; doubt is `unknown`."""
        # A name may come out of a message's text, which is kept as it is; as a fact it has to be one that can be stored.
        name, email = storable(name or ""), storable(email) if email else email
        key = email_key(email)
        shown = name.strip() or None
        if key:
            return self._by_email(account_id, shown, key, email)
        if shown is None:
            return Attribution(Voice.UNKNOWN, "no author is given", None, None)
        embedded = email_key(shown)
        if embedded:
            return self._by_email(account_id, shown, embedded, embedded)
        return self._by_name(account_id, shown)

    def knows_name(self, account_id: str, name: str) -> bool:
        """Whether somebody of this name is in the team or among the account's contacts."""
        key = name_key(name)
        known = key in self.team_by_name or key in self.seen.get(account_id, {})
        return bool(key) and (known or any(name_key(contact.name) == key for contact in self.contacts.get(account_id, ())))

    def _by_email(self, account_id: str, name: str | None, key: str, email: str | None) -> Attribution:
        shown_email = key if email is None else (_EMAIL.search(email[:_LONGEST]) or [key])[0]
        plain = re.sub(r"\+[^@]*@", "@", key)
        domain = key.rpartition("@")[2]
        member = self.team_by_email.get(key) or self.team_by_email.get(plain)
        if member:
            reason = f"{key} is in the team list ({member.title or 'no title given'})"
            return Attribution(Voice.VENDOR, reason, name or member.name, shown_email)
        if _within(domain, self.vendor_domains):
            return Attribution(Voice.VENDOR, f"{domain} is a domain of {self.vendor}", name, shown_email)
        matches = self.contact_by_email.get(key, ()) or self.contact_by_email.get(plain, ())
        own = next((contact for contact in matches if contact.account_id == account_id), None)
        if own:
            reason = f"{key} is a contact of this account ({own.title or own.role or 'no title given'})"
            return Attribution(Voice.CUSTOMER, reason, name or own.name, shown_email)
        if is_automatic(key):
            return Attribution(Voice.EXTERNAL, f"automatic sender ({key}), not a person", name, shown_email)
        if _within(domain, self.account_domains.get(account_id, ())):
            return Attribution(Voice.CUSTOMER, f"{domain} is this account's own domain", name, shown_email)
        if matches:
            other = matches[0].account_id
            company = self.account_names.get(other) or other
            reason = f"{key} is a contact of another account ({company}), not of this one"
            return Attribution(Voice.EXTERNAL, reason, name or matches[0].name, shown_email)
        if not self.account_domains and not self.vendor_domains and not self.contacts and not self.team_by_email:
            return Attribution(Voice.UNKNOWN, f"no contacts, team or domains to place {key} by", name, shown_email)
        if account_id not in self.account_domains and not self.contacts.get(account_id):
            return Attribution(Voice.UNKNOWN, f"nothing is known of this account to place {key} by", name, shown_email)
        return Attribution(Voice.EXTERNAL, f"{domain} belongs neither to this account nor to {self.vendor}", name, shown_email)

    def _by_name(self, account_id: str, name: str) -> Attribution:
        key = name_key(name)
        if not key:
            return Attribution(Voice.UNKNOWN, "no author is given", name, None)
        team = self.team_by_name.get(key, ())
        contacts = self.contacts.get(account_id, ())
        ours = tuple(contact for contact in contacts if name_key(contact.name) == key)
        how = "name"
        if not team and not ours and " " not in key:
            everybody = {key_: people for key_, people in self.team_by_name.items() if key_.split(" ")[0] == key}
            team = tuple(member for people in everybody.values() for member in people)
            ours = tuple(contact for contact in contacts if name_key(contact.name).split(" ")[0] == key)
            how = "first name"
        if team and ours:
            return Attribution(Voice.UNKNOWN, f"the {how} {name} is both in the team list and among the contacts", name, None)
        if len(team) > 1 or len(ours) > 1:
            return Attribution(Voice.UNKNOWN, f"the {how} {name} stands for more than one person here", name, None)
        if team:
            return Attribution(Voice.VENDOR, f"the {how} {name} is in the team list only", team[0].name, team[0].email or None)
        if ours:
            if self._claims_vendor(name):
                reason = f"the display name {name} names both a contact and {self.vendor}"
                return Attribution(Voice.UNKNOWN, reason, name, None)
            detail = ours[0].title or ours[0].role or "no title given"
            reason = f"the {how} {name} is a contact of this account ({detail}) and of nobody else here"
            return Attribution(Voice.CUSTOMER, reason, ours[0].name, ours[0].email or None)
        if self._claims_vendor(name):
            return Attribution(Voice.VENDOR, f"the display name {name} says {self.vendor}", name, None)
        if key in self.seen.get(account_id, {}):
            email = self.seen[account_id][key]
            who = self._by_email(account_id, name, email, None)
            return Attribution(who.voice, f"{name} writes in this account's tickets; {who.reason}", who.name, who.email)
        reason = f"nobody called {name} is in the team list or among this account's contacts"
        return Attribution(Voice.UNKNOWN, reason, name, None)

    def _claims_vendor(self, name: str) -> bool:
        inside = re.findall(r"\(([^)]*)\)|[|@]\s*(\S.*)$", name)
        vendor = name_key(self.vendor)
        return vendor not in ("", "the vendor") and any(name_key(part) == vendor for pair in inside for part in pair)


def directory_of(
    accounts: Iterable[Account] = (),
    contacts: Iterable[Contact] = (),
    team: Iterable[TeamMember] = (),
    catalog: Catalog | None = None,
) -> Directory:
    """The directory of a book: its accounts' domains, its contacts, the vendor's team and domains."""
    by_account: dict[str, list[Contact]] = {}
    by_email: dict[str, list[Contact]] = {}
    for contact in contacts:
        by_account.setdefault(contact.account_id, []).append(contact)
        if key := email_key(contact.email):
            by_email.setdefault(key, []).append(contact)
    return directory_over(
        {account.account_id: account for account in accounts},
        {key: tuple(people) for key, people in by_account.items()},
        {key: tuple(people) for key, people in by_email.items()},
        team,
        catalog,
    )


def directory_over(
    accounts: Mapping[str, Account],
    contacts: Mapping[str, tuple[Contact, ...]],
    contact_by_email: Mapping[str, tuple[Contact, ...]],
    team: Iterable[TeamMember] = (),
    catalog: Catalog | None = None,
) -> Directory:
    """The same over mappings that are there: accounts by id, contacts by account, and contacts by `email_key` of their address."""
    catalog = catalog or Catalog()
    team = tuple(team)
    by_name: dict[str, list[TeamMember]] = {}
    for member in team:
        if key := name_key(member.name):
            by_name.setdefault(key, []).append(member)
    vendor_domains = frozenset(part for domain in catalog.domains for part in _domains(domain)) - FREE_MAIL
    return Directory(
        team_by_email={email_key(member.email): member for member in team if email_key(member.email)},
        team_by_name={key: tuple(people) for key, people in by_name.items()},
        vendor=catalog.vendor or "the vendor",
        vendor_domains=vendor_domains,
        contacts=contacts,
        contact_by_email=contact_by_email,
        account_domains=_DomainsOf(accounts, FREE_MAIL | vendor_domains),
        account_names=_NamesOf(accounts),
    )


class _NamesOf(Mapping[str, str]):
    """Accounts' names, looked up."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts

    def __getitem__(self, account_id: str) -> str:
        return self._accounts[account_id].name

    def __iter__(self) -> Iterator[str]:
        return iter(self._accounts)

    def __len__(self) -> int:
        return len(self._accounts)


class _DomainsOf(Mapping[str, frozenset[str]]):
    """Accounts' own domains, worked out when asked for; those that are anybody's are nobody's own."""

    def __init__(self, accounts: Mapping[str, Account], others: frozenset[str]) -> None:
        self._accounts, self._others = accounts, others
        self._last: tuple[str, frozenset[str]] | None = None

    def __getitem__(self, account_id: str) -> frozenset[str]:
        last = self._last
        if last is None or last[0] != account_id:
            self._last = last = account_id, _domains(self._accounts[account_id].domain) - self._others
        return last[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._accounts)

    def __len__(self) -> int:
        return len(self._accounts)
