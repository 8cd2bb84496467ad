"""The call that extraction is measured on: 20,113 words, 389 turns, 60 planted sentences with known offsets. Deterministic.

The same text that langextract was measured on, made anew from the same seed (sha256 is checked), as records of one account.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass

from agent.extraction.proposals import Reading
from retrieval.accounts import Account, Catalog
from retrieval.records import Record, Visibility, Voice, stable_id

TEXT_SHA256 = "9dd7171029478498cd3c0eba7f47359f47d9c135335aa1367147a284bc646db1"
SPEAKERS = ["Dana (Acme)", "Priya (Acme)", "Luis (Vendor CSM)", "Morgan (Vendor AE)", "Tom (Acme)"]
SUBJECTS = ["the team", "our group", "finance", "the ops side", "my manager", "everyone here", "the new folks", "Kara"]
VERBS = ["looked at", "talked through", "went over", "started on", "finished", "parked", "revisited", "asked about"]
OBJECTS = ["the dashboard", "the weekly report", "that export", "the onboarding doc", "the sync job", "the training plan"]
OBJECTS += ["those tickets", "the mobile view", "the invoice layout", "the calendar"]
TAILS = ["on Tuesday", "last week", "before the holiday", "after lunch", "during the call", "in the morning"]
TAILS += ["and it was fine", "and nobody minded", "which helped a bit", "so that is done", "as we said", "for now"]
OPENERS = ["Yeah,", "Right,", "So", "Okay,", "Honestly,", "Well,", "Sure,", "I mean,", "And", ""]
PLANTED = [
    ("seat_expansion", "We are going to need about {n} more seats for the {team} team by {month}."),
    ("seat_expansion", "Every one of our {n} licenses is taken and people are sharing logins in {team}."),
    ("renewal_risk", "The renewal in {month} is not a done deal if the outages keep hitting {team}."),
    ("budget", "I have ${n}k of budget left for {month} that {team} has to spend or lose."),
    ("upgrade", "The {team} folks asked me whether the upgrade to the enterprise tier covers {n} regions."),
    ("feature_gate", "Security told {team} that without SSO we cannot onboard the other {n} people in {month}."),
    ("rollout", "The rollout to {team} starts in {month} with roughly {n} stores."),
    ("limits", "We hit the rate limit {n} times in {month}, mostly from {team}."),
]
TEAMS = ["Denver", "support", "field sales", "logistics", "Berlin", "claims", "data", "partner", "QA", "Austin"]
MONTHS = ["January", "March", "April", "June", "July", "September", "October", "November"]


@dataclass(frozen=True, slots=True)
class Call:
    text: str
    planted: tuple[str, ...]


def call(words: int = 19_100, signals: int = 60, seed: int = 7) -> Call:
    """The call's text, one `[mm:ss] Speaker: words` a line, and the planted sentences in order."""
    rng = random.Random(seed)
    turns: list[list[str]] = []
    count = 0
    while count < words:
        turn = [_filler(rng) for _ in range(rng.randint(2, 7))]
        turns.append(turn)
        count += sum(len(sentence.split()) for sentence in turn) + 3
    planted: list[str] = []
    for at in sorted(rng.sample(range(len(turns)), signals)):
        sentence = _plant(rng)
        while sentence in planted:
            sentence = _plant(rng)
        turns[at].insert(rng.randint(0, len(turns[at])), sentence)
        planted.append(sentence)
    second, lines = 0, []
    for turn in turns:
        second += rng.randint(4, 40)
        lines.append(f"[{second // 60:02d}:{second % 60:02d}] {rng.choice(SPEAKERS)}: {' '.join(turn)}\n")
    return Call("".join(lines), tuple(planted))


def _filler(rng: random.Random) -> str:
    parts = (rng.choice(OPENERS), rng.choice(SUBJECTS), rng.choice(VERBS), rng.choice(OBJECTS), rng.choice(TAILS))
    return " ".join(part for part in parts if part).strip() + "."


def _plant(rng: random.Random) -> str:
    _, template = rng.choice(PLANTED)
    return template.format(n=rng.randint(11, 480), team=rng.choice(TEAMS), month=rng.choice(MONTHS))


def reading_of(text: str, account_id: str = "bench") -> Reading:
    """The call as records, everybody at the customer's: what is measured is reading, not who says it."""
    records = []
    for position, line in enumerate(text.splitlines()):
        found = re.match(r"\[[\d:]+\] ([^:]+): (.*)$", line)
        if found is None:
            raise ValueError(f"line {position + 1} is no turn")
        records.append(
            Record(
                record_id=stable_id(account_id, str(position), found[2]),
                account_id=account_id,
                source="transcript:2026-01-01-call",
                locator=f"line {position + 1}",
                document="transcript:2026-01-01-call",
                occurred_at="2026-01-01",
                speaker=found[1],
                speaker_email=None,
                voice=Voice.CUSTOMER,
                voice_reason="planted",
                visibility=Visibility.PUBLIC,
                text=found[2],
                position=position,
            )
        )
    return Reading(Account(account_id, "Acme"), (), Catalog(), tuple(records))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
