"""`earned purge`: a retention request, done and accounted for."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from agent.cli import context
from agent.errors import EarnedError, Exit
from agent.retention.purge import Request, purge
from agent.retention.removed import Removed
from agent.store import Store, runs

LABELS = {
    "records": "records deleted",
    "records_masked": "records of others in which the name is masked",
    "passages": "passages deleted or made anew",
    "vectors": "vectors deleted",
    "signals": "signals deleted",
    "signals_masked": "signals in which the name is masked",
    "hypotheses": "hypotheses deleted",
    "revisions": "revisions deleted with them",
    "revisions_rewritten": "revisions rewritten without it",
    "contacts": "contacts deleted",
    "answers": "kept answers deleted",
    "quarantined": "set-aside lines deleted",
    "reports": "reports of runs rewritten",
}


def run(options: Namespace) -> int:
    """Exit 0 when nothing is left, 3 when something is (it is named), 75 while a run writes."""
    from agent.indexing import rebuild

    store = context.opened(options)
    try:
        request = Request(options.account, options.person, options.dry_run)
        again = _in_book(store, request)
        removed = purge(
            store, request, actor=context.actor(options), rebuild=lambda: rebuild(store.home, store, context.embedder())
        )
    finally:
        store.close()
    removed.remarks += again
    if options.json:
        context.print_json(removed.to_json())
    else:
        _say(removed)
    return Exit.PARTIAL if removed.partial else Exit.OK


def _say(removed: Removed) -> None:
    say = context.say
    say(f"{'Would be removed' if removed.dry_run else 'Removed'}: {context.safe(removed.what)}")
    for name, count in removed.counts().items():
        if count:
            say(f"  {count:>7,} {LABELS[name]}")
    if len(removed.accounts) > 1:
        say(f"  in the accounts {context.safe(', '.join(removed.accounts))}")
    if removed.bytes_gone:
        say("The search index and the database's file were written anew: no deleted row is left in them.")
    if removed.notes_kept:
        say(f"Kept, since their logs are append-only: the notes of {', '.join(removed.notes_kept)}.")
    for text in removed.remarks:
        say(f"Note: {context.safe(text)}")
    for text in removed.warnings:
        say(f"Warning: {context.safe(text)}")
    if removed.dry_run:
        say("Nothing was removed.")
    else:
        say("Backups and exports that were made before still hold it.")


def _in_book(store: Store, request: Request) -> list[str]:
    """Whether the book of the last run would bring it back."""
    with store.read() as conn:
        last = runs.latest(conn, finished=False)
    what = f"the account {request.account}" if request.account is not None else "this person"
    if last is None or last["book"] is None or not Path(last["book"]).is_dir():
        return [f"If the book still has {what}, the next run brings it back: take it out of the exports first."]
    from retrieval.readers.book import BookError, open_book

    try:
        book = open_book(Path(last["book"]))
    except (BookError, EarnedError, OSError):
        return [f"If the book still has {what}, the next run brings it back: take it out of the exports first."]
    email = (request.person or "").strip().casefold()
    if request.account in book.account_ids() or any(email and c.email.strip().casefold() == email for c in book.contacts):
        return [f"The book {last['book']} still has {what}: the next run brings it back unless it is taken out there."]
    if request.account is not None:
        return [f"The book {last['book']} does not have {what} any more: it stays away."]
    return [
        f"The book {last['book']} has no such contact; words of theirs that its files still hold come back with the next run."
    ]
