"""The tables of a book: accounts, people, catalogue, events, weekly usage."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from evals.checking.findings import Findings, read_json, read_table

ACCOUNTS: Final = (
    "account_id,name,domain,industry,segment,plan,arr,currency,seats_licensed,"
    "contract_start,renewal_date,owner_email,health_score"
)
FILES: Final = ("README.md", "accounts.csv", "contacts.csv", "team.csv", "catalog.json", "usage.csv", "events.csv", "gold.jsonl")
ROLES: Final = frozenset({"sponsor", "champion", "economic_buyer", "admin", "user", "procurement", "security"})
EVENTS: Final = frozenset({"funding", "hiring", "new_office", "new_executive", "layoffs", "acquisition"})
CATALOG: Final = ("vendor", "domains", "plans", "addons", "unit_costs")
PLAN: Final = frozenset({"id", "name", "price_per_seat_month", "features"})
ADDON: Final = frozenset({"id", "name", "price_month", "unit", "features"})
WEEKS: Final = 26
Series = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Tables:
    accounts: list[dict[str, str]]
    people: dict[str, dict[str, str]]
    """Account -> the customer's people: name -> mail."""
    team: dict[str, str]
    third: dict[str, dict[str, str]]
    """Account -> third parties, from README lines `- third party: Name <mail> (account)`."""
    items: frozenset[str]
    """Catalogue ids."""
    events: dict[str, list[dict[str, str]]]
    usage: dict[str, Series]
    """Account -> metric -> weekly values."""

    @property
    def ids(self) -> list[str]:
        return [account["account_id"] for account in self.accounts]


def check_tables(book: Path, found: Findings) -> Tables | None:
    """Read and check; None where what is missing makes further checks pointless."""
    missing = [name for name in FILES if not (book / name).is_file()]
    for name in missing:
        found.bad("missing", name)
    if missing:
        return None
    readme = (book / "README.md").read_text("utf-8")
    found.invented(10 <= sum(bool(line.strip()) for line in readme.split("\n")) <= 60, "README.md is too short or long")
    catalog = read_json((book / "catalog.json").read_text("utf-8"), "catalog.json", found)
    if not isinstance(catalog, dict) or not all(key in catalog for key in CATALOG):
        found.bad("catalog.json lacks one of", ", ".join(CATALOG))
        return None
    accounts = read_table(book / "accounts.csv", ACCOUNTS, found)
    third: dict[str, dict[str, str]] = defaultdict(dict)
    for name, mail, key in re.findall(r"(?m)^- third party: (.+?) <([^>]+)> \(([^)]+)\)", readme):
        third[key][name] = mail
    team = {row["name"]: row["email"] for row in read_table(book / "team.csv", "name,email,title", found)}
    tables = Tables(
        accounts=accounts,
        people=_people(book, accounts, found),
        team=team,
        third=third,
        items=frozenset(item["id"] for item in [*catalog["plans"], *catalog["addons"]]),
        events=_events(book, found),
        usage=_usage(book, found),
    )
    _check_catalog(catalog, team, found)
    _check_accounts(tables, {plan["id"] for plan in catalog["plans"]}, found)
    _check_ownership(book, tables, found)
    for account in accounts:
        _check_usage(account, tables.usage.get(account["account_id"], {}), found)
    return tables


def _people(book: Path, accounts: list[dict[str, str]], found: Findings) -> dict[str, dict[str, str]]:
    domains = {account["account_id"]: account["domain"] for account in accounts}
    people: dict[str, dict[str, str]] = {key: {} for key in domains}
    contacts = read_table(book / "contacts.csv", "account_id,name,email,title,role", found)
    for contact in contacts:
        key = contact["account_id"]
        if key not in domains:
            found.bad("contact of unknown account", key)
            continue
        found.unless(contact["role"] in ROLES, key, "role", contact["role"])
        found.invented(contact["email"].split("@")[-1] == domains[key], key, "mail domain", contact["email"])
        people[key][contact["name"]] = contact["email"]
    for mail, count in Counter(contact["email"] for contact in contacts).items():
        found.unless(count == 1, "contact mail repeats", mail)
    for key, names in people.items():
        found.unless(bool(names), key, "no contacts")
    return people


def _check_catalog(catalog: dict[str, Any], team: dict[str, str], found: Findings) -> None:
    for plan in catalog["plans"]:
        found.keys(plan, PLAN, "catalog plan", plan.get("id"))
    for addon in catalog["addons"]:
        found.keys(addon, ADDON, "catalog addon", addon.get("id"))
    for mail in team.values():
        found.unless(mail.split("@")[-1] in catalog["domains"], "team mail outside the vendor's domains", mail)


def _check_accounts(tables: Tables, plans: set[str], found: Findings) -> None:
    found.unless(len(set(tables.ids)) == len(tables.ids), "account ids repeat")
    for account in tables.accounts:
        key = account["account_id"]
        found.unless(account["plan"] in plans, key, "plan", account["plan"])
        found.unless(account["owner_email"] in tables.team.values(), key, "owner", account["owner_email"])
        for column in ("arr", "seats_licensed", "health_score"):
            found.unless(re.fullmatch(r"\d+(\.\d+)?", account[column]) is not None, key, column, account[column])
        for column in ("contract_start", "renewal_date"):
            try:
                date.fromisoformat(account[column])
            except ValueError:
                found.bad(key, column, account[column])


def _check_ownership(book: Path, tables: Tables, found: Findings) -> None:
    for folder in ("tickets", "transcripts", "notes"):
        for path in sorted((book / folder).iterdir()) if (book / folder).is_dir() else ():
            found.unless((path.stem if path.is_file() else path.name) in tables.ids, "file of unknown account", path)
    for key in tables.events:
        found.unless(key in tables.ids, "event of unknown account", key)


def _events(book: Path, found: Findings) -> dict[str, list[dict[str, str]]]:
    events: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_table(book / "events.csv", "account_id,date,kind,headline,source", found):
        found.day(row["date"], "events.csv")
        found.unless(row["kind"] in EVENTS, "event kind", row["kind"])
        events[row["account_id"]].append(row)
    return events


def _usage(book: Path, found: Findings) -> dict[str, Series]:
    usage: dict[str, Series] = defaultdict(lambda: defaultdict(list))
    days: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in read_table(book / "usage.csv", "account_id,date,metric,value", found):
        found.day(row["date"], "usage.csv")
        try:
            usage[row["account_id"]][row["metric"]].append(float(row["value"]))
        except ValueError:
            found.bad("usage value", row)
            continue
        days[row["account_id"], row["metric"]].append(row["date"])
    for (key, metric), dates in days.items():
        found.invented(len(dates) == WEEKS, key, metric, "has", len(dates), "weeks")
        steps = {(date.fromisoformat(b) - date.fromisoformat(a)).days for a, b in pairwise(dates)}
        found.invented(steps <= {7}, key, metric, "is not weekly")
    return usage


def _check_usage(account: dict[str, str], usage: Series, found: Findings) -> None:
    key = account["account_id"]
    active, licensed = usage.get("active_seats", []), usage.get("licensed_seats", [])
    if not active or not licensed:
        found.invented(False, key, "usage lacks seat metrics")
        return
    found.unless(str(licensed[-1]) == str(float(account["seats_licensed"])), key, "licensed_seats", licensed[-1])
    found.unless(all(a <= b for a, b in zip(active, licensed, strict=False)), key, "more active than licensed seats")
