"""A book of any size, made by a seed: what the benchmarks of scale read.

    python -m evals.bench.estate --out DIR [--accounts 10000] [--records 1000000] [--seed 7]
    python -m evals.bench.estate --out DIR --change 0.01 [--night 1] [--seed 7]

Writes tickets, transcripts, notes, usage, events and rosters as the readers take them, with exactly `--records` records in them.
The same seed gives the same bytes. Accounts are written one after the other, so memory does not depend on their number.

`--change` edits a made estate in place, as a night's exports would: that share of its accounts gets a new comment on a ticket and
a new note, every fourth of them another last usage figure, every tenth one more contact. Another `--night` chooses others.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from evals.bench.estate_words import COMPANY, COMPANY_END, FIRST, LAST, TRADE, say, several

FEWEST: Final = 20
"""Records of an account, at least."""
LAST_DAY: Final = date(2026, 11, 20)
WEEKS: Final = 26
VENDOR, DOMAIN = "Halcyra", "halcyra.example"
METRICS: Final = ("licensed_seats", "active_seats", "runs")
TITLES: Final = (("Head of Operations", "sponsor"), ("Finance Director", "economic_buyer"), ("Process Analyst", "champion"),
                 ("IT Manager", "admin"), ("Shift Lead", "user"))  # fmt: skip
CATALOG: Final = {
    "vendor": VENDOR,
    "domains": [DOMAIN],
    "currency": "EUR",
    "plans": [
        {"id": "team", "name": "Team", "price_per_seat_month": 25, "features": ["workflow builder", "40 connectors"]},
        {"id": "business", "name": "Business", "price_per_seat_month": 48, "features": ["single sign-on", "scheduled reports", "API"]},
        {"id": "enterprise", "name": "Enterprise", "price_per_seat_month": 80, "features": ["audit log", "bulk replay", "custom roles"]},
    ],
    "addons": [
        {"id": "sign", "name": "Signatures", "price_month": 400, "unit": "workspace", "features": ["electronic signatures"]},
        {"id": "sandbox", "name": "Sandbox", "price_month": 250, "unit": "workspace", "features": ["sandbox workspaces"]},
    ],
    "unit_costs": {"seat_month": 4.0, "run": 0.0004},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    title: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    number: int
    account_id: str
    name: str
    domain: str
    people: tuple[Person, ...]
    owner: Person
    chance: random.Random
    """The account's own: what is written of it does not depend on the accounts before it."""

    def facts(self, who: str = "") -> dict[str, str]:
        return {"product": VENDOR, "company": self.name, "who": who or self.people[0].name}


def write_estate(out: Path, accounts: int, records: int, seed: int) -> None:
    """Write the book into the new folder `out`. Raises ValueError for fewer than `FEWEST` records an account."""
    if records < accounts * FEWEST:
        raise ValueError(f"{accounts} accounts need {accounts * FEWEST} records at least.")
    for folder in ("tickets", "transcripts", "notes"):
        (out / folder).mkdir(parents=True)
    team = _team(accounts, seed)
    _write(out / "catalog.json", json.dumps(CATALOG, indent=1))
    with (
        _table(out / "accounts.csv") as rosters,
        _table(out / "contacts.csv") as contacts,
        _table(out / "team.csv") as staff,
        _table(out / "usage.csv") as usage,
        _table(out / "events.csv") as events,
    ):
        staff.row("name", "email", "title")
        for member in team:
            staff.row(member.name, member.email, member.title)
        rosters.row("account_id", "name", "domain", "industry", "segment", "plan", "arr", "currency", "seats_licensed",
                    "contract_start", "renewal_date", "owner_email", "health_score")  # fmt: skip
        contacts.row("account_id", "name", "email", "title", "role")
        usage.row("account_id", "date", "metric", "value")
        events.row("account_id", "date", "kind", "headline", "source")
        for number in range(accounts):
            customer = _customer(number, team, seed)
            _write_account(out, customer, _share(number, accounts, records), rosters, contacts, usage, events)


def _share(number: int, accounts: int, records: int) -> int:
    """Records of the account: uneven from one to the next, and `records` in all."""
    even = records * (number + 1) // accounts - records * number // accounts
    partner = number ^ 1
    if partner >= accounts:
        return even
    smaller = min(even, records * (partner + 1) // accounts - records * partner // accounts)
    less = (smaller - FEWEST) * ((number // 2 * 37) % 60) // 100
    return even - less if number % 2 else even + less


def _team(accounts: int, seed: int) -> list[Person]:
    chance = random.Random(f"{seed}:team")
    names = {f"{chance.choice(FIRST)} {chance.choice(LAST)}-{chance.choice(LAST)}": None for _ in range(max(4, accounts // 200))}
    return [Person(name, f"{_mailbox(name)}@{DOMAIN}", "Customer Success Manager") for name in names]


def _customer(number: int, team: list[Person], seed: int) -> Customer:
    chance = random.Random(f"{seed}:{number}")
    stem = f"{chance.choice(COMPANY)}{chance.choice(COMPANY_END)}"
    domain = f"{stem.lower()}{number}.example"
    names = [f"{chance.choice(FIRST)} {chance.choice(LAST)}" for _ in range(3 + number % 3)]
    people = tuple(Person(name, f"{_mailbox(name)}@{domain}", *TITLES[at]) for at, name in enumerate(dict.fromkeys(names)))
    owner = team[chance.randrange(len(team))]
    return Customer(number, f"acc-{number:06d}", f"{stem} {chance.choice(TRADE)}", domain, people, owner, chance)


def _write_account(
    out: Path, customer: Customer, records: int, rosters: _Rows, contacts: _Rows, usage: _Rows, events: _Rows
) -> None:
    chance, key = customer.chance, customer.account_id
    seats = chance.randrange(10, 400)
    begun = LAST_DAY - timedelta(days=chance.randrange(200, 1500))
    plan = chance.choice(["team", "business", "business", "enterprise"])
    rosters.row(key, customer.name, customer.domain, customer.name.split()[-1].lower(), chance.choice(["smb", "mid_market"]), plan,
                seats * 480, "EUR", seats, begun, LAST_DAY + timedelta(days=chance.randrange(10, 360)), customer.owner.email,
                chance.randrange(30, 95))  # fmt: skip
    for person in customer.people:
        contacts.row(key, person.name, person.email, person.title, person.role)
    active, growth = chance.randrange(4, seats), chance.uniform(0.97, 1.04)
    for week in range(WEEKS):
        day = LAST_DAY - timedelta(days=7 * (WEEKS - week))
        active_now = min(seats, max(0, round(active * growth**week)))
        for metric, value in zip(METRICS, (seats, active_now, active_now * chance.randrange(20, 60)), strict=True):
            usage.row(key, day, metric, value)
    left = records - len(METRICS)
    if customer.number % 3 == 0:
        headline = say("headline", chance, customer.facts())
        kind = chance.choice(["funding", "hiring", "new_office", "acquisition"])
        events.row(key, LAST_DAY - timedelta(days=chance.randrange(1, 300)), kind, headline, "trade press")
        left -= 1
    for at in range(max(1, records // 30)):
        left -= _write_note(out, customer, at)
    for at in range(max(1, records // 50)):
        left -= _write_call(out, customer, at, min(24, left // 2))
    _write_tickets(out, customer, left)


def _write_note(out: Path, customer: Customer, at: int, day: date | None = None) -> int:
    chance = customer.chance
    day = day or LAST_DAY - timedelta(days=chance.randrange(1, 360))
    body = several("written", chance, customer.facts(chance.choice(customer.people).name), 3)
    matter = f"---\naccount_id: {customer.account_id}\nauthor: {customer.owner.email}\ndate: {day}\n---\n\n"
    _write(out / "notes" / customer.account_id / f"{day}-note-{at}.md", f"{matter}{body}\n")
    return 1


def _write_call(out: Path, customer: Customer, at: int, turns: int) -> int:
    chance = customer.chance
    day = LAST_DAY - timedelta(days=chance.randrange(1, 360))
    lines, clock = ["WEBVTT", ""], 1.0
    for turn in range(turns):
        ours = turn % 2 == 0
        speaker = customer.owner.name if ours else chance.choice(customer.people).name
        words = several("ours" if ours else "said", chance, customer.facts(), 4)
        begin, clock = clock, clock + len(words) / 14
        lines += [str(turn + 1), f"{_clock(begin)} --> {_clock(clock)}", f"<v {speaker}>{words}", ""]
    _write(out / "transcripts" / customer.account_id / f"{day}-call-{at}.vtt", "\n".join(lines))
    return turns


def _write_tickets(out: Path, customer: Customer, records: int) -> None:
    """As many messages as make `records` records: a signature or a quoted reply is one more."""
    chance, tickets = customer.chance, list[dict[str, Any]]()
    while records > 0:
        number = len(tickets)
        moment = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 8, tzinfo=UTC) - timedelta(
            minutes=chance.randrange(500_000)
        )
        asking = chance.choice(customer.people)
        body, count = _message(asking, "said", customer, "", records)
        records -= count
        ticket: dict[str, Any] = {
            "id": customer.number * 1000 + number + 1,
            "subject": say("subject", chance, customer.facts()),
            "description": body,
            "status": chance.choice(["open", "solved", "closed"]),
            "priority": chance.choice(["low", "normal", "high"]),
            "created_at": _moment(moment),
            "requester": {"name": asking.name, "email": asking.email},
            "tags": [],
        }
        comments: list[dict[str, Any]] = []
        for _ in range(min(records, chance.randrange(1, 7))):
            if records <= 0:
                break
            ours = len(comments) % 2 == 0
            author = customer.owner if ours else asking
            moment += timedelta(minutes=chance.randrange(5, 3000))
            body, count = _message(author, "ours" if ours else "said", customer, body.split("\n")[0], records)
            records -= count
            comments.append({
                "id": ticket["id"] * 100 + len(comments) + 1,
                "author": {"name": author.name, "email": author.email},
                "public": True,
                "created_at": _moment(moment),
                "body": body,
            })  # fmt: skip
        ticket["updated_at"] = _moment(moment)
        tickets.append({**ticket, "comments": comments})
    _write(out / "tickets" / f"{customer.account_id}.json", json.dumps({"tickets": tickets}, ensure_ascii=False))


def _message(author: Person, symbol: str, customer: Customer, answered: str, records: int) -> tuple[str, int]:
    words = several(symbol, customer.chance, customer.facts(), 4)
    luck = customer.chance.random()
    if luck < 0.1 and records > 1:
        return f"{words}\n\nKind regards,\n{author.name}\n{author.title}", 2
    if luck < 0.2 and records > 1 and answered:
        return f"{words}\n\n> {answered}", 2
    return words, 1


def change_estate(out: Path, share: float, night: int, seed: int) -> list[str]:
    """Edit `share` of the accounts in place; their ids. The same night changes the same accounts in the same way."""
    with (out / "accounts.csv").open(encoding="utf-8", newline="") as file:
        known = [row["account_id"] for row in csv.DictReader(file)]
    chance = random.Random(f"{seed}:night:{night}")
    chosen = sorted(chance.sample(range(len(known)), max(1, round(len(known) * share))))
    team = _team(len(known), seed)
    measured: dict[str, int] = {}
    for at, number in enumerate(chosen):
        customer = _customer(number, team, seed)
        fresh = random.Random(f"{seed}:{number}:night:{night}")
        customer.chance.setstate(fresh.getstate())
        _comment(out / "tickets" / f"{customer.account_id}.json", customer, night)
        _write_note(out, customer, 1000 + night, LAST_DAY + timedelta(days=night))
        if at % 4 == 0:
            measured[customer.account_id] = fresh.randrange(5, 4000)
        if at % 10 == 0:
            name = f"{fresh.choice(FIRST)} {fresh.choice(LAST)}-{fresh.choice(LAST)}"
            with _table(out / "contacts.csv", "a") as contacts:
                contacts.row(customer.account_id, name, f"{_mailbox(name)}@{customer.domain}", "Planner", "user")
    if measured:
        _edit_usage(out / "usage.csv", measured)
    return [known[number] for number in chosen]


def _comment(path: Path, customer: Customer, night: int) -> None:
    raw = json.loads(path.read_text("utf-8"))
    ticket = raw["tickets"][customer.chance.randrange(len(raw["tickets"]))]
    moment = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 9, tzinfo=UTC) + timedelta(days=night)
    author = customer.people[0]
    ticket["comments"].append({
        "id": ticket["id"] * 100 + 50 + len(ticket["comments"]),
        "author": {"name": author.name, "email": author.email},
        "public": True,
        "created_at": _moment(moment),
        "body": several("said", customer.chance, customer.facts(), 4),
    })  # fmt: skip
    ticket["updated_at"] = _moment(moment)
    _write(path, json.dumps(raw, ensure_ascii=False))


def _edit_usage(path: Path, measured: dict[str, int]) -> None:
    last = f",{LAST_DAY - timedelta(days=7)},{METRICS[-1]},"
    fresh = path.with_name(".usage.csv")
    with path.open(encoding="utf-8", newline="") as old, fresh.open("w", encoding="utf-8", newline="") as new:
        for line in old:
            account_id = line.partition(",")[0]
            new.write(f"{account_id}{last}{measured[account_id]}\n" if account_id in measured and last in line else line)
    os.replace(fresh, path)


class _Rows:
    """A CSV file being written."""

    def __init__(self, path: Path, mode: str) -> None:
        self._file = path.open(mode, encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")

    def row(self, *fields: object) -> None:
        self._writer.writerow(fields)

    def __enter__(self) -> _Rows:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _table(path: Path, mode: str = "w") -> _Rows:
    return _Rows(path, mode)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="\n")
    except FileNotFoundError:
        path.parent.mkdir()
        path.write_text(text, "utf-8", newline="\n")


def _mailbox(name: str) -> str:
    return name.lower().replace(" ", ".").replace("ü", "ue")


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{int(seconds * 1000) % 1000:03d}"


def sizes(out: Path) -> Iterator[int]:
    """Bytes of each file of an estate."""
    return (path.stat().st_size for path in out.rglob("*") if path.is_file())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--change", type=float, help="edit this share of the accounts of an estate that is there")
    parser.add_argument("--night", type=int, default=1)
    options = parser.parse_args()
    begun = time.perf_counter()
    row: dict[str, object]
    if options.change is not None:
        row = {"changed": len(change_estate(options.out, options.change, options.night, options.seed))}
    else:
        write_estate(options.out, options.accounts, options.records, options.seed)
        found = list(sizes(options.out))
        row = {"accounts": options.accounts, "records": options.records, "files": len(found), "mb": round(sum(found) / 2**20, 1)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**row, "seconds": round(time.perf_counter() - begun, 1), "peak_mb": round(peak, 1)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
