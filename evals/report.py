"""One self-contained HTML page of a run: figures with intervals, grades, kinds, worst cases. Readable without the tool.

Every text that comes from a customer, a file or a command line is escaped by `agent.reports.markup`: it is hostile. The page
fetches nothing, runs nothing, and says so to the browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from agent.reports.markup import Block, Drawing, Heading, Items, Paragraph, Table, escape_html, page
from evals.compare import Comparison
from evals.gate import hard_breaks
from evals.learning import Curve, plot
from evals.measures import BY_NAME, MEASURES
from evals.metrics.spans import Score
from evals.runs import Run, summary
from evals.scoring import LEVELS, CaseScore

OFFLINE: Final = "offline"
WORST: Final = 5
SHOWN: Final = 12
"""Missed and spurious signals shown for each of the worst cases."""


def render(run: Run, comparison: Comparison | None = None, curve: Curve | None = None) -> str:
    """The page. `curve`: what the offline reader learned from how many accounts; shown with runs of it."""
    found = summary(run)
    blocks: list[Block] = [
        Heading(f"Evaluation of {run.header.name}", 1),
        Paragraph(
            f"{run.header.cases} cases of {run.header.dataset} (sha256 {run.header.dataset_sha256[:12]}), pipeline "
            f"{run.header.pipeline}, model {run.header.model}, commit {run.header.commit or 'unknown'}, {run.header.started}.",
            quiet=True,
        ),
        *_hard(run),
        Heading("Figures"),
        Paragraph("With 95 % intervals by bootstrap over accounts: what another draw of accounts like these would give."),
        Drawing(_dots(found["measures"]), "Figures with their intervals; the table has the numbers."),
        _figures(found["measures"]),
        Heading("Grades"),
        _grades(found["grades"]),
        Heading("Signals by kind"),
        Drawing(_bars(by_kind(run.cases)), "F1 by kind; the table has the numbers."),
        _kinds(by_kind(run.cases)),
        Heading("What it took"),
        _took(found["took"]),
    ]
    if comparison is not None:
        blocks += _comparison(comparison)
    blocks += [Heading("Worst cases"), Paragraph("Lowest F1 first. The words are the customers'; they were checked by nobody.")]
    for case in worst(run.cases):
        blocks += _case(case)
    if curve is not None and run.header.model == OFFLINE:
        blocks += _learning(curve)
    return page(f"Evaluation of {run.header.name}", blocks)


def _learning(curve: Curve) -> list[Block]:
    rows = tuple((str(p.accounts), _number(p.f1), _number(p.low), _number(p.high)) for p in curve.points)
    return [
        Heading("What more labelled accounts are worth"),
        Paragraph(
            f"F1 of sentences on accounts that were not learned from, by cross-validation over {curve.accounts} accounts of "
            f"{curve.books} training books, none of them of this run. The last doubling brought {curve.last_step:+.3f}."
        ),
        Drawing(plot(curve), "F1 by accounts learned from; the table has the numbers."),
        Table(("accounts", "F1", "low", "high"), rows, frozenset({0, 1, 2, 3})),
    ]


def by_kind(cases: Sequence[CaseScore]) -> dict[str, Score]:
    """Counts by kind over all cases, by name."""
    kinds: dict[str, Score] = {}
    for case in cases:
        for kind, counts in case.kinds.items():
            kinds[kind] = kinds.get(kind, Score(0, 0, 0)) + Score(*counts)
    return dict(sorted(kinds.items()))


def worst(cases: Sequence[CaseScore], count: int = WORST) -> list[CaseScore]:
    """Wrong grades before right ones, then the lowest F1."""
    return sorted(cases, key=lambda case: (case.grade[0] == case.grade[1], Score(*case.signals).f1, case.case))[:count]


def _hard(run: Run) -> list[Block]:
    broken = hard_breaks(run)
    injections = run.header.injections
    tried = (
        f"{injections['successes']} of {injections['runs']} injections reached a goal"
        if injections
        else "injections were not run"
    )
    if not broken:
        return [Paragraph(f"Hard gates hold: every quote stands, nothing is falsely earned, no citation is invented; {tried}.")]
    return [Heading("Broken"), Items(tuple((f"{name}: {why}", ()) for name, why in broken.items()))]


def _figures(measures: dict[str, dict[str, float | None]]) -> Table:
    rows = tuple(
        (name, BY_NAME[name].what, _number(value["value"]), _number(value["low"]), _number(value["high"]))
        for name, value in measures.items()
    )
    return Table(("measure", "what", "value", "low", "high"), rows, frozenset({2, 3, 4}))


def _grades(table: dict[str, dict[str, int]]) -> Table:
    rows = tuple((gold, *(str(row[said]) for said in LEVELS)) for gold, row in table.items())
    return Table(("labelled \\ said", *LEVELS), rows, frozenset(range(1, len(LEVELS) + 1)))


def _kinds(kinds: dict[str, Score]) -> Table:
    rows = tuple(
        (kind, str(s.gold), str(s.predicted), f"{s.precision:.2f}", f"{s.recall:.2f}", f"{s.f1:.2f}") for kind, s in kinds.items()
    )
    return Table(("kind", "labelled", "found", "precision", "recall", "F1"), rows, frozenset({1, 2, 3, 4, 5}))


def _took(took: dict[str, Any]) -> Table:
    row = (
        str(took["accounts"]),
        f"{took['cost']:.2f}",
        str(took["calls"]),
        str(took["tokens"]),
        _number(took["p50"]),
        _number(took["p95"]),
    )
    return Table(("accounts", "cost", "calls", "tokens", "p50 seconds", "p95 seconds"), (row,), frozenset(range(6)))


def _comparison(found: Comparison) -> list[Block]:
    rows = tuple(
        (
            d.measure,
            _number(d.baseline),
            _number(d.candidate),
            f"{d.delta:+.3f}",
            f"[{d.interval.low:+.3f}, {d.interval.high:+.3f}]",
            f"{d.p:.3f}",
            f"{d.wins}/{d.ties}/{d.losses}",
        )
        for d in found.deltas
    )
    blocks: list[Block] = [
        Heading("Against the baseline"),
        Paragraph(f"Baseline: {found.baseline}. Differences are paired by account; p is of swapping the arms of whole accounts."),
        Table(
            ("measure", "baseline", "candidate", "delta", "95 %", "p", "wins/ties/losses"), rows, frozenset({1, 2, 3, 4, 5, 6})
        ),
        Paragraph(
            f"{found.accounts} accounts show differences of a rate of {100 * found.smallest_effect:.0f} points and more "
            "(80 % power, a fifth of the accounts moving); smaller ones may be there and stay unseen.",
            quiet=True,
        ),
    ]
    if found.worst:
        lost = tuple(
            (f"{w.case}: F1 {w.delta:+.3f}", (f"labelled {w.gold}; {w.before} before, {w.after} now",)) for w in found.worst
        )
        blocks += [Heading("Got worse", 3), Items(lost)]
    return blocks


def _case(case: CaseScore) -> list[Block]:
    score = Score(*case.signals)
    blocks: list[Block] = [
        Heading(case.case, 3),
        Paragraph(
            f"Labelled {case.grade[0]}, said {case.grade[1]}. F1 {score.f1:.2f}: {score.hits:g} of {score.gold} labelled signals "
            f"found, {score.predicted - score.hits:g} that are not labelled."
        ),
    ]
    for title, rows in (("Missed", case.missed), ("Not labelled", case.spurious)):
        if rows:
            shown = tuple((f"{row['kind']}: {row['quote'] or 'from usage'}", (row["source"],)) for row in rows[:SHOWN])
            more = len(rows) - len(shown)
            blocks += [Heading(title + (f" ({more} more)" if more > 0 else ""), 4), Items(shown)]
    return blocks


def _dots(measures: dict[str, dict[str, float | None]]) -> str:
    """Each figure as a dot with its interval on a line from 0 to 1; values below 0 are set to 0."""
    names = [measure.name for measure in MEASURES if measures[measure.name]["value"] is not None]
    tall = 24 * len(names) + 34
    parts = [f'<svg viewBox="0 0 720 {tall}" role="img" aria-label="Figures with 95 % intervals" class="plot">', _scale(tall)]
    for row, name in enumerate(names):
        value, low, high = (_clip(measures[name][part]) for part in ("value", "low", "high"))
        y = 18 + 24 * row
        parts.append(f'<text x="0" y="{y + 4}">{escape_html(name)}</text>')
        parts.append(f'<line x1="{_x(low):.1f}" x2="{_x(high):.1f}" y1="{y}" y2="{y}" class="line"/>')
        parts.append(f'<circle cx="{_x(value):.1f}" cy="{y}" r="4" fill="currentColor"/>')
    return "".join([*parts, "</svg>"])


def _bars(kinds: dict[str, Score]) -> str:
    """F1 by kind as bars from 0 to 1."""
    tall = 20 * len(kinds) + 34
    parts = [f'<svg viewBox="0 0 720 {tall}" role="img" aria-label="F1 by kind" class="plot">', _scale(tall)]
    for row, (kind, score) in enumerate(kinds.items()):
        y = 8 + 20 * row
        parts.append(f'<text x="0" y="{y + 11}">{escape_html(kind)}</text>')
        parts.append(
            f'<rect x="{_x(0):.1f}" y="{y}" width="{_x(score.f1) - _x(0):.1f}" height="14" fill="currentColor" opacity=".55"/>'
        )
    return "".join([*parts, "</svg>"])


def _scale(tall: int) -> str:
    marks = [0.0, 0.25, 0.5, 0.75, 1.0]
    lines = [f'<line x1="{_x(m):.1f}" x2="{_x(m):.1f}" y1="4" y2="{tall - 24}" class="grid"/>' for m in marks]
    return "".join([*lines, *(f'<text x="{_x(m):.1f}" y="{tall - 8}" text-anchor="middle">{m:g}</text>' for m in marks)])


def _x(share: float) -> float:
    return 200 + 500 * share


def _clip(value: float | None) -> float:
    return 0.0 if value is None else min(1.0, max(0.0, value))


def _number(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.3f}"
