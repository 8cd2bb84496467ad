"""What `earned metrics` prints and writes: the same blocks for both. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.metrics.analysis import Analysis, Result
from agent.metrics.bands import BANDS
from agent.metrics.measures import MEASURES, Lifetimes
from agent.metrics.plots import lines_svg
from agent.reports.markup import Block, Drawing, Heading, Items, Paragraph, Table, plain
from retrieval.records import Problem

HEAD = (
    "period",
    "group",
    "start MRR",
    "new",
    "returned",
    "expansion",
    "contraction",
    "churn",
    "end MRR",
    "NRR",
    "GRR",
    "NRR a year before",
)
RATES = ("group", *(measure.label for measure in MEASURES))


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def name_of(result: Result) -> str:
    return f"{result.group[1] or 'all'} {result.group[0]}"


def movement_row(result: Result) -> tuple[str, ...]:
    t = result.totals
    amounts = (t.start, t.new, t.reactivation, t.expansion, -t.contraction, -t.churn, t.end)
    rates = (result.values["nrr"], result.values["grr"], result.year_before)
    return result.span.label, name_of(result), *(f"{amount + 0.0:,.0f}" for amount in amounts), *(share(rate) for rate in rates)


def rate_row(result: Result) -> tuple[str, ...]:
    return name_of(result), *(share(result.values[measure.name]) for measure in MEASURES)


def blocks(analysis: Analysis, file: str, quarantined: Sequence[Problem] = ()) -> Iterator[Block]:
    """The page: warnings first, then the last twelve months, every period, lifetimes, formulas and what others report."""
    yield Heading(f"Retention and expansion: {file}", 1)
    if analysis.warnings:
        yield Heading("Look at this first")
        yield Items(tuple((warning, ()) for warning in analysis.warnings))
    if analysis.summary:
        yield Heading(analysis.summary[0].span.label)
        if analysis.summary[0].span.months != 12:
            yield Paragraph("Not a whole year: do not read these rates as annual ones.", quiet=True)
        yield Table(RATES, tuple(rate_row(result) for result in analysis.summary), frozenset(range(1, len(RATES))))
    for group in dict.fromkeys(result.group for result in analysis.results):
        own = [result for result in analysis.results if result.group == group]
        drawn = [(name, [result.values[name.casefold()] for result in own]) for name in ("NRR", "GRR")]
        title = plain(f"NRR and GRR by {analysis.period}: {name_of(own[0])}")
        if svg := lines_svg(title, [result.span.label for result in own], drawn):
            yield Drawing(svg, title)
    if analysis.results:
        yield Heading(f"Movements by {analysis.period}")
        yield Table(HEAD, tuple(movement_row(result) for result in analysis.results), frozenset(range(2, len(HEAD))))
    yield Heading("Accounts over the whole file")
    yield Items(tuple((line, ()) for currency, lived in analysis.lifetimes.items() for line in lifetime_lines(currency, lived)))
    yield Heading("Formulas")
    yield Items(tuple((f"{measure.label} = {measure.formula}", ()) for measure in MEASURES))
    yield Heading("What others report, for context only")
    labels = {measure.name: measure.label for measure in MEASURES}
    yield Items(tuple((f"{labels[band.measure]}: {band.text}", (f"source: {band.source}",)) for band in BANDS))
    if quarantined:
        yield Heading(f"Set aside: {len(quarantined)} lines")
        yield Items(tuple((str(problem), ()) for problem in quarantined[:200]))


def lifetime_lines(currency: str, lived: Lifetimes) -> list[str]:
    """R119, R121, R129 in words, each with the accounts that it stands on."""
    wait = (
        "not yet known: fewer than half expanded"
        if lived.months_to_expansion is None
        else f"{lived.months_to_expansion:.0f} months"
    )
    lines = [
        f"{currency}: revenue to date of an account, expansion included: mean {lived.revenue_mean:,.0f}, median {lived.revenue_median:,.0f}"
        f" ({lived.accounts} accounts; a sum over the file, no forecast)",
        f"{currency}: time from close to first expansion: {wait} (Kaplan-Meier median; {lived.expanded} of {lived.closed_in_file} accounts"
        " that closed inside the file have expanded; a price rise counts like any other rise)",
    ]
    if lived.products_mean is not None:
        several = ", ".join(f"{n} or more: {count}" for n, count in lived.with_products)
        lines.append(f"{currency}: products for each customer in the last month: mean {lived.products_mean:.2f}; {several}")
    return lines
