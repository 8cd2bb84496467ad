"""What can be typed. Only argparse here, so that `earned --help` is instant."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.cli import parser_eval, parser_metrics, parser_operations
from agent.cli.commands import Commands as _Commands
from agent.cli.commands import command as _command
from agent.cli.commands import day as _day
from agent.reasons import REASONS


def build() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="earned",
        description="Expansion hypotheses that account owners trust: the customer's own words, graded against a proof standard.",
        epilog="Start with `earned demo`. EARNED_HOME or --home chooses the data folder, EARNED_MODEL the model (default: offline).",
    )
    parser.add_argument("--version", action="version", version=f"earned {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _demo(commands)
    _run(commands)
    _records(commands)
    _search(commands)
    _signals(commands)
    _hypotheses(commands)
    _show(commands)
    _review(commands)
    _decide(commands)
    _reindex(commands)
    _doctor(commands)
    parser_metrics.add(commands)
    parser_operations.add(commands)
    parser_eval.add(commands)
    _prompts(commands)
    return parser


def _demo(commands: _Commands) -> None:
    _command(commands, "demo", "build a home from the sample book, offline, and show the queue")


def _run(commands: _Commands) -> None:
    parser = _command(commands, "run", "one nightly pass: read, index, extract, grade, draft, queue")
    parser.add_argument("--book", type=Path, required=True, metavar="DIR", help="the folder of exports")
    parser.add_argument("--account", metavar="ID", help="only this account")
    parser.add_argument("--model", metavar="M", help="`offline`, or a chat model such as openai:NAME (default: EARNED_MODEL)")
    parser.add_argument("--batch", action="store_true", help="ask by OpenAI's Batch API: half the price, up to a day")
    parser.add_argument(
        "--max-cost", type=_dollars, metavar="USD", help="stop before the model costs more (default: EARNED_MAX_COST)"
    )
    parser.add_argument(
        "--deadline", type=_duration, metavar="TIME", help="begin no further account after this long: 90m, 2h, 300s"
    )
    parser.add_argument("--processes", type=_count, metavar="N", help="share the accounts among N processes of this machine")
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="share them among the nodes of a Ray cluster: HOST:PORT of its head, or `local`"
    )
    parser.add_argument("--as-of", type=_day, metavar="DATE", help="leave out what happened after this day")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument("--rates", type=Path, metavar="FILE", help="CSV: currency,rate (default: rates.csv in the data folder)")
    parser.add_argument(
        "--answers", type=Path, metavar="FILE", help="what people supplied for the economics (default: answers.csv)"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="append events as JSON lines, without anybody's words")
    parser.add_argument("--metrics-file", type=Path, metavar="FILE", help="write a Prometheus textfile")
    parser.add_argument("--accept-anomaly", action="store_true", help="go on although a source is empty or halved")


def _records(commands: _Commands) -> None:
    parser = _command(commands, "records", "what the readers make of a file or a book: each record with its voice and why")
    parser.add_argument("path", type=Path, metavar="PATH", help="an export file or a book")


def _search(commands: _Commands) -> None:
    parser = _command(commands, "search", "ranked passages of what customers said")
    parser.add_argument("text", metavar="TEXT")
    parser.add_argument("--account", metavar="ID", help="only in this account (default: the whole estate)")
    parser.add_argument("-k", type=_count, default=10, metavar="N", help="how many (default: 10)")
    parser.add_argument("--mode", choices=("hybrid", "dense", "lexical"), default="hybrid")


def _signals(commands: _Commands) -> None:
    parser = _command(commands, "signals", "the verified signal ledger", module="ledger")
    parser.add_argument("--account", metavar="ID")


def _hypotheses(commands: _Commands) -> None:
    parser = _command(commands, "hypotheses", "the current hypotheses, best first")
    parser.add_argument("--account", metavar="ID")
    parser.add_argument("--owner", metavar="EMAIL")
    parser.add_argument("--state", choices=("open", "approved", "rejected", "proof_asked", "snoozed"))


def _show(commands: _Commands) -> None:
    parser = _command(commands, "show", "one hypothesis as a page, every quote with its source")
    parser.add_argument("id", metavar="ID", help="a hypothesis, or an account for its hypotheses")


def _review(commands: _Commands) -> None:
    parser = _command(commands, "review", "the review queue in the terminal", json=False)
    parser.add_argument("--owner", metavar="EMAIL", help="only this owner's accounts")
    parser.add_argument("--actor", metavar="NAME", help="who decides (default: the owner, or your login)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--plain", action="store_true", help="lines of text instead of screens: for screen readers and pipes")
    kind.add_argument(
        "--web",
        action="store_true",
        help="in a browser on this machine (pip install 'earned[web]'); no login: whoever opens the printed address decides as you",
    )
    parser.add_argument("--port", type=_port, default=8765, metavar="N", help="for --web (default: 8765)")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="for --web: a loopback address (default: 127.0.0.1)"
    )


def _decide(commands: _Commands) -> None:
    parser = _command(commands, "decide", "approve, reject, ask for proof, snooze or undo, for scripts")
    parser.add_argument("id", metavar="ID", help="a hypothesis")
    parser.add_argument("action", choices=("approve", "reject", "proof", "snooze", "undo"))
    parser.add_argument("--reason", choices=tuple(REASONS), help="why, for reject")
    parser.add_argument("--note", help="in your own words; for proof: what is to be shown, by whom and by when")
    parser.add_argument("--until", type=_day, metavar="DATE", help="for snooze: the day on which it returns")
    parser.add_argument("--actor", metavar="NAME", help="who decides (default: your login)")
    parser.add_argument("--if-revision", type=int, metavar="N", help="refuse if the hypothesis has moved on from this revision")


def _reindex(commands: _Commands) -> None:
    _command(commands, "reindex", "rebuild the vector and lexical indexes from the store")


def _doctor(commands: _Commands) -> None:
    parser = _command(commands, "doctor", "check configuration, stores and indexes, and say what to do")
    parser.add_argument("--audit", action="store_true", help="also verify the decision chain and every stored quote")


def _prompts(commands: _Commands) -> None:
    parser = _command(
        commands, "prompts", "what models are told: list the prompts, show one, or compare two versions", json=False
    )
    verbs = parser.add_subparsers(title="what", metavar="WHAT", required=True)
    for name, summary in (
        ("list", "every prompt with its version in use and what changed last"),
        ("show", "one prompt as it is sent"),
        ("diff", "what changed between two versions"),
    ):
        verb = _command(verbs, name, summary, json=name != "diff", module="prompts")
        verb.set_defaults(what=name)
        if name != "list":
            verb.add_argument("id", metavar="ID[/VERSION]")
        if name == "diff":
            verb.add_argument("to", nargs="?", metavar="VERSION", help="the newer one (default: the version in use)")


def _duration(text: str) -> float:
    """Seconds."""
    number, unit = text.rstrip("smh"), text.lstrip("0123456789.")
    try:
        seconds = float(number) * {"": 1, "s": 1, "m": 60, "h": 3600}[unit]
    except (ValueError, KeyError):
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 90m, 2h or 300s")
    return seconds


def _dollars(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = 0.0
    if not 0 < amount < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of US dollars above 0")
    return amount


def _count(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 10_000:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a count from 1 to 10000")


def _port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 65_535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")


def _version() -> str:
    from agent import __version__

    return __version__
