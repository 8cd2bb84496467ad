"""`earned search`: ranked passages, of one account or of the estate."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import Exit
from agent.store import accounts


def run(options: Namespace) -> int:
    from agent.indexing import opened
    from retrieval.search import Scope, Searcher

    store = context.opened(options)
    with store.read() as conn:
        context.check_account(options.account, accounts.ids(conn))
        tool = context.embedder()
        scope = Scope.ESTATE if options.account is None else options.account
        index = opened(context.home(options), tool.name) if scope is Scope.ESTATE and store.sees_all else None
        searcher = Searcher(conn, tool, index)
        hits = searcher.search(options.text, account_id=scope, k=options.k, mode=options.mode)
    for note in searcher.notes:
        context.say(f"Note: {note}")
    if options.json:
        context.print_json(hit.to_json() for hit in hits)
        return Exit.OK
    from rich.text import Text

    console = context.console()
    for hit in hits:
        place = context.safe(f"{hit.rank}. {hit.passage.account_id}  {hit.passage.source}  {hit.passage.locator}")
        console.print(Text(f"{place}  {hit.score:.3f}", style="bold"))
        console.print(Text("   " + context.safe(hit.passage.text).replace("\n", "\n   ")))
    if not hits:
        context.say("Nothing found.")
    return Exit.OK
