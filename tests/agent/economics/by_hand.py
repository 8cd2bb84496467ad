"""The figures of the sample book, worked out from the raw files with csv, json and arithmetic.

Nothing of the product is imported: what a finance person would do with the exports and a calculator. A bound is None where an input is
not in the exports.
"""

from __future__ import annotations

import csv
import json
import math
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

BOOK = Path(__file__).resolve().parents[3] / "evals" / "datasets" / "tessellate"
MONTH = 365.25 / 12
WEEKS = MONTH / 7
Rows = dict[date, float]


def accounts() -> dict[str, dict[str, str]]:
    with (BOOK / "accounts.csv").open(encoding="utf-8", newline="") as file:
        return {row["account_id"]: row for row in csv.DictReader(file)}


def catalog() -> Any:
    return json.loads((BOOK / "catalog.json").read_text("utf-8"))


def price(item: str) -> float:
    made = catalog()
    found = next(entry for entry in made["plans"] + made["addons"] if entry["id"] == item)
    return float(found.get("price_per_seat_month", found.get("price_month")))


def usage(account: str, metric: str) -> Rows:
    with (BOOK / "usage.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["account_id"], row["metric"]) == (account, metric)]
    return {date.fromisoformat(row["date"]): float(row["value"]) for row in rows}


def tickets(account: str) -> Any:
    return json.loads((BOOK / "tickets" / f"{account}.json").read_text("utf-8"))["tickets"]


def opened(account: str) -> list[date]:
    """The days on which a person with the customer's own address opened a ticket; bounces and automatic replies are no people."""
    domain, days = accounts()[account]["domain"], []
    for ticket in tickets(account):
        automatic = re.search(r"automatic reply|out of office", ticket["subject"], re.IGNORECASE)
        sender = ticket["requester"]["email"]
        if sender.endswith(f"@{domain}") and not automatic and not sender.startswith("mailer-daemon@"):
            days.append(date.fromisoformat(ticket["created_at"][:10]))
    return days


def newest(account: str) -> date:
    """The newest day of a usage row, a ticket, a comment, a call or a note."""
    days = [day.isoformat() for day in usage(account, "runs")]
    days += [stamp["created_at"][:10] for t in tickets(account) for stamp in (t, *t["comments"])]
    days += [path.name[:10] for folder in ("transcripts", "notes") for path in (BOOK / folder / account).glob("*")]
    return date.fromisoformat(max(days))


def window(rows: Rows, last: date, days: int) -> list[float]:
    return [value for day, value in rows.items() if last - timedelta(days=days) < day <= last]


def four_weeks(account: str, metric: str, back: int = 0) -> list[float]:
    rows = usage(account, metric)
    return window(rows, max(rows) - timedelta(weeks=back), 28)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def a_seat(account: str) -> list[float]:
    """Runs for an active seat, week by week, in the last four weeks."""
    runs, active = usage(account, "runs"), usage(account, "active_seats")
    return [runs[day] / active[day] for day in sorted(runs)[-4:]]


def ticket_count(account: str, last: date) -> int:
    return sum(last - timedelta(days=91) < day <= last for day in opened(account))


def ticket_rate(account: str, last: date) -> tuple[float, float, float]:
    """Tickets for an active seat and month in the 91 days to `last`, with the exact 90 % interval of the count."""
    count = ticket_count(account, last)
    active = mean(window(usage(account, "active_seats"), last, 91))
    low, high = garwood(count)
    return tuple(part / active / (91 / MONTH) for part in (low, float(count), high))  # type: ignore[return-value]


def garwood(count: int, tail: float = 0.05) -> tuple[float, float]:
    """The mean below which `count` or more is a 5 % accident, and the one above which `count` or fewer is."""

    def at_most(n: int, mu: float) -> float:
        return sum(math.exp(-mu) * mu**k / math.factorial(k) for k in range(n + 1))

    def search(holds: Any) -> float:
        low, high = 0.0, 60.0
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        return low

    return (0.0 if count == 0 else search(lambda mu: 1 - at_most(count - 1, mu) < tail)), search(
        lambda mu: at_most(count, mu) > tail
    )


def days_to_renewal(account: str) -> int:
    return (date.fromisoformat(accounts()[account]["renewal_date"]) - newest(account)).days


def share(account: str, added: float = 0.0, rates: dict[str, float] | None = None) -> float:
    """Of the ARR that is billed in the account's currency; with rates (each currency's worth) of everybody's."""
    rows = accounts()
    mine = rows[account]
    worth = rates or {mine["currency"]: 1.0}
    total = sum(float(r["arr"]) * worth[r["currency"]] / worth[mine["currency"]] for r in rows.values() if r["currency"] in worth)
    return (float(mine["arr"]) + added) / (total + added)


def cost_a_year(account: str) -> tuple[float, float]:
    """Runs and tickets at what they cost: the lowest and the highest of the last four weeks; in the catalogue's currency."""
    unit = catalog()["unit_costs"]
    runs = four_weeks(account, "runs")
    seats = mean(four_weeks(account, "active_seats"))
    low, _, high = ticket_rate(account, newest(account))
    return tuple(
        12 * (volume * WEEKS / 1000 * unit["per_1000_runs"] + rate * seats * unit["per_support_ticket"])
        for volume, rate in ((min(runs), low), (max(runs), high))
    )  # type: ignore[return-value]


def included(account: str) -> float:
    plan = next(p for p in catalog()["plans"] if p["id"] == accounts()[account]["plan"])
    return next(float(m[1].replace(",", "")) for text in plan["features"] if (m := re.match(r"([\d,]+) runs per month", text)))


def runs_a_month(account: str) -> float:
    return mean(four_weeks(account, "runs")) * WEEKS
