"""What every command's definition is made of. Only argparse here, so that help is instant."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def command(
    commands: Commands, name: str, summary: str, *, json: bool = True, module: str | None = None
) -> argparse.ArgumentParser:
    """A command with the options that all have; `module` of `agent.cli` runs it, by default the one of its name."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
    parser.set_defaults(command=module or name)
    parser.add_argument("--home", type=Path, metavar="DIR", help="the data folder (default: EARNED_HOME, or the platform's)")
    if json:
        parser.add_argument("--json", action="store_true", help="print data for machines")
    return parser


def day(text: str) -> str:
    """A day as typed. Raises what argparse turns into a usage error."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write YYYY-MM-DD") from error
