"""`earned review`: opens the terminal room."""

from __future__ import annotations

import sys
from argparse import Namespace

from agent.cli import context


def run(options: Namespace) -> int:
    if options.web:
        return _serve(options)
    from review_tui.launch import run as launch

    return launch(context.opened(options), owner=options.owner, actor=context.actor(options), plain=options.plain)


def _serve(options: Namespace) -> int:
    """Each page of the browser is a process of its own, so the store is opened there; here only to fail early."""
    from review_tui.web import serve

    context.opened(options).close()
    command = [sys.executable, "-m", "agent", "review", "--home", str(context.home(options)), "--actor", context.actor(options)]
    if options.owner:
        command += ["--owner", options.owner]
    return serve(command, host=options.host, port=options.port)
