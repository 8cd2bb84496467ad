"""`earned metrics`: retention and expansion from an MRR export."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from agent.cli import context
from agent.errors import EarnedError, Exit
from agent.metrics import Analysis, analyse, read_mrr, read_rates
from agent.metrics.measures import MEASURES
from agent.metrics.plots import bars
from agent.reports.markup import page
from agent.reports.metrics import RATES, blocks, lifetime_lines, name_of, rate_row, share
from retrieval.records import Problem


def run(options: Namespace) -> int:
    """Exit 0, or 3 where lines were set aside."""
    rates = read_rates(options.rates) if options.rates else None
    reading = read_mrr(options.mrr)
    analysis = analyse(reading.rows, by=options.by, period=options.period, rates=rates)
    if options.html:
        written(
            options.html,
            page(f"Retention and expansion: {reading.file}", list(blocks(analysis, reading.file, reading.quarantined))),
        )
    if options.json:
        quarantined = [problem.to_json() for problem in reading.quarantined]
        context.print_json({"file": reading.file, **analysis.to_json(), "quarantined": quarantined})
    else:
        _show(analysis)
        _problems(reading.quarantined)
    return Exit.PARTIAL if reading.quarantined else Exit.OK


def written(path: Path, text: str) -> None:
    """Write a page, and say where."""
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise EarnedError(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error
    context.say(f"Written: {path}")


def _show(analysis: Analysis) -> None:
    from rich.table import Table
    from rich.text import Text

    console = context.console()

    def table(head: tuple[str, ...], rows: list[tuple[str, ...]], words: int) -> None:
        made = Table(box=None, pad_edge=False, show_edge=False)
        for at, name in enumerate(head):
            made.add_column(Text(context.safe(name)), justify="left" if at < words else "right", overflow="fold")
        for row in rows:
            made.add_row(*(Text(context.safe(cell)) for cell in row))
        console.print(made)

    if analysis.summary:
        first = analysis.summary[0].span
        console.print(Text(first.label + ("" if first.months == 12 else " (not a whole year)"), style="bold"))
        head = ("measure", *(name_of(result) for result in analysis.summary))
        columns = [rate_row(result)[1:] for result in analysis.summary]
        if len(columns) <= 4:
            labels = [measure.label for measure in MEASURES]
            table(head, [(label, *(column[at] for column in columns)) for at, label in enumerate(labels)], 1)
        else:
            table(RATES, [rate_row(result) for result in analysis.summary], 1)
    if analysis.results:
        console.print(Text(f"\nMonthly recurring revenue, movements by {analysis.period}", style="bold"))
        head, rows = _narrow(analysis)
        table(head, rows, 2)
    for group in dict.fromkeys(result.group for result in analysis.results):
        own = [result for result in analysis.results if result.group == group]
        console.print(Text(context.safe(f"\nNRR by {analysis.period}: {name_of(own[0])}"), style="bold"))
        for line in bars([(result.span.label, result.values["nrr"]) for result in own]):
            console.print(Text(line))
    console.print()
    for currency, lived in analysis.lifetimes.items():
        for line in lifetime_lines(currency, lived):
            console.print(Text(context.safe(line)))
    for warning in analysis.warnings:
        context.say(f"Warning: {context.safe(warning)}")


SHORT = ("period", "group", "start", "new", "back", "exp.", "contr.", "churn", "end", "NRR", "GRR", "year ago")


def _narrow(analysis: Analysis) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The movements for a terminal: short amounts, and no column in which nothing happened."""
    rows = []
    for result in analysis.results:
        t = result.totals
        amounts = (t.start, t.new, t.reactivation, t.expansion, -t.contraction, -t.churn, t.end)
        rates = (result.values["nrr"], result.values["grr"], result.year_before)
        rows.append(
            (result.span.label, name_of(result), *(_brief(amount) for amount in amounts), *(share(rate) for rate in rates))
        )
    kept = [at for at in range(len(SHORT)) if at < 2 or any(row[at] not in ("0", "-") for row in rows)]
    return tuple(SHORT[at] for at in kept), [tuple(row[at] for at in kept) for row in rows]


def _brief(amount: float) -> str:
    """`12.9M`, `631.9k`, `0`."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(amount) >= size:
            return f"{amount / size:.1f}{letter}"
    return f"{amount + 0.0:.0f}"


def _problems(problems: tuple[Problem, ...]) -> None:
    for problem in problems[:20]:
        context.say(f"Set aside: {context.safe(str(problem))}")
    if len(problems) > 20:
        context.say(f"... and {len(problems) - 20} more; `--json` lists them all.")
