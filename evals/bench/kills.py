"""`kill -9` at random points of `earned run`, each resumed: is it the night of a run that nobody touched?

    python -m evals.bench.kills [--times 50] [--accounts 4] [--latency 0.25] [--seed 1]

A home has a first night behind it, offline, and decisions on half of its queue. Then every account has a new ticket, and a night with
a model (`tests/stub` over real HTTP, brain `colleague.py`) is run: once undisturbed, and `--times` times in a copy of the home with
SIGKILL after a random time below that of the undisturbed night, then run again to its end. Each run is a process of its own, forked
from this one after the imports, so that what is killed is work and not the start of Python.

Compared with the undisturbed night, for each kill:

- `queue`: hypotheses, revisions' contents, grades and states, and the signal ledger (without run ids, times and costs of drafting)
- `decisions`: every row of the log, hashes included; and the chain holds
- `ledger`: the same questions have been answered, and none was paid for again after its answer had been kept (`paid_again`)
- `lost`: answers that the server gave and nobody kept, since the process died between the two: at most what is asked at a time

Exits 1 where one of the first three differs, an answer was paid for again, or `lost` exceeds the most calls that were ever under way.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from agent.cli import main as earned
from agent.decisions import broken_link
from agent.errors import Exit
from agent.store import decisions, hypotheses, open_store, signals, tables
from tests.stub import Stub

BRAIN: Final = Path(__file__).parents[2] / "tests" / "stub" / "colleague.py"
COMPANIES: Final = ("Ashgrove Mills", "Birch Lane", "Cedar Works", "Dunmore Foods", "Elmfield Press", "Foxglove Labs")
ACCOUNTS: Final = (
    "account_id,name,domain,industry,segment,plan,arr,currency,seats_licensed,"
    "contract_start,renewal_date,owner_email,health_score"
)


def write_book(folder: Path, accounts: int) -> None:
    """A few lines for each account: something that got better, something done by hand."""
    (folder / "tickets").mkdir(parents=True)
    rows, contacts = [ACCOUNTS], ["account_id,name,email,title,role"]
    for number in range(accounts):
        name, domain = COMPANIES[number % len(COMPANIES)], f"customer{number}.example"
        rows.append(f"a-{number},{name},{domain},Goods,smb,basic,9000,EUR,20,2025-01-01,2027-01-01,kim@vendor.example,80")
        contacts.append(f"a-{number},Dana Ruiz,dana@{domain},Plant Manager,sponsor")
        words = (
            f"Before we had this, closing a shift took us {number + 2} hours and now it takes twenty minutes. "
            "We still type the paper forms into a spreadsheet by hand every morning."
        )
        _tickets(folder, number, [_ticket(number, 1, words)])
    _lines(folder / "accounts.csv", rows)
    _lines(folder / "contacts.csv", contacts)
    _lines(folder / "team.csv", ["name,email,title", "Kim Vale,kim@vendor.example,CSM"])
    catalog = {
        "vendor": "Vendor", "domains": ["vendor.example"], "currency": "EUR",
        "plans": [{"id": "basic", "name": "Basic", "price_per_seat_month": 50, "features": ["forms", "reports"]}],
        "addons": [{"id": "scan", "name": "Scan", "price_month": 200, "unit": "organisation", "features": ["reads paper forms"]}],
        "unit_costs": {},
    }  # fmt: skip
    (folder / "catalog.json").write_text(json.dumps(catalog), "utf-8")


def add_tickets(folder: Path, accounts: int) -> None:
    """What is new in the night that is killed."""
    for number in range(accounts):
        raw = json.loads((folder / "tickets" / f"a-{number}.json").read_text("utf-8"))
        words = f"Could you send me a price for the scan add-on for {number + 3} people, so that I can put it into the budget?"
        _tickets(folder, number, [*raw["tickets"], _ticket(number, 2, words)])


def _ticket(number: int, at: int, words: str) -> dict[str, Any]:
    day = f"2026-0{at + 5}-01T08:00:00Z"
    who = {"name": "Dana Ruiz", "email": f"dana@customer{number}.example"}
    more = {"status": "open", "priority": "normal", "created_at": day, "updated_at": day, "requester": who, "comments": []}
    return {"id": number * 10 + at, "subject": "The paper forms", "description": words, **more}


def _tickets(folder: Path, number: int, tickets: list[dict[str, Any]]) -> None:
    (folder / "tickets" / f"a-{number}.json").write_text(json.dumps({"tickets": tickets}), "utf-8")


def _lines(path: Path, rows: list[str]) -> None:
    path.write_text("\n".join(rows) + "\n", "utf-8")


def begin(*words: str) -> int:
    """`earned` with these words in a process of its own; its id. It writes nothing to this terminal."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            code = earned(list(words))
    finally:
        os._exit(code)


def waited(pid: int) -> int:
    """The exit code; that of a killed process is negative."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def ran(*words: str) -> None:
    """Raises SystemExit where the command does not end well."""
    if code := waited(begin(*words)):
        raise SystemExit(f"earned {' '.join(words)} ended with {code}")


def told(*words: str) -> list[dict[str, Any]]:
    """The JSON lines of a command that reads."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        if code := earned([*words, "--json"]):
            raise SystemExit(f"earned {' '.join(words)} ended with {code}")
    return [json.loads(line) for line in out.getvalue().splitlines()]


def template(folder: Path, accounts: int) -> tuple[Path, Path]:
    """The book with its new tickets, and the home that has not seen them: a night, and decisions on every other case."""
    book, home = folder / "book", folder / "template"
    write_book(book, accounts)
    ran("run", "--book", str(book), "--home", str(home), "--model", "offline")
    for at, item in enumerate(sorted(told("hypotheses", "--home", str(home)), key=lambda row: str(row["account_id"]))):
        if at % 2 == 0:
            words = ["approve"] if at % 4 == 0 else ["proof", "--note", "Ask for the forms."]
            with contextlib.redirect_stderr(io.StringIO()):
                earned(["decide", "--home", str(home), item["id"], *words, "--actor", "kim@vendor.example"])
    add_tickets(book, accounts)
    return book, home


def state(home: Path) -> dict[str, Any]:
    """What a night leaves behind, as it can be compared."""
    store = open_store(home)
    with store.read() as conn:
        items = [{**item.to_json(), "drafted_by": None} for item in hypotheses.current(conn)]
        log = decisions.whole_log(conn)
        found = {
            "queue": [items, [signal.to_json() for signal in signals.ledger(conn)]],
            "decisions": [repr(entry) for entry in log],
        }
        if broken_link(log):
            found["decisions"] = ["a broken chain"]
        rows = conn.execute(select(tables.answers.c.content).where(tables.answers.c.stage.startswith("attempt/"))).scalars()
        paid = Counter(str(content["request"]) for content in rows if content["outcome"] == "answer")
    store.close()
    return {**found, "ledger": sorted(paid), "paid_again": paid.total() - len(paid), "paid": paid.total()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--accounts", type=int, default=4)
    parser.add_argument("--latency", type=float, default=0.25)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    stub = Stub("--latency", str(options.latency), "--reply", str(BRAIN))
    with tempfile.TemporaryDirectory() as name, stub:
        os.environ |= {"OPENAI_BASE_URL": stub.url, "OPENAI_API_KEY": "none", "EARNED_MODEL": "openai:colleague"}
        for key in ("EARNED_HOME", "EARNED_DATABASE", "EARNED_CHROMA"):
            os.environ.pop(key, None)
        _import()
        folder = Path(name)
        book, before = template(folder, options.accounts)
        calm = folder / "calm"
        shutil.copytree(before, calm)
        begun = time.perf_counter()
        ran("run", "--book", str(book), "--home", str(calm))
        length, expected = time.perf_counter() - begun, state(calm)
        calls = stub.stats()["ok"]
        rows: list[dict[str, Any]] = []
        early = 0
        while len(rows) < options.times:
            home = folder / f"killed-{len(rows)}-{early}"
            shutil.copytree(before, home)
            row = killed(book, home, chance.uniform(0, length), stub, expected)
            shutil.rmtree(home)
            if row is None:
                early += 1  # it had finished before its time
                continue
            rows.append(row)
            print(json.dumps(row), flush=True)
        most = stub.stats()["peak_inflight"]
    found = summary(rows, options.accounts, length, calls, early)
    print(json.dumps({**found, "most_under_way": most}))
    same = all(row[part] for row in rows for part in ("queue", "decisions", "ledger"))
    return 0 if same and not found["paid_again"] and found["lost_most"] <= most else 1


def killed(book: Path, home: Path, after: float, stub: Stub, expected: dict[str, Any]) -> dict[str, Any] | None:
    """Kill a night after so many seconds and run it again. None if it was over before."""
    ok = stub.stats()["ok"]
    pid = begin("run", "--book", str(book), "--home", str(home))
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    if waited(pid) == Exit.OK:
        return None
    while stub.stats()["inflight"]:
        time.sleep(0.05)
    first = state(home)
    ran("run", "--book", str(book), "--home", str(home))
    found = state(home)
    same = {part: found[part] == expected[part] for part in ("queue", "decisions", "ledger")}
    return {
        "after_s": round(after, 2),
        "kept_at_kill": first["paid"],
        "lost": stub.stats()["ok"] - ok - found["paid"],
        "paid_again": found["paid_again"],
        **same,
    }


def summary(rows: list[dict[str, Any]], accounts: int, length: float, calls: int, early: int) -> dict[str, Any]:
    whole = {part: sum(row[part] for row in rows) for part in ("queue", "decisions", "ledger")}
    return {
        "kills": len(rows),
        "accounts": accounts,
        "calm_s": round(length, 2),
        "calm_calls": calls,
        "finished_before_the_kill": early,
        "same": whole,
        "paid_again": sum(row["paid_again"] for row in rows),
        "lost_most": max(row["lost"] for row in rows),
        "lost_in_all": sum(row["lost"] for row in rows),
        "kills_with_some_answers_kept": sum(0 < row["kept_at_kill"] < calls for row in rows),
        "load": round(os.getloadavg()[0], 1),
    }


def _import() -> None:
    """What a night imports, before the forks. Nothing is opened: threads do not survive a fork."""
    import chromadb  # noqa: F401
    import onnxruntime  # noqa: F401

    import agent.cli.run
    import agent.drafting.model
    import agent.extraction.model
    import agent.indexing
    import agent.models.providers
    import agent.nightly
    import agent.proving.prover  # noqa: F401


if __name__ == "__main__":
    sys.exit(main())
