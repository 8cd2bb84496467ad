"""What can be typed after `earned metrics`, `earned report` and `earned plan`. Only argparse here, so that help is instant."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add(commands: _Commands) -> None:
    """Define the three commands."""
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
    report = _command(commands, "report", "the manager's weekly inspection, or the last run")
    report.add_argument("what", choices=("manager", "run"))
    report.add_argument("--html", type=Path, metavar="OUT", help="write a page instead")
    plan = _command(commands, "plan", "the account plan of a hypothesis, with its expansion-quality section", json=False)
    plan.add_argument("id", metavar="ID", help="a hypothesis, or an account for its hypotheses")
    plan.add_argument("--format", choices=("markdown", "html"), default="markdown")


def _command(commands: _Commands, name: str, summary: str, *, json: bool = True) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
    parser.set_defaults(command=name)
    parser.add_argument("--home", type=Path, metavar="DIR", help="the data folder (default: EARNED_HOME, or the platform's)")
    if json:
        parser.add_argument("--json", action="store_true", help="print data for machines")
    return parser
