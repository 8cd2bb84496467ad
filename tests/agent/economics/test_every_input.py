"""Every input of every figure of the sample book's drafts is looked up where its source says it stands.

Whatever a night finds, a finance person can follow it: an input whose source names no place that is known here fails the test.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.nightly import Report
from agent.store import Store, hypotheses
from tests.agent.economics import by_hand as hand

MEAN = re.compile(
    r"usage\.csv (?P<metric>[\w:]+)(?: / (?P<per>\w+))?, mean of (?P<first>\S+)\.\.(?P<last>\S+), (?P<rows>\d+) rows"
)
AGAINST = re.compile(r" against (?P<first>\S+)\.\.(?P<last>\S+), (?P<rows>\d+) rows$")
QUOTED = re.compile(r"(?P<source>(ticket|transcript|note):\S+), (?P<who>[^,]+), (?P<day>[\d-]+)(: “(?P<quote>.*)”)?", re.DOTALL)
FORMULAS = (
    "the same formula", "12 months × the inputs above", "tickets opened in 91 days", "mean row × rows a month",
    "ARR of the account / ARR of the book", "the newest record of the account", "tickets, ", "usage.csv active_seats, ",
)  # fmt: skip
"""Sources that are a formula over other inputs, or a window whose count `test_by_hand` checks."""


def rows_of(account: str, metric: str, first: str, last: str) -> dict[date, float]:
    days = date.fromisoformat(first), date.fromisoformat(last)
    return {day: value for day, value in hand.usage(account, metric).items() if days[0] <= day <= days[1]}


def ends(name: str, values: list[float]) -> float:
    return min(values) if name.endswith(", at least") else max(values) if name.endswith(", at most") else hand.mean(values)


def expected(account: str, economics: dict[str, Any], row: dict[str, Any]) -> Any:
    """What stands where the source points; None where it is a formula. Raises AssertionError for a place that nobody knows."""
    name, source, raw = row["name"], row["source"], hand.accounts()[account]
    if source.startswith("accounts.csv arr, "):
        billed = name.removeprefix("ARR of the book in ")
        return sum(float(other["arr"]) for other in hand.accounts().values() if other["currency"] == billed)
    if source.startswith("accounts.csv "):
        cell = raw[source.removeprefix("accounts.csv ")]
        return cell if name == "renewal date" else float(cell)
    if source.startswith("catalog.json unit_costs."):
        return hand.catalog()["unit_costs"][source.removeprefix("catalog.json unit_costs.")]
    if source == "catalog.json, features of the present plan":
        return hand.included(account)
    if match := re.fullmatch(r"catalog\.json (\w+)", source):
        return hand.price(match[1])
    if match := re.match(r"catalog\.json (\w+)\.unit(: one for each)?", source):
        unit = next(item["unit"] for item in hand.catalog()["addons"] if item["id"] == match[1])
        return 1 if match[2] else float(re.match(r"[\d,]+", unit)[0].replace(",", ""))  # type: ignore[index]
    if source.startswith("365.25 / 12 days"):
        return hand.WEEKS
    if match := MEAN.match(source):
        return measured(account, name, source, match)
    if QUOTED.match(source):
        assert quote_stands(account, row), row
        return None
    if isinstance(figure := economics.get(source), dict):
        bound = "low" if name.endswith(", at least") else "high" if name.endswith(", at most") else "value"
        return figure[bound] if figure[bound] is not None else figure["value"]
    assert source.startswith(FORMULAS), f"{account}: {name} stands nowhere that is known: {source}"
    return None


def measured(account: str, name: str, source: str, match: re.Match[str]) -> float:
    rows = rows_of(account, match["metric"], match["first"], match["last"])
    assert len(rows) == int(match["rows"])
    if match["per"]:
        seats = rows_of(account, match["per"], match["first"], match["last"])
        return ends(name, [value / seats[day] for day, value in rows.items()])
    if before := AGAINST.search(source):
        then = rows_of(account, match["metric"], before["first"], before["last"])
        return hand.mean(list(rows.values())) / hand.mean(list(then.values())) - 1
    return ends(name, list(rows.values()))


def quote_stands(account: str, row: dict[str, Any]) -> bool:
    """Whether the quoted words are in one of the account's files, as they are written there."""
    match = QUOTED.match(row["source"])
    assert match is not None
    words = match["quote"] or str(row["value"]).strip("“”")
    files = [hand.BOOK / "tickets" / f"{account}.json"]
    files += [path for folder in ("transcripts", "notes") for path in (hand.BOOK / folder / account).glob("*")]
    return any(squeezed(words) in squeezed(content(path)) for path in files)


def content(path: Path) -> str:
    text = path.read_text("utf-8")
    if path.suffix != ".json":
        return text
    strings: list[str] = []
    json.loads(text, object_hook=lambda made: strings.extend(v for v in made.values() if isinstance(v, str)))
    return "\n".join(strings)


def squeezed(text: str) -> str:
    return re.sub(r"\W+", " ", text)


@pytest.mark.book
def test_every_input_stands_where_its_source_says(sample_run: tuple[Store, Report]) -> None:
    with sample_run[0].read() as conn:
        drafts = {item.account_id: item.draft for item in hypotheses.current(conn)}
    assert len(drafts) == 12
    looked_up = 0
    for account, draft in drafts.items():
        for field, figure in draft.economics.items():
            for row in figure["inputs"] if isinstance(figure, dict) else ():
                wanted = expected(account, draft.economics, row)
                if wanted is not None:
                    looked_up += 1
                    got = pytest.approx(wanted, rel=1e-6, abs=1e-4) if isinstance(wanted, float) else wanted
                    assert row["value"] == got, (account, field, row)
    assert looked_up > 100


@pytest.mark.book
def test_no_figure_is_a_number_without_a_formula(sample_run: tuple[Store, Report]) -> None:
    with sample_run[0].read() as conn:
        found = [item.draft.economics for item in hypotheses.current(conn)]
    for economics in found:
        for name, figure in economics.items():
            if isinstance(figure, dict):
                assert figure["formula"], name
                assert figure["inputs"], name
            else:
                assert figure.startswith("unknown - ask "), name
