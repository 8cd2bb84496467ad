"""Every account as it stands, read in one transaction."""

from __future__ import annotations

from collections import defaultdict

from agent.decisions import Decision, effective
from agent.outcomes.facts import Outcome
from agent.playbooks.firing import Situation
from agent.signals import Signal
from agent.store import Store, accounts, decisions, hypotheses, outcomes, signals
from agent.store.hypotheses import Hypothesis


def situations(store: Store) -> list[Situation]:
    """All accounts, by id. Reads the store and changes nothing."""
    with store.read() as conn:
        found = {key: known[0] for key in accounts.ids(conn) if (known := accounts.get(conn, key)) is not None}
        ledger: dict[str, list[Signal]] = defaultdict(list)
        for signal in signals.ledger(conn):
            ledger[signal.account_id].append(signal)
        standing: dict[str, list[Hypothesis]] = defaultdict(list)
        for item in hypotheses.current(conn):
            standing[item.account_id].append(item)
        told: dict[str, list[Outcome]] = defaultdict(list)
        for entry in outcomes.whole_log(conn):
            told[entry.account_id].append(entry)
        logs: dict[str, list[Decision]] = defaultdict(list)
        for decision in decisions.whole_log(conn):
            logs[decision.hypothesis_id].append(decision)
    days = {key: held[-1].at[:10] for key, log in logs.items() if (held := effective(log))}
    return [
        Situation(
            account,
            tuple(ledger[key]),
            tuple(standing[key]),
            tuple(told[key]),
            tuple((item.id, days[item.id]) for item in standing[key] if item.id in days),
        )
        for key, account in found.items()
    ]
