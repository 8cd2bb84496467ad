"""What can be typed after `earned eval`. Only argparse here, so that help is instant."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TypeAlias

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add(commands: _Commands) -> None:
    """Define `earned eval` and what follows it."""
    summary = "measure the pipeline on labelled books, compare runs, gate a change, turn decisions into cases"
    parser: argparse.ArgumentParser = commands.add_parser(
        "eval", help=summary, description=summary[0].upper() + summary[1:] + "."
    )
    verbs: _Commands = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    _run(verbs)
    _compare(verbs)
    _gate(verbs)
    _judge(verbs)
    _reviewers(verbs)
    _promote(verbs)
    _report(verbs)


def _verb(verbs: _Commands, name: str, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
    parser.set_defaults(command="eval", verb=name)
    parser.add_argument("--home", type=Path, metavar="DIR", help="the data folder (default: EARNED_HOME, or the platform's)")
    parser.add_argument("--json", action="store_true", help="print data for machines")
    return parser


def _cases(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--book", action="append", metavar="NAME|DIR", help="a labelled book, more than once for more (default: the sample book)"
    )
    parser.add_argument("--split", choices=("train", "dev", "test", "canary"), help="only the cases of this split")
    parser.add_argument("--model", metavar="M", help="`offline`, or a chat model such as openai:NAME (default: EARNED_MODEL)")
    parser.add_argument("--name", default="", metavar="TEXT", help="what to call the run (default: the books)")
    parser.add_argument("--injections", action="store_true", help="also try the injection suite")


def _promoted(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=Path, metavar="FILE", help="instead: the confirmed cases of this file (see promote)")


def _run(verbs: _Commands) -> None:
    parser = _verb(verbs, "run", "run the pipeline over labelled accounts and write a run file")
    _cases(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="the run file (default: evals/NAME.jsonl in the data folder)")
    _promoted(parser)
    parser.add_argument("--baseline", action="store_true", help="leave out texts and times, for a file that is committed")


def _compare(verbs: _Commands) -> None:
    parser = _verb(verbs, "compare", "compare two runs of the same cases, paired by account")
    parser.add_argument("candidate", type=Path, metavar="CANDIDATE", help="a run file")
    parser.add_argument("baseline", type=Path, metavar="BASELINE", help="a run file of the same cases")


def _gate(verbs: _Commands) -> None:
    parser = _verb(verbs, "gate", "exit 6 if a run is worse than the baseline allows, 3 if that cannot be decided")
    _cases(parser)
    _promoted(parser)
    parser.add_argument("--candidate", type=Path, metavar="FILE", help="a run file (default: run the pipeline now)")
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="a run file (default: the one that ships for the offline pipeline)"
    )


def _judge(verbs: _Commands) -> None:
    parser = _verb(verbs, "judge", "how far a judge may be trusted, from blind labels")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--labels", type=Path, metavar="FILE", help="verdicts of a judge beside people's: see evals/README.md")
    kind.add_argument("--items", type=Path, metavar="FILE", help="labelled claims to judge now (default: those that ship)")
    parser.add_argument(
        "--model", metavar="M", help="the judge: `offline`, the code's checks, or a model (default: EARNED_MODEL)"
    )
    parser.add_argument("--split", choices=("train", "dev", "test"), help="only labels of this split")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the verdicts, for --labels")


def _reviewers(verbs: _Commands) -> None:
    parser = _verb(verbs, "reviewers", "what reviewers did: shares, edits, seconds, and how far they agree")
    parser.add_argument("--since", type=_day, metavar="DATE", help="only decisions from this day on")
    parser.add_argument(
        "--sheet",
        action="append",
        type=Path,
        metavar="FILE",
        help="an audit or blind sheet that was filled in, more than once for more",
    )


def _promote(verbs: _Commands) -> None:
    parser = _verb(verbs, "promote", "turn review decisions into pending cases, or confirm them")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where to write (default: evals/pending.jsonl in the data folder)"
    )
    parser.add_argument("--since", type=_day, metavar="DATE", help="only decisions from this day on")
    parser.add_argument(
        "--split", choices=("train", "dev", "test", "canary"), default="dev", help="the split of new cases (default: dev)"
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--audit", action="store_true", help="instead: a 5 %% sample of accounts on which the system abstained")
    kind.add_argument("--blind", action="store_true", help="instead: a sheet of accounts to grade without seeing a grade")
    kind.add_argument("--confirm", type=Path, metavar="FILE", help="instead: take the confirmed rows of this pending file")
    parser.add_argument("--labeller", metavar="NAME", help="who confirmed; needed with --confirm")
    parser.add_argument("--salt", default="", metavar="TEXT", help="another draw for --audit and --blind (default: this month)")


def _report(verbs: _Commands) -> None:
    parser = _verb(verbs, "report", "write one HTML page of a run, with plots and the worst cases")
    parser.add_argument("run", type=Path, metavar="RUN", help="a run file")
    parser.add_argument("--against", type=Path, metavar="FILE", help="a run file to compare with")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the page (default: beside the run file)")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write YYYY-MM-DD") from error
