"""A team's database for tests: Kim's two accounts are always the same, Lee's are as many and as rich as the test wants."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert

from agent.decisions import Action, Decision
from agent.hypotheses import Claim, hypothesis_id
from agent.kinds import KINDS
from agent.outcomes.facts import Outcome, What
from agent.signals import text_signal
from agent.store import Store, accounts, decisions, hypotheses, open_store, outcomes, runs, signals, tables, team
from retrieval.accounts import Account, Catalog, Contact
from retrieval.passages import passages_of
from retrieval.records import Problem
from retrieval.store import replace_account
from tests.agent.making import draft
from tests.postgres.server import Server
from tests.retrieval.making import WordBagEmbedder, embed_missing, record

KIM, LEE = "kim@vendor.example", "lee@vendor.example"
SECRET = "Zanzibar"
"""Stands in everything of Lee's and in nothing of Kim's."""
NOW = "2026-11-01T08:00:00Z"
EMBEDDER = WordBagEmbedder()


def keeper(server: Server, database: str, home: Path) -> Store:
    return open_store(home, create=True, database=server.url(database))


def fill(store: Store, owner: str, account_id: str, *, words: str = "", tickets: int = 3) -> str:
    """One account with something in every table; the id of its hypothesis."""
    name = f"{words} {account_id}".strip()
    records = [
        record(
            f"{account_id}-r{n}",
            f"{words} We still type delivery form {n} of {account_id} by hand, and need twenty more seats.",
            account_id=account_id,
            document=f"ticket:{account_id}-{n}",
        )
        for n in range(tickets)
    ]
    found = [text_signal(one, 0, len(one.text), kind=next(iter(KINDS)), strength="weak", method="test") for one in records]
    key = hypothesis_id(account_id, "scan")
    with store.write() as conn:
        replace_account(conn, account_id, records, passages_of(records))
        embed_missing(conn, EMBEDDER)
        signals.replace(conn, account_id, found, "r-1")
        claim = Claim(text="They type delivery forms by hand.", kind="observed", signals=(found[0].id,))
        drafted = draft(account_id, owner=owner, title=f"{name}: Scan").model_copy(update={"claims": (claim,)})
        hypotheses.save(conn, account_id, [drafted], run_id="r-1", now=NOW, today=NOW[:10])
        runs.set_aside(
            conn, "r-1", account_id, [Problem(f"{name}.json", f"{words} is not JSON", "Export it again.", account_id=account_id)]
        )
        contacts = [Contact(account_id, f"Dana {words}", f"dana@{account_id}.example")]
        accounts.save(conn, Account(account_id, name, owner_email=owner), contacts, input_hash="1", pipeline="p", run_id="r-1")
        first = Decision(f"d-{account_id}", key, 1, Action.CHECK, owner, NOW, note=found[0].id)
        decisions.append(conn, first)
        note = words.partition(" ")[0] or None
        made = Outcome(f"o-{account_id}", key, account_id, 1, What.DONE, "2026-10-01", None, None, note, owner, NOW)
        outcomes.append(conn, made)
    return key


def book_wide(store: Store, *, words: str, times: int = 1) -> None:
    """What is of no single account: runs with their counts, paid answers, erasures, things set aside of the book."""
    with store.write() as conn:
        accounts.save_catalog(conn, Catalog(vendor="Vendor", currency="EUR"))
        accounts.save_fact(conn, "erasures", {"log": [words] * times})
        runs.start(conn, "r-1", started=NOW, book=f"/books/{words.strip(chr(0))}", model="offline", pipeline="p")
        runs.finish(conn, "r-1", finished=NOW, status="done", report={"accounts": {"seen": times}, "warnings": [words]})
        runs.set_aside(conn, "r-1", None, [Problem(f"{words}{n}.csv", "no header", "Export it again.") for n in range(times)])
        answer = {"stage": "extract", "model": "m", "content": {"said": words}, "cost": 0.0, "created_at": NOW}
        conn.execute(insert(tables.answers), [{"key": f"{words.strip(chr(0))}{n}", **answer} for n in range(times)])


def estate(server: Server, database: str, home: Path, *, lees: int = 2) -> Store:
    """Kim's two accounts, Lee's `lees`, and logins kim, lee, boss and night. The keeper's store."""
    store = keeper(server, database, home)
    for number in range(lees):  # first, so that numbers which count everybody's rows would show in Kim's
        fill(store, LEE, f"{SECRET}-{number}", words=SECRET, tickets=1 + number % 4)
    for number in (1, 2):
        fill(store, KIM, f"kim-{number}")
    book_wide(store, words=SECRET, times=1 + lees)
    team.init(store)
    team.grant(store, "kim", "owner", [KIM])
    team.grant(store, "lee", "owner", [LEE])
    team.grant(store, "boss", "manager")
    team.grant(store, "night", "nightly")
    return store
