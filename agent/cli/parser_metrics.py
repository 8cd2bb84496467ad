"""What can be typed after `earned metrics`, `report`, `plan` and `outcome`. Only argparse here, so that help is instant."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from agent.cli.commands import Commands as _Commands
from agent.cli.commands import command as _command


def add(commands: _Commands) -> None:
    """Define the four commands."""
    _metrics(commands)
    _report(commands)
    _plan(commands)
    _outcome(commands)


def _metrics(commands: _Commands) -> None:
    metrics = _command(commands, "metrics", "NRR, GRR and expansion by segment and period, with the warnings")
    metrics.add_argument(
        "--mrr",
        type=Path,
        required=True,
        metavar="FILE",
        help="CSV or Parquet: account_id,month,mrr,currency,segment[,owner_email,product]",
    )
    metrics.add_argument("--by", choices=("segment", "owner", "product"), help="tell these apart")
    metrics.add_argument(
        "--period", choices=("month", "quarter", "year"), default="month", help="calendar periods (default: month)"
    )
    metrics.add_argument("--rates", type=Path, metavar="FILE", help="CSV: currency,rate; the reporting currency has rate 1")
    metrics.add_argument("--html", type=Path, metavar="OUT", help="also write a page")


def _report(commands: _Commands) -> None:
    report = _command(
        commands,
        "report",
        "the manager's weekly inspection, likely expanders, the last run, outcomes, playbooks that fire, or a business review",
    )
    report.add_argument("what", choices=("manager", "expanders", "run", "outcomes", "playbooks", "review"))
    report.add_argument("id", nargs="?", metavar="ID", help="for review: an account, or a hypothesis of it")
    report.add_argument(
        "--html", type=Path, metavar="OUT", help="write a page instead (review: the customer's, and ours beside it)"
    )
    report.add_argument("--playbooks", type=Path, metavar="FILE", help="the reviewed thresholds (default: the home's, or ours)")


def _plan(commands: _Commands) -> None:
    plan = _command(commands, "plan", "the account plan of a hypothesis, with its expansion-quality section", json=False)
    plan.add_argument("id", metavar="ID", help="a hypothesis, or an account for its hypotheses")
    plan.add_argument("--format", choices=("markdown", "html"), default="markdown")


def _outcome(commands: _Commands) -> None:
    outcome = _command(
        commands, "outcome", "record what became of a hypothesis: what the customer did, what was bought, what came after"
    )
    outcome.add_argument("id", metavar="ID", help="a hypothesis, or an account that has one")
    outcome.add_argument(
        "what",
        choices=("done", "refused", "closed", "lost", "margin", "support", "kept", "left", "undo"),
        help="done, refused: the next customer action; closed, lost: the expansion; margin, support: after it; kept, left: later",
    )
    outcome.add_argument("--on", type=_day, default=None, metavar="DATE", help="the day on which it happened (undo: today)")
    outcome.add_argument(
        "--value",
        nargs=2,
        metavar=("AMOUNT", "UNIT"),
        help="an amount a year and its currency; for margin `share`, for support `tickets`",
    )
    outcome.add_argument("--note", help="why, in the customer's words where you can")
    outcome.add_argument("--actor", metavar="NAME", help="who says so (default: your login)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write YYYY-MM-DD") from error
