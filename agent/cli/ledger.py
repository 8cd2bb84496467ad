"""`earned signals`: the verified signal ledger."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import Exit
from agent.kinds import Stance
from agent.store import accounts, signals

MARKS = {Stance.SUPPORTS: "+", Stance.OPPOSES: "-", Stance.WEAK: "~"}


def run(options: Namespace) -> int:
    with context.opened(options).read() as conn:
        context.check_account(options.account, accounts.ids(conn))
        found = signals.ledger(conn, options.account)
    if options.json:
        context.print_json(signal.to_json() for signal in found)
        return Exit.OK
    from rich.text import Text

    console = context.console()
    account = None
    for signal in found:
        if signal.account_id != account:
            account = signal.account_id
            console.print(Text(f"\n{context.safe(account)}", style="bold"))
        says = f"“{context.safe(signal.quote)}”" if signal.quote else signal.measurement.formula if signal.measurement else ""
        closed = " [resolved]" if signal.resolved else ""
        console.print(Text(f" {MARKS[signal.stance]} {signal.info.label}{closed}: {says}"))
        console.print(
            Text(context.safe(f"     {signal.speaker or signal.voice.value}, {signal.source}, {signal.date}"), style="dim")
        )
    if not found:
        context.say("No signals. `earned run --book DIR` reads a book.")
    return Exit.OK
