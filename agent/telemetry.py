"""Usage series to signals: plain formulas over named windows, each stored with the figures that it used. Pure.

Thresholds are those of design.md section 5 (R055, R058, R080, R098); `Thresholds` is the one table that holds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean
from typing import Final

from agent.signals import Measurement, Signal, signal_id
from retrieval.records import Record, Voice


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as much or little. Shares and relative changes, not percent."""

    saturation: float = 0.80
    low_adoption: float = 0.30
    growth: float = 0.25
    decline: float = -0.25
    adoption_from: float = 1.0
    """A feature counts as unused before where its weekly mean was at most this, or a tenth of today's."""
    adoption_to: float = 5.0
    error_rate: float = 0.05
    error_growth: float = 0.50


DEFAULT: Final = Thresholds()
WINDOW: Final = timedelta(weeks=4)
LOOKBACK: Final = timedelta(weeks=12)
SEATS, LICENSED, ERRORS = "active_seats", "licensed_seats", "error_rate"
NOT_VOLUME: Final = frozenset({LICENSED, ERRORS})
"""Metrics whose rise is not growth: a bought seat is no usage, an error is no success."""

Series = Sequence[tuple[date, float]]


@dataclass(frozen=True, slots=True)
class _Window:
    first: date
    last: date
    mean: float
    lowest: float
    rows: int

    def __str__(self) -> str:
        return f"{self.first.isoformat()}..{self.last.isoformat()} ({self.rows} rows)"


def telemetry_signals(
    records: Mapping[str, Record],
    series: Mapping[str, Series],
    thresholds: Thresholds = DEFAULT,
    *,
    seats_licensed: int | None = None,
) -> list[Signal]:
    """Signals of one account from its usage.

    `records` and `series` are keyed by metric name; a series is (day, value) in ascending order of day. A metric with rows in
    fewer than three of the four weeks of a window says nothing: missing is not zero. `seats_licensed`, of the account's row, stands
    in where there is no series of licensed seats. Returned in order of metric.
    """
    found: list[Signal] = []
    for metric in sorted(series):
        rows, record = series[metric], records[metric]
        latest = _latest(rows)
        if latest is None:
            continue
        if metric == SEATS:
            licensed = _latest(series.get(LICENSED, ()))
            bought = licensed.mean if licensed else float(seats_licensed or 0)
            found += _seats(record, latest, bought, thresholds)
        if metric.startswith("feature:"):
            found += _feature(record, rows, latest, thresholds)
        elif metric not in NOT_VOLUME:
            found += _change(record, rows, latest, thresholds)
        if metric == ERRORS:
            found += _inefficiency(record, rows, latest, series, thresholds)
    return found


def _seats(record: Record, active: _Window, licensed: float, limits: Thresholds) -> list[Signal]:
    if licensed <= 0:
        return []
    share = active.mean / licensed
    formula = f"{active.mean:.1f} of {licensed:.1f} licensed seats in use on average = {share:.0%}"
    if share >= limits.saturation:
        return [_signal(record, "license_saturation", active, share, licensed, formula)]
    if share <= limits.low_adoption:
        return [_signal(record, "low_adoption", active, share, licensed, formula)]
    return []


def _change(record: Record, rows: Series, latest: _Window, limits: Thresholds) -> list[Signal]:
    before = _window(rows, latest.last - LOOKBACK)
    if before is None or before.mean <= 0:
        return []
    change = latest.mean / before.mean - 1
    formula = f"{latest.mean:.1f} on average over four weeks, {before.mean:.1f} twelve weeks before: {change:+.0%}"
    if change >= limits.growth:
        return [_signal(record, "usage_growth", latest, change, before.mean, formula)]
    if change <= limits.decline:
        return [_signal(record, "usage_decline", latest, change, before.mean, formula)]
    return []


def _feature(record: Record, rows: Series, latest: _Window, limits: Thresholds) -> list[Signal]:
    first = _window(rows, rows[0][0] + WINDOW - timedelta(days=1))
    if first is None or first.last >= latest.first:
        return []
    untouched = first.mean <= max(limits.adoption_from, 0.1 * latest.mean)
    if not (untouched and latest.mean >= limits.adoption_to and latest.lowest > 0):
        return []
    formula = f"{first.mean:.1f} users a week in the first four weeks, {latest.mean:.1f} in the last four, none of them without"
    return [_signal(record, "feature_adoption", latest, latest.mean, first.mean, formula)]


def _inefficiency(
    record: Record, rows: Series, latest: _Window, series: Mapping[str, Series], limits: Thresholds
) -> list[Signal]:
    """R080: volume that rises together with errors or retries is not value."""
    before = _window(rows, latest.last - LOOKBACK)
    if before is None or latest.mean < limits.error_rate or latest.mean < before.mean * (1 + limits.error_growth):
        return []
    for metric in sorted(set(series) - NOT_VOLUME):
        now = _latest(series[metric])
        then = _window(series[metric], now.last - LOOKBACK) if now else None
        if now and then and then.mean > 0 and now.mean / then.mean - 1 >= limits.growth:
            formula = (
                f"error_rate {before.mean:.3f} -> {latest.mean:.3f} while {metric} {then.mean:.1f} -> {now.mean:.1f}"
                f" ({now.mean / then.mean - 1:+.0%})"
            )
            return [_signal(record, "inefficient_usage", latest, latest.mean, before.mean, formula)]
    return []


def _latest(rows: Series) -> _Window | None:
    return _window(rows, rows[-1][0]) if rows else None


def _window(rows: Series, last: date) -> _Window | None:
    """The four weeks that end with `last`; None where fewer than three weeks of them have a row."""
    inside = [(day, value) for day, value in rows if last - WINDOW < day <= last]
    weeks = {(last - day).days // 7 for day, _ in inside}
    if len(weeks) < 3:
        return None
    values = [value for _, value in inside]
    return _Window(inside[0][0], inside[-1][0], fmean(values), min(values), len(inside))


def _signal(record: Record, kind: str, window: _Window, value: float, baseline: float | None, formula: str) -> Signal:
    return Signal(
        id=signal_id(record.account_id, kind, record.source, 0, 0),
        account_id=record.account_id,
        kind=kind,
        source=record.source,
        document=record.document,
        record_id=record.record_id,
        start=0,
        end=0,
        quote="",
        voice=Voice.TELEMETRY,
        speaker=None,
        stakeholder=None,
        date=window.last.isoformat(),
        strength="medium",
        method="telemetry",
        measurement=Measurement(
            metric=record.source.removeprefix("usage:"),
            window=str(window),
            value=round(value, 4),
            baseline=None if baseline is None else round(baseline, 4),
            formula=formula,
        ),
    )
