"""How far a judging model may be trusted: calibration from a file of labels, one failure mode and one judge at a time. Pure.

A label is a line `{"id", "failure_mode", "judge_model", "judge_prompt_sha256", "judge": bool, "human": bool | null,
"second": bool | null, "again": bool | null, "blind": bool, "split", "account", "group"}`. True is a pass. `human` is null where
nobody labelled; `second` is another person's label of the same case, `again` the same person's, later and from scratch. Labels
that were given while the judge's verdict was visible are not evidence about the judge (people anchor: 56 % agreement from scratch,
72 % when they saw it), so they are counted and left out. `account` is what intervals are clustered by, `group` whatever rates are to
be shown apart for, e.g. how a claim was spoiled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from agent.errors import NotFound, UsageError
from evals.metrics.agreement import cohen_kappa
from evals.metrics.judges import (
    BAR,
    Judged,
    calibrate,
    corrected,
    corrected_interval,
    kappa_statistic,
    prediction_powered,
)
from evals.metrics.stats import Interval, bootstrap
from evals.runs import finite

FIELDS: Final = ("id", "failure_mode", "judge_model", "judge", "human", "blind", "split")
ENOUGH: Final = 40
"""Labels of the held-out part from which the figures say something; the bar is about 100 in all."""


@dataclass(frozen=True, slots=True)
class Label:
    id: str
    failure_mode: str
    judge_model: str
    judge: bool
    human: bool | None
    blind: bool
    split: str
    second: bool | None = None
    judge_prompt_sha256: str = ""
    again: bool | None = None
    account: str = ""
    group: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Calibration:
    """One judge on one failure mode. A new model or prompt is a new judge, and a new series."""

    failure_mode: str
    judge_model: str
    judge_prompt_sha256: str
    judged: Judged
    seen: int
    """Labels left out because they were not blind."""
    raw: float
    """Pass rate that the judge gives over everything."""
    corrected: float
    interval: Interval
    prediction_powered: float
    human_kappa: float
    """Of two people on the same cases: the ceiling. nan where nothing was labelled twice."""
    self_kappa: float
    """Of one person with themselves, later and from scratch: what no judge needs to beat."""
    relabelled: int
    kappa_interval: Interval
    """Of judge and people, by bootstrap over accounts."""
    groups: Mapping[str, Judged]
    """The same counts for each group, in order of name."""

    @property
    def labels(self) -> int:
        return self.judged.passes + self.judged.fails

    def to_json(self) -> dict[str, Any]:
        row = asdict(self)
        row |= {"labels": self.labels, "tpr": self.judged.tpr, "tnr": self.judged.tnr, "kappa": self.judged.kappa}
        row |= {"tpr_interval": self.judged.tpr_interval, "tnr_interval": self.judged.tnr_interval, "usable": self.judged.usable}
        row |= {"groups": {name: {**asdict(j), "tpr": j.tpr, "tnr": j.tnr} for name, j in self.groups.items()}}
        found: dict[str, Any] = finite(row)
        return found


def read(path: Path) -> list[Label]:
    """The labels of a file. Raises NotFound or UsageError with the line that cannot be used."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "evals/README.md says how to write labels.")
    found: list[Label] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            label = Label(**json.loads(line))
            given = (label.human, label.second, label.again)
            if not (
                isinstance(label.judge, bool) and isinstance(label.blind, bool) and all(v is None or v is bool(v) for v in given)
            ):
                raise ValueError("judge, human, second, again and blind are true or false")
        except (ValueError, TypeError) as error:
            raise UsageError(f"{path}:{number} is no label: {error}", f"It needs {', '.join(FIELDS)}.") from error
        found.append(label)
    return found


def calibrations(labels: Iterable[Label], split: str | None = None) -> list[Calibration]:
    """One for each judge and failure mode, in order of first appearance. `split` keeps one split of the labelled cases."""
    groups: dict[tuple[str, str, str], list[Label]] = {}
    for label in labels:
        groups.setdefault((label.failure_mode, label.judge_model, label.judge_prompt_sha256), []).append(label)
    return [_calibration(key, rows, split) for key, rows in groups.items()]


def _calibration(key: tuple[str, str, str], rows: Sequence[Label], split: str | None) -> Calibration:
    labelled = [row for row in rows if row.human is not None and split in (None, row.split)]
    blind = [row for row in labelled if row.blind]
    human, said = [bool(row.human) for row in blind], [row.judge for row in blind]
    judged = calibrate(human, said)
    everything = [row.judge for row in rows]
    twice = [(row.human, row.second) for row in blind if row.second is not None]
    again = [(row.human, row.again) for row in blind if row.again is not None]
    rate = sum(everything) / len(everything)
    return Calibration(
        *key,
        judged=judged,
        seen=len(labelled) - len(blind),
        raw=rate,
        corrected=corrected(rate, judged.tpr, judged.tnr),
        interval=corrected_interval(sum(everything), len(everything), judged),
        prediction_powered=prediction_powered(everything, human, said),
        human_kappa=cohen_kappa(twice),
        self_kappa=cohen_kappa(again),
        relabelled=len(again),
        kappa_interval=bootstrap(_by_account(blind), kappa_statistic),
        groups=_groups(blind),
    )


def _by_account(rows: Sequence[Label]) -> list[tuple[int, int, int, int]]:
    """Agreed passes, refused passes, passed fails, agreed fails of each account; of each case where no account is named."""
    counts: dict[str, list[int]] = {}
    for row in rows:
        cell = counts.setdefault(row.account or row.id, [0, 0, 0, 0])
        cell[2 * (not row.human) + (not row.judge)] += 1
    return [(a, b, c, d) for a, b, c, d in counts.values()] or [(0, 0, 0, 0)]


def _groups(rows: Sequence[Label]) -> dict[str, Judged]:
    names = sorted({row.group for row in rows if row.group})
    own = {name: [row for row in rows if row.group == name] for name in names}
    return {name: calibrate([bool(row.human) for row in of], [row.judge for row in of]) for name, of in own.items()}


def show(found: Sequence[Calibration]) -> list[str]:
    """For people."""
    lines: list[str] = []
    for c in found:
        tpr, tnr = c.judged.tpr_interval, c.judged.tnr_interval
        lines += [
            f"{c.failure_mode}: {c.judge_model} {c.judge_prompt_sha256[:12]}".rstrip(),
            f"  TPR {c.judged.tpr:.2f} [{tpr.low:.2f}, {tpr.high:.2f}]  TNR {c.judged.tnr:.2f} [{tnr.low:.2f}, {tnr.high:.2f}]"
            f"  kappa {c.judged.kappa:.2f} [{c.kappa_interval.low:.2f}, {c.kappa_interval.high:.2f}]  {c.labels} blind labels",
            f"  people: {_ceiling(c)}",
            f"  pass rate {c.raw:.2f} -> corrected {c.corrected:.2f} [{c.interval.low:.2f}, {c.interval.high:.2f}],"
            f" prediction-powered {c.prediction_powered:.2f}",
        ]
        for name, judged in c.groups.items():
            passed, failed = f"{judged.agreed_passes} of {judged.passes}", f"{judged.agreed_fails} of {judged.fails}"
            lines.append(f"  {name:24} passes that it passes {passed:>9}, fails that it catches {failed:>9}")
        if c.seen:
            lines.append(f"  {c.seen} labels left out: the labeller had seen the judge's verdict")
        if not c.judged.usable:
            lines.append(f"  Do not gate on it: TPR and TNR must be {BAR} or more.")
        if c.labels < ENOUGH:
            lines.append(f"  {c.labels} labels say little; label {ENOUGH - c.labels} more.")
    return lines


def _ceiling(c: Calibration) -> str:
    """How far people agree, as far as it was tried."""
    parts = [f"two of them at kappa {c.human_kappa:.2f}"] if c.human_kappa == c.human_kappa else []
    if c.relabelled:
        parts.append(f"one with themselves at kappa {c.self_kappa:.2f} over {c.relabelled}")
    return "; ".join(parts) or "nothing was labelled twice"
