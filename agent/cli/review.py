"""`earned review`: opens the terminal room."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context


def run(options: Namespace) -> int:
    from review_tui.launch import run as launch

    return launch(context.opened(options), owner=options.owner, actor=context.actor(options), plain=options.plain)
