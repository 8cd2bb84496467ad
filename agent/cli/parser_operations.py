"""What can be typed for operations: export, purge, backup, restore, runs, team, migrate. Only argparse here, so that help is instant."""

from __future__ import annotations

from pathlib import Path

from agent.cli.commands import Commands as _Commands
from agent.cli.commands import command as _command
from agent.cli.commands import day as _day


def add(commands: _Commands) -> None:
    """Define the seven commands."""
    _export(commands)
    _purge(commands)
    _backup(commands)
    _runs(commands)
    _team(commands)
    _migrate(commands)


def _export(commands: _Commands) -> None:
    parser = _command(commands, "export", "approved revisions for a CRM, a program or a reader", json=False)
    parser.add_argument("--format", choices=("crm-csv", "jsonl", "markdown", "html"), required=True)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write a file (default: standard output)")
    parser.add_argument("--owner", metavar="EMAIL", help="only this owner's accounts")
    parser.add_argument("--since", type=_day, metavar="DATE", help="approved on this day or later")


def _purge(commands: _Commands) -> None:
    parser = _command(commands, "purge", "remove what a retention request asks for, and say what was removed")
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--account", metavar="ID", help="everything of this account")
    whom.add_argument("--person", metavar="EMAIL", help="this person's words, and the person's name wherever it stands")
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")


def _backup(commands: _Commands) -> None:
    parser = _command(commands, "backup", "copy the store into one file while others go on working")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.set_defaults(restoring=False)
    parser = _command(commands, "restore", "put a backup in the place of the store, after verifying it", module="backup")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--force", action="store_true", help="replace the store that is there; a copy of it is kept")
    parser.set_defaults(restoring=True)


def _runs(commands: _Commands) -> None:
    parser = _command(commands, "runs", "past runs: list them, show one, or compare two")
    parser.add_argument("what", choices=("list", "show", "diff"))
    parser.add_argument("ids", nargs="*", metavar="ID", help="a run, the beginning of its id, `last` or `previous`")
    parser.add_argument("-n", type=int, default=20, metavar="N", help="for list: how many (default: 20)")


def _team(commands: _Commands) -> None:
    parser = _command(commands, "team", "who may see and decide what in a team's PostgreSQL database (EARNED_DATABASE)")
    parser.add_argument("what", choices=("init", "grant", "revoke", "list"))
    parser.add_argument("--login", metavar="NAME", help="a login of the database")
    parser.add_argument("--owner", action="append", metavar="EMAIL", help="it decides for this owner's accounts; may be repeated")
    parser.add_argument("--manager", action="store_true", help="it reads everything")
    parser.add_argument("--nightly", action="store_true", help="it runs the night: writes everything but decisions")


def _migrate(commands: _Commands) -> None:
    parser = _command(commands, "migrate", "bring this home's store into an empty PostgreSQL database, and compare")
    parser.add_argument("--to", metavar="URL", help="the database (default: EARNED_DATABASE)")
