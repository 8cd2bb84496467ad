"""`earned prompts list|show|diff`: what models are told, in which version, and what changed between two versions."""

from __future__ import annotations

from argparse import Namespace

from agent.cli import context
from agent.errors import Exit, NotFound
from prompts import PromptError, prompt
from prompts.library import difference, listing


def run(options: Namespace) -> int:
    """Exit 2 for a prompt or a version that does not exist."""
    try:
        {"list": _list, "show": _show, "diff": _diff}[options.what](options)
    except PromptError as error:
        raise NotFound(str(error), "`earned prompts list` names them.") from error
    return Exit.OK


def _list(options: Namespace) -> None:
    if options.json:
        context.print_json(listing())
        return
    for row in listing():
        print(f"{row['id']}/{row['version']}  of {', '.join(row['versions'])}  {row['sha256'][:12]}  {row['changelog']}")


def _show(options: Namespace) -> None:
    found = prompt(*_named(options.id))
    if options.json:
        context.print_json({"id": found.id, "version": found.version, "sha256": found.sha256, "text": found.text})
    else:
        print(found.text, end="")


def _diff(options: Namespace) -> None:
    """The version in use against the one before it, unless versions are named."""
    prompt_id, old = _named(options.id)
    newest = prompt(prompt_id, options.to)
    if old is None:
        earlier = next(row["versions"] for row in listing() if row["id"] == prompt_id)
        at = earlier.index(newest.version)
        if at == 0:
            context.say(f"{newest.label} is the first version.")
            return
        old = earlier[at - 1]
    print(difference(prompt_id, old, newest.version))


def _named(name: str) -> tuple[str, str | None]:
    """`extract_signals` or `extract_signals/1`."""
    prompt_id, _, version = name.partition("/")
    return prompt_id, version or None
