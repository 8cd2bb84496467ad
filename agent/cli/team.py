"""`earned team init|grant|revoke|list`: who may see and decide what in a team's database."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import Exit, UsageError
from agent.store import Store, team
from agent.store.team import Member


def run(options: Namespace) -> int:
    """Exit 0, or 3 where something should be looked at."""
    _check(options)
    store = context.opened(options, create=options.what == "init")
    try:
        return {"init": _init, "grant": _grant, "revoke": _revoke, "list": _list}[options.what](options, store)
    finally:
        store.close()


def _check(options: Namespace) -> None:
    """Raises UsageError for options that the verb would ignore, or misses."""
    needs_login = options.what in ("grant", "revoke")
    if needs_login is (options.login is None):
        raise UsageError(
            f"`earned team {options.what}` {'needs a' if needs_login else 'takes no'} --login.",
            "Write it like: earned team grant --login kim --owner kim@vendor.example.",
        )
    kinds = bool(options.owner) + options.manager + options.nightly
    if options.what != "grant":
        if kinds:
            raise UsageError(f"`earned team {options.what}` takes neither --owner nor --manager nor --nightly.", "Leave it out.")
    elif not kinds or (options.nightly and kinds > 1):
        raise UsageError(
            "A login is an account owner's (--owner EMAIL), a manager's (--manager, who may own accounts too), or the night's (--nightly).",
            "Choose one.",
        )


def _init(options: Namespace, store: Store) -> int:
    warnings = team.init(store)
    if options.json:
        context.print_json({"database": str(store), "warnings": warnings})
        return Exit.OK
    context.say(f"{store} is closed: nobody sees anything but whom `earned team grant` lets in.")
    for warning in warnings:
        context.say(f"Note: {warning}")
    return Exit.OK


def _grant(options: Namespace, store: Store) -> int:
    capacity = "nightly" if options.nightly else "manager" if options.manager else "owner"
    member = team.grant(store, options.login, capacity, options.owner or ())
    if options.json:
        context.print_json(member.to_json())
    else:
        _say(member)
        context.say("A login that was made now has no password: its holder, or you, sets one with psql's \\password.")
    return Exit.PARTIAL if member.warnings or member.notes else Exit.OK


def _revoke(options: Namespace, store: Store) -> int:
    team.revoke(store, options.login)
    if options.json:
        context.print_json({"login": options.login, "revoked": True})
    else:
        context.say(f"{options.login} sees nothing any more; what it decided stays.")
    return Exit.OK


def _list(options: Namespace, store: Store) -> int:
    found = team.members(store)
    if options.json:
        context.print_json(member.to_json() for member in found)
    else:
        for member in found:
            _say(member)
        if not found:
            context.say("Nobody is in yet: earned team grant --login NAME --owner EMAIL.")
    return Exit.PARTIAL if any(member.warnings for member in found) else Exit.OK


def _say(member: Member) -> None:
    decides = f", decides for {', '.join(member.emails)} ({member.accounts} accounts)" if member.emails else ""
    context.say(context.safe(f"{member.login}: {member.capacity}{decides}"))
    for warning in member.warnings:
        context.say(context.safe(f"  Warning: {warning}"))
    for note in member.notes:
        context.say(context.safe(f"  Note: {note}"))
