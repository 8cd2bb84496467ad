"""`earned decide`: the queue's decisions for scripts, under the queue's rules."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from datetime import date
from typing import Final

from agent.cli import context
from agent.decisions import Decision
from agent.errors import DecisionConflict, DecisionRefused, Exit
from agent.queue import Queue


def run(options: Namespace) -> int:
    queue = Queue(context.opened(options), context.actor(options))
    item = queue.card(options.id).hypothesis
    if options.if_revision is not None and options.if_revision != item.revision:
        raise DecisionConflict(
            f"{item.id} is at revision {item.revision}, not {options.if_revision}.", "Read it again, then decide."
        )
    _check(options)
    decision = _decide(queue, options, item.version)
    card = queue.card(options.id)
    after = card.hypothesis
    if options.json:
        context.print_json({**asdict(decision), "state": after.state.value})
    else:
        title = context.safe(f"{card.account.name}: {after.draft.title}")
        context.say(f"{decision.action.value}: {title} is now {after.state.value}. `earned decide {item.id} undo` takes it back.")
    return Exit.OK


_TAKES: Final = {
    "reject": {"reason", "note"},
    "snooze": {"until", "note"},
    "approve": {"note"},
    "proof": {"note"},
    "undo": set[str](),
}


def _check(options: Namespace) -> None:
    """Raises DecisionRefused for a flag that the action would ignore: what is typed is meant."""
    stray = [name for name in ("reason", "note", "until") if getattr(options, name) and name not in _TAKES[options.action]]
    if stray:
        raise DecisionRefused(f"{options.action} takes no --{stray[0]}.", "Leave it out, or choose another action.")


def _decide(queue: Queue, options: Namespace, version: int) -> Decision:
    match options.action:
        case "approve":
            return queue.approve(options.id, version=version, note=options.note)
        case "reject":
            return queue.reject(options.id, reason=options.reason or "", version=version, note=options.note)
        case "proof":
            return queue.ask_for_proof(options.id, ask=options.note or "", version=version)
        case "snooze":
            if options.until is None:
                raise DecisionRefused("A snooze needs the day on which it returns.", "Add --until YYYY-MM-DD.")
            return queue.snooze(options.id, until=date.fromisoformat(options.until), version=version, note=options.note)
        case _:
            return queue.undo(options.id)
